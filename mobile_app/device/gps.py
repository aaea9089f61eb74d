"""Where the tablet is: a port, its adapters, and the wait for a position that is good enough.

A position is waited for a while and never for ever: what comes in time and is exact enough is
taken, else the best that came, else the reason why there is none (`position_missing` of a visit).

How old a fix is, the clock says that only runs forward: the tablet's wall clock and the receiver's
may each be years off, and neither makes a fix of now one of another place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from mobile_app.device import java
from mobile_app.device.clock import Clock, SystemClock
from sync.spec import Value, Values

TIMEOUT_MS = 30_000
ACCURACY_GOOD_M = 30
"""At once taken: one farm from the next."""
ACCURACY_WORST_M = 500
"""Taken when the time is over: one douar from the next. Beyond it there is no position."""
AGE_MS_MAX = 120_000
"""An older position is of another place."""
LAST_MS_MAX = 600_000
"""Of the last position, for who is near: an older one is of another douar."""
_POLE = 90
_APART_MS = 1_000
"""Two readings of one clock: a fix may seem to be of a moment hence."""
_PROVIDER, _PERMISSION = "gps", "ACCESS_FINE_LOCATION"
NO_DEVICE, REFUSED, NO_SIGNAL = "no_device", "refused", "no_signal"
OFF = "off"
"""Location is switched off in the tablet's settings; of a visit that is NO_SIGNAL."""
_MUTABLE_FROM = 31


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees times a million, metres of accuracy, Unix milliseconds; whether it was feigned.

    `accuracy_m`: None where the receiver does not know. `at_ms`: as this tablet knows the time.
    """

    latitude: int
    longitude: int
    accuracy_m: int | None
    at_ms: int
    is_mock: bool = False


@dataclass(frozen=True, slots=True)
class Fix:
    """What a receiver says, and for how many milliseconds it has been so."""

    latitude: int
    longitude: int
    accuracy_m: int | None
    age_ms: int = 0
    is_mock: bool = False


def fix(
    latitude: float, longitude: float, accuracy_m: float, *, age_ms: int, is_mock: bool = False
) -> Fix | None:
    """Return what a receiver says, in degrees and metres; None where that is no place.

    It says 0 for an accuracy that it does not know, and 0, 0 for a place that it does not know:
    that is in the sea. An age below zero is of before the tablet was started.
    """
    numbers = (latitude, longitude, accuracy_m)
    is_place = (
        all(map(math.isfinite, numbers)) and abs(latitude) <= _POLE and abs(longitude) <= 2 * _POLE
    )
    if not is_place or not -_APART_MS <= age_ms <= LAST_MS_MAX:
        return None
    at = round(latitude * 1e6), round(longitude * 1e6)
    if at == (0, 0):
        return None
    return Fix(*at, max(1, round(accuracy_m)) if accuracy_m > 0 else None, max(0, age_ms), is_mock)


def position_values(here: Position | None, missing: Value) -> Values:
    """Return what a visit keeps of where it was. `missing`: why there is no position."""
    return {
        "latitude": here.latitude if here else None,
        "longitude": here.longitude if here else None,
        "accuracy_m": here.accuracy_m if here else None,
        "position_at": here.at_ms if here else None,
        "position_mock": (here.is_mock or None) if here else None,
        "position_missing": None if here else missing,
    }


def position_of(values: Mapping[str, Value]) -> Position | None:
    """Return where a visit was, as it keeps it; None if it does not."""
    latitude, longitude, accuracy, at = (
        value if isinstance(value := values[name], int) else None
        for name in ("latitude", "longitude", "accuracy_m", "position_at")
    )
    if latitude is None or longitude is None or at is None:
        return None
    return Position(latitude, longitude, accuracy, at, bool(values["position_mock"]))


class Gps(Protocol):
    """What a screen asks of the receiver."""

    def start(self) -> str:
        """Begin to look. Returns why it cannot: NO_DEVICE, REFUSED, OFF; or nothing."""

    def stop(self) -> None:
        """Look no more, which spares the battery."""

    def position(self) -> Fix | None:
        """Return the last fix; None for none, or none that is younger than LAST_MS_MAX."""


@dataclass(slots=True)
class Locating:
    """A wait for a position. Ask `look` now and then; it ends by itself.

    `trouble`: why the receiver does not look, as it says; `missing`: what a visit keeps of that.
    """

    gps: Gps
    clock: Clock
    timeout_ms: int = TIMEOUT_MS
    missing: str = ""
    trouble: str = ""
    is_done: bool = False
    best: Position | None = None
    _began_ms: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin, unless the position is known."""
        self._began_ms = self.clock.mono_ms()
        if self.best is not None:
            self.is_done = True
            return
        self.trouble = self.gps.start()
        if self.trouble:
            self.missing = NO_SIGNAL if self.trouble == OFF else self.trouble
            self.end()

    def look(self) -> Position | None:
        """Return the best position so far. `is_done`: no better one is waited for.

        When done without one, `missing` says why.
        """
        if not self.is_done:
            found = self.gps.position()
            if found is not None and self._is_better(found):
                self.best = Position(
                    found.latitude,
                    found.longitude,
                    found.accuracy_m,
                    self.clock.wall_ms() - found.age_ms,
                    found.is_mock,
                )
            if _within_m(self.best) <= ACCURACY_GOOD_M or self.waited_ms() >= self.timeout_ms:
                self.end()
        return self.best

    def waited_ms(self) -> int:
        """Return for how long it has been waited, by the clock that only runs forward."""
        return self.clock.mono_ms() - self._began_ms

    def _is_better(self, found: Fix) -> bool:
        if found.age_ms > AGE_MS_MAX:
            return False
        return self.best is None or _within_m(found) <= _within_m(self.best)

    def end(self) -> None:
        """Wait no longer: what came is taken, or `missing` says why there is nothing."""
        self.is_done = True
        self.gps.stop()
        if self.best is not None and (self.best.accuracy_m or 0) > ACCURACY_WORST_M:
            self.best = None
        if self.best is None:
            self.missing = self.missing or NO_SIGNAL


