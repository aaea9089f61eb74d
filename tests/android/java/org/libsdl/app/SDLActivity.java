package org.libsdl.app;

import android.app.Activity;
import android.content.Context;

/** What Python and our activity see of SDL's, as python-for-android patches it. */
public class SDLActivity extends Activity {
    public static int keyboardInputType = 1 | 0x90;

    protected SDLSurface createSDLSurface(Context context) {
        return new SDLSurface(context);
    }

    /** Once what was packed is unpacked; of the original what is seen of it here. */
    protected void finishLoad() {
        setContentView(createSDLSurface(getApplication()));
    }
}
