"""Single values: what older apps wrote is read, and what is read is written as they wrote it."""

from typing import get_type_hints

import msgspec
import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.store.kept import Kept, Letter
from mobile_app.store.records import Store
from sync.entities import ENTITIES

_ID, _HASH = bytes(range(16)), bytes(range(32))
WRITTEN = {
    "acknowledged_seq": 12,
    "after_sync_ms": 1_790_000_000_000,
    "agent_id": _ID,
    "body_bytes": 65_536,
    "boot": 3,
    "boot_id": "f3a1",
    "bundle_key": _HASH,
    "ca_pem": "-----BEGIN CERTIFICATE-----",
    "chain": _HASH,
    "chain_seq": 9,
    "checked": {7: 1_790_000_000_000},
    "claims_wrong": [1_790_000_000_000],
    "clock_off_ms": -86_400_000,
    "condition_told": [1_790_000_000_000, 80, 9_000, 3, -1],
    "counter": 2**33,
    "device_id": 5,
    "doubt_before_letter": 2,
    "enrolled_epoch": _ID,
    "epoch": _ID,
    "heard_at": ["f3a1", 86_400],
    "in_doubt_seq": 13,
    "inc": 2,
    "is_in_doubt": True,
    "is_leaving": True,
    "later": [[7, "commune:09.541.01.03"]],
    "lease": [1_790_000_000_000, 86_400, "f3a1", 0],
    "left_at": ["visit", ["person", _ID, b""]],
    "letters": [[_ID, _HASH, [_ID, 2, _HASH, 12]]],
    "line_bytes_s": 9_000,
    "login": "agent01",
    "mismatches": 1,
    "next_seq": 14,
    "offered_seq": 13,
    "page_bytes": 32_768,
    "part": [44, b"content", [_ID], [_ID, 2, _HASH, 12, [[7, 0, 1]], [7]]],
    "paused_at": ["f3a1", 86_400],
    "piece_tried": [_ID, 65_536, 4_096],
    "rescue_key": _HASH,
    "schema": 1,
    "search_again": [2, _ID],
    "search_rules": 3,
    "secret": _HASH,
    "server_key": _HASH.hex(),
    "slip_day": 20_786,
    "souk": {"day": 20_786, "at": "09.541.01.03", "type": "needs"},
    "state": _HASH,
    "traffic_bytes": 1_000,
    "traffic_month": "2026-11",
    "url": "https://nuqta.example",
}
"""Each value as an app before wrote it."""


@pytest.fixture
def store():
    opened = Store(":memory:", bytes(32), ENTITIES, clock=FakeClock(0), ids=lambda: bytes(16))
    yield opened
    opened.close()


def on_disk(store, name):
    found = store.db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
    return found and found[0]


def write(store, name, value):
    encoded = msgspec.msgpack.encode(value)
    store.db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, encoded))
    return encoded


def test_every_single_value_is_in_this_test():
    assert get_type_hints(Kept).keys() == WRITTEN.keys()


@pytest.mark.parametrize("name", WRITTEN)
def test_what_an_older_app_wrote_is_read_and_written_as_it_was(store, name):
    before = write(store, name, WRITTEN[name])

    read = getattr(store.kept, name)
    store.db.execute("DELETE FROM kept WHERE name = ?", (name,))
    setattr(store.kept, name, read)

    assert on_disk(store, name) == before
    assert read == getattr(store.kept, name)


@pytest.mark.parametrize("name", WRITTEN)
def test_nil_is_as_nothing(store, name):
    store.db.execute("DELETE FROM kept")
    nothing = getattr(store.kept, name)
    write(store, name, None)

    assert getattr(store.kept, name) == nothing


def test_a_souk_of_an_app_before_says_no_place(store):
    write(store, "souk", {"day": 20_786, "stop_id": b"", "type": "needs"})

    assert store.kept.souk.get("at") is None


def test_letters_are_read_by_their_names(store):
    write(store, "letters", WRITTEN["letters"])

    (letter,) = store.kept.letters
    assert isinstance(letter, Letter)
    assert letter.basis.acknowledged_seq == 12


def test_what_was_written_in_another_connection_is_seen(tmp_path):
    path = tmp_path / "store.db"
    store = Store(path, bytes(32), ENTITIES, clock=FakeClock(0), ids=lambda: bytes(16))

    assert store.kept.counter == 0
    with store.beside() as other:
        other.kept.counter = 4

    assert store.kept.counter == 4
    store.close()
