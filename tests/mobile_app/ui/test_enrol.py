"""Linking a tablet over a line that is slow: the window goes on meanwhile."""

from __future__ import annotations

import threading

import pytest

from mobile_app.exchange import enrolment
from mobile_app.exchange.calls import Unreachable
from tests.mobile_app.ui.walk import code_of, enter_pin, leave, say, shot, start

pytestmark = pytest.mark.kivy


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_window_is_answered_while_the_server_is_asked(ui, tmp_path, monkeypatch, language):
    asked, go_on = [], threading.Event()

    def slow(_store, url, code, **_more):
        asked.append((threading.current_thread() is threading.main_thread(), url, code))
        assert go_on.wait(10)
        raise Unreachable("no line")

    monkeypatch.setattr(enrolment, "enrol", slow)
    app = start(ui, tmp_path, language)
    enter_pin(ui)
    ui.write(0, "nuqta.example")
    ui.write(1, "ABCD-EFGH")
    ui.press(say(app, "tablet.enrol.act"))
    ui.until(lambda: asked)
    assert asked == [(False, "https://nuqta.example", "ABCD-EFGH")]
    assert say(app, "tablet.enrol.running") in ui.words()
    assert say(app, "tablet.enrol.act") not in ui.words(), "nobody asks twice"
    shot(ui, "enrol_running", language)
    go_on.set()
    ui.until(lambda: say(app, "refusal.unreachable") in ui.words())
    assert (ui.field(0).text, ui.field(1).text) == ("nuqta.example", "ABCD-EFGH")
    leave(app)


def test_a_lock_meanwhile_loses_no_code(ui, server, tmp_path, monkeypatch):
    """The server has taken the code when its answer comes: it is to be kept all the same."""
    from mobile_app.exchange.transport import Transport

    answered, go_on, asked = [], threading.Event(), Transport.enrol

    def slow(line, message):
        answer = asked(line, message)
        answered.append(answer)
        assert go_on.wait(10)
        return answer

    monkeypatch.setattr(Transport, "enrol", slow)
    faults = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    app = start(ui, tmp_path, "fr")
    enter_pin(ui)
    ui.write(0, server.url)
    ui.write(1, code_of(server))
    ui.press(say(app, "tablet.enrol.act"))
    ui.until(lambda: answered)
    presenter = app.navigator.presenter
    app.session.lock()
    go_on.set()
    ui.until(lambda: not presenter.is_running)
    assert app.navigator.here == "pin"
    assert not faults
    enter_pin(ui)
    assert app.navigator.here == "today"
    leave(app)
