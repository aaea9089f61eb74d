package org.libsdl.app;

import android.app.Activity;

/** What Python sees of SDL's activity, as python-for-android patches it. */
public class SDLActivity extends Activity {
    public static int keyboardInputType = 1 | 0x90;
}
