"""How much power is left: a port, Linux, Android, a fake."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mobile_app.device import java

LOW_PERCENT = 15
"""Below it, and not charging, what can wait is put off: photos of others, a map."""


@dataclass(frozen=True, slots=True)
class Battery:
    """`percent`: 0 to 100, None where there is no battery.

    `is_saving`: the person has the battery saver on. `may_sleep`: the system may cut the network
    when the screen is off (Android's Doze), as device management has not exempted this app.
    """

    percent: int | None
    is_charging: bool
    is_saving: bool = False
    may_sleep: bool = False

    @property
    def is_low(self) -> bool:
        """Return whether what can wait should wait."""
        return self.percent is not None and self.percent < LOW_PERCENT and not self.is_charging


class Power(Protocol):
    """What a screen asks of the battery."""

    def battery(self) -> Battery:
        """Return how it stands now."""


@dataclass(frozen=True, slots=True)
class LinuxPower:
    """The kernel's own folder of power supplies; a machine without a battery is always charging."""

    folder: Path = Path("/sys/class/power_supply")

    def battery(self) -> Battery:
        """Return the first battery."""
        for supply in sorted(self.folder.glob("BAT*")):
            percent = _read(supply / "capacity")
            if percent.isdigit():
                return Battery(min(int(percent), 100), _read(supply / "status") != "Discharging")
        return Battery(None, is_charging=True)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


@dataclass(slots=True)
class FakePower:
    """A battery as it is said to be."""

    now: Battery

    def battery(self) -> Battery:
        """Return it."""
        return self.now


class AndroidPower:
    """Android's battery manager."""

    def battery(self) -> Battery:
        """Ask it; what it does not say counts as no battery."""
        try:
            manager, power = java.service("batterymanager"), java.service("power")
            capacity = java.of("android.os.BatteryManager").BATTERY_PROPERTY_CAPACITY
            percent = manager.getIntProperty(capacity)
            name = java.context().getPackageName()
            return Battery(
                percent if 0 <= percent <= 100 else None,
                bool(manager.isCharging()),
                is_saving=bool(power.isPowerSaveMode()),
                may_sleep=not power.isIgnoringBatteryOptimizations(name),
            )
        except java.fault():
            return Battery(None, is_charging=True)


def power_of_this_device() -> Power:
    """Return the adapter for the machine that this runs on."""
    return AndroidPower() if java.is_android() else LinuxPower()
