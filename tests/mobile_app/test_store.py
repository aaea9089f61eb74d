"""The tablet's file under bad weather: what was captured stays, and what cannot be is said."""

from __future__ import annotations

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.device.storage import StoreFull
from mobile_app.store.database import KeyWrong, StoreBusy, StoreNewer, open_database, transaction
from mobile_app.store.records import Store
from sync.checks import FieldFixed, Missing
from sync.entities import ENTITIES
from sync.spec import Entity, text
from sync.versions import SCHEMA_NOW
from tests.places import HOME, START

KEY = bytes(32)


def a_store(path, entities=ENTITIES, *, clock=None, first_id=1):
    ids = iter(number.to_bytes(16, "big") for number in range(first_id, 10_000))
    clock = clock or FakeClock(START)
    store = Store(path, KEY, entities, clock=clock, ids=lambda: next(ids))
    with transaction(store.db):
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.login = "x"
    return store


def test_a_full_disk_stores_nothing_of_the_new_and_all_of_the_old(tmp_path):
    store = a_store(tmp_path / "s.db")
    kept = store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull):  # noqa: PT012 - the page at which it is full is not ours to say
        for _ in range(200):
            store.put("visit", {"commune_code": HOME, "notes": "x" * 3_900})
    store.db.execute("PRAGMA max_page_count = 100000000")
    before = store.outbox.pending_count()
    store.put("visit", {"commune_code": HOME, "notes": "y"})
    assert store.get("person", kept.record_id).values["name_fr"] == "Ali"
    assert store.outbox.pending_count() == before + 1
    store.close()


def test_a_file_that_another_program_holds_is_said_to_be_busy(tmp_path):
    store = a_store(tmp_path / "s.db")
    other = open_database(tmp_path / "s.db", KEY)
    other.execute("BEGIN IMMEDIATE")
    store.db.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreBusy):
        store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    other.execute("ROLLBACK")
    other.close()
    store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    assert store.outbox.pending_count() == 1
    store.close()


def test_another_key_opens_nothing(tmp_path):
    a_store(tmp_path / "s.db").close()
    with pytest.raises(KeyWrong):
        open_database(tmp_path / "s.db", b"k" * 32)


def test_a_group_is_stored_whole_or_not_at_all(tmp_path):
    store = a_store(tmp_path / "s.db")
    with pytest.raises(Missing):
        store.put_group(
            [
                ("person", {"name_fr": "Ali", "commune_code": HOME}, b""),
                ("visit", {"notes": "no commune"}, b""),
            ]
        )
    assert store.count("person") == 0
    assert store.outbox.pending_count() == 0
    store.put_group(
        [
            ("person", {"name_fr": "Ali", "commune_code": HOME}, b""),
            ("visit", {"commune_code": HOME}, b""),
        ]
    )
    assert [change.group for change in store.outbox.after(0, 9)] == [1, 1]
    store.close()


def test_a_field_fixed_at_capture_cannot_change(tmp_path):
    store = a_store(tmp_path / "s.db")
    visit = store.put("visit", {"commune_code": HOME})
    with pytest.raises(FieldFixed):
        store.put("visit", {"started_at": 5}, visit.record_id)
    store.close()


def test_an_upgraded_app_finds_its_file_with_the_new_field(tmp_path):
    person = next(entity for entity in ENTITIES if entity.name == "person")
    newer = Entity(
        "person",
        person.scope,
        (*person.fields, text("nickname", since=SCHEMA_NOW + 1)),
        person.one_of,
    )
    store = a_store(tmp_path / "s.db")
    kept = store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    store.close()

    entities = [newer if entity.name == "person" else entity for entity in ENTITIES]
    store = a_store(tmp_path / "s.db", entities)
    assert store.get("person", kept.record_id).values["nickname"] is None
    store.put("person", {"nickname": "Bou"}, kept.record_id)
    assert store.get("person", kept.record_id).values["nickname"] == "Bou"
    assert store.outbox.pending_count() == 2
    store.close()


def test_the_time_is_the_servers_until_the_tablet_starts_anew(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.clock.wall -= 3 * 365 * 86_400_000
    tablet.sync()
    tablet.clock.move(60_000)
    assert tablet.store.true_clock.wall_ms() == world.now + 60_000
    tablet.clock.boot, tablet.clock.mono = "second", 5
    assert tablet.store.true_clock.wall_ms() == world.now  # what was heard, and surely not before
    tablet.clock.wall = world.now + 90_000
    assert tablet.store.true_clock.wall_ms() == world.now + 90_000


def test_an_app_older_than_the_files_schema_leaves_it_as_it_is(tmp_path):
    ids = iter(number.to_bytes(16, "big") for number in range(1, 9))
    more = {"clock": FakeClock(START), "ids": lambda: next(ids)}
    newer = Store(tmp_path / "s.db", KEY, ENTITIES, schema=SCHEMA_NOW + 1, **more)
    with transaction(newer.db):
        newer.kept.device_id = 1
        newer.kept.inc = 1
        newer.kept.agent_id = bytes(16)
    newer.put("person", {"name_fr": "Ali", "commune_code": HOME})
    newer.close()
    with pytest.raises(StoreNewer):
        Store(tmp_path / "s.db", KEY, ENTITIES, **more)
    again = Store(tmp_path / "s.db", KEY, ENTITIES, schema=SCHEMA_NOW + 1, **more)
    assert (again.kept.schema, again.outbox.pending_count()) == (SCHEMA_NOW + 1, 1)
    again.close()
