package bench;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.Service;
import android.content.Intent;
import android.location.Location;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tablet as a case wants it; `reset` makes it new. */
public final class Device {
    private Device() {}

    /** The version of Android, and the one that the app says it was made for. */
    public static int api;
    public static int target;
    public static String folder;

    /** What the manifest declares, what the person granted, refused once, and for ever. */
    /** The activity that the manifest has. */
    public static String entrypoint;
    public static Set<String> manifest, granted, refused, refusedForEver;
    /** Each call that asks for permissions, unanswered ones first. */
    public static Deque<String[]> asking;
    public static List<Integer> askingCodes;
    public static List<String> asked;

    /** Actions that some app takes, and those that `queries` of the manifest names. */
    public static Set<String> apps, queries;
    public static Set<String> features;
    public static List<Intent> started;
    public static List<Integer> requests;
    public static boolean isForeground;
    /** Services that run, by class, and the channels of notifications, by their id. */
    public static Map<String, Service> running;
    public static Map<String, NotificationChannel> channels;
    /** The notification of the service in the foreground. */
    public static Notification shown;

    /** Receivers there are and those that are on; where it is. */
    public static List<String> providers;
    public static Set<String> providersOn;
    public static boolean isLocationOn;
    public static Map<String, Location> places;
    public static List<Object> listening;

    /** `kind`: "", wifi, cellular. */
    public static String line;
    public static boolean isMetered, isValidated;
    public static int battery;
    public static boolean isCharging;
    public static Map<String, Integer> settings;

    /** What goes wrong next: by member, the classes of what is thrown, one a call; `*` always. */
    public static Map<String, Deque<String>> faults;
    /** Certificates of who is trusted, by alias; what device management set, null for nothing. */
    public static Map<String, byte[]> authorities;
    public static Map<String, Object> restrictions;
    /** The battery saver is on; this app is exempt from Doze. */
    public static boolean isSaving, isExempt;
    /** Keys of the hardware, by alias. */
    public static Map<String, byte[]> keys;
    /** Where a document lies, by its address. */
    public static Map<String, String> documents;
    /** The folder that the FileProvider may hand out, below the private one. */
    public static String provided;
    /** How a document is shown, by its address. */
    public static Map<String, String> names;
    public static byte[] speech;
    public static List<String> log;

    public static void reset(int version, int targeted, String private_) {
        Bench.forget();
        api = Bench.api = version;
        target = targeted;
        folder = private_;
        manifest = new HashSet<>();
        granted = new HashSet<>();
        refused = new HashSet<>();
        refusedForEver = new HashSet<>();
        asking = new ArrayDeque<>();
        askingCodes = new ArrayList<>();
        asked = new ArrayList<>();
        apps = new HashSet<>();
        queries = new HashSet<>();
        features = new HashSet<>();
        started = new ArrayList<>();
        requests = new ArrayList<>();
        isForeground = true;
        running = new HashMap<>();
        channels = new HashMap<>();
        shown = null;
        providers = new ArrayList<>(List.of("network", "gps", "passive"));
        providersOn = new HashSet<>(providers);
        isLocationOn = true;
        places = new HashMap<>();
        listening = new ArrayList<>();
        line = "wifi";
        isMetered = false;
        isValidated = true;
        battery = 80;
        isCharging = false;
        settings = new HashMap<>();
        faults = new HashMap<>();
        keys = new HashMap<>();
        authorities = new HashMap<>();
        restrictions = null;
        isSaving = isExempt = false;
        documents = new HashMap<>();
        names = new HashMap<>();
        speech = new byte[] {1, 2, 3};
        log = new ArrayList<>();
        android.os.Build.VERSION.SDK_INT = version;
        org.kivy.android.PythonActivity.begin();
    }

    /** Lets a member throw; each name is thrown once, the last for ever if it ends with `*`. */
    public static void fault(String member, String thrown) {
        faults.computeIfAbsent(member, one -> new ArrayDeque<>()).add(thrown);
    }

