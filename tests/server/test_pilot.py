"""The pilot's data go on being made when a list of choices grows."""

import random

import pytest

from server.pilot import generate
from sync.entities.enterprise import LEGAL_FORMS
from sync.entities.visit import OUTCOMES


@pytest.mark.parametrize(
    ("choices", "weights"),
    [(OUTCOMES, generate._OUTCOME_WEIGHTS), (LEGAL_FORMS, generate._FORM_WEIGHTS)],
)
def test_a_choice_that_came_later_is_not_invented(choices, weights):
    def many(of):
        rng = random.Random(1)
        return [generate._weighed(rng, of, weights) for _ in range(500)]

    assert many(choices) == many((*choices, "later"))
    assert set(many(choices)) <= set(choices)
