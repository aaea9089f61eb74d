"""What the tablet keeps one of: whose it is, where its counters are, what the server said last.

Each value is declared once, as an attribute of `Kept`: its name on disk, its type, and what it is
before it was written. To read the attribute is to read the file, and to assign it to write the
file, within the caller's transaction. Nothing is cached: the window and the service have the same
file open, each on a connection of its own.

Files of older apps hold these names, in MessagePack: a value never changes its name or its form
(`tests/mobile_app/test_kept.py`). One that is no more is left out here, and stays in their files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar, get_args, get_type_hints

import msgspec

from sync import limits
from sync.changes import CHAIN_START
from sync.digest import EMPTY_STATE
from sync.errors import Refusal

T = TypeVar("T")
_NIL = msgspec.msgpack.encode(None)


class NotEnrolled(Refusal):
    """This tablet is not linked to a server yet."""

    code = "not_enrolled"


class Basis(NamedTuple):
    """What the answer to a letter builds on: it fits only while this device is there."""

    epoch: bytes
    inc: int
    state: bytes
    acknowledged_seq: int


class PageBasis(NamedTuple):
    """What a reply builds on, which may be one page of several: as `Basis`, and how far each is.

    `pages`: (scope number, base, page) of scopes in progress, by their numbers.
    """

    epoch: bytes
    inc: int
    state: bytes
    acknowledged_seq: int
    pages: Sequence[tuple[int, int, int]]
    doubtful: Sequence[int]


class BrokenReply(NamedTuple):
    """The beginning of a reply whose line broke, to be gone on with.

    `counter`: of the request that it answers. `asked`: the records of whose uploads that asked.
    """

    counter: int
    content: bytes
    asked: Sequence[bytes]
    basis: PageBasis


class Letter(NamedTuple):
    """A letter under way: how its answer is known and opened, and what that answer builds on."""

    mark: bytes
    key: bytes
    basis: Basis


class Lease(NamedTuple):
    """When the server was last heard, by three clocks, and how much was spent of it since."""

    wall_ms: int
    mono_ms: int
    boot_id: str
    spent_ms: int


class Told(NamedTuple):
    """How this tablet was when the server was told (`store.condition`). -1 days: nothing waited."""

    at_ms: int
    battery_percent: int | None
    free_mb: int
    photos_waiting: int
    unsent_days: int


class Souk(TypedDict, total=False):
    """Where one is at a souk, and what is done there; `at`: lacking in files of older apps."""

    day: int
    at: str
    type: str


class Single(Generic[T]):
    """One value: an attribute of `Kept` that lives in the file."""

    def __init__(self, default: T) -> None:
        """Take what it is while nothing, or nil, is kept."""
        self._default = default

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, kept: Kept, _owner: type) -> T:
        row = kept.db.execute("SELECT value FROM kept WHERE name = ?", (self._name,)).fetchone()
        return self._default if row is None or row[0] == _NIL else self._decoder.decode(row[0])

    def __set__(self, kept: Kept, value: T) -> None:
        encoded = msgspec.msgpack.encode(value)
        kept.db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (self._name, encoded))

    @cached_property
    def _decoder(self) -> msgspec.msgpack.Decoder[T]:
        (form,) = get_args(_forms()[self._name])
        return msgspec.msgpack.Decoder(form)


class Kept:
    """The single values of one agent's file."""

    def __init__(self, db: Any) -> None:
        """Take the file's connection."""
        self.db = db

    # Whose it is, and at which server: said at enrolment.
    device_id: Single[int | None] = Single(None)
    """The server's number of this device; None before enrolment, 0 in a practice."""
    agent_id: Single[bytes | None] = Single(None)
    login: Single[str] = Single("")
    url: Single[str] = Single("")
    ca_pem: Single[str] = Single("")
    """The only issuer of certificates to trust; empty: those of the system."""
    secret: Single[bytes] = Single(b"")
    """Of the key that signs requests, 32 bytes."""
    server_key: Single[str] = Single("")
    """The server's public key, hexadecimal: its word is what this key has signed."""
    enrolled_epoch: Single[bytes | None] = Single(None)
    bundle_key: Single[bytes] = Single(b"")
    """Opens bundles; empty: the server shared none."""
    rescue_key: Single[bytes | None] = Single(None)
    """Makes the coordinator's codes; None: not asked for yet, empty: the server has none."""

    # Where the outbox is.
    inc: Single[int] = Single(1)
    """The incarnation under which changes are numbered."""
    next_seq: Single[int] = Single(1)
    acknowledged_seq: Single[int] = Single(0)
    """The last change that the server was heard to have."""
    in_doubt_seq: Single[int] = Single(0)
    """The last change of a push whose reply was lost; 0: none."""
    offered_seq: Single[int] = Single(0)
    """The last change that was on the line or in a letter: nobody can take it back."""
    doubt_before_letter: Single[int] = Single(0)
    """`in_doubt_seq` as it was before a letter that went nowhere."""
    chain: Single[bytes] = Single(CHAIN_START)
    """The chain after the last change that left the outbox."""
    chain_seq: Single[int] = Single(0)
    """The sequence of that change."""
    counter: Single[int] = Single(0)
    """Of requests: the last that was used."""

    # What is held of the server's records.
    epoch: Single[bytes] = Single(b"")
    """The server's line of history; empty: nothing was ever applied."""
    state: Single[bytes] = Single(EMPTY_STATE)
    """The hash of all scopes with their cursors, as both sides know it."""
    is_in_doubt: Single[bool] = Single(default=False)
    mismatches: Single[int] = Single(0)
    """How many exchanges in a row ended with another hash than the server's."""
    later: Single[Sequence[tuple[int, str]]] = Single(())
    """Number and name of the scopes that are still to come, what is needed first first.

    Single rows of them may be here ahead of the rest (`sync.messages.Reply`).
    """
    checked: Single[Mapping[int, int]] = Single({})
    """Scope number -> when its records were last compared, milliseconds of the server."""
    part: Single[BrokenReply | None] = Single(None)
    schema: Single[int | None] = Single(None)
    """The version of the app's declarations that wrote the records."""
    search_rules: Single[int] = Single(0)
    """The rules by which all records are indexed."""
    search_again: Single[tuple[int, bytes] | None] = Single(None)
    """Number of the entity and id of the record that was last indexed by newer rules."""

    # What the way to the server has taught.
    body_bytes: Single[int] = Single(limits.BODY_BYTES_MAX)
    """What a request may weigh."""
    page_bytes: Single[int] = Single(0)
    """What a reply may weigh; 0: no line has broken."""
    piece_tried: Single[tuple[bytes, int, int] | None] = Single(None)
    """Record, offset and size of a piece of a photo that broke off."""
    line_bytes_s: Single[int] = Single(0)
    """How fast the line was; 0: nothing is known."""
    traffic_month: Single[str] = Single("")
    """`2026-11`: the month that `traffic_bytes` counts."""
    traffic_bytes: Single[int] = Single(0)
    letters: Single[Sequence[Letter]] = Single(())

    # Time, and what depends on it.
    boot: Single[int] = Single(0)
    """How many starts of the device this file has seen."""
    boot_id: Single[str | None] = Single(None)
    after_sync_ms: Single[int] = Single(0)
    """What the server's clock said in the last reply; 0: it was never heard."""
    heard_at: Single[tuple[str, int]] = Single(("", 0))
    """The start of the device, and its clock that only runs forward, when it said so."""
    clock_off_ms: Single[int | None] = Single(None)
    """What was last to be added to the wall clock for a certificate to be in time."""
    lease: Single[Lease | None] = Single(None)
    paused_at: Single[tuple[str, int] | None] = Single(None)
    """When a person paused exchanges, as `heard_at`."""
    is_leaving: Single[bool] = Single(default=False)
    """The server ordered to empty this tablet once nothing is unsent."""

    condition_told: Single[Told | None] = Single(None)

    claims_wrong: Single[Sequence[int]] = Single(())
    """When claim codes were typed that led nowhere, the last first."""

    # Where the person was.
    left_at: Single[tuple[str, Sequence[object]] | None] = Single(None)
    """The screen with an open draft, and the arguments of its presenter."""
    souk: Single[Souk] = Single(Souk())
    slip_day: Single[int | None] = Single(None)
    """The day, since 1970, whose slip was seen."""

    def require_device_id(self) -> int:
        """Return the server's number of this device. Raises NotEnrolled."""
        device_id = self.device_id
        if device_id is None:
            raise NotEnrolled("store: not enrolled")
        return device_id


@cache
def _forms() -> dict[str, Any]:
    return get_type_hints(Kept)
