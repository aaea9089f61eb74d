"""Lying and wide, the list stays at the start side and what is chosen from it shows beside it."""

import pytest

from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.walk import enter_pin, leave, say, start
from tests.world import HOME

pytestmark = pytest.mark.kivy


@pytest.fixture
def wide(ui):
    """A window of 1280 by 800, as far as its widgets know."""
    before = ui.window.size
    ui.window.size = (1280, 800)
    yield ui
    ui.clear()
    ui.window.size = before


def rows(ui):
    from mobile_app.ui.kit.rowlist import ListRow

    return [one for top in ui.window.children for one in top.walk() if isinstance(one, ListRow)]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_record_shows_beside_the_list_it_was_chosen_from(wide, tmp_path, language):
    from mobile_app.ui.kit import AppBar

    ui = wide
    app = gallery.start(ui, tmp_path, language, "light")
    app.navigator.go("find")
    ui.frames(5)
    assert say(app, "tablet.find.choose") in ui.words()
    first, second = (one.text for one in rows(ui)[:2])
    for name in (first, second, first):
        ui.press(name)
        assert (app.navigator.here, app.navigator.presenter.title) == ("person", name)
        assert [one for one, *_ in app.navigator.back] == ["find"]
        assert [one.text for one in rows(ui) if one.is_chosen] == [name]
        bars = [one for top in ui.window.children for one in top.walk() if isinstance(one, AppBar)]
        of_list, of_record = sorted(bars, key=lambda one: one.to_window(*one.pos)[0])[
            :: -1 if language == "ar" else 1
        ]
        assert of_list.width < of_record.width
    ui.press(say(app, "tablet.person.visit"))
    assert rows(ui) == []  # what is guided has the window for itself
    app.navigator.go_back()
    ui.frames(3)
    assert (app.navigator.here, len(rows(ui))) == ("person", 5)
    app.navigator.go_back()
    ui.frames(3)
    assert (app.navigator.here, say(app, "tablet.find.choose") in ui.words()) == ("find", True)
    leave(app)


def test_the_list_is_left_as_it_was_scrolled(wide, tmp_path):
    ui = wide
    from mobile_app.ui.kit.rowlist import RowList

    app = gallery.start(ui, tmp_path, "fr", "light")
    for number in range(30):
        app.context.opened.put("person", {"name_fr": f"Zineb {number}", "commune_code": HOME})
    app.navigator.go("find")
    box = ui.find(RowList)
    box.scroll_y = 0.5
    ui.frames(3)
    seen = [one for one in rows(ui) if box.y < one.to_window(*one.pos)[1] < box.top - one.height]
    ui.tap(seen[0])
    ui.frames(8)
    assert app.navigator.here == "person"
    assert (ui.find(RowList), box.scroll_y) == (box, 0.5)
    leave(app)


def test_what_is_chosen_on_todays_round_shows_beside_it(wide, tmp_path):
    ui = wide
    app = gallery.start(ui, tmp_path, "ar", "light")
    app.navigator.go("today")
    ui.frames(3)
    ui.press("الحسن أيت بلا")
    assert (app.navigator.here, app.navigator.back[0][0]) == ("slip", "today")
    ui.press("محمد بن عبد الرحمان الإدريسي")
    assert (app.navigator.here, [one for one, *_ in app.navigator.back]) == ("person", ["today"])
    assert say(app, "tablet.today.round") in ui.words()
    leave(app)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_what_needs_attention_is_put_right_beside_its_list(wide, tmp_path, language):
    ui = wide
    app = gallery.start(ui, tmp_path, language, "light")
    app.navigator.go("attention")
    ui.frames(3)
    assert say(app, "tablet.attention.choose") in ui.words()
    mine = app.context.say("tablet.question.keep", value="1972")
    ui.press(say(app, "tablet.attention.open.visit"))
    assert (app.navigator.here, [one for one, *_ in app.navigator.back]) == ("visit", ["attention"])
    assert {mine, say(app, "visit.channel.home_farm")} <= set(ui.words())
    app.navigator.presenter.inputs.type("notes", "à garder")
    ui.press(mine)
    assert app.navigator.here == "visit"
    assert mine not in ui.words(), "decided, beside a visit that is being corrected"
    assert app.navigator.presenter.inputs.text("notes") == "à garder"
    app.navigator.go_back()
    ui.frames(3)
    assert (app.navigator.here, say(app, "tablet.attention.choose") in ui.words()) == (
        "attention",
        True,
    )
    leave(app)


