package acts;

import android.content.ActivityNotFoundException;
import android.content.ComponentName;
import android.content.ContentResolver;
import android.content.Context;
import android.content.Intent;
import android.content.pm.ApplicationInfo;
import android.content.pm.PackageManager;
import android.database.Cursor;
import android.net.Uri;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import androidx.core.content.FileProvider;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;

/** Intents, addresses, and what a context gives. */
final class Content {
    private Content() {}

    static final String PACKAGE = "ma.nuqta.nuqta";

    static Map<String, Object> extras(Intent one) {
        if (Bench.get(one, "extras") == null) {
            Bench.set(one, "extras", new HashMap<String, Object>());
        }
        return Bench.get(one, "extras");
    }

    /** From Android 11 on an app sees of others only what `queries` of its manifest names. */
    static ComponentName resolve(Intent asked) {
        String action = Bench.get(asked, "action");
        boolean isSeen = Device.api < 30 || Device.target < 30 || Device.queries.contains(action);
        return isSeen && Device.apps.contains(action) ? Bench.make(ComponentName.class) : null;
    }

    static void start(Intent asked) {
        String action = Bench.get(asked, "action");
        String camera = "android.permission.CAMERA";
        if (!Device.apps.contains(action)) {
            throw new ActivityNotFoundException("No Activity found to handle " + action);
        }
        // Whoever declares the permission must have it, though the camera app needs it not.
        if ("android.media.action.IMAGE_CAPTURE".equals(action)
                && Device.manifest.contains(camera) && !Device.granted.contains(camera)) {
            throw new SecurityException("Permission Denial: starting Intent with revoked " + camera);
        }
        // InstallStart: of an app that does not declare it, the question closes without a word.
        if (Installing.CONFIRM.equals(action) && Device.api >= 26 && Device.target >= 26
                && !Device.declares("REQUEST_INSTALL_PACKAGES")) {
            return;
        }
        Device.started.add(asked);
    }

    static Uri uri(String text) {
        return Bench.set(new Uri() {}, "text", text);
    }

    static String text(Uri one) {
        return Bench.get(one, "text");
    }
}

@Acts(Intent.class)
final class IntentActs {
    static void made(Intent self, String action) {
        Bench.set(self, "action", action);
    }

    static void made(Intent self, String action, Uri data) {
        Bench.set(Bench.set(self, "action", action), "data", data);
    }

    static void made(Intent self, Context context, Class<?> target) {
        Bench.set(self, "component", target.getName());
        Bench.set(self, "package", Content.PACKAGE);
    }

    static String getAction(Intent self) {
        return Bench.get(self, "action");
    }

    static Uri getData(Intent self) {
        return Bench.get(self, "data");
    }

    static Intent setData(Intent self, Uri data) {
        return Bench.set(self, "data", data);
    }

    static String getPackage(Intent self) {
        return Bench.get(self, "package");
    }

    static Intent setPackage(Intent self, String name) {
        return Bench.set(self, "package", name);
    }

    static Intent setType(Intent self, String type) {
        return Bench.set(self, "type", type);
    }

    static Intent addCategory(Intent self, String category) {
        return Bench.set(self, "category", category);
    }

    static Intent addFlags(Intent self, int flags) {
        return Bench.set(self, "flags", getFlags(self) | flags);
    }

    static Intent setFlags(Intent self, int flags) {
        return Bench.set(self, "flags", flags);
    }

    static int getFlags(Intent self) {
        Integer flags = Bench.get(self, "flags");
        return flags == null ? 0 : flags;
    }

    static Intent putExtra(Intent self, Object... given) {
        Content.extras(self).put((String) given[0], given[1]);
        return self;
    }

    static String getStringExtra(Intent self, String name) {
        Object found = Content.extras(self).get(name);
        return found instanceof String ? (String) found : null;
    }

    static Bundle getExtras(Intent self) {
        return Bench.set(new Bundle(), "extras", Content.extras(self));
    }

    static int getIntExtra(Intent self, String name, int without) {
        Object found = Content.extras(self).get(name);
        return found instanceof Integer ? (Integer) found : without;
    }

    static ComponentName resolveActivity(Intent self, PackageManager manager) {
        return Content.resolve(self);
    }
}

@Acts(ComponentName.class)
final class ComponentNameActs {
    static void made(ComponentName self, Context context, Class<?> named) {
        Bench.set(self, "class", named.getName());
    }

    static String getClassName(ComponentName self) {
        return Bench.get(self, "class");
    }

    static String getPackageName(ComponentName self) {
        return Content.PACKAGE;
    }
}

@Acts(PackageManager.class)
final class PackageManagerActs {
    static boolean hasSystemFeature(PackageManager self, String name) {
        return Device.features.contains(name);
    }
}

@Acts(Context.class)
final class ContextActs {
    private static final Map<String, Class<?>> SERVICES = Map.of(
            "location", android.location.LocationManager.class,
            "connectivity", android.net.ConnectivityManager.class,
            "batterymanager", android.os.BatteryManager.class,
            "power", android.os.PowerManager.class,
            "notification", android.app.NotificationManager.class,
            "activity", android.app.ActivityManager.class,
            "restrictions", android.content.RestrictionsManager.class);

