package acts;

import android.app.Activity;
import android.app.Application;
import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.app.Service;
import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.util.Log;
import android.view.SurfaceView;
import android.view.View;
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

    static void onCreate(Activity self, Bundle state) {
        Device.log.add("created");
    }

    static Application getApplication(Activity self) {
        return Bench.make(Application.class);
    }

    static void setContentView(Activity self, View shown) {
        Device.log.add("attached");
    }

    static ComponentName getComponentName(Activity self) {
        return new ComponentName(self, self.getClass());
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

@Acts(SurfaceView.class)
final class SurfaceViewActs {
    static void setSecure(SurfaceView self, boolean isSecure) {
        Device.log.add(isSecure ? "surface secure" : "surface open");
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

    /** Starts one, or hands what is asked to the one that runs. */
    static ComponentName begin(Intent asked) {
        String name = Bench.get(asked, "component");
        Device.started.add(asked);
        try {
            Service one = Device.running.get(name);
            if (one == null) {
                one = (Service) Class.forName(name).getConstructor().newInstance();
                Device.running.put(name, one);
            }
            one.onStartCommand(asked, 0, 1);
        } catch (ReflectiveOperationException fault) {
            throw new AssertionError(fault);
        }
        return Bench.make(ComponentName.class);
    }

    static boolean end(String name) {
        Device.log.add("stops");
        return Device.running.remove(name) != null;
    }
}

@Acts(Service.class)
final class ServiceActs {
    static void onCreate(Service self) {}

    static void startForeground(Service self, int number, Notification shown) {
        Device.pass("startForeground");
        if (number == 0 || Bench.<Integer>get(shown, "icon") == 0) {
            throw new IllegalArgumentException("bench: no number, or no icon");
        }
        if (Device.api >= 26 && !Device.channels.containsKey(Bench.<String>get(shown, "channel"))) {
            throw new RuntimeException("Bad notification for startForeground: invalid channel");
        }
        for (String name : new String[] {"", "_DATA_SYNC"}) {
            boolean isAsked = Device.api >= (name.isEmpty() ? 28 : 34);
            if (isAsked && !Device.declares("FOREGROUND_SERVICE" + name)) {
                throw new SecurityException("requires FOREGROUND_SERVICE" + name);
            }
        }
        Device.shown = shown;
    }

    static void stopSelf(Service self) {
        Services.end(self.getClass().getName());
    }

    static void onTimeout(Service self, int start) {}

    static void onTimeout(Service self, int start, int type) {}
}

@Acts(NotificationManager.class)
final class NotificationManagerActs {
    static void createNotificationChannel(NotificationManager self, NotificationChannel made) {
        Device.channels.put(Bench.get(made, "id"), made);
    }
}

@Acts(NotificationChannel.class)
final class NotificationChannelActs {
    static void made(NotificationChannel self, String id, CharSequence name, int importance) {
        if (name == null || name.length() == 0) {
            throw new IllegalArgumentException("bench: a channel without a name");
        }
        Bench.set(Bench.set(self, "id", id), "name", name);
    }

    static CharSequence getName(NotificationChannel self) {
        return Bench.get(self, "name");
    }

    static void setShowBadge(NotificationChannel self, boolean isShown) {}
}

@Acts(Notification.Builder.class)
final class NotificationBuilderActs {
    static void made(Notification.Builder self, Context context, String channel) {
        Bench.set(self, "channel", channel);
    }

    static Notification.Builder setContentTitle(Notification.Builder self, CharSequence title) {
        return Bench.set(self, "title", title);
    }

    static Notification.Builder setContentText(Notification.Builder self, CharSequence text) {
        return Bench.set(self, "text", text);
    }

    static Notification.Builder setSmallIcon(Notification.Builder self, int icon) {
        return Bench.set(self, "icon", icon);
    }

    static Notification.Builder setContentIntent(Notification.Builder self, PendingIntent opens) {
        return Bench.set(self, "opens", opens);
    }

    static Notification build(Notification.Builder self) {
        Notification made = new Notification();
        Bench.of(made).putAll(Bench.of(self));
        return made;
    }
}

@Acts(Log.class)
final class LogActs {
    static int w(String tag, String said) {
        return 0;
    }
}
