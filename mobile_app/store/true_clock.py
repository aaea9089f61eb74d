"""What time it is, as well as this tablet can know: wall clocks in the field are years off."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.device.clock import Clock
from mobile_app.store.kept import Kept


@dataclass(frozen=True, slots=True)
class TrueClock:
    """The device's clocks, the wall's put right by what the server said in the last exchange.

    Exact while the device runs on. After a restart nothing tells how long it was off: then the
    wall stands, unless it is before what the server said. For what people read and where one is;
    `Store.now` sends the bare clocks, of which the server makes its own bounds.
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