def _within_m(found: Fix | Position | None) -> float:
    """Return how exact something is; what does not say so comes after all that does."""
    return math.inf if found is None or found.accuracy_m is None else found.accuracy_m


class NoGps:
    """A machine without a receiver."""

    def start(self) -> str:
        """Say so."""
        return NO_DEVICE

    def stop(self) -> None:
        """Do nothing."""

    def position(self) -> Fix | None:
        """Return None."""
        return None


@dataclass(slots=True)
class FakeGps:
    """A receiver that stands where it is put. `trouble`: why it cannot look."""

    here: Fix | None
    trouble: str = ""
    is_looking: bool = False

    def start(self) -> str:
        """Begin, unless there is trouble."""
        self.is_looking = not self.trouble
        return self.trouble

    def stop(self) -> None:
        """End."""
        self.is_looking = False

    def position(self) -> Fix | None:
        """Return where it was put."""
        return self.here


class AndroidGps:
    """The receiver of an Android tablet. Updates keep it awake; the last position is then asked."""

    _EVERY_MS = 1_000

    def __init__(self, clock: Clock | None = None) -> None:
        """Look not yet."""
        self._clock = clock or SystemClock()
        self._updates: Any = None

    def start(self) -> str:
        """Begin to look, once the person allowed it."""
        try:
            # Both in one call: some of Android 12 ignore who asks for the fine one alone.
            if not java.is_permitted(_PERMISSION, "ACCESS_COARSE_LOCATION"):
                return REFUSED
        except java.PermissionRefused:
            return REFUSED
        manager = java.service("location")
        if manager is None or _PROVIDER not in set(manager.getAllProviders().toArray()):
            return NO_DEVICE
        if not manager.isProviderEnabled(_PROVIDER):
            return OFF
        try:
            self._updates = self._intent()
            manager.requestLocationUpdates(_PROVIDER, self._EVERY_MS, 0.0, self._updates)
        except java.fault():  # taken back in between, or a receiver that is not one
            self._updates = None
            return NO_DEVICE if java.has_permission(_PERMISSION) else REFUSED
        return ""

    def _intent(self) -> java.Java:
        """Return what Android fills in with a position, and sends to this app alone.

        Nobody takes it: it needs no listener, which Python could not be from a thread. It has to be
        mutable from Android 12 on, and to name its app.
        """
        here, pending = java.activity(), java.of("android.app.PendingIntent")
        intent = java.of("android.content.Intent")(f"{here.getPackageName()}.POSITION")
        intent.setPackage(here.getPackageName())
        flags = pending.FLAG_MUTABLE if java.version() >= _MUTABLE_FROM else 0
        return pending.getBroadcast(here, 0, intent, flags)

    def stop(self) -> None:
        """Look no more."""
        if self._updates is not None:
            updates, self._updates = self._updates, None
            with suppress(java.fault()):  # it is no longer ours to end
                java.service("location").removeUpdates(updates)

    def position(self) -> Fix | None:
        """Return the last fix that the receiver had, if it may be known and is not old.

        Asks nobody for permission: it is called where nobody has asked for a position yet.
        """
        if not java.has_permission(_PERMISSION):
            return None
        try:
            found = java.service("location").getLastKnownLocation(_PROVIDER)
        except java.fault():  # taken back in between, or a tablet without this receiver
            return None
        if found is None:
            return None
        return fix(
            found.getLatitude(),
            found.getLongitude(),
            found.getAccuracy(),
            age_ms=self._clock.mono_ms() - found.getElapsedRealtimeNanos() // 1_000_000,
            is_mock=bool(found.isFromMockProvider()),
        )
