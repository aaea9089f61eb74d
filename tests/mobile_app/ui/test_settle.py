"""A new screen is laid out in one go: each text meets its width once."""

import pytest

pytestmark = pytest.mark.kivy

LONG = " ".join(["قيل كل شيء عن هذه الزيارة، وما زال الكلام طويلا حتى لا يسعه سطر واحد"] * 4)


def _screen():
    from kivy.uix.boxlayout import BoxLayout

    from mobile_app.ui.kit import Card, Column, Facts, Row, Stack, Text

    texts = [Text(LONG), Text(LONG, "small")]
    column = Column(
        Card(Facts([("map-pin", LONG, "العنوان"), ("phone", "0612345678", "الهاتف")])),
        Stack(Card(Stack(*texts)), Row(LONG, detail=LONG, state="received", word="وصل")),
    )
    frame = BoxLayout(orientation="vertical")
    frame.add_widget(column)
    return frame, texts


def _places(widget):
    return [(type(one).__name__, *one.pos, *one.size) for one in widget.walk()]


def test_what_is_settled_stands_where_kivy_would_have_put_it(ui):
    from kivy.uix.floatlayout import FloatLayout

    from mobile_app.ui.settle import settle

    slowly, _ = _screen()
    ui.mount(slowly)
    ui.frames(5)
    at_last = _places(slowly)

    root = FloatLayout(size=ui.window.size)
    at_once, _ = _screen()
    root.add_widget(at_once)
    settle(root)
    assert _places(at_once) == at_last
    ui.mount(root)
    ui.frames(5)
    assert _places(at_once) == at_last


def test_a_text_is_broken_into_lines_once(ui, monkeypatch):
    from kivy.uix.floatlayout import FloatLayout

    from mobile_app.ui.kit import text
    from mobile_app.ui.settle import settle

    asked, render = [], text.CoreLabel.render

    def counted(label, *arguments, **more):
        if label.text == LONG and not arguments and not more:
            asked.append(label.text)
        return render(label, *arguments, **more)

    monkeypatch.setattr(text.CoreLabel, "render", counted)
    root = FloatLayout(size=ui.window.size)
    frame, texts = _screen()
    root.add_widget(frame)
    assert asked == [], "before anything has a width"
    settle(root)
    assert all(one.height > one._high for one in texts), asked
    assert len(asked) <= 3, "two texts and a fact: a row is cut to its line instead"


def test_a_tile_is_as_high_as_the_one_beside_it(ui):
    from mobile_app.ui.kit import Column, Tiles

    tiles = Tiles([("a", "Un"), ("b", "Groupement " * 5), ("c", "Deux"), ("d", "Trois")], (), print)
    ui.mount(Column(tiles))
    ui.frames(5)
    high = {one.text: one.height for one in tiles.children}
    assert high["Un"] == high["Groupement " * 5] > high["Deux"] == high["Trois"]
    assert tiles.height == sum(high.values()) / 2 + 8
