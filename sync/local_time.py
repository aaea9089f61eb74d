"""Civil time in Morocco, for a tablet that carries no zone data.

`Africa/Casablanca` is UTC+1, and UTC+0 during Ramadan. The changes are declared here, dated, so
that tablet and server show one hour for one moment; a test compares them with the zone data of the
machine it runs on. The State confirms the dates each year: a correction is a line in
`RAMADAN_UTC`, shipped as an update. A day never has a fixed length: ask `day_start`.
"""

from __future__ import annotations

MS_PER_MINUTE = 60_000
MS_PER_HOUR = 60 * MS_PER_MINUTE
MS_PER_DAY = 24 * MS_PER_HOUR

# First and last instant at UTC+0, as Unix seconds; all changes are on a Sunday, 02:00 UTC.
# From the tz database (predicted after 2026).
RAMADAN_UTC: tuple[tuple[int, int], ...] = (
    (1_710_036_000, 1_713_060_000),  # 2024-03-10 to 2024-04-14
    (1_740_276_000, 1_743_904_800),  # 2025-02-23 to 2025-04-06
    (1_771_120_800, 1_774_144_800),  # 2026-02-15 to 2026-03-22
    (1_801_965_600, 1_804_989_600),  # 2027-02-07 to 2027-03-14
    (1_832_205_600, 1_835_834_400),  # 2028-01-23 to 2028-03-05
    (1_863_050_400, 1_866_074_400),  # 2029-01-14 to 2029-02-18
    (1_893_290_400, 1_896_919_200),  # 2029-12-30 to 2030-02-10
    (1_924_135_200, 1_927_159_200),  # 2030-12-22 to 2031-01-26
    (1_954_980_000, 1_958_004_000),  # 2031-12-14 to 2032-01-18
    (1_985_220_000, 1_988_848_800),  # 2032-11-28 to 2033-01-09
    (2_016_064_800, 2_019_088_800),  # 2033-11-20 to 2033-12-25
    (2_046_304_800, 2_049_933_600),  # 2034-11-05 to 2034-12-17
    (2_077_149_600, 2_080_778_400),  # 2035-10-28 to 2035-12-09
    (2_107_994_400, 2_111_018_400),  # 2036-10-19 to 2036-11-23
)

WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""Monday first; as stops and souks say them."""


def offset_ms(at: int) -> int:
    """Return how far local time is ahead of UTC.

    Args:
        at: Unix time, milliseconds.
    """
    for begins, ends in RAMADAN_UTC:
        if begins * 1000 <= at < ends * 1000:
            return 0
    return MS_PER_HOUR


def day_of(at: int) -> int:
    """Return the local calendar day of a moment, in days since 1970-01-01.

    Args:
        at: Unix time, milliseconds.
    """
    return (at + offset_ms(at)) // MS_PER_DAY


def minutes_of(at: int) -> int:
    """Return the minutes since local midnight at a moment.

    Args:
        at: Unix time, milliseconds.
    """
    return (at + offset_ms(at)) % MS_PER_DAY // MS_PER_MINUTE


def day_start(day: int) -> int:
    """Return the first moment of a local day, as Unix milliseconds.

    Args:
        day: days since 1970-01-01.
    """
    # Changes happen at 02:00 UTC, never near midnight, so the offset an hour before UTC midnight
    # is the one that holds when the local day begins.
    midnight_utc = day * MS_PER_DAY
    return midnight_utc - offset_ms(midnight_utc - MS_PER_HOUR)


def weekday_of(day: int) -> str:
    """Return the weekday of a calendar day, one of WEEKDAYS.

    Args:
        day: days since 1970-01-01, a Thursday.
    """
    return WEEKDAYS[(day + 3) % 7]


def week_of(day: int) -> int:
    """Return the week of a calendar day, counted on Mondays from that of 1970-01-01.

    Args:
        day: days since 1970-01-01, a Thursday.
    """
    return (day + 3) // 7


def is_between(day: int, first: object, last: object) -> bool:
    """Whether a day lies between two days, both included; one that is no number is open."""
    return (not isinstance(first, int) or first <= day) and (
        not isinstance(last, int) or day <= last
    )


def clock_text(minute: int) -> str:
    """Return the minutes since midnight as a clock shows them, `08:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"
