"""Lines of Arabic, Tifinagh, Latin and numbers run as python-bidi has them."""

from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from mobile_app.ui.text.runs import levels, visual_order, visual_runs

LETTERS = "abcXYZ 0123 ٣٤٥ ابتثج ⵜⵉⴼ ()[]{} .,:;/+-%€\u0651\u064bשאב\u200f\u200e"
LINES = st.text(alphabet=LETTERS, max_size=20)
SIDES = st.sampled_from([("ltr", "L"), ("rtl", "R")])


@given(LINES, SIDES)
def test_a_line_is_ordered_as_the_standard_has_it(line, side):
    base, theirs = side
    seen = "".join(line[at] for at in visual_order(levels(line, base)))
    assert seen == get_display(line, base_dir=theirs)


@given(LINES, SIDES)
def test_the_runs_of_a_line_are_all_of_it_in_that_order(line, side):
    base, _ = side
    order = []
    for run in visual_runs(line, base):
        inside = range(run.start, run.end)
        order += reversed(inside) if run.is_rtl else inside
    assert order == visual_order(levels(line, base))
