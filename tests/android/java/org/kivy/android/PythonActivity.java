package org.kivy.android;

import android.app.Activity;
import android.content.Intent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * What Python sees of python-for-android's activity, signatures as its 2026.05.09 has them (MIT):
 * `bootstraps/sdl2/build/src/main/java/org/kivy/android/PythonActivity.java`.
 */
public class PythonActivity extends org.libsdl.app.SDLActivity {
    public static PythonActivity mActivity = null;

    /** Begins anew; the bench's own. */
    public static void begin() {
        mActivity = new ma.nuqta.nuqta.TabletActivity();
        PythonService.mService = null;
    }

    /** The system opens it, and what was packed is unpacked; the bench's own. */
    public void open() {
        onCreate(null);
        finishLoad();
    }

    public interface NewIntentListener {
        void onNewIntent(Intent intent);
    }

    public interface ActivityResultListener {
        void onActivityResult(int requestCode, int resultCode, Intent data);
    }

    public interface PermissionsCallback {
        void onRequestPermissionsResult(int requestCode, String[] permissions, int[] grantResults);
    }

    private final List<NewIntentListener> newIntentListeners =
            Collections.synchronizedList(new ArrayList<NewIntentListener>());
    private final List<ActivityResultListener> activityResultListeners =
            Collections.synchronizedList(new ArrayList<ActivityResultListener>());
    private PermissionsCallback permissionCallback;

    public void registerNewIntentListener(NewIntentListener listener) {
        newIntentListeners.add(listener);
    }

    public void unregisterNewIntentListener(NewIntentListener listener) {
        newIntentListeners.remove(listener);
    }

    public void registerActivityResultListener(ActivityResultListener listener) {
        activityResultListeners.add(listener);
    }

    public void unregisterActivityResultListener(ActivityResultListener listener) {
        activityResultListeners.remove(listener);
    }

    public void addPermissionsCallback(PermissionsCallback callback) {
        permissionCallback = callback;
    }

    /** In the original the input method begins anew, where it is another kind than before. */
    public static void changeKeyboard(int inputType) {
        if (keyboardInputType != inputType) {
            keyboardInputType = inputType;
            bench.Device.log.add("keyboard " + inputType);
        }
    }

    public boolean checkCurrentPermission(String permission) {
        return checkSelfPermission(permission) == 0;
    }

    public void requestPermissionsWithRequestCode(String[] permissions, int requestCode) {
        requestPermissions(permissions, requestCode);
    }

    public void requestPermissions(String[] permissions) {
        requestPermissionsWithRequestCode(permissions, 1);
    }

    /** The person answered; the bench's own. */
    public void answered(int requestCode, String[] permissions, int[] grantResults) {
        if (permissionCallback != null) {
            permissionCallback.onRequestPermissionsResult(requestCode, permissions, grantResults);
        }
    }

    /** Somebody sent the activity an intent; the loop is the original's, as below. */
    public void intended(Intent intent) {
        synchronized (newIntentListeners) {
            Iterator<NewIntentListener> iterator = newIntentListeners.iterator();
            while (iterator.hasNext()) {
                iterator.next().onNewIntent(intent);
            }
        }
    }

    /** The person came back; the loop is the original's, which bears no change while it runs. */
    public void returned(int requestCode, int resultCode, Intent data) {
        synchronized (activityResultListeners) {
            Iterator<ActivityResultListener> iterator = activityResultListeners.iterator();
            while (iterator.hasNext()) {
                iterator.next().onActivityResult(requestCode, resultCode, data);
            }
        }
    }
}
