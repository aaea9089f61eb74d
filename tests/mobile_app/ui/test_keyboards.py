"""Words as keyboards of Android compose them: Gboard, Samsung's, a voice; what the field has then.

`Keyboard` plays SDL 2.30's input connection, which the keyboard edits: it tells our window the
difference to what it told before, as backspaces and a text, and an Enter or a letter's key besides.
The sequences are those of Kivy's issue 8625 and python-for-android's 2461.
"""

from __future__ import annotations

from itertools import takewhile

import pytest

from tests.mobile_app.ui.walk import enter_pin, leave, say, start

pytestmark = pytest.mark.kivy
BACKSPACE, ENTER, LEFT = 8, 13, 276


class Keyboard:
    """A keyboard's side of the connection. `renewals`: the kinds it was begun anew for."""

    def __init__(self, ui):
        self.ui, self.renewals = ui, []
        self._begin()

    def _begin(self):
        self.text, self.told, self.composed = "", "", 0

    def renew(self, kind, *, is_simple):
        self.renewals.append((kind, is_simple))
        self._begin()

    def compose(self, text):
        """setComposingText: in place of what is composed."""
        self.text = self.text[: len(self.text) - self.composed] + text
        self.composed = len(text)
        self._tell()

    def commit(self, text):
        """commitText: in place of what is composed, and that is that."""
        self.compose(text)
        self.composed = 0

    def take_up(self, count):
        """setComposingRegion: the last letters are composed again."""
        assert count <= len(self.text)
        self.composed = count

    def correct(self, typed, word):
        """Type letters on to what it believes to be a word, and write another in its place."""
        self.compose(self.text + typed)
        self.commit(word)

    def erase(self, count=1):
        """deleteSurroundingText, as SDL is mended: keys, and its own text stays."""
        for _ in range(count):
            self._key(BACKSPACE)

    def _tell(self):
        pairs = zip(self.told, self.text, strict=False)
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        self.erase(len(self.told) - same)
        pending, self.told = self.text[same:], self.text
        for letter in pending:
            if letter == "\n":
                self._key(ENTER)
            elif ord(letter) < 128:
                if letter.isupper():
                    self.ui.window.dispatch("on_key_down", 304, 0, None, [])
                self._key(ord(letter.lower()), letter)
                if letter.isupper():
                    self.ui.window.dispatch("on_key_up", 304, 0)
        if pending and pending[0] >= " ":  # SDL tells no text that begins with a control
            self.ui.window.dispatch("on_textinput", pending)

    def _key(self, code, text=None):
        self.ui.window.dispatch("on_key_down", code, 0, text, [])
        self.ui.window.dispatch("on_key_up", code, 0)

    def wait(self, seconds=0.6):
        import time

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.ui.frames(1)


@pytest.fixture
def keyboard(ui, monkeypatch):
    from mobile_app.ui.text.keyboard import KEYS

    keyboard = Keyboard(ui)
    monkeypatch.setattr(KEYS, "port", keyboard)
    return keyboard


def fields(ui, *texts, rows=4):
    """Return fields with these texts, the first one under the finger."""
    from mobile_app.ui.kit import Column, Field

    made = [Field("Notes", text, rows=rows).input for text in texts]
    ui.mount(Column(*(one.parent.parent for one in made)), (800, 1280))
    made[0].focus = True
    ui.frames(3)
    return made


def is_as_if_typed_at_once(ui, field):
    """Whether lines and caret are those of a field that was given the text whole."""
    ui.frames(3)
    text, row, offset = field.text, field.cursor_row, field.cursor_offset()
    assert field.cursor_index() == len(text)
    (fresh,) = fields(ui, text)
    ui.frames(3)
    return (list(field._lines), row, offset) == (
        list(fresh._lines),
        fresh.cursor_row,
        fresh.cursor_offset(),
    )


def gboard(keyboard):
    for part in ("ف", "فا", "فاط", "فاطم"):
        keyboard.compose(part)
    keyboard.commit("فاطمة ")
    for part in ("ا", "اي", "ايت"):
        keyboard.compose(part)
    keyboard.commit("آيت ")
    keyboard.take_up(4)
    keyboard.compose("آيت")
    keyboard.commit("أيت الحاج")
    return "فاطمة أيت الحاج"