    /** Throws what was said to go wrong with this member, if anything was. */
    public static void pass(String member) {
        Deque<String> left = faults.get(member);
        if (left != null && !left.isEmpty()) {
            String next = left.peek().endsWith("*") ? left.peek() : left.remove();
            Bench.fail(next.replace("*", ""), "bench: " + member);
        }
    }

    public static void trust(String alias, byte[] certificate) {
        authorities.put(alias, certificate);
    }

    /** Device management sets a value; of no name nothing but that there is a configuration. */
    public static void restrict(String name, String value) {
        restrictions = restrictions == null ? new HashMap<>() : restrictions;
        if (!name.isEmpty()) {
            restrictions.put(name, value);
        }
    }

    public static void grant(String permission) {
        granted.add("android.permission." + permission);
    }

    public static void revoke(String permission) {
        granted.remove("android.permission." + permission);
    }

    public static boolean has(String permission) {
        return granted.contains("android.permission." + permission);
    }

    /** What is granted as the app is installed, if only its manifest declares it. */
    public static boolean declares(String permission) {
        return manifest.contains("android.permission." + permission);
    }

    public static void need(String permission) {
        if (!has(permission)) {
            throw new SecurityException("requires android.permission." + permission);
        }
    }

    /** The person answers what was asked first; false: "Don't allow". */
    public static void answer(boolean isYes) {
        String[] permissions = asking.remove();
        int[] results = new int[permissions.length];
        boolean isFineAlone = api >= 31 && List.of(permissions).contains(FINE)
                && !List.of(permissions).contains(FINE.replace("FINE", "COARSE"));
        for (int at = 0; at < permissions.length; at++) {
            String one = permissions[at];
            // Some of Android 12 ignore the request for the fine one alone.
            boolean may = isYes && manifest.contains(one) && !refusedForEver.contains(one)
                    && !(one.equals(FINE) && isFineAlone);
            if (may) {
                granted.add(one);
            } else if (!granted.contains(one) && !refused.add(one)) {
                refusedForEver.add(one);
            }
            results[at] = granted.contains(one) ? 0 : -1;
        }
        org.kivy.android.PythonActivity.mActivity.answered(
                askingCodes.remove(0), permissions, results);
    }

    /** Another question cuts off the one that was asked first. */
    public static void interrupt() {
        asking.remove();
        org.kivy.android.PythonActivity.mActivity.answered(
                askingCodes.remove(0), new String[0], new int[0]);
    }

    private static final String FINE = "android.permission.ACCESS_FINE_LOCATION";

    /**
     * A service of dataSync has run for six hours of a day: from Android 15 on it is told, and has
     * seconds to stop by itself; then the app is ended.
     */
    public static void sixHoursOver() {
        if (api >= 35 && target >= 35) {
            for (Service one : List.copyOf(running.values())) {
                one.onTimeout(1, android.content.pm.ServiceInfo.FOREGROUND_SERVICE_TYPE_DATA_SYNC);
            }
            if (!running.isEmpty()) {
                throw new RuntimeException("ForegroundServiceDidNotStopInTimeException");
            }
        }
    }

    /** The person returns from another app. */
    public static void result(int code, Intent answer) {
        org.kivy.android.PythonActivity.mActivity.returned(requests.remove(0), code, answer);
    }

    /** The camera app writes a picture where it was told; false if nobody told, or it may not. */
    public static boolean picture(byte[] content) throws java.io.IOException {
        Intent asked = started.get(started.size() - 1);
        Object target = Bench.<Map<String, Object>>get(asked, "extras").get("output");
        int flags = Bench.of(asked).containsKey("flags") ? Bench.<Integer>get(asked, "flags") : 0;
        if (!(target instanceof android.net.Uri) || (flags & 2) == 0) {
            return false;
        }
        String path = documents.get(Bench.<String>get(target, "text"));
        if (path == null) {
            return false;
        }
        java.nio.file.Files.write(java.nio.file.Path.of(path), content);
        return true;
    }
}
