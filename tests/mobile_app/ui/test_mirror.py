"""Our boxes lay out as Kivy's do, and from the right where the language runs so."""

import random

import pytest
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile_app.ui.mirror import DIRECTION, Box, MirrorBox

pytestmark = pytest.mark.kivy
ALONG, ACROSS = (None, 1, 1, 0.5, 2), (None, None, 1, 0.5)
HINTS = {
    "horizontal": ({}, {}, {"center_y": 0.5}, {"top": 1}, {"y": 0.25}),
    "vertical": ({}, {}, {"center_x": 0.5}, {"right": 1}, {"x": 0.25}),
}


def filled(kind, orientation, seed):
    """Return a box of widgets of all sorts of sizes, laid out; the same for every `kind`."""
    rng = random.Random(seed)
    box = kind(
        orientation=orientation,
        padding=[rng.choice((0, 3, 8)) for _ in range(4)],
        spacing=rng.choice((0, 4)),
        size=(rng.choice((40, 300)), rng.choice((40, 200))),
        pos=(rng.randrange(50), rng.randrange(50)),
    )
    for _ in range(rng.randrange(6)):
        hint = [rng.choice(ALONG), rng.choice(ACROSS)]
        if orientation == "vertical":
            hint.reverse()
        child = Widget(
            size_hint=hint,
            size=(rng.randrange(5, 60), rng.randrange(5, 60)),
            pos_hint=rng.choice(HINTS[orientation]),
        )
        if rng.random() < 0.1:
            child.size_hint_min_x = 30
        box.add_widget(child)
    box.do_layout()
    return box


def places(box):
    return [tuple(round(edge, 3) for edge in (*child.pos, *child.size)) for child in box.children]


@pytest.mark.parametrize("orientation", ["horizontal", "vertical"])
def test_a_box_is_laid_out_as_kivys(ui, orientation):
    for seed in range(300):
        ours, kivys = filled(Box, orientation, seed), filled(BoxLayout, orientation, seed)
        assert places(ours) == places(kivys), seed
        assert tuple(ours.minimum_size) == pytest.approx(tuple(kivys.minimum_size)), seed


def test_a_row_is_mirrored_where_the_language_runs_from_the_right(ui):
    DIRECTION.rtl = True
    try:
        for seed in range(100):
            ours, kivys = (filled(kind, "horizontal", seed) for kind in (MirrorBox, BoxLayout))
            left, _, right, _ = kivys.padding
            edges = kivys.x + left + kivys.right - right
            for mirrored, child in zip(ours.children, kivys.children, strict=True):
                assert mirrored.x == pytest.approx(edges - child.right), seed
                assert (mirrored.y, *mirrored.size) == pytest.approx((child.y, *child.size)), seed
    finally:
        DIRECTION.rtl = False
