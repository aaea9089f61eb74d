"""The simulator in small: many seeds hold, equal seeds are equal runs, and faults are found."""

import itertools

import pytest

from tests.simulator import pool
from tests.simulator.mutants import MUTANTS, hunt
from tests.simulator.run import run
from tests.simulator.server import HOME, START
from tests.simulator.tablet import Tablet

SEEDS = 150
"""`make sim` plays 500 and more."""

pytestmark = pytest.mark.slow


def test_whatever_happens_what_must_hold_holds():
    outcomes = list(pool.play(range(SEEDS)))
    assert [(one.seed, one.violation) for one in outcomes if one.violation] == []
    assert sum(one.exchanges for one in outcomes) > 30 * SEEDS


def test_equal_seeds_are_equal_runs():
    first, again, other = run(7), run(7), run(8)
    assert first.trace == again.trace
    assert first.trace != other.trace


@pytest.mark.parametrize("name", MUTANTS)
def test_each_fault_has_the_line_it_stands_for(name):
    with MUTANTS[name].active():
        pass


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("one cursor for pages and fields", 0),
        (
            "acknowledged values not promoted",
            46,
        ),  # near one that finds it: the others cost a minute
        ("a group half taken", 0),
    ],
)
def test_a_fault_put_back_in_is_found(name, start):
    assert hunt(name, start, budget=100).seed is not None


def test_what_a_second_copy_brings_back_counts_as_captured():
    """Two copies of one tablet come back, the younger last: it holds what the older had not."""
    numbers = itertools.count(1)
    tablet = Tablet(1, lambda: next(numbers).to_bytes(16, "big"))
    older = tablet.copy()
    tablet.store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    tablet.note_captures(START)
    (change_id,) = tablet.captured
    younger = tablet.copy()
    tablet.come_back(older, set())
    assert not tablet.captured
    tablet.come_back(younger, set())
    assert list(tablet.captured) == [change_id]
