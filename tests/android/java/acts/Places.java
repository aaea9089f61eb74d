package acts;

import android.app.PendingIntent;
import android.location.Location;
import android.location.LocationManager;
import bench.Acts;
import bench.Bench;
import bench.Device;
import java.util.List;

@Acts(LocationManager.class)
final class LocationManagerActs {
    static List<String> getAllProviders(LocationManager self) {
        return Device.providers;
    }

    static boolean isProviderEnabled(LocationManager self, String name) {
        return Device.isLocationOn && Device.providersOn.contains(name)
                && Device.providers.contains(name);
    }

    static boolean isLocationEnabled(LocationManager self) {
        return Device.isLocationOn;
    }

    static void requestLocationUpdates(
            LocationManager self, String name, long every, float metres, PendingIntent pending) {
        Device.pass("requestLocationUpdates");
        // Compatibility changes TARGETED_PENDING_INTENT and BLOCK_IMMUTABLE_PENDING_INTENTS.
        if (Device.api >= 30 && !Bench.<Boolean>get(pending, "isExplicit")) {
            throw new IllegalArgumentException("pending intent must be targeted to a package");
        }
        if (Device.api >= 31 && Device.target >= 31 && Bench.<Boolean>get(pending, "isImmutable")) {
            throw new IllegalArgumentException("pending intent must be mutable");
        }
        if (!Device.providers.contains(name)) {
            throw new IllegalArgumentException("provider \"" + name + "\" doesn't exist");
        }
        need();
        Device.listening.add(pending);
    }

    static void removeUpdates(LocationManager self, PendingIntent pending) {
        Device.pass("removeUpdates");
        Device.listening.remove(pending);
    }

    static Location getLastKnownLocation(LocationManager self, String name) {
        need();
        if (!Device.providers.contains(name)) {
            throw new IllegalArgumentException("provider \"" + name + "\" doesn't exist");
        }
        return isProviderEnabled(self, name) ? Device.places.get(name) : null;
    }

    /** Of the satellites' receiver; where only the coarse place is granted, that is refused. */
    private static void need() {
        Device.need("ACCESS_FINE_LOCATION");
    }
}

@Acts(Location.class)
final class LocationActs {
    static void made(Location self, String provider) {
        Bench.set(self, "provider", provider);
    }

    static double getLatitude(Location self) {
        return Bench.<Double>get(self, "latitude");
    }

    static void setLatitude(Location self, double degrees) {
        Bench.set(self, "latitude", degrees);
    }

    static double getLongitude(Location self) {
        return Bench.<Double>get(self, "longitude");
    }

    static void setLongitude(Location self, double degrees) {
        Bench.set(self, "longitude", degrees);
    }

    static float getAccuracy(Location self) {
        Float found = Bench.get(self, "accuracy");
        return found == null ? 0 : found;
    }

    static void setAccuracy(Location self, float metres) {
        Bench.set(self, "accuracy", metres);
    }

    static long getTime(Location self) {
        Long found = Bench.get(self, "time");
        return found == null ? 0 : found;
    }

    static void setTime(Location self, long ms) {
        Bench.set(self, "time", ms);
    }

    static long getElapsedRealtimeNanos(Location self) {
        Long found = Bench.get(self, "nanos");
        return found == null ? 0 : found;
    }

    static void setElapsedRealtimeNanos(Location self, long nanos) {
        Bench.set(self, "nanos", nanos);
    }

    static boolean isFromMockProvider(Location self) {
        return Boolean.TRUE.equals(Bench.get(self, "isMock"));
    }

    static boolean isMock(Location self) {
        return isFromMockProvider(self);
    }

    static void setMock(Location self, boolean isMock) {
        Bench.set(self, "isMock", isMock);
    }
}
