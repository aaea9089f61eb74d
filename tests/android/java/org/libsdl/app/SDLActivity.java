package org.libsdl.app;

import android.app.Activity;

/** What Python sees of SDL's activity. */
public class SDLActivity extends Activity {}