def samsung(keyboard):
    for letter in "Fatma":
        keyboard.compose(keyboard.text + letter)
    keyboard.composed = 0  # finishComposingText
    keyboard.erase(5)
    keyboard.commit("Fatima")
    keyboard.commit(" ")
    return "Fatima "


def voice(keyboard):
    for heard in ("انا", "انا اسكن", "أنا أسكن في دوار", "أنا أسكن بدوار إكلي رقم 12"):
        keyboard.compose(heard)
    keyboard.commit("أنا أسكن بدوار إكلي، رقم 12.")
    return "أنا أسكن بدوار إكلي، رقم 12."


def lines(keyboard):
    keyboard.commit("Puits à sec\nبئر جافة\nfin")
    return "Puits à sec\nبئر جافة\nfin"


def mixed(keyboard):
    for part in ("D", "Do", "Dou", "Douar"):
        keyboard.compose(part)
    keyboard.commit("Douar ")
    for part in ("إ", "إك", "إكلي"):
        keyboard.compose(part)
    keyboard.commit("إكلي (")
    keyboard.commit("12)")
    return "Douar إكلي (12)"


@pytest.mark.parametrize("before", ["", "نص سابق ", "Déjà écrit "])
@pytest.mark.parametrize("play", [gboard, samsung, voice, lines, mixed])
def test_what_a_keyboard_composes_stands_there_as_if_typed_at_once(ui, keyboard, play, before):
    (field,) = fields(ui, before)
    written = play(keyboard)
    assert field.text == before + written
    assert is_as_if_typed_at_once(ui, field)


def test_what_stood_there_can_be_taken_back(ui, keyboard):
    (field,) = fields(ui, "فاطمة")
    keyboard.erase(2)
    assert field.text == "فاط"
    keyboard.commit("م")
    assert field.text == "فاطم"


def test_a_correction_in_another_field_takes_nothing_of_the_first(ui, keyboard):
    first, second = fields(ui, "", "Douar ")
    keyboard.compose("Fatma")
    second.focus = True
    ui.frames(3)
    keyboard.correct("igl", "Igli")
    assert (first.text, second.text) == ("Fatma", "Douar Igli")


def test_a_correction_after_the_finger_moved_the_caret_takes_nothing_else(ui, keyboard):
    (field,) = fields(ui, "")
    keyboard.compose("bonjour")
    ui.frames(3)
    x, y = field.to_window(field.x + 40, field.top - 24)
    ui.drag([(x, y)])
    ui.frames(3)
    before, after = "bonjour"[: field.cursor_index()], "bonjour"[field.cursor_index() :]
    assert before
    assert after
    keyboard.correct("al", "Ali")
    assert field.text == f"{before}Ali{after}"


def test_a_correction_after_a_step_with_the_arrows_takes_nothing_else(ui, keyboard):
    (field,) = fields(ui, "")
    keyboard.compose("ab")
    keyboard._key(LEFT)
    ui.frames(2)
    keyboard.correct("x", "y")
    assert field.text == "ayb"


@pytest.mark.parametrize(("text", "letter"), [("سلام", "a"), ("salam", "س")])
def test_a_letter_that_turns_the_line_leaves_the_caret_behind_it(ui, keyboard, text, letter):
    (field,) = fields(ui, text)
    field.cursor = (0, 0)
    ui.frames(2)
    keyboard.commit(letter)
    ui.frames(3)
    assert (field.text, field.cursor_index()) == (letter + text, 1)


def test_a_text_that_was_not_typed_is_not_taken_back(ui, keyboard):
    (field,) = fields(ui, "")
    keyboard.compose("fatma")
    field.text = "Nom : "
    field.cursor = (6, 0)
    ui.frames(2)
    keyboard.correct("zahr", "Zahra")
    assert field.text == "Nom : Zahra"


def test_what_was_erased_is_forgotten_once_the_fingers_rest(ui, keyboard):
    (field,) = fields(ui, "Relais d'")
    keyboard.commit("iglo")
    keyboard.erase()
    assert keyboard.text == "iglo", "SDL keeps what is gone"
    keyboard.wait()
    assert keyboard.text == ""
    keyboard.commit("i")
    assert field.text == "Relais d'igli"


