"""Each screen can be touched, read and seen, in every language; the sheets show them all."""

import pytest

from mobile_app.shell.catalogue import SCREENS
from mobile_app.ui.theme import THEMES
from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.hands import letters
from tests.stories import ALL_LANGUAGES, LANGUAGES, story

pytestmark = pytest.mark.kivy


def test_every_screen_has_a_way_to_its_picture():
    assert {name.partition("_")[0] for name in gallery.WAYS} == {*SCREENS, "kit"}, (
        "see gallery.WAYS"
    )


@story(1, 2, 3, language=ALL_LANGUAGES)
def test_a_screen_can_be_touched_read_and_seen(ui, tmp_path, language):
    app = gallery.start(ui, tmp_path, language, "light")
    found = {name: gallery.faults(ui) for name in gallery.draw_all(ui, app)}
    assert len(found) > len(gallery.WAYS)
    assert {name: faults for name, faults in found.items() if faults} == {}
    if app.context.store is not None:
        app.context.store.close()


@story(0, language=LANGUAGES)
def test_large_letters_find_their_room_on_a_small_tablet(ui, tmp_path, language):
    size, ui.window.size = ui.window.size, (600, 1024)
    with letters(1.3):
        try:
            app = gallery.start(ui, tmp_path, language, "light")
            found = {name: gallery.faults(ui) for name in gallery.draw_all(ui, app)}
            assert {name: faults for name, faults in found.items() if faults} == {}
        finally:
            ui.clear()
            ui.window.size = size
    if app.context.store is not None:
        app.context.store.close()


def test_what_is_too_small_cut_or_missing_is_found(ui):
    from kivy.uix.boxlayout import BoxLayout
    from kivy.uix.button import Button
    from kivy.uix.label import Label

    from mobile_app.ui.kit import Icon, Text

    box = BoxLayout(orientation="vertical")
    alone = {"size_hint": (None, None)}
    box.add_widget(Button(text="a", size=(200, 30), **alone))
    box.add_widget(Label(text="long words", font_name="App", size=(20, 60), **alone))
    box.add_widget(Label(text="\ue000", font_name="Icons", size=(60, 60), **alone))
    box.add_widget(Text("words that need more room", lines=1, size_hint_x=None, width=40))
    box.children[0].words("wordsthatneedmoreroom")
    box.add_widget(Text("a wordthatbreaks", size_hint_x=None, width=60))
    low = BoxLayout(orientation="vertical", size_hint_y=None, height=60)
    low.add_widget(Icon("home", size=80))
    box.add_widget(low)
    ui.mount(box)
    said = " ".join(gallery.faults(ui))
    for words in ("a target of 30 dp", "in 20x60", "no such icon", "breaks in 60", "20 out of"):
        assert words in said


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_typed_is_seen(ui, tmp_path, theme):
    from mobile_app.ui.kit import Column, Field
    from mobile_app.ui.theme import THEME

    THEME.name = theme
    field = Field("", "البئر ....." * 5)
    ui.mount(Column(field))
    x, y = field.input.to_window(*field.input.pos)
    shot = ui.screenshot(tmp_path / "field.png")
    high = shot.height - y
    box = (x + 10, high - field.input.height + 10, x + field.input.width - 10, high - 10)
    ink = tuple(round(255 * part) for part in THEME.color("text")[:3])
    seen = [pixel for _, pixel in shot.crop(box).getcolors(100_000)]
    assert any(all(abs(a - b) < 30 for a, b in zip(one, ink, strict=True)) for one in seen)


def test_a_text_that_is_cut_says_so_and_never_shows_half_a_number(ui):
    from mobile_app.ui.kit import Text

    words = "El Guerdane · \u206606 12 34 56 78\u2069"
    text = Text(words, "small", lines=1, size_hint_x=None)
    whole = text.natural
    text.width = whole + 2
    assert "…" not in text.shown
    text.width = whole - 10
    assert text.shown == "El Guerdane …"
    text.width = whole + 2
    assert text.shown == text.text
    text.width = 10
    assert text.shown == text.text  # of one word what fits


def test_own_words_run_as_their_first_letter_does_whatever_the_screen(ui):
    from mobile_app.ui.kit import Text
    from mobile_app.ui.mirror import DIRECTION

    DIRECTION.rtl = True
    try:
        for words, is_stop_last in (("Son cousin.", True), ("ابن عمه.", False)):
            text = Text(words, own=True)
            runs = text._label.layout_runs(text.text).runs
            stop = next(run for run in runs if run.start <= len(words) - 1 < run.end)
            assert (stop.is_rtl, text._align) == (not is_stop_last, "right")
    finally:
        DIRECTION.rtl = False


def test_a_state_loses_its_word_before_a_name_is_cut(ui):
    from mobile_app.ui.kit import Row, Stack, State, Text

    row = Row("Zohra Oubrahim", detail="El Guerdane", state="held", word="Le bureau décide")
    box = Stack(row, size_hint_x=None, width=600)
    ui.mount(box)
    state = next(one for one in row.walk() if isinstance(one, State))
    wide = state.width
    assert wide == state.full
    box.width = 300
    ui.frames(3)
    assert state.width < wide / 3
    assert ui.find(Text, text="Zohra Oubrahim").shown == "Zohra Oubrahim"
    box.width = 600
    ui.frames(3)
    assert state.width == wide
