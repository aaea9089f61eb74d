"""The pilot's data go on being made when a list of choices grows."""

import random

import pytest

from server.phrases import load_phrases
from server.pilot import people, pilot, visits, words
from sync.entities.enterprise import LEGAL_FORMS
from sync.entities.person import PERSON
from sync.entities.visit import OUTCOMES


@pytest.mark.parametrize(
    ("choices", "weights"),
    [(OUTCOMES, visits.OUTCOME_WEIGHTS), (LEGAL_FORMS, people.FORM_WEIGHTS)],
)
def test_a_choice_that_came_later_is_not_invented(choices, weights):
    def many(of):
        rng = random.Random(1)
        return [pilot.weighed(rng, of, weights) for _ in range(500)]

    assert many(choices) == many((*choices, "later"))
    assert set(many(choices)) <= set(choices)


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_what_is_invented_has_words(language):
    said = load_phrases(language).message
    for code, _arabic, _french in words.PRODUCTS:
        assert said(f"enterprise.value_chains.{code}"), code
    for code in PERSON.field_by_name["service_language"].choices:
        name = said(f"contact_point.languages.{code}")
        assert name == said(f"person.service_language.{code}"), code