def test_while_one_types_nothing_is_begun_anew(ui, keyboard):
    fields(ui, "")
    keyboard.renewals.clear()
    gboard(keyboard)
    ui.frames(5)
    assert keyboard.renewals == []


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_simple_keyboard_is_a_touch_away_and_stays(ui, practised, keyboard, language):
    from dataclasses import replace

    from mobile_app.ui.text.keyboard import KEYS
    from tests.mobile_app.ui.walk import device_of, shot

    device = replace(device_of(practised), keyboard=keyboard)
    app = start(ui, practised, language, device=device)
    enter_pin(ui)
    app.navigator.go("find")
    ui.frames(5)
    ui.tap(ui.field())
    ui.frames(3)
    assert keyboard.renewals[-1] == ("text", False), "Arabic has no keys: a text is asked for"
    ui.press(say(app, "tablet.nav.more"))
    ui.press(say(app, "tablet.keyboard.simple"))
    shot(ui, "simple_keyboard", language)
    leave(app)

    app = start(ui, practised, language, device=device)
    enter_pin(ui)
    app.navigator.go("find")
    ui.frames(5)
    ui.tap(ui.field())
    ui.frames(3)
    assert keyboard.renewals[-1] == ("text", True)
    leave(app)
    KEYS.is_simple = False


def emoji(keyboard):
    keyboard.commit("👩‍🌾")  # three letters, of which one joins
    keyboard.commit("🇲🇦 ")
    keyboard.erase(1)
    keyboard.commit("!")
    return "👩‍🌾🇲🇦!"


def vowels(keyboard):
    for part in ("م", "مُ", "مُح", "مُحَ", "مُحَمّ", "مُحَمَّد"):
        keyboard.compose(part)
    keyboard.commit("مُحَمَّد ")
    return "مُحَمَّد "


def digits(keyboard):
    for part in ("رقم", "رقم 1", "رقم 12", "رقم ١٢"):
        keyboard.compose(part)
    keyboard.commit("رقم 12/3 ب")
    return "رقم 12/3 ب"


def shortened(keyboard):
    keyboard.compose("Marrakech")
    keyboard.compose("Mar")
    keyboard.compose("")
    keyboard.commit("Agadir\n")
    keyboard.commit("\n")
    keyboard.commit("fin")
    return "Agadir\n\nfin"


@pytest.mark.parametrize("before", ["", "نص سابق "])
@pytest.mark.parametrize("play", [emoji, vowels, digits, shortened])
def test_rarer_orders_stand_there_as_if_typed_at_once(ui, keyboard, play, before):
    (field,) = fields(ui, before)
    written = play(keyboard)
    assert field.text == before + written
    assert is_as_if_typed_at_once(ui, field)


@pytest.mark.parametrize("text", ["Douar Igli", "دوار إكلي 12"])
def test_what_is_selected_is_replaced_by_what_is_composed(ui, keyboard, text):
    (field,) = fields(ui, text)
    field.select_text(0, 5)
    ui.frames(2)
    for part in ("ق", "قص", "قصر"):
        keyboard.compose(part)
    keyboard.commit("قصر")
    assert field.text == "قصر" + text[5:]


def test_what_is_pasted_is_not_taken_back(ui, keyboard):
    (field,) = fields(ui, "")
    keyboard.compose("fat")
    field.insert_text(" PASTED ")
    ui.frames(3)
    keyboard.correct("zahr", "Zahra")
    assert field.text == "fat PASTED Zahra"


def test_a_field_cleared_by_the_app_and_typed_in_before_a_frame(ui, keyboard):
    (field,) = fields(ui, "")
    keyboard.compose("abc")
    field.text = ""
    keyboard.correct("x", "y")
    ui.frames(3)
    assert field.text == "y"


@pytest.mark.parametrize(("text", "word"), [("Igli", "دوار "), ("إكلي", "Douar "), ("12", "رقم ")])
def test_a_word_put_before_a_text_of_the_other_direction_stays_together(ui, keyboard, text, word):
    (field,) = fields(ui, text)
    field.cursor = (0, 0)
    ui.frames(3)
    for letter in word:
        keyboard.commit(letter)
        ui.frames(3)
    assert field.text == word + text
