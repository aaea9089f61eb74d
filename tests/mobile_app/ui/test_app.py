"""The tablet, through taps and keys on the real app, against the real server process."""

from __future__ import annotations

import time

import pytest

from tests.mobile_app.ui.conftest import write
from tests.mobile_app.ui.walk import (
    code_of,
    enter_pin,
    leave,
    onward,
    say,
    shot,
    sign,
    start,
    sync_now,
)
from tests.stories import LANGUAGES, story
from tests.test_headless import HOME, headless

pytestmark = pytest.mark.kivy


@story(1, language=LANGUAGES)
def test_a_visit_with_arabic_notes_is_kept_through_a_restart_and_arrives(
    ui, server, tmp_path, language
):
    # Long: one story, from the key to the server.
    notes = f"قدمنا الطلب وسلمنا الوصل 25 {language}"
    name = {"ar": "رقية بن علي", "fr": "Rkia Ben Ali"}[language]
    write(server, "person", {f"name_{language}": name, "commune_code": HOME})
    app = start(ui, tmp_path, language)
    shot(ui, "pin", language)
    enter_pin(ui)
    shot(ui, "enrol", language)
    ui.write(0, server.url)
    ui.write(1, code_of(server))
    assert ui.field(0).text == server.url
    ui.press(say(app, "tablet.enrol.act"))
    ui.until(lambda: app.navigator.here == "sync")
    ui.frames(3)
    sync_now(ui, app)
    shot(ui, "sync", language)

    server.kill()
    ui.press(say(app, "tablet.nav.find"))
    ui.write(0, name.split()[0])
    ui.until(lambda: name in ui.words())
    shot(ui, "find", language)
    ui.press(name)
    shot(ui, "person", language)
    ui.press(say(app, "tablet.person.visit"))
    ui.press(say(app, "visit.channel.home_farm"))
    ui.press(say(app, "visit.type.assistance"))
    shot(ui, "visit", language)
    onward(ui, app)
    ui.press(say(app, "visit.needs.access"))
    ui.write(0, notes)
    onward(ui, app)
    ui.press(say(app, "tablet.consent.yes"))
    onward(ui, app)
    assert app.navigator.presenter.problem == say(app, "tablet.visit.unsigned.finger_signature")
    sign(ui)
    shot(ui, "visit_proof", language)
    onward(ui, app)
    ui.press(say(app, "visit.outcome.done"))
    ui.press(say(app, "visit.satisfaction.5"))
    onward(ui, app)
    assert app.navigator.presenter.step == "check"
    shot(ui, "visit_check", language)
    ui.press(say(app, "tablet.visit.save"))
    shot(ui, "slip", language)
    assert app.navigator.here == "slip"
    ui.press(say(app, "tablet.slip.done"))
    assert app.navigator.here == "today"
    shot(ui, "today", language)
    sync_now(ui, app)
    assert app.navigator.presenter.problem == say(app, "refusal.unreachable")
    shot(ui, "sync_unreachable", language)
    leave(app)

    app = start(ui, tmp_path, language)
    enter_pin(ui)
    (visit,) = app.context.opened.list("visit", "notes = ?", (notes,))
    assert visit.state == "on_tablet"
    assert (visit.values["satisfaction"], visit.values["needs"]) == (5, ("access",))
    (consent,) = app.context.opened.list("consent", "visit_id = ?", (visit.record_id,))
    assert consent.values["given"] is True
    (signature,) = app.context.opened.list("photo", "visit_id = ?", (visit.record_id,))
    assert signature.values["purpose"] == "signature"
    server.start()
    sync_now(ui, app)
    assert app.context.opened.get("visit", visit.record_id).state == "received"
    assert app.context.month_bytes() > 300
    ui.press(say(app, "tablet.nav.today"))
    shot(ui, "today_received", language)
    app.navigator.go("slip", (visit.record_id,))
    ui.frames(3)
    ui.press(say(app, "tablet.correct"))
    assert (app.navigator.here, app.navigator.presenter.amends_id) == ("visit", visit.record_id)
    app.navigator.presenter.discard()
    app.navigator.go("today")
    ui.press(say(app, "tablet.nav.more"))
    shot(ui, "more", language)
    ui.press(say(app, "tablet.more.attention"))
    shot(ui, "attention", language)
    leave(app)


def test_a_wrong_pin_opens_nothing_and_destroys_nothing(ui, tmp_path):
    app = start(ui, tmp_path, "fr")
    enter_pin(ui)
    leave(app)
    app = start(ui, tmp_path, "fr")
    for _ in range(4):
        ui.press("8")
    assert app.navigator.here == "pin"
    assert app.navigator.presenter.problem == say(app, "refusal.store_key_wrong")
    enter_pin(ui)
    assert app.navigator.here == "enrol"
    leave(app)


def test_arabic_letters_are_joined(ui):
    from kivy.core.text import Label

    label = Label(text="ببب", font_name="App", font_size=30)
    label.resolve_font_name()
    assert label.get_extents("ببب")[0] < 2 * label.get_extents("ب")[0]


def test_it_exchanges_by_itself_at_the_start_and_says_so(ui, server, tmp_path):
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock

    headless(tmp_path, "enrol", server.url, code_of(server))
    from mobile_app.store.key import KeyRing

    KeyRing(tmp_path).set_pin((tmp_path / "key").read_bytes(), "7777")
    app = ui.start(NuqtaApp(tmp_path, clock=SystemClock(), language="fr"))
    enter_pin(ui)
    for _ in range(1_500):
        time.sleep(0.02)
        ui.frames(1)
        if app.context.opened.count("person") and not app.context.sessions["sync"].is_running:
            break
    assert app.navigator.here == "today"
    assert app.context.opened.search("person", "fatima")
    ui.press(say(app, "tablet.nav.sync"))
    assert app.navigator.presenter.result
    leave(app)


def test_an_idle_tablet_locks_and_the_draft_is_there_behind_the_pin(ui, practised):
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import FakeClock

    clock = FakeClock(1_795_600_000_000)
    app = ui.start(NuqtaApp(practised, clock=clock, language="fr", is_automatic=False))
    enter_pin(ui)
    person = app.context.opened.search("person", "ali")[0]
    app.navigator.go("visit", ("person", person.record_id))
    app.navigator.presenter.inputs.type("notes", "à garder")
    app.session.lock_if_idle()
    assert app.navigator.here == "visit"
    clock.mono += 6 * 60_000
    app.session.lock_if_idle()
    ui.frames(3)
    assert (app.navigator.here, app.context.store) == ("pin", None)
    enter_pin(ui)
    app.navigator.go("visit", ("person", person.record_id))
    assert app.navigator.presenter.inputs.text("notes") == "à garder"
    leave(app)