    static Object getSystemService(Context self, String name) {
        Device.pass("getSystemService." + name);
        Class<?> found = SERVICES.get(name);
        return found == null ? null : Bench.make(found);
    }

    static String getPackageName(Context self) {
        return Content.PACKAGE;
    }

    static Context getApplicationContext(Context self) {
        return self;
    }

    static PackageManager getPackageManager(Context self) {
        return new PackageManager() {};
    }

    static ContentResolver getContentResolver(Context self) {
        return new ContentResolver(self) {};
    }

    static ApplicationInfo getApplicationInfo(Context self) {
        ApplicationInfo found = Bench.make(ApplicationInfo.class);
        found.targetSdkVersion = Device.target;
        found.icon = 7;
        return found;
    }

    static File getFilesDir(Context self) {
        return new File(Device.folder);
    }

    static int checkSelfPermission(Context self, String name) {
        return Device.granted.contains(name) ? 0 : -1;
    }

    static void startActivity(Context self, Intent asked) {
        Content.start(asked);
    }

    static ComponentName startService(Context self, Intent asked) {
        if (!Device.isForeground && Device.api >= 26) {
            throw new IllegalStateException("Not allowed to start service: app is in background");
        }
        return Services.begin(asked);
    }

    static ComponentName startForegroundService(Context self, Intent asked) {
        if (!Device.isForeground && Device.api >= 31) {
            throw new android.app.ForegroundServiceStartNotAllowedException(
                    "startForegroundService() not allowed due to mAllowStartForeground false");
        }
        return Services.begin(asked);
    }

    static boolean stopService(Context self, Intent asked) {
        return Services.end(Bench.get(asked, "component"));
    }
}

@Acts(Uri.class)
final class UriActs {
    static Uri parse(String text) {
        return Content.uri(text);
    }

    static Uri fromParts(String scheme, String part, String fragment) {
        return Content.uri(scheme + ":" + part + (fragment == null ? "" : "#" + fragment));
    }

    static String toString(Uri self) {
        return Content.text(self);
    }

    static String getLastPathSegment(Uri self) {
        String text = Content.text(self);
        String last = text.substring(text.lastIndexOf('/') + 1);
        return java.net.URLDecoder.decode(last, java.nio.charset.StandardCharsets.UTF_8);
    }

    static String getScheme(Uri self) {
        return Content.text(self).split(":")[0];
    }
}

@Acts(FileProvider.class)
final class FileProviderActs {
    static Uri getUriForFile(Context context, String authority, File file) {
        if (!authority.equals(Content.PACKAGE + ".fileprovider")) {
            throw new IllegalArgumentException("Couldn't find meta-data for provider");
        }
        if (!file.getPath().startsWith(Device.folder + "/" + Device.provided)) {
            throw new IllegalArgumentException(
                    "Failed to find configured root that contains " + file.getPath());
        }
        String text = "content://" + authority + "/" + file.getName();
        Device.documents.put(text, file.getPath());
        return Content.uri(text);
    }
}

@Acts(ContentResolver.class)
final class ContentResolverActs {
    static Cursor query(ContentResolver self, Uri uri, String[] columns, String where,
            String[] given, String order) {
        Device.pass("query");
        String name = Device.names.get(Content.text(uri));
        return name == null ? null : Bench.set(new Cursor() {}, "name", name);
    }

    static ParcelFileDescriptor openFileDescriptor(ContentResolver self, Uri uri, String mode)
            throws FileNotFoundException {
        Device.pass("openFileDescriptor");
        String path = Device.documents.get(Content.text(uri));
        if (path == null) {
            throw new FileNotFoundException("No content provider: " + Content.text(uri));
        }
        return Bench.set(Bench.make(ParcelFileDescriptor.class), "file",
                mode.startsWith("r") ? new FileInputStream(path) : new FileOutputStream(path));
    }
}

@Acts(ParcelFileDescriptor.class)
final class ParcelFileDescriptorActs {
    /**
     * The number of an open file, which from now on is its taker's alone to close: else the
     * collector of garbage closes that number once more, and by then it is another file's.
     */
    static int detachFd(ParcelFileDescriptor self) throws Exception {
        Object file = Bench.get(self, "file");
        FileDescriptor found = (FileDescriptor) file.getClass().getMethod("getFD").invoke(file);
        Field number = FileDescriptor.class.getDeclaredField("fd");
        number.setAccessible(true);
        Method unregister = FileDescriptor.class.getDeclaredMethod("unregisterCleanup");
        unregister.setAccessible(true);
        unregister.invoke(found);
        int detached = number.getInt(found);
        number.setInt(found, -1);
        return detached;
    }
}

@Acts(Cursor.class)
final class CursorActs {
    static boolean moveToFirst(Cursor self) {
        return true;
    }

    static String getString(Cursor self, int column) {
        return Bench.get(self, "name");
    }

    static void close(Cursor self) {}
}
