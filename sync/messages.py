"""What is said in an exchange: one request, one reply, push and pull in one round trip.

The device's scopes travel as a *vector*, a list of (scope number, applied cursor). Everything else
names a scope by its *place*: the index in that vector, followed by the scopes that the reply adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from sync.changes import Change, Moment
from sync.rows import Row


class Status(IntEnum):
    """What became of a change. Every change that arrives gets one; none is turned away."""

    OK = 0
    MERGED = 1  # others had changed the same fields; the policy decided
    CONFLICT = 2  # of some field a person must decide: there is a review
    HELD = 3  # kept whole by the server, not applied, for the reason in `code`
    DUPLICATE = 4  # arrived before, under another number


class Outcome(IntEnum):
    """How the request as a whole was taken."""

    DONE = 0
    BY_ID = 1  # a row number could not be resolved: nothing of the push was taken, send ids
    BEHIND = 2  # changes are missing between the server's last and the first sent
    FORK = 3  # the chain differs: this device's identity lives twice


@dataclass(frozen=True, slots=True)
class Push:
    """Changes, oldest first, whole groups; `chain` is the chain before the first."""

    first_seq: int
    chain: bytes
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Request:
    """What a device says.

    Args:
        epoch: of the server as the device knows it; empty for a new device.
        vector: (scope number, applied cursor) of every scope it has.
        pages: (place, page cursor) of scopes whose pages are being fetched.
        acknowledged_seq: the last acknowledgement it has kept.
        pending_count: changes not yet acknowledged, those of this push included.
        bytes_max: what one reply may weigh.
    """

    protocol: int
    build: str
    schema: int
    epoch: bytes
    at: Moment
    inc: int
    vector: Sequence[tuple[int, int]]
    pages: Sequence[tuple[int, int]]
    acknowledged_seq: int
    pending_count: int
    bytes_max: int
    push: Push | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The server's word that a change is stored.

    Args:
        place, number: for an insert the row's place and number, as the device will know it; place
            -1 when the record is in none of the device's scopes.
        code: why it is held; empty otherwise.
    """

    seq: int
    status: Status
    rev: int
    place: int = -1
    number: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class ScopeState:
    """A scope at the moment of the reply: to compare after applying."""

    place: int
    head: int
    record_count: int
    digest: int


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one entity: whole records, or the changed fields of known ones."""

    entity: str
    is_whole: bool
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers.

    Args:
        last_seq: the device's last change that the server has.
        stable_seq: up to here the device may forget acknowledged changes.
        acknowledgements: all after the request's `acknowledged_seq`, in order.
        signature: Ed25519 over `signed_content`; empty when nothing is acknowledged.
        added: (scope number, name) of scopes new to the device.
        dropped: places of scopes it must give up.
        gone: (place, number) of rows deleted or moved away.
        pages: (place, page cursor) after this reply, of scopes not yet at their head.
        is_done: every scope is at its head in the state of this reply.
    """

    outcome: Outcome
    epoch: bytes
    server_ms: int
    last_seq: int
    stable_seq: int
    acknowledgements: Sequence[Acknowledgement] = ()
    signature: bytes = b""
    added: Sequence[tuple[int, str]] = ()
    dropped: Sequence[int] = ()
    states: Sequence[ScopeState] = ()
    blocks: Sequence[Block] = ()
    gone: Sequence[tuple[int, int]] = ()
    pages: Sequence[tuple[int, int]] = ()
    is_done: bool = True
