"""Why a tablet is silent, or will be: the likely cause, what shows it, and what is to be done.

One table of rules, the surest first; each looks at what the tablet last said of itself and at what
the server knows. What it did not say (an older app) proves nothing. A cause is a guess for who
calls, never a verdict on who carries the tablet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.web.waiting import SILENT_DAYS
from sync import scopes

_HOUR_MS = 3_600_000
BATTERY_LOW_PERCENT = 10
FREE_LOW_MB = 500
CLOCK_OFF_MS = 10 * 60_000
ORDER_UNHEARD_MS = 24 * _HOUR_MS
UNSENT_OLD_MS = SILENT_DAYS * scopes.DAY_MS
"""Work that has waited for longer on a tablet which is heard of: something keeps it there."""


class ToDo(StrEnum):
    """What is to be done of a tablet; the words are `desk.tablets.do.CODE`."""

    CALL = "call"
    WIFI = "wifi"
    NOTHING = "nothing"


class Cause(StrEnum):
    """Why; the words are `desk.tablets.cause.CODE`, its `.act` and the `.sms` to the agent."""

    ORDER_UNHEARD = "order_unheard"
    BATTERY = "battery"
    FULL = "full"
    ABSENT = "absent"
    NO_NETWORK = "no_network"
    STUCK = "stuck"
    APP_OLD = "app_old"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of a tablet. What it has not reported is None.

    `planned` are the visits planned for its agent since its last contact: of whom none are, who
    has sent all, is not on a round.
    """

    now_ms: int
    seen_at: int
    pending: int = 0
    clock_off_ms: int = 0
    schema: int = 0
    newest_schema: int = 0
    is_active: bool = True
    ordered_at: int | None = None
    told_at: int | None = None
    battery_percent: int | None = None
    is_charging: bool | None = None
    free_mb: int | None = None
    photos_waiting: int | None = None
    oldest_unsent_at: int | None = None
    planned: int = 0

    @property
    def silent_ms(self) -> int:
        """For how long nothing was heard."""
        return self.now_ms - self.seen_at

    @property
    def is_silent(self) -> bool:
        """Whether it should have been heard of."""
        return is_silent(self.silent_ms, is_active=self.is_active)


def is_silent(silent_ms: int, *, is_active: bool) -> bool:
    """Whether a tablet that was last heard of so long ago should have been since."""
    return is_active and silent_ms > SILENT_DAYS * scopes.DAY_MS


def _order_unheard(of: Condition) -> bool:
    return (
        of.ordered_at is not None
        and of.told_at is None
        and of.now_ms - of.ordered_at > ORDER_UNHEARD_MS
    )


def _battery(of: Condition) -> bool:
    is_low = of.battery_percent is not None and of.battery_percent <= BATTERY_LOW_PERCENT
    return of.is_silent and is_low and not of.is_charging


def _full(of: Condition) -> bool:
    return of.free_mb is not None and of.free_mb <= FREE_LOW_MB


def _absent(of: Condition) -> bool:
    return of.is_silent and not of.pending and not of.planned


def _no_network(of: Condition) -> bool:
    return of.is_silent


def _stuck(of: Condition) -> bool:
    unsent = of.oldest_unsent_at
    return bool(of.pending) and unsent is not None and of.now_ms - unsent > UNSENT_OLD_MS


def _app_old(of: Condition) -> bool:
    return 0 < of.schema < of.newest_schema


def _clock(of: Condition) -> bool:
    return abs(of.clock_off_ms) >= CLOCK_OFF_MS


RULES: Mapping[Cause, tuple[Callable[[Condition], bool], ToDo]] = {
    Cause.ORDER_UNHEARD: (_order_unheard, ToDo.CALL),
    Cause.BATTERY: (_battery, ToDo.CALL),
    Cause.FULL: (_full, ToDo.WIFI),
    Cause.ABSENT: (_absent, ToDo.NOTHING),
    # Of one that is silent with work to send, or on a round, and shows none of the above.
    Cause.NO_NETWORK: (_no_network, ToDo.CALL),
    Cause.STUCK: (_stuck, ToDo.WIFI),
    Cause.APP_OLD: (_app_old, ToDo.WIFI),
    Cause.CLOCK: (_clock, ToDo.NOTHING),
}
"""In the order of how sure they are."""


def cause_of(condition: Condition) -> Cause | None:
    """Return the likely cause; None: nothing is the matter."""
    return next((cause for cause, (holds, _) in RULES.items() if holds(condition)), None)


def to_do(cause: Cause) -> ToDo:
    """Return what is to be done."""
    return RULES[cause][1]
