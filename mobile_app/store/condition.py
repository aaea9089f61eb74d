"""How this tablet is, in a few numbers, for the board of tablets: told when it is news.

Charge and room change by the minute, and every byte counts on a poor line. So a report goes with
the first request of a contact, at most once an hour, and only where somebody would act otherwise
than upon the last: ten percent of battery, a quarter of the room, photos that began or ceased to
wait. It takes 25 to 30 bytes: seven for each contact of a window that makes one a quarter-hour.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

from mobile_app.device.power import Power
from mobile_app.device.storage import Storage
from mobile_app.store import media
from mobile_app.store.database import transaction
from mobile_app.store.kept import Told
from mobile_app.store.records import Store
from sync.messages import Condition

EVERY_MS = 3_600_000
_MB = 1_000_000
_MOST = 2**31 - 1
_QUARTER = 1.25
_TENTH = 10
_DAY_MINUTES = 24 * 60


def look(store: Store, power: Power, storage: Storage) -> Condition:
    """Return how this tablet is now."""
    battery = power.battery()
    bytes_left, arrived = media.bytes_pending(store)
    return Condition(
        battery_percent=battery.percent,
        is_charging=battery.is_charging,
        free_mb=_within(storage.free_bytes() // _MB),
        app_mb=_within(_size(store) // _MB),
        photos_waiting=_within(media.pending_count(store)),
        photos_mb=_within(ceil((bytes_left - arrived) / _MB)),
        unsent_minutes=_unsent_minutes(store),
    )


def news(store: Store, power: Power, storage: Storage) -> Condition | None:
    """Return how this tablet is if a report is due and says something new; else None."""
    told = store.kept.condition_told
    if told and 0 <= store.clock.wall_ms() - told.at_ms < EVERY_MS:
        return None
    now = look(store, power, storage)
    return now if told is None or _has_moved(told, now) else None


def was_told(store: Store, condition: Condition) -> None:
    """Note that the server has the report. Raises StoreFull."""
    with transaction(store.db):
        store.kept.condition_told = Told(
            store.clock.wall_ms(),
            condition.battery_percent,
            condition.free_mb,
            condition.photos_waiting,
            _days(condition),
        )


def _has_moved(told: Told, now: Condition) -> bool:
    """Whether somebody would act otherwise than upon what was told."""
    before, after = told.battery_percent, now.battery_percent
    if before is None or after is None:
        is_other_charge = before != after
    else:
        is_other_charge = abs(before - after) >= _TENTH
    return (
        is_other_charge
        or _differ(told.free_mb, now.free_mb, _QUARTER)
        or _differ(told.photos_waiting, now.photos_waiting, 2)
        or told.unsent_days != _days(now)
    )


def _differ(before: int, after: int, times: float) -> bool:
    """Whether a count is by so much more or less; to or from nothing it always is."""
    less, more = sorted((before, after))
    return more > less * times


def _days(condition: Condition) -> int:
    """Return for how many days something has waited; -1 for nothing."""
    minutes = condition.unsent_minutes
    return -1 if minutes is None else minutes // _DAY_MINUTES


def _unsent_minutes(store: Store) -> int | None:
    (oldest,) = store.db.execute(
        "SELECT min(at) FROM (SELECT at FROM outbox WHERE state = 'pending' UNION ALL"
        " SELECT at FROM blob WHERE state NOT IN ('verified', 'coming'))"
    ).fetchone()
    return None if oldest is None else _within((store.clock.wall_ms() - oldest) // 60_000)


def _size(store: Store) -> int:
    path = Path(store.path)
    return path.stat().st_size if path.exists() else 0


def _within(number: int) -> int:
    return max(0, min(number, _MOST))
