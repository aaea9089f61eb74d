package org.libsdl.app;

import android.app.Activity;
import android.content.Context;

public class SDLActivity extends Activity {
    protected SDLSurface createSDLSurface(Context context) {
        return null;
    }
}
