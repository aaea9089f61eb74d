"""Several agents on one tablet, a forgotten PIN, a lease that is over: by taps."""

import time

import pytest

from sync.rules.codes import rescue_code
from tests.databases import free_port
from tests.mobile_app.ui.test_app import enter_pin, leave, say

pytestmark = pytest.mark.kivy
SECRET = bytes(range(32))
DAY_MS = 86_400_000


def start(ui, folder, clock, language="fr"):
    from mobile_app.app import NuqtaApp

    return ui.start(NuqtaApp(folder, clock=clock, language=language, is_automatic=False))


@pytest.fixture
def clock():
    from mobile_app.device.clock import FakeClock

    return FakeClock(1_795_600_000_000)


def pin(ui, digits):
    for digit in digits:
        ui.press(digit)


def test_a_keyboard_types_the_pin_as_the_pad_does(ui, practised, clock):
    app = start(ui, practised, clock)
    for text in "78":
        ui.window.dispatch("on_keyboard", ord(text), 0, text, [])
    ui.window.dispatch("on_keyboard", 8, 0, "", [])
    for text in "7٧7":  # a keyboard of Arabic-Indic digits
        ui.window.dispatch("on_keyboard", ord(text), 0, text, [])
    assert app.navigator.here == "today"
    leave(app)


def type_code(ui, app, code):
    ui.field().text = ""
    ui.write(0, code)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_two_agents_share_a_tablet_and_neither_sees_the_other(ui, practised, clock, language):
    app = start(ui, practised, clock, language)
    enter_pin(ui)
    app.session.lock()
    ui.press(say(app, "tablet.agents.another"))
    assert app.navigator.presenter.is_new
    pin(ui, "5555")
    assert app.navigator.here == "enrol"
    assert app.context.opened.search("person", "ali") == []
    leave(app)

    app = start(ui, practised, clock, language)
    assert app.navigator.here == "agents"
    rows = app.navigator.presenter.rows()
    assert len(rows) == 2
    ui.press(rows[1][1])
    pin(ui, "7777")
    assert app.navigator.presenter.problem == say(app, "refusal.store_key_wrong")
    ui.press(say(app, "tablet.agents"))
    ui.press(rows[0][1])
    enter_pin(ui)
    assert app.navigator.here == "today"
    assert len(app.context.opened.search("person", "ali")) == 1
    app.session.lock()
    assert app.navigator.here == "agents"
    assert say(app, "tablet.agents.waiting") in ui.words()
    ui.press(rows[0][1])
    enter_pin(ui)
    assert list(practised.glob("letter*")) == []
    assert app.context.opened.outbox.pending_count() == 1
    leave(app)


def test_a_forgotten_pin_is_replaced_by_the_coordinators_code(ui, practised, clock):
    app = start(ui, practised, clock)
    enter_pin(ui)
    app.context.opened.kept.rescue_key = SECRET
    app.session.enter()
    app.session.lock()
    ui.press(say(app, "tablet.pin.forgotten"))
    assert app.context.say("tablet.rescue.number", number=1) in ui.words()
    type_code(ui, app, rescue_code(SECRET, 2))
    ui.press(say(app, "tablet.rescue.act"))
    assert say(app, "refusal.rescue_wrong") in ui.words()
    type_code(ui, app, rescue_code(SECRET, 1).lower())
    ui.press(say(app, "tablet.rescue.act"))
    pin(ui, "2468")
    assert app.navigator.here == "today"
    assert len(app.context.opened.search("person", "ali")) == 1
    app.session.lock()
    pin(ui, "7777")
    assert app.navigator.presenter.problem == say(app, "refusal.store_key_wrong")
    pin(ui, "2468")
    assert app.navigator.here == "today"
    app.session.lock()
    ui.press(say(app, "tablet.pin.forgotten"))
    assert app.navigator.presenter.number == 2


def test_a_lease_that_is_over_shows_nothing_and_loses_nothing(ui, practised, clock):
    from mobile_app.store import lease

    app = start(ui, practised, clock)
    enter_pin(ui)
    assert app.context.opened.outbox.pending_count() == 1
    nowhere = f"http://127.0.0.1:{free_port()}"
    app.context.opened.kept.url = nowhere
    app.context.opened.kept.secret = b"\1" * 32
    app.context.opened.kept.server_key = "00" * 32
    app.session.lock()
    clock.move((lease.LEASE_DAYS - 3) * DAY_MS)
    enter_pin(ui)
    assert app.navigator.here == "today"
    assert app.context.phrases.count("tablet.lease.soon", 3) in ui.words()
    app.session.lock()
    clock.move(3 * DAY_MS)
    enter_pin(ui)
    assert app.navigator.here == "lease"
    assert app.context.truth()[0] in ui.words()
    ui.press(say(app, "tablet.sync.now"))
    for _ in range(500):
        time.sleep(0.01)
        ui.frames(1)
        if not app.navigator.presenter.sync.is_running:
            break
    ui.frames(3)
    assert app.navigator.here == "lease"
    assert say(app, "refusal.unreachable") in ui.words()
    lease.renew(app.context.opened)
    app.contact.ended(app.navigator.presenter.sync)
    assert app.navigator.here == "today"
    assert app.context.opened.outbox.pending_count() == 1
    leave(app)


def test_a_tablet_that_was_emptied_says_so_and_begins_anew(ui, practised, clock):
    from mobile_app import seats

    app = start(ui, practised, clock)
    enter_pin(ui)
    app.navigator.go("sync")
    seats.empty(practised)
    app.navigator.presenter.is_emptied = True
    app.contact.ended(app.navigator.presenter)
    assert (app.navigator.here, app.context.store) == ("pin", None)
    assert app.navigator.presenter.is_new
    assert say(app, "tablet.emptied") in ui.words()


def test_a_tablet_emptied_beside_the_window_is_closed(ui, practised, clock):
    from mobile_app import seats

    app = start(ui, practised, clock)
    enter_pin(ui)
    seats.empty(practised)
    app.session.lock_if_idle()
    assert (app.navigator.here, app.context.store) == ("pin", None)
