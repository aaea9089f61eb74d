package org.kivy.android;

import android.app.Service;
import android.content.Intent;
import android.os.Bundle;
import android.os.IBinder;
import bench.Device;

/** What Python and our service see of python-for-android's (MIT), as its 2026.05.09 has it. */
public class PythonService extends Service {
    public static PythonService mService = null;
    private boolean isRunning;

    /** Begins in a process of its own, which has no activity; the bench's own. */
    public static void begin() {
        PythonActivity.mActivity = null;
        mService = new PythonService();
    }

    public void setAutoRestartService(boolean restart) {}

    public int startType() {
        return START_NOT_STICKY;
    }

    @Override
    public IBinder onBind(Intent intent) {
        return null;
    }

    /** As the original, where a thread of Python would begin. */
    @Override
    public int onStartCommand(Intent intent, int flags, int startId) {
        Bundle extras = intent.getExtras();
        String argument = extras.getString("pythonServiceArgument");
        if (isRunning) {
            Device.log.add("ignored " + argument);
            return startType();
        }
        isRunning = true;
        Device.log.add("begins " + argument);
        if (extras.getString("serviceStartAsForeground").equals("true")) {
            doStartForeground(extras);
        }
        return startType();
    }

    protected int getServiceId() {
        return 1;
    }

    /** The original's is what ours is for. */
    protected void doStartForeground(Bundle extras) {}
}
