"""Two fingers on one button: what they let go of happens once."""

from __future__ import annotations

import pytest

from tests.mobile_app.ui.walk import enter_pin, leave, say, start

pytestmark = pytest.mark.kivy


def both_on(ui, text):
    """Put two fingers on a button, then lift one after the other."""
    from kivy.tests.common import UnitTestTouch

    button = ui._button(text)
    ui.scroll_to(button)
    x, y = button.to_window(*button.center)
    fingers = [UnitTestTouch(x - 3, y), UnitTestTouch(x + 3, y)]
    for one in fingers:
        one.touch_down()
        ui.frames(1)
    for one in fingers:
        one.touch_up()
    ui.frames(8)


@pytest.fixture
def app(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    return app


def test_two_fingers_save_once_and_lead_back_once(ui, app):
    ali = app.context.opened.list("person")[0].record_id
    app.navigator.go("person", ("person", ali))
    given = {"person_id": ali, "commune_code": app.context.usual_commune()}
    app.navigator.go("form", ("task", b"", given))
    app.navigator.presenter.inputs.put("kind", "call_back")
    app.navigator.presenter.inputs.put("due_on", 20_800)
    app.window.show()
    both_on(ui, say(app, "tablet.visit.save"))

    assert app.context.opened.count("task") == 1
    assert app.navigator.here == "person"
    leave(app)


def test_two_fingers_plan_one_visit(ui, app):
    ali = app.context.opened.list("person")[0].record_id
    app.navigator.go("person", ("person", ali))
    app.records.plan(("person", ali))
    ui.frames(3)
    both_on(ui, app.context.days_ahead()[2][1])

    assert app.context.opened.count("visit") == 1
    leave(app)