def test_where_nothing_needs_attention_there_is_nothing_to_choose(wide, practised):
    ui = wide
    app = start(ui, practised, "fr")
    enter_pin(ui)
    app.navigator.go("attention")
    ui.frames(3)
    assert say(app, "tablet.attention.none") in ui.words()
    assert say(app, "tablet.attention.choose") not in ui.words()
    leave(app)


def test_narrow_a_record_has_the_window_for_itself(ui, tmp_path):
    app = gallery.start(ui, tmp_path, "fr", "light")
    app.navigator.go("find")
    ui.frames(5)
    ui.press(rows(ui)[0].text)
    assert (app.navigator.here, rows(ui)) == ("person", [])
    leave(app)


def test_the_way_back_finds_a_narrow_list_as_it_was_scrolled(ui, tmp_path):
    from mobile_app.ui.kit.rowlist import RowList

    app = gallery.start(ui, tmp_path, "ar", "light")
    for number in range(30):
        app.context.opened.put("person", {"name_ar": f"زينب {number}", "commune_code": HOME})
    app.navigator.go("find")
    box = ui.find(RowList)
    box.scroll_y = 0.5
    ui.frames(3)
    seen = {one.text for one in rows(ui)}
    app.navigator.go("person", ("person", gallery.FATIMA))
    ui.frames(3)
    app.navigator.go_back()
    ui.frames(5)
    assert ui.find(RowList).scroll_y == pytest.approx(0.5, abs=0.01)
    assert {one.text for one in rows(ui)} == seen
    leave(app)


def test_the_mark_of_a_row_is_seen_after_another_search(ui, tmp_path):
    from mobile_app.ui.kit.rowlist import RowList

    row = {"title": "Ali", "other": "", "detail": "", "sign": "user"}
    marked = {**row, "row_state": "on_tablet", "word": "ici", "key": ("person", b"1")}
    silent = {**row, "row_state": "", "word": "", "key": ("person", b"2")}
    box = ui.mount(RowList())
    box.show([marked, silent], print)
    ui.frames(8)
    seen = ui.screenshot(tmp_path / "before.png").tobytes()
    box.show([marked, silent], print)  # either entry gets the other's widget
    ui.frames(8)
    assert ui.screenshot(tmp_path / "after.png").tobytes() == seen


def test_a_finger_opens_what_stood_where_it_came_down(ui):
    from kivy.tests.common import UnitTestTouch

    from mobile_app.ui.kit.rowlist import RowList

    def entry(key):
        words = {"title": key, "other": "", "detail": "", "sign": "user"}
        return {**words, "row_state": "", "word": "", "key": (key,)}

    opened = []
    box = ui.mount(RowList())
    box.show([entry("Ali"), entry("Brahim")], opened.append)
    ui.frames(8)
    row = next(one for one in rows(ui) if one.text == "Ali")
    touch = UnitTestTouch(*row.to_window(*row.center))
    touch.touch_down()
    ui.frames(20)
    box.show([entry("Zineb"), entry("Ali")], opened.append)  # an answer to the last letter
    ui.frames(3)
    touch.touch_up()
    ui.frames(20)
    assert opened in (["Ali"], []), "never another one"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_no_row_comes_back_empty_from_a_list_that_was_left(ui, tmp_path, times):
    for number, language in enumerate(("ar", "fr", "fr")):
        app = gallery.start(ui, tmp_path / str(number), language, "light")
        app.navigator.go("find")
        for _ in range(times - 1):  # in one frame: none of them is ever laid out
            app.window.show()
        ui.frames(8)
        shot = ui.screenshot(tmp_path / "find.png")
        for row in rows(ui):
            x, y = row.to_window(*row.pos)
            high = shot.height - y
            seen = shot.crop((x, high - row.height + 2, x + row.width, high - 2)).getcolors(9_999)
            assert len(seen) > 10, row.text
        app.navigator.go("today")
        app.navigator.go("find")
        app.navigator.go("person", ("person", gallery.FATIMA))
        ui.frames(8)
        leave(app)
