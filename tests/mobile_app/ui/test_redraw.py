"""A screen that changes by itself waits for the finger on it: no tap is lost."""

from __future__ import annotations

import time

import pytest

from tests.mobile_app.ui.test_touches import Lines, opened, rest
from tests.mobile_app.ui.walk import enter_pin, leave, say, start

pytestmark = pytest.mark.kivy


def finger_on(ui, text):
    """Put a finger on the button of these words. Returns it, to be lifted."""
    from kivy.tests.common import UnitTestTouch

    button = ui._button(text)
    ui.scroll_to(button)
    finger = UnitTestTouch(*button.to_window(*button.center))
    finger.touch_down()
    ui.frames(1)
    return finger


def test_a_tap_outlasts_an_exchange_that_ends_under_the_finger(ui, practised):
    lines = Lines()
    app = opened(ui, practised, lines, is_automatic=True)
    app.contact.begin_quietly()
    finger = finger_on(ui, say(app, "tablet.nav.find"))
    rest(ui, app)
    finger.touch_up()
    ui.frames(3)
    assert app.navigator.here == "find"
    leave(app)


def test_a_tap_in_a_column_outlasts_a_redraw_before_and_after_the_finger_is_lifted(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    for is_early in (True, False):
        app.navigator.go("more")
        ui.frames(3)
        finger = finger_on(ui, say(app, "tablet.about"))
        if is_early:
            app.window.refresh()
            ui.frames(1)
        finger.touch_up()
        if not is_early:  # the column passes a quick tap on a fifth of a second later
            app.window.refresh()
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            ui.frames(1)
        assert app.navigator.here == "about"
    leave(app)


def test_a_redraw_comes_once_the_finger_is_lifted(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    drawn = app.window.root.children[0]
    finger = finger_on(ui, say(app, "tablet.nav.today"))
    app.window.refresh()
    ui.frames(3)
    assert app.window.root.children[0] is drawn
    finger.touch_move(10, 10)  # slid off: nothing was pressed
    finger.touch_up()
    ui.frames(3)
    assert app.window.root.children[0] is not drawn
    app.window.refresh()
    ui.frames(1)
    drawn = app.window.root.children[0]
    finger = finger_on(ui, say(app, "tablet.nav.today"))
    app.on_pause()  # the system takes the window, and with it the finger
    app.window.refresh()
    ui.frames(3)
    assert app.window.root.children[0] is not drawn
    leave(app)


def test_a_position_that_comes_takes_no_field_from_under_the_keyboard(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    (person,) = app.context.opened.search("person", "ali")
    gps, fix = app.context.gps, app.context.gps.here
    gps.here = None
    app.navigator.go("visit", ("person", person.record_id))
    app.navigator.presenter.inputs.choose("channel", "home_farm")
    app.navigator.presenter.inputs.choose("type", "assistance")
    app.navigator.presenter.go_on()
    app.window.show()
    ui.write(0, "Ali a")
    field = ui.field(0)
    gps.here = fix
    ui.until(lambda: app.navigator.presenter.position)
    ui.frames(3)
    assert field.focus
    assert ui.field(0) is field
    leave(app)
