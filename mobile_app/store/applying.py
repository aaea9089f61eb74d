"""The work in hand while staged replies are applied, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from mobile_app.store.places import Places
from mobile_app.store.records import Store
from sync.exchange import Position


@dataclass(slots=True)
class Result:
    """What an applied exchange brought.

    `is_in_doubt`: what is held here is not what the server says; the next exchange finds out where.
    `later_count`: the scopes that are still to come whole.
    """

    received: int = 0
    held: int = 0
    conflicts: int = 0
    acknowledged: int = 0
    is_in_doubt: bool = False
    later_count: int = 0

    def add(self, result: Result) -> None:
        """Count what a further exchange brought with what this one did."""
        self.received += result.received
        self.held += result.held
        self.conflicts += result.conflicts
        self.acknowledged += result.acknowledged


@dataclass(slots=True)
class Applying:
    """One transaction over all staged replies.

    Args:
        position: moves on with each reply.
        names: of scopes, by their numbers.
        based: records with changes of our own, or with a base kept for them.
        came: of scopes that come whole, the numbers that came; the rest of them is gone.
        placed: of each scope, the numbers that this exchange gave a record. What the server
            compares is from before it, and lacks them.
    """

    store: Store
    position: Position
    places: Places
    names: dict[int, str]
    based: set[bytes]
    came: dict[int, set[int]] = field(default_factory=dict)
    placed: dict[int, set[int]] = field(default_factory=dict)
    result: Result = field(default_factory=Result)
