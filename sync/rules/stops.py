"""On which days a stop of a mobile unit or souk takes place."""

from __future__ import annotations

from collections.abc import Mapping

from sync import local_time
from sync.spec import Value


def takes_place(stop: Mapping[str, Value], day: int) -> bool:
    """Whether a stop takes place on a day: its weekday, within its dates, in a week of its rhythm.

    Weeks begin on Monday and are counted from that of `valid_from`; a stop of every few weeks that
    does not say when it began takes place each week, so that nobody misses it.

    Args:
        stop: the values of a `stop`.
        day: days since 1970-01-01.
    """
    first = stop.get("valid_from")
    is_within = local_time.is_between(day, first, stop.get("valid_to"))
    if not is_within or stop.get("weekday") != local_time.weekday_of(day):
        return False
    if not isinstance(first, int):
        return True
    every = stop.get("every_weeks")
    weeks = local_time.week_of(day) - local_time.week_of(first)
    return weeks % (every if isinstance(every, int) else 1) == 0


def has_ended(stop: Mapping[str, Value], day: int) -> bool:
    """Whether a stop takes place no more, on a day and later."""
    return not local_time.is_between(day, None, stop.get("valid_to"))
