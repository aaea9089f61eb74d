"""What time it is, as well as this tablet can know: wall clocks in the field are years off."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.device.clock import Clock
from mobile_app.store.kept import Kept


@dataclass(frozen=True, slots=True)
class TrueClock:
    """The device's clocks, the wall's put right by what the server said in the last exchange.

    Exact while the device runs on. After a restart nothing tells how long it was off: then the
    wall counts, unless it is before what the server said. For what people read and where one is;
    `Store.now` sends the bare clocks, of which the server makes its own bounds.

    An example. The server said 10:00 when the clock that only runs forward was at 500 s; that clock
    is at 800 s now, in the same start of the device: it is 10:05, whatever the wall says. After a
    restart that clock is at 20 s, and tells nothing of 10:00. A wall of 14:00 is believed, though
    it may be wrong; one of 1 January 1970, as of a tablet whose battery was empty, is not: it was
    10:00 already, so it is 10:00 still. The wall is never put right itself: an app may not.
    """

    clock: Clock
    kept: Kept

    def wall_ms(self) -> int:
        """Return Unix milliseconds."""
        heard_ms = self.kept.after_sync_ms
        boot_id, at_mono_ms = self.kept.heard_at
        since_ms = self.clock.mono_ms() - at_mono_ms
        if boot_id == self.clock.boot_id() and since_ms >= 0:
            return heard_ms + since_ms
        return max(self.clock.wall_ms(), heard_ms)

    def mono_ms(self) -> int:
        """Return milliseconds since the device started."""
        return self.clock.mono_ms()

    def boot_id(self) -> str:
        """Return what is the same until the device starts anew."""
        return self.clock.boot_id()
