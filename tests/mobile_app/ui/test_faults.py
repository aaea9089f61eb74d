"""What befalls a tablet in the field, through the window: no room, a wrong clock, no memory."""

from __future__ import annotations

import errno
import sqlite3
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from mobile_app.device import storage
from mobile_app.device.clock import FakeClock, SystemClock
from mobile_app.device.gps import OFF, REFUSED, FakeGps
from mobile_app.device.storage import SpaceLow
from mobile_app.exchange import connection, enrolment, runner
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.store.database import transaction
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from tests.mobile_app.ui.walk import (
    ROOMY_BYTES,
    code_of,
    device_of,
    enter_pin,
    leave,
    link,
    onward,
    say,
    shot,
    start,
    sync_now,
    wait_until,
)
from tests.world import HOME

pytestmark = pytest.mark.kivy
LONG = "Le puits est à sec depuis mai. البئر جافة منذ ماي. " * 60
"""More than a page of the file: it needs room."""
YEAR_MS = 365 * 86_400_000


def fill_disk(app):
    """Leave the file not a page to grow by, as a full disk does."""
    db = app.context.store.db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")


def make_room(app):
    app.context.store.db.execute("PRAGMA max_page_count = 1000000000")


def visit_ali(ui, app):
    ui.press(say(app, "tablet.nav.find"))
    ui.press("Ali Oubrahim")
    ui.press(say(app, "tablet.person.visit"))
    ui.press(say(app, "visit.channel.home_farm"))
    ui.press(say(app, "visit.type.assistance"))
    onward(ui, app)
    assert app.navigator.presenter.step == "needs"


def paste(ui, text):
    from mobile_app.ui.text.field import BidiTextInput

    ui.write(0, " ")
    ui.find(BidiTextInput, focus=True).insert_text(text)


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize("trouble", [REFUSED, OFF])
def test_who_gets_no_position_is_told_what_to_do(ui, practised, language, trouble):
    app = start(ui, practised, language, gps=FakeGps(None, trouble=trouble))
    enter_pin(ui)
    ui.press(say(app, "tablet.nav.find"))
    ui.press("Ali Oubrahim")
    ui.press(say(app, "tablet.person.visit"))
    ui.press(say(app, "visit.channel.home_farm"))
    assert say(app, f"tablet.visit.no_position.{trouble}") in ui.words()


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_full_disk_is_said_and_costs_no_word_of_a_visit(ui, practised, language):
    clock = FakeClock(1_795_600_000_000)
    app = start(ui, practised, language, device=device_of(practised), clock=clock)
    enter_pin(ui)
    full = say(app, "refusal.disk_full")
    visit_ali(ui, app)

    fill_disk(app)
    paste(ui, LONG)
    wait_until(ui, lambda: full in ui.words())
    assert ui.field().focus  # one goes on typing
    assert app.navigator.go_back()
    app.navigator.go("today")
    clock.mono += 6 * 60_000
    app.session.lock_if_idle()
    ui.frames(3)
    assert app.navigator.here == "visit"  # what is only in memory is not left behind
    shot(ui, "disk_full", language)
    onward(ui, app)
    assert (app.navigator.presenter.step, full in ui.words()) == ("proof", True)
    ui.press(say(app, "tablet.visit.photo.add"))
    app.window.tell("")
    app.window.show(keep_scroll=True)
    ui.frames(3)
    ui.press(say(app, "photo.purpose.evidence"))
    wait_until(ui, lambda: full in ui.words())
    assert app.navigator.presenter.photos() == []
    onward(ui, app)
    ui.press(say(app, "visit.outcome.done"))
    onward(ui, app)
    ui.press(say(app, "tablet.visit.save"))
    assert app.navigator.here == "visit"
    assert full in ui.words()
    assert app.context.opened.outbox.pending_count() == 1

    make_room(app)
    ui.press(say(app, "tablet.visit.save"))
    assert app.navigator.here == "slip"
    (visit,) = app.context.opened.list("visit")
    assert visit.values["notes"].strip() == LONG.strip()
    leave(app)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_with_little_room_one_writes_and_takes_no_photo(ui, practised, language):
    device = device_of(practised, free=50 * 2**20)
    app = start(ui, practised, language, device=device)
    enter_pin(ui)
    visit_ali(ui, app)
    paste(ui, LONG)
    onward(ui, app)
    ui.press(say(app, "tablet.visit.photo.add"))
    ui.press(say(app, "photo.purpose.evidence"))
    assert app.context.say("refusal.space_low", megabytes=50) in ui.words()
    device.storage.free = ROOMY_BYTES
    ui.press(say(app, "tablet.visit.photo.add"))
    ui.press(say(app, "photo.purpose.evidence"))
    wait_until(ui, lambda: len(app.navigator.presenter.photos()) == 1)
    assert app.navigator.presenter.inputs.text("notes").strip() == LONG.strip()
    leave(app)


