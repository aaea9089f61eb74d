"""A long list shows what is near; the others come at a touch, and are there on the way back."""

import pytest

from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.walk import leave, say, shot

pytestmark = pytest.mark.kivy
DONE = 30
LEFT_OUT = {"ar": "29 سجلا آخر", "fr": "29 autres"}
"""The gallery's own two with them, less the three that show."""


def rows(ui):
    from mobile_app.ui.kit import Row

    return [one for top in ui.window.children for one in top.walk() if isinstance(one, Row)]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_full_day_is_folded_and_unfolds(ui, tmp_path, language):
    app = gallery.start(ui, tmp_path, language, "light")
    store = app.context.opened
    met = {"started_at": app.context.now_ms(), "agent_id": store.kept.agent_id}
    for _ in range(DONE):
        store.put("visit", {"commune_code": gallery.HOME, "person_id": gallery.FATIMA, **met})
    app.navigator.go("today")
    ui.frames(5)
    few = len(rows(ui))
    shot(ui, "today_folded", language)

    ui.press(LEFT_OUT[language])
    ui.frames(5)

    assert len(rows(ui)) == few + 28
    assert LEFT_OUT[language] not in ui.words()
    shot(ui, "today_unfolded", language)
    app.window.scroller.scroll_y = 0.4
    app.navigator.go("person", ("person", gallery.FATIMA))
    ui.frames(5)
    assert app.window.scroller.scroll_y == 1
    person = len(rows(ui))
    assert person < 20
    shot(ui, "person_folded", language)
    app.navigator.go_back()
    ui.frames(5)
    assert len(rows(ui)) == few + 28, "the way back finds the list as it was left"
    assert app.window.scroller.scroll_y == pytest.approx(0.4, abs=0.01), "and where it was scrolled"
    assert say(app, "tablet.today.round") in ui.words()
    leave(app)
