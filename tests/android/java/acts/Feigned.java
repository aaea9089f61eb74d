package acts;

import android.location.Location;
import bench.Bench;

/** Android's own marks a place as feigned. */
public final class Feigned {
    public static void set(Location place) {
        Bench.set(place, "isMock", true);
    }
}
