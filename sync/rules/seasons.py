"""The agricultural season of a day: 1 September to 31 August, written `2026/2027`."""

from __future__ import annotations

from datetime import date, timedelta

_EPOCH = date(1970, 1, 1)
_BEGINS_IN = 9


def season_of(day: int) -> int:
    """Return the season of a day (days since 1970-01-01): the year that it began in."""
    on = _EPOCH + timedelta(days=day)
    return on.year if on.month >= _BEGINS_IN else on.year - 1


def season_name(year: int) -> str:
    """Return a season as it is written: `2026/2027`."""
    return f"{year}/{year + 1}"