@pytest.mark.parametrize(("years", "language"), [(-3, "ar"), (3, "fr")])
def test_a_visit_from_a_clock_years_off_arrives_with_its_true_time(
    ui, server, tmp_path, years, language
):
    began_ms = int(time.time() * 1000)
    clock = FakeClock(began_ms + years * YEAR_MS)
    app = start(ui, tmp_path, language, clock=clock)
    enter_pin(ui)
    link(ui, app, server)
    sync_now(ui, app)
    visit_ali(ui, app)
    paste(ui, f"{years} {language}")
    onward(ui, app)
    onward(ui, app)
    ui.press(say(app, "visit.outcome.done"))
    onward(ui, app)
    ui.press(say(app, "tablet.visit.save"))
    ui.press(say(app, "tablet.slip.done"))
    sync_now(ui, app)
    assert (app.navigator.presenter.problem, app.context.opened.outbox.held()) == ("", [])
    assert app.context.opened.outbox.pending_count() == 0
    leave(app)

    with sqlite3.connect(server.folder / "nuqta.db") as db:
        query = "SELECT effective_at, started_at, ended_at, latitude FROM visit WHERE notes LIKE ?"
        ((effective, started, ended, latitude),) = db.execute(
            query, (f"%{years} {language}",)
        ).fetchall()
    now_ms = int(time.time() * 1000)
    assert all(began_ms <= one <= now_ms for one in (effective, started, ended))
    assert latitude == 30_440_000  # told apart from an old position, whatever the clock says


def test_short_of_memory_it_gives_back_what_can_be_made_anew(ui, practised, tmp_path):
    from mobile_app.ui.rest import CACHES

    app = start(ui, practised, "ar")
    enter_pin(ui)
    ui.press(say(app, "tablet.nav.find"))
    before = ui.screenshot(tmp_path / "before.png").tobytes()
    cached = sum(one.cache_info().currsize for one in CACHES)
    ui.window.dispatch("on_memorywarning")
    assert sum(one.cache_info().currsize for one in CACHES) < cached
    assert ui.screenshot(tmp_path / "after.png").tobytes() == before
    leave(app)


def first_version(entity):
    """Return an entity as the first schema had it; None of a later one."""
    fields = tuple(one for one in entity.fields if one.since == 1)
    return replace(entity, fields=fields) if entity.since == 1 else None


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_unsent_work_of_the_first_version_arrives_after_an_upgrade(ui, server, tmp_path, language):
    entities = [one for one in map(first_version, ENTITIES) if one]
    key = KeyRing(tmp_path).open("7777")
    path, clock = tmp_path / FILE_NAME, SystemClock()
    store = Store(path, key, entities, clock=clock, ids=new_id, schema=1)
    enrolment.enrol(store, server.url, code_of(server))
    transport = connection.connect(store)
    runner.exchange(store, transport)
    transport.close()
    about = {"commune_code": HOME, "created_at": 1_795_000_000_000}
    person = store.put("person", {**about, "name_ar": "حليمة أيت وعراب"})
    visit = {"person_id": person.record_id, "state": "ended", "notes": "من النسخة الأولى"}
    visit = store.put("visit", {**about, **visit})
    with transaction(store.db):
        for later in ("born_inc", "born_seq"):
            store.db.execute(f"ALTER TABLE outbox DROP COLUMN {later}")
    store.close()

    app = start(ui, tmp_path, language)
    enter_pin(ui)
    waiting = app.context.phrases.count("tablet.pending", 2)
    assert waiting in ui.words()
    sync_now(ui, app)
    assert app.navigator.presenter.problem == ""
    assert app.context.opened.outbox.pending_count() == 0
    ui.press(say(app, "tablet.nav.find"))
    ui.write(0, "حليمة")
    wait_until(ui, lambda: "حليمة أيت وعراب" in ui.words())
    ui.press("حليمة أيت وعراب")
    states = [app.context.opened.outbox.state("visit", visit.record_id)]
    states.append(app.context.opened.outbox.state("person", person.record_id))
    assert states == ["received", "received"]
    assert say(app, "tablet.sync.none") in ui.words()
    leave(app)
    with sqlite3.connect(server.folder / "nuqta.db") as db:
        query = "SELECT notes FROM visit WHERE id = ?"
        assert db.execute(query, (visit.record_id,)).fetchall() == [("من النسخة الأولى",)]


def test_a_picture_for_which_the_camera_app_had_no_room_is_not_silently_gone(ui, practised):
    device = device_of(practised)
    app = start(ui, practised, "fr", device=device)
    enter_pin(ui)

    def fill(_path, taken):
        device.storage.free = 50 * 2**20
        taken(None)

    device.camera.picture = None
    app.device.photograph(lambda _photo: None)
    ui.frames(3)
    low = app.context.sentence(SpaceLow("", megabytes=50))
    assert low not in ui.words(), "the person turned back"
    app.context.device = replace(device, camera=SimpleNamespace(take=fill))
    app.device.photograph(lambda _photo: None)
    wait_until(ui, lambda: low in ui.words())
    leave(app)


def test_a_theme_for_which_there_is_no_room_is_no_end_of_the_app(ui, practised, monkeypatch):
    def full(_file):
        raise OSError(errno.ENOSPC, "no space")

    app = start(ui, practised, "fr", device=device_of(practised))
    enter_pin(ui)
    ui.press(say(app, "tablet.nav.more"))
    monkeypatch.setattr(storage.os, "fsync", full)
    ui.press(say(app, "tablet.theme.dark"))
    assert say(app, "refusal.disk_full") in ui.words()
    monkeypatch.undo()
    app.preferences.shine("light")
    leave(app)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_an_app_older_than_the_store_says_so_and_touches_nothing(ui, practised, language):
    key = KeyRing(practised).open("7777")
    store = Store(practised / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id)
    with transaction(store.db):
        store.kept.schema = store.schema + 1
    store.close()
    app = start(ui, practised, language, device=device_of(practised))
    enter_pin(ui)
    assert say(app, "refusal.store_newer") in ui.words()
    assert app.context.store is None
    store = Store(practised / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id, schema=99)
    assert store.outbox.pending_count() == 1
    store.close()
