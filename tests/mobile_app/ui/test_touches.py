"""One touch each: another language, a call, a pause; and what the tablet does by itself."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from mobile_app.device.dialer import FakeDialer, NoDialer
from mobile_app.exchange.calls import Traffic, Unreachable
from mobile_app.store.database import transaction
from sync.languages import LANGUAGES
from tests.mobile_app.ui.walk import device_of, enter_pin, leave, say, start

pytestmark = pytest.mark.kivy
PHONE = "+212612345678"


class Lines:
    """What the app connects by: counts, waits to be let, and never reaches anybody."""

    def __init__(self):
        self.count, self.sent, self.may_come = 0, 0, threading.Event()
        self.traffic, self.answer_count, self.order = Traffic(), 0, ("", 0)
        self.may_come.set()

    def __call__(self, _store):
        self.count += 1
        assert self.may_come.wait(10)
        return self

    def send(self, _body):
        self.sent += 1
        raise Unreachable("no line")

    def close(self):
        pass


def opened(ui, folder, lines, **more):
    """Return the app behind its PIN, linked to a server that `lines` does not reach."""
    app = start(ui, folder, "fr", **more)
    app.context.connect = lines
    enter_pin(ui)
    with transaction(app.context.opened.db):
        app.context.opened.kept.url = "https://nowhere.invalid"
    return app


def rest(ui, app):
    """Let an exchange end, and its answer be drawn."""
    ui.until(lambda: not app.context.sessions["sync"].is_running)
    ui.frames(3)


def test_a_touch_changes_the_language_and_no_draft_is_lost(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    (person,) = app.context.opened.search("person", "ali")
    where = ("person", person.record_id)
    app.navigator.go("visit", where)
    app.navigator.presenter.inputs.type("notes", "à garder")
    app.navigator.go("more")
    ui.frames(3)
    french = say(app, "tablet.nav.more")
    assert french in ui.words()
    for code in ("ar", "en", "fr", "ar"):
        ui.press(LANGUAGES[code].own_name)
        assert say(app, "tablet.more.language") in ui.words()
        assert (french in ui.words()) == (code == "fr")
    app.navigator.go("visit", where)
    ui.frames(3)
    assert app.navigator.presenter.inputs.text("notes") == "à garder"
    assert say(app, "visit.channel.home_farm") in ui.words()
    leave(app)
    app = start(ui, practised, "fr")
    assert app.context.language == "ar", "chosen once, for good"


def test_a_touch_hands_the_number_to_the_dialler(ui, practised):
    dialer = FakeDialer()
    app = start(ui, practised, "fr", device=replace(device_of(practised), dialer=dialer))
    enter_pin(ui)
    (person,) = app.context.opened.search("person", "ali")
    app.navigator.go("person", ("person", person.record_id))
    ui.frames(3)
    assert say(app, "tablet.call") not in ui.words(), "there is no number"
    app.context.opened.put("person", {"phone": PHONE}, person.record_id)
    app.window.show()
    ui.frames(3)
    ui.press(say(app, "tablet.call"))
    assert dialer.dialled == [PHONE]
    app.context.device = replace(app.context.device, dialer=NoDialer())
    ui.press(say(app, "tablet.call"))
    number = app.context.phrases.phone(PHONE)
    assert app.window.notice.words == app.context.say("tablet.call.no_dialer", phone=number)
    leave(app)


def test_a_touch_pauses_an_exchange(ui, practised):
    lines = Lines()
    app = opened(ui, practised, lines)
    lines.may_come.clear()
    app.navigator.go("sync")
    ui.frames(3)
    ui.press(say(app, "tablet.sync.now"))
    ui.press(say(app, "tablet.sync.pause"))
    lines.may_come.set()
    rest(ui, app)
    assert (lines.count, lines.sent) == (1, 0)
    assert say(app, "refusal.exchange_paused") in ui.words()
    app.session.is_automatic = True
    app.contact.begin_quietly()
    rest(ui, app)
    assert lines.count == 1, "what goes by itself rests too"
    ui.press(say(app, "tablet.sync.now"))
    rest(ui, app)
    assert lines.sent == 1
    assert say(app, "refusal.unreachable") in ui.words()
    leave(app)


def test_it_exchanges_when_one_comes_back_to_it(ui, practised):
    lines = Lines()
    app = opened(ui, practised, lines, is_automatic=True)
    app.on_pause()
    assert lines.count == 0
    app.on_resume()
    rest(ui, app)
    assert lines.count == 1
    app.session.lock()
    app.on_resume()
    ui.frames(3)
    assert lines.count == 1, "nothing is sent from behind the PIN"


def test_a_network_that_was_cut_is_said_to_be_and_is_tried_again_by_itself(ui, practised):
    from mobile_app.device.clock import FakeClock
    from mobile_app.device.network import NONE, WIFI, FakeNetwork, Line
    from mobile_app.exchange.again import AFTER_FAILURE_S

    lines, network = Lines(), FakeNetwork(Line(WIFI, is_metered=False))
    device = replace(device_of(practised), network=network)
    clock = FakeClock(1_795_600_000_000)
    app = opened(ui, practised, lines, is_automatic=True, device=device, clock=clock)
    app.contact.begin_quietly()
    rest(ui, app)
    assert lines.count == 1
    assert say(app, "tablet.network.none") in " ".join(ui.words())

    app.contact.look_for_line()
    assert lines.count == 1, "not yet"
    clock.move(AFTER_FAILURE_S[0] * 1_000)
    app.contact.look_for_line()
    rest(ui, app)
    assert lines.count == 2

    network.now = Line(NONE, is_metered=False)
    clock.move(10**7)
    app.session.idle.touched()
    app.contact.look_for_line()
    assert lines.count == 2, "there is no line"
    network.now = Line(WIFI, is_metered=False)
    app.contact.look_for_line()
    rest(ui, app)
    assert lines.count == 3
    leave(app)


def test_what_was_to_be_done_soon_is_not_done_behind_the_pin(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    for screen in ("find", "souk", "paper"):
        app.navigator.go(screen)
        ui.frames(3)
        ui.write(0, "a")
        app.session.lock()
        time.sleep(0.1)
        ui.frames(5)  # longer than the letter waits
        assert app.navigator.here == "pin"
        enter_pin(ui)
    leave(app)


def test_no_way_leads_an_agent_to_the_parts_of_the_screens(ui, practised):
    from mobile_app.shell.catalogue import SCREENS

    assert "kit" not in SCREENS
    app = start(ui, practised, "fr")
    enter_pin(ui)
    app.navigator.go("more")
    ui.frames(3)
    assert say(app, "tablet.kit") not in ui.words()
    leave(app)


def test_it_exchanges_every_quarter_of_an_hour(ui, practised, monkeypatch):
    import mobile_app.app

    assert mobile_app.app._EXCHANGE_S == 15 * 60
    monkeypatch.setattr(mobile_app.app, "_EXCHANGE_S", 0.05)
    lines = Lines()
    app = opened(ui, practised, lines, is_automatic=True)
    ui.until(lambda: lines.count >= 3)
    app.session.is_practice = True
    rest(ui, app)
    was = lines.count
    ui.frames(100)
    assert lines.count == was, "practice is never sent"
    app.session.is_practice = False
    leave(app)
