package acts;

import android.app.Activity;
import android.app.PendingIntent;
import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.view.Window;
import bench.Acts;
import bench.Bench;
import bench.Device;

@Acts(Activity.class)
final class ActivityActs {
    static void startActivityForResult(Activity self, Intent asked, int request) {
        Content.start(asked);
        Device.requests.add(request);
    }

    static void requestPermissions(Activity self, String[] permissions, int request) {
        Device.asking.add(permissions);
        Device.askingCodes.add(request);
        Device.asked.add(String.join(" ", permissions));
    }

    static boolean shouldShowRequestPermissionRationale(Activity self, String permission) {
        return Device.refused.contains(permission) && !Device.refusedForEver.contains(permission);
    }

    static void runOnUiThread(Activity self, Runnable act) {
        act.run();
    }

    static Window getWindow(Activity self) {
        if (Bench.get(self, "window") == null) {
            Bench.set(self, "window", new Window(self) {});
        }
        return Bench.get(self, "window");
    }

    static void onActivityResult(Activity self, int request, int result, Intent answer) {}

    static void onRequestPermissionsResult(
            Activity self, int request, String[] permissions, int[] results) {}

    static void onResume(Activity self) {}
}

@Acts(Window.class)
final class WindowActs {
    static void addFlags(Window self, int flags) {
        Integer before = Bench.get(self, "flags");
        Bench.set(self, "flags", (before == null ? 0 : before) | flags);
        Device.log.add("window flags " + flags);
    }
}

@Acts(PendingIntent.class)
final class PendingIntentActs {
    static PendingIntent getBroadcast(Context context, int request, Intent intent, int flags) {
        boolean isMutable = (flags & 0x02000000) != 0;
        boolean isImmutable = (flags & 0x04000000) != 0;
        boolean isExplicit = Bench.get(intent, "package") != null;
        if (Device.api >= 31 && Device.target >= 31 && isMutable == isImmutable) {
            throw new IllegalArgumentException(
                    "Targeting S+ requires that one of FLAG_IMMUTABLE or FLAG_MUTABLE be specified");
        }
        if (Device.api >= 34 && Device.target >= 34 && isMutable && !isExplicit) {
            throw new IllegalArgumentException(
                    "Targeting U+ disallows creating a PendingIntent with FLAG_MUTABLE, an implicit"
                            + " Intent");
        }
        PendingIntent made = Bench.make(PendingIntent.class);
        Bench.set(made, "isImmutable", isImmutable);
        return Bench.set(made, "isExplicit", isExplicit);
    }

    static void cancel(PendingIntent self) {}
}

/** Services of the app. */
final class Services {
    private Services() {}

    /** Starts one; PythonService: "service exists, do not start again", with what it was given. */
    static ComponentName begin(Intent asked) {
        String name = Bench.get(asked, "component");
        String argument = (String) Content.extras(asked).get("pythonServiceArgument");
        boolean isNew = Device.running.putIfAbsent(name, argument) == null;
        Device.log.add((isNew ? "begins " : "ignored ") + argument);
        Device.started.add(asked);
        return Bench.make(ComponentName.class);
    }

    static boolean end(String name) {
        Device.log.add("stops");
        return Device.running.remove(name) != null;
    }
}
