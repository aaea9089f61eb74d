"""Leave to show a notification: asked for once, at the enrolment, with the reason."""

from dataclasses import replace

import pytest

from tests.mobile_app.ui.walk import device_of, enter_pin, leave, say, shot, start

pytestmark = pytest.mark.kivy


class Notices:
    """A system that asks and is told no."""

    def __init__(self, is_missing):
        self.is_missing, self.asked = is_missing, 0

    def is_leave_missing(self):
        return self.is_missing

    def ask(self):
        self.asked += 1


def opened(ui, folder, notices, language="fr"):
    app = start(ui, folder, language, device=replace(device_of(folder), notices=notices))
    enter_pin(ui)
    return app


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_it_is_asked_for_once_with_the_reason_and_a_no_is_a_no(ui, practised, language):
    notices = Notices(is_missing=True)
    app = opened(ui, practised, notices, language)
    app.device.ask_notices()
    ui.frames(3)
    assert say(app, "tablet.notices.why") in ui.words()
    assert notices.asked == 0, "the reason comes first"
    shot(ui, "notices", language)
    ui.press(say(app, "tablet.notices.allow"))
    assert (notices.asked, app.window.sheet) == (1, None)
    app.device.ask_notices()
    assert app.window.sheet is None
    leave(app)

    app = opened(ui, practised, notices, language)
    app.device.ask_notices()
    assert (app.window.sheet, notices.asked) == (None, 1)
    leave(app)


def test_where_no_leave_is_needed_nobody_is_asked(ui, practised):
    app = opened(ui, practised, Notices(is_missing=False))
    app.device.ask_notices()
    assert app.window.sheet is None
    assert not app.context.settings.notices_asked, "a newer Android may need it"
    leave(app)
