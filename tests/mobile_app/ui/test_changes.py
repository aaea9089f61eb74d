"""Who changed what, by touch: asked beside the window, and asked again where the line was cut."""

from __future__ import annotations

import threading
import time
import unicodedata
from uuid import UUID

import msgspec
import pytest

from mobile_app.exchange.calls import Traffic, Unreachable
from tests.mobile_app.ui.walk import enter_pin, leave, say, shot, start

pytestmark = pytest.mark.kivy

PAST = [
    {
        "field": "name_fr",
        "value": "Ali Oubrahim-Amrani",
        "author": "one",
        "author_id": str(UUID(int=0)),
        "at": "2026-11-24T10:31:00.000Z",
        "replaced_at": "2026-11-25T09:00:00.000Z",
        "outcome": "overwritten",
    }
]


class Line:
    """Answers once it is let, if there is a line at all."""

    def __init__(self):
        self.traffic, self.answers, self.is_cut = Traffic(), threading.Event(), True

    def fetch(self, _path):
        assert self.answers.wait(10)
        if self.is_cut:
            raise Unreachable("cut")
        self.traffic.bytes_down += 200
        return msgspec.json.encode(PAST)

    def close(self):
        pass


def says(ui, words):
    """Whether the screen says this, whatever marks keep its scripts apart."""
    return plain(words) in [plain(one) for one in ui.words()]


def plain(words):
    return "".join(one for one in words if unicodedata.category(one) != "Cf")


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_touch_asks_who_changed_what_and_the_window_goes_on(ui, practised, language):
    app = start(ui, practised, language)
    enter_pin(ui)
    (person,) = app.context.opened.search("person", "ali")
    app.context.opened.db.execute("UPDATE person SET rev = 1")
    line = Line()
    app.context.connect = lambda _store: line
    app.navigator.go("person", ("person", person.record_id))
    ui.frames(3)
    ui.press(say(app, "tablet.changes"))
    assert say(app, "tablet.changes.asking") in ui.words()
    line.answers.set()
    ui.until(lambda: say(app, "tablet.changes.offline") in ui.words())
    line.is_cut = False
    ui.press(say(app, "tablet.changes.again"))
    before = app.context.say("tablet.changes.before", value="Ali Oubrahim-Amrani")
    ui.until(lambda: says(ui, before))
    assert says(ui, app.context.say("tablet.changes.after", value="Ali Oubrahim"))
    assert app.context.month_bytes() == 200
    ui.frames(3)
    shot(ui, "person_changes", language)
    leave(app)


def test_an_answer_that_comes_when_one_has_left_draws_nothing(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    (person,) = app.context.opened.search("person", "ali")
    app.context.opened.db.execute("UPDATE person SET rev = 1")
    line = Line()
    app.context.connect = lambda _store: line
    app.navigator.go("person", ("person", person.record_id))
    ui.frames(3)
    ui.press(say(app, "tablet.changes"))
    changes = app.navigator.presenter.changes
    app.session.lock()
    line.answers.set()
    ui.until(lambda: not changes.is_running)
    time.sleep(0.05)
    ui.frames(3)
    assert (app.navigator.here, app.context.store) == ("pin", None)
