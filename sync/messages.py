"""What is said in an exchange: one request, one reply, push and pull in one round trip.

What a device holds is its *vector*: the scopes it has, sorted by number, each with its applied
cursor. It travels as a hash of 8 bytes (`sync.digest.state_hash`), whole only when the server does
not know the hash. Everything else names a scope by its *place*: the index in that vector, followed
by the scopes that the reply adds. While pages are fetched the vector stays what is applied; how far
the pages are is the *progress*.
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
    BY_ID = 1  # a row number means nothing, or another row, here: nothing was taken, send ids
    BEHIND = 2  # the server lost changes that it had acknowledged: send all after `last_seq`
    FORK = 3  # other changes came under these numbers: go on under the incarnation `inc`
    UNKNOWN_STATE = 4  # the hash names no vector here: nothing was taken, send the vector
    SAME = 5  # nothing to say beyond the acknowledgements
    COMPARE = 6  # more has arrived than was sent now: state the chain at `last_seq`
    VERBATIM = 7  # of a newer version: nothing of the push was taken, send it as it was captured


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Changes, oldest first, whole groups; `chain` is the chain after the last.

    So one comparison tells that all before them and each of them is what the device has, and that
    every row number in them was read as it was meant.
    """

    first_seq: int
    chain: bytes
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the pages of one scope are.

    Args:
        base: fields changed after this sequence are sent; 0: every record whole.
        page: records up to this sequence are fetched already.
    """

    scope_id: int
    base: int
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """What a device holds of one scope, to find where it differs: a digest for each bucket."""

    scope_id: int
    digests: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The server's own signed word, shown to it when it no longer knows what it acknowledged.

    `columns`: of the acknowledgements, as they came (`sync.acknowledgements`).
    """

    inc: int
    last_seq: int
    chain: bytes
    columns: bytes
    server_ms: int
    signature: bytes

    @classmethod
    def of(cls, parts: tuple[int, int, bytes, bytes, int, bytes]) -> Proof:
        """Return it of its parts in that order, as the wire and the tablet's file have them."""
        inc, last_seq, chain, columns, server_ms, signature = parts
        return cls(
            inc=inc,
            last_seq=last_seq,
            chain=chain,
            columns=columns,
            server_ms=server_ms,
            signature=signature,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """How far the bytes of a record are at the server; `upload_id` is empty if it knows of none."""

    upload_id: bytes
    offset: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What speaks: the versions that it knows, and its build, for the coordinators' page."""

    protocol: int
    build: str
    schema: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a tablet is, for whoever has to help it: said when it changed, of the moment it asks.

    Args:
        battery_percent: 0 to 100; None: it has none, or does not say.
        free_mb, app_mb: left where the store lies; taken by the store. Megabytes of 10**6.
        photos_waiting: photos, papers and recordings whose bytes the server has not checked.
        photos_mb: what these weigh, begun megabytes.
        unsent_minutes: how long the oldest of what is not sent has waited; an age, so that a clock
            that is wrong makes it no worse. None: nothing waits.
    """

    battery_percent: int | None
    is_charging: bool
    free_mb: int
    app_mb: int
    photos_waiting: int
    photos_mb: int
    unsent_minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a device says.

    Args:
        epoch: of the server as the device knows it; empty for a new device.
        state: hash of the vector.
        acknowledged_seq: the last acknowledgement it has kept.
        inc: the incarnation that it numbers its changes under; 0 to be given a new one.
        pending_count: changes after `acknowledged_seq`, those of this push included.
        bytes_max: what one reply may weigh.
        sent: (sequence, chain after it) of what may have arrived, when a reply was lost.
        progress: of the scopes whose pages are being fetched.
        vector: (scope number, applied cursor), sorted; when the server asked for it.
        wants_states: send count and digest of every scope: what is here is in doubt.
        buckets: of scopes to be reconciled.
        proof: that the server lost something.
        uploads: records whose bytes are under way, to be told how far they came.
        contents: numbers of scopes whose values are to be compared.
        in_steps: nothing is here yet, or scopes are still to come: a part of them will do now.
        condition: of the tablet, where it is news.
    """

    app: App
    epoch: bytes
    at: Moment
    inc: int
    state: bytes
    acknowledged_seq: int
    pending_count: int
    bytes_max: int
    push: Push | None = None
    sent: tuple[int, bytes] | None = None
    progress: Sequence[Progress] = ()
    vector: Sequence[tuple[int, int]] | None = None
    wants_states: bool = False
    buckets: Sequence[Buckets] = ()
    proof: Proof | None = None
    uploads: Sequence[bytes] = ()
    contents: Sequence[int] = ()
    in_steps: bool = False
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeState:
    """A scope at the moment of the reply: to compare after applying."""

    place: int
    head: int
    record_count: int
    digest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows of one entity: whole records, or the changed fields of known ones.

    `number`: of an entity unknown here, whose name is empty and whose rows have no values: they
    are counted among what a scope holds, until an upgrade.
    """

    entity: str
    is_whole: bool
    rows: Sequence[Row]
    number: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The records of some buckets of a scope came whole: what else there is of these is gone."""

    place: int
    bucket_count: int
    buckets: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A scope's records as of a sequence, prepared beforehand (`sync.message_blocks`).

    `home`: place of the scope whose rows it refers to by their numbers, itself or one before it.
    """

    place: int
    seq: int
    home: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChanges:
    """What becomes of the scopes that a device has.

    Args:
        added: (scope number, name) of scopes that are not in the vector.
        dropped: places of scopes the device must give up.
        restarted: places of scopes that come whole from here on.
        reconcile: places of scopes whose cursor means nothing here: their buckets are wanted.
        later: (scope number, name) of scopes that are still to come whole, what is needed first
            first; `is_done` means those before them. Their places follow those of `added`: single
            rows may come before their scope.
    """

    added: Sequence[tuple[int, str]] = ()
    dropped: Sequence[int] = ()
    restarted: Sequence[int] = ()
    reconcile: Sequence[int] = ()
    later: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where the device is after the last page, to be compared with what it holds; else empty.

    Args:
        heads: (place, head) of the scopes whose head is not the applied cursor.
        state: the hash of the vector that the device then has.
        states: count and digest of every scope, when asked for.
        contents: (place, hash) of the scopes asked for (`sync.digest.content_hash`).
    """

    heads: Sequence[tuple[int, int]] = ()
    state: bytes = b""
    states: Sequence[ScopeState] = ()
    contents: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server answers.

    Args:
        epoch: the server's; empty when it is the one that the device stated.
        last_seq: the device's last change that the server has.
        stable_seq: up to here the device may forget acknowledged changes.
        acknowledgements: all after the request's `acknowledged_seq`, in order.
        signature: Ed25519 over `signed_content`; empty when nothing is acknowledged.
        repairs: what the buckets brought to light.
        snapshots: of scopes that come whole; once decoded, their rows are among the blocks.
        gone: (place, number) of rows deleted or moved away.
        progress: (place, page cursor) after this reply, of scopes not yet at their head.
        is_done: every scope is at its head in the state of this reply.
        inc: after a fork, the incarnation to go on under; 0 otherwise.
        uploads: what was asked about, in that order.
    """

    outcome: Outcome
    epoch: bytes
    server_ms: int
    last_seq: int
    stable_seq: int
    acknowledgements: Sequence[Acknowledgement] = ()
    signature: bytes = b""
    scopes: ScopeChanges = ScopeChanges()
    repairs: Sequence[Repair] = ()
    blocks: Sequence[Block] = ()
    gone: Sequence[tuple[int, int]] = ()
    progress: Sequence[tuple[int, int]] = ()
    snapshots: Sequence[Snapshot] = ()
    end: End = End()
    is_done: bool = True
    inc: int = 0
    uploads: Sequence[Upload] = ()
