package org.kivy.android;

import android.app.Service;
import android.content.Intent;
import android.os.IBinder;

/** What Python sees of python-for-android's service (MIT), as its 2026.05.09 has it. */
public class PythonService extends Service {
    public static PythonService mService = null;

    /** Begins in a process of its own, which has no activity; the bench's own. */
    public static void begin() {
        PythonActivity.mActivity = null;
        mService = new PythonService();
    }

    public void setAutoRestartService(boolean restart) {}

    @Override
    public IBinder onBind(Intent intent) {
        return null;
    }
}
