package acts;

import android.media.MediaRecorder;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkCapabilities;
import android.os.BatteryManager;
import android.os.PowerManager;
import android.provider.Settings;
import android.content.ContentResolver;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The recorder's states: initial, initialized, configured, prepared, recording, released. */
@Acts(MediaRecorder.class)
final class MediaRecorderActs {
    private static void state(MediaRecorder self, String wanted, String next) {
        String now = Bench.get(self, "state");
        if (!java.util.List.of(wanted.split(" ")).contains(now)) {
            throw new IllegalStateException("called in a state of: " + now);
        }
        Bench.set(self, "state", next == null ? now : next);
    }

    static void made(MediaRecorder self) {
        Device.pass("MediaRecorder");
        Bench.set(self, "state", "initial");
    }

    static void made(MediaRecorder self, android.content.Context context) {
        made(self);
    }

    static void setAudioSource(MediaRecorder self, int source) {
        state(self, "initial initialized", "initialized");
        if (!Device.has("RECORD_AUDIO") || !Device.features.contains("android.hardware.microphone")) {
            throw new RuntimeException("setAudioSource failed.");
        }
    }

    static void setOutputFormat(MediaRecorder self, int format) {
        state(self, "initialized", "configured");
    }

    static void setAudioEncoder(MediaRecorder self, int encoder) {
        state(self, "configured", null);
    }

    static void setAudioChannels(MediaRecorder self, int count) {
        if (count <= 0) {
            throw new IllegalArgumentException("Number of channels is not positive");
        }
    }

    static void setAudioSamplingRate(MediaRecorder self, int rate) {}

    static void setAudioEncodingBitRate(MediaRecorder self, int rate) {}

    static void setMaxDuration(MediaRecorder self, int ms) {
        state(self, "configured", null);
        Bench.set(self, "max", ms);
        Device.log.add("recorder max " + ms);
    }

    static void setOutputFile(MediaRecorder self, String path) {
        state(self, "configured", null);
        Bench.set(self, "path", path);
    }

    static void setOutputFile(MediaRecorder self, java.io.File file) {
        setOutputFile(self, file.getPath());
    }

    static void prepare(MediaRecorder self) throws IOException {
        Device.pass("prepare");
        state(self, "configured", "prepared");
        Files.write(Path.of(Bench.<String>get(self, "path")), new byte[0]);
    }

    static void start(MediaRecorder self) {
        Device.pass("start");
        state(self, "prepared", "recording");
    }

    static void stop(MediaRecorder self) throws IOException {
        state(self, "recording", "initial");
        Device.pass("stop");
        Files.write(Path.of(Bench.<String>get(self, "path")), Device.speech);
    }

    static void reset(MediaRecorder self) {
        Bench.set(self, "state", "initial");
    }

    static void release(MediaRecorder self) {
        Bench.set(self, "state", "released");
        Device.log.add("recorder released");
    }
}

@Acts(ConnectivityManager.class)
final class ConnectivityManagerActs {
    static Network getActiveNetwork(ConnectivityManager self) {
        Device.pass("getActiveNetwork");
        Device.need("ACCESS_NETWORK_STATE");
        return Device.line.isEmpty() ? null : Bench.make(Network.class);
    }

    static NetworkCapabilities getNetworkCapabilities(ConnectivityManager self, Network network) {
        // Android 11 throws SecurityException here now and then: issuetracker 175055271.
        Device.pass("getNetworkCapabilities");
        Device.need("ACCESS_NETWORK_STATE");
        return Bench.make(NetworkCapabilities.class);
    }

    static boolean isActiveNetworkMetered(ConnectivityManager self) {
        return Device.isMetered;
    }
}

@Acts(NetworkCapabilities.class)
final class NetworkCapabilitiesActs {
    static boolean hasTransport(NetworkCapabilities self, int type) {
        return type == (Device.line.equals("cellular")
                ? NetworkCapabilities.TRANSPORT_CELLULAR : NetworkCapabilities.TRANSPORT_WIFI);
    }

    static boolean hasCapability(NetworkCapabilities self, int capability) {
        return capability == NetworkCapabilities.NET_CAPABILITY_INTERNET
                || (capability == NetworkCapabilities.NET_CAPABILITY_VALIDATED && Device.isValidated)
                || (capability == NetworkCapabilities.NET_CAPABILITY_NOT_METERED
                        && !Device.isMetered);
    }
}

@Acts(BatteryManager.class)
final class BatteryManagerActs {
    static int getIntProperty(BatteryManager self, int id) {
        if (id != BatteryManager.BATTERY_PROPERTY_CAPACITY) {
            return Integer.MIN_VALUE;
        }
        return Device.battery;
    }

    static boolean isCharging(BatteryManager self) {
        return Device.isCharging;
    }
}

@Acts(PowerManager.class)
final class PowerManagerActs {
    static boolean isPowerSaveMode(PowerManager self) {
        return Device.isSaving;
    }

    static boolean isIgnoringBatteryOptimizations(PowerManager self, String app) {
        return Device.isExempt && app.equals(Content.PACKAGE);
    }
}

@Acts(Settings.Global.class)
final class SettingsGlobalActs {
    static int getInt(ContentResolver resolver, String name, int without) {
        return Device.settings.getOrDefault(name, without);
    }

    static int getInt(ContentResolver resolver, String name)
            throws Settings.SettingNotFoundException {
        if (!Device.settings.containsKey(name)) {
            throw new Settings.SettingNotFoundException(name);
        }
        return Device.settings.get(name);
    }
}
