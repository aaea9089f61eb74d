"""References between rows: by id, or by the place and number by which both sides know a row.

An id is 16 bytes that no packing makes smaller. A number is a byte or two, so a reference goes by
number where the peer surely holds the row, and by id elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from sync.errors import RemoteSyncError
from sync.spec import Value


class UnresolvedNumber(RemoteSyncError):
    """A row number that names no row here: the sender must use ids."""

    code = "number_unknown"


class Numbering(Protocol):
    """Turns references into short numbers, for whoever writes a block."""

    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        """Return (place, number) of a row that the peer surely holds, else None."""


class Resolving(Protocol):
    """Turns short numbers back into references, for whoever reads one."""

    def id_of(self, place: int, number: int) -> Value:
        """Return the id of a row. Raises UnresolvedNumber."""


class _NoRefs:
    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        return None

    def id_of(self, place: int, number: int) -> Value:
        raise UnresolvedNumber(f"block: a reference to row {number} at place {place}")


NO_REFS = _NoRefs()
"""Every reference travels by its id."""


@dataclass(frozen=True, slots=True)
class ShortRef:
    """A reference not yet resolved: it stands for a value until its row is known."""

    place: int
    number: int


class _Later:
    def id_of(self, place: int, number: int) -> Value:
        return cast("Value", ShortRef(place, number))


RESOLVED_LATER: Resolving = _Later()
"""References by number come out as `ShortRef`."""
