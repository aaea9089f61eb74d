"""What one types is seen whole: the lines of a field are not cut, whatever the size of letters."""

from __future__ import annotations

import pytest

from tests.mobile_app.ui.hands import letters
from tests.mobile_app.ui.walk import enter_pin, leave, start

pytestmark = pytest.mark.kivy


@pytest.mark.parametrize("fontscale", [1, 1.15, 1.3, 1.45])
@pytest.mark.parametrize("words", ["Épjgq Àlf", "فاطمة أيجق"])
def test_a_long_note_stands_on_whole_lines_with_the_finger_and_without(ui, fontscale, words):
    from mobile_app.ui.kit import Column, Field

    with letters(fontscale):
        field = Field("Notes", rows=4)
        ui.mount(Column(field), (800, 1280))
        note = field.input
        note.focus = True
        note.insert_text("\n".join(f"{words} {number}" for number in range(12)))
        for is_focused in (True, False):
            note.focus = is_focused
            ui.frames(3)
            assert note.scroll_y > 0
            assert note.scroll_y % note.line_height == 0
            seen = note.height - note.padding[1] - note.padding[3]
            assert seen == pytest.approx(4 * note.line_height)
        ui.clear()


@pytest.mark.parametrize("fontscale", [1, 1.3])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_line_is_as_high_before_one_types_as_after(ui, fontscale, language, monkeypatch):
    """Else the hint stands too high, and lines under an empty one are drawn over one another."""
    from mobile_app.ui.kit import Column, Field, SearchBox
    from mobile_app.ui.theme import THEME

    monkeypatch.setattr(THEME, "language", language)
    with letters(fontscale):
        box = SearchBox("", "Nom", lambda _text: None, "x").input
        note = Field("Notes", rows=4).input
        ui.mount(Column(box.parent, note.parent.parent), (800, 1280))
        for one, texts in ((box, ("a", "فاطمة", "")), (note, ("a", "", "\nفاطمة\nab"))):
            assert one.line_height == int(one.line_px)
            for text in texts:
                one.text = text
                for is_focused in (True, False):
                    one.focus = is_focused
                    ui.frames(2)
                    assert one.line_height == int(one.line_px), text
        ui.clear()


def test_what_stands_there_before_one_types_is_seen_on_a_new_screen(ui, practised):
    app = start(ui, practised, "fr")
    enter_pin(ui)
    app.typing.texts["url"] = (
        "https://nuqta.example.ma"  # wider than an input before it is laid out
    )
    app.navigator.go("enrol")
    ui.frames(20)
    assert (len(ui.field()._lines), ui.field().scroll_y) == (1, 0)
    leave(app)
