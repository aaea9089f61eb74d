package acts;

import android.app.PendingIntent;
import android.content.ActivityNotFoundException;
import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.content.IntentSender;
import android.content.pm.PackageInfo;
import android.content.pm.PackageInstaller;
import android.content.pm.PackageManager;
import android.content.pm.Signature;
import android.os.Parcelable;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;

/**
 * Packages and their installer. A file that is an app says so in one line: package, versionCode,
 * signer. What was handed over is in `committed`, by session; `says` is the installer's answer.
 */
public final class Installing {
    private Installing() {}

    public static final String CONFIRM = "android.content.pm.action.CONFIRM_INSTALL";
    public static int version;
    public static String signer;
    public static Map<Integer, byte[]> committed;
    static Map<Integer, Intent> answers;
    static int last;

    /** Forgets what an earlier case did. */
    public static void begin(int versionCode, String signedBy) {
        version = versionCode;
        signer = signedBy;
        committed = new HashMap<>();
        answers = new HashMap<>();
    }

    static PackageInfo info(String name, int versionCode, String signedBy, int flags) {
        PackageInfo made = Bench.make(PackageInfo.class);
        made.packageName = name;
        made.versionCode = versionCode;
        if ((flags & PackageManager.GET_SIGNATURES) != 0) {
            Signature one = new Signature(signedBy);
            made.signatures = new Signature[] {one};
        }
        return made;
    }

    /**
     * The installer answers a session; a question brings the intent that shows it. An answer to an
     * activity that the manifest has not would go nowhere.
     */
    public static void says(int session, int status) {
        Intent answer = answers.get(session);
        if (!Device.entrypoint.equals(Bench.get(answer, "component"))) {
            throw new ActivityNotFoundException("bench: " + Bench.get(answer, "component"));
        }
        Map<String, Object> extras = Content.extras(answer);
        extras.put(PackageInstaller.EXTRA_SESSION_ID, session);
        extras.put(PackageInstaller.EXTRA_STATUS, status);
        if (status == PackageInstaller.STATUS_PENDING_USER_ACTION) {
            extras.put(Intent.EXTRA_INTENT, new Intent(CONFIRM));
        }
        org.kivy.android.PythonActivity.mActivity.intended(answer);
    }
}

@Acts(PackageManager.class)
final class PackagesActs {
    static PackageInfo getPackageInfo(PackageManager self, String name, int flags) {
        return Installing.info(name, Installing.version, Installing.signer, flags);
    }

    static PackageInfo getPackageArchiveInfo(PackageManager self, String path, int flags)
            throws IOException {
        if (!path.endsWith(".apk")) {
            return null;
        }
        String[] said = Files.readString(new File(path).toPath()).strip().split(" ");
        return said.length != 3
                ? null
                : Installing.info(said[0], Integer.parseInt(said[1]), said[2], flags);
    }

    static PackageInstaller getPackageInstaller(PackageManager self) {
        return Bench.make(PackageInstaller.class);
    }
}

@Acts(Signature.class)
final class SignatureActs {
    static void made(Signature self, String text) {
        Bench.set(self, "text", text);
    }

    static String toCharsString(Signature self) {
        return Bench.get(self, "text");
    }
}

@Acts(PackageInstaller.class)
final class PackageInstallerActs {
    static int createSession(PackageInstaller self, PackageInstaller.SessionParams wanted) {
        if (Bench.get(wanted, "package") == null) {
            throw new IllegalArgumentException("bench: for which package?");
        }
        return ++Installing.last;
    }

    static PackageInstaller.Session openSession(PackageInstaller self, int number) {
        return Bench.set(Bench.make(PackageInstaller.Session.class), "number", number);
    }
}

@Acts(PackageInstaller.SessionParams.class)
final class SessionParamsActs {
    static void made(PackageInstaller.SessionParams self, int mode) {
        if (mode != PackageInstaller.SessionParams.MODE_FULL_INSTALL) {
            throw new IllegalArgumentException("bench: mode " + mode);
        }
    }

    static void setAppPackageName(PackageInstaller.SessionParams self, String name) {
        Bench.set(self, "package", name);
    }
}

@Acts(PackageInstaller.Session.class)
final class SessionActs {
    static OutputStream openWrite(
            PackageInstaller.Session self, String name, long offset, long length) {
        Device.pass("openWrite");
        Bench.set(self, "out", new ByteArrayOutputStream());
        Bench.set(self, "length", length);
        return Bench.get(self, "out");
    }

    static void fsync(PackageInstaller.Session self, OutputStream out) {
        Bench.set(self, "isOnDisk", true);
    }

    static void commit(PackageInstaller.Session self, IntentSender answer) {
        byte[] written = Bench.<ByteArrayOutputStream>get(self, "out").toByteArray();
        if (written.length != Bench.<Long>get(self, "length") || Bench.get(self, "isOnDisk") == null) {
            throw new IllegalStateException("bench: cut, or not on disk");
        }
        int number = Bench.<Integer>get(self, "number");
        Installing.committed.put(number, written);
        Installing.answers.put(number, Bench.<Intent>get(answer, "intent"));
    }

    static void abandon(PackageInstaller.Session self) {
        Device.log.add("session abandoned");
    }

    static void close(PackageInstaller.Session self) {
        Device.log.add("session closed");
    }
}

/** A pending intent that leads to an activity, and is sent by another program. */
@Acts(PendingIntent.class)
final class PendingActivityActs {
    static PendingIntent getActivity(Context context, int request, Intent intent, int flags) {
        PendingIntent made = PendingIntentActs.getBroadcast(context, request, intent, flags);
        return Bench.set(made, "intent", intent);
    }

    static IntentSender getIntentSender(PendingIntent self) {
        if (Bench.<Boolean>get(self, "isImmutable")) {
            throw new IllegalStateException("bench: the installer could not fill it in");
        }
        return Bench.set(new IntentSender() {}, "intent", Bench.get(self, "intent"));
    }
}

@Acts(Intent.class)
final class NamedIntentActs {
    static Intent setComponent(Intent self, ComponentName named) {
        Bench.set(self, "component", named.getClassName());
        return Bench.set(self, "package", named.getPackageName());
    }

    static Parcelable getParcelableExtra(Intent self, String name) {
        Object found = Content.extras(self).get(name);
        return found instanceof Parcelable ? (Parcelable) found : null;
    }
}
