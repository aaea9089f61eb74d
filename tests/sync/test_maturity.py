"""The scores of the questionnaires, against cases reckoned by hand."""

from __future__ import annotations

import pytest

from server.phrases import load_phrases
from server.reference import files
from sync.entities import ENTITIES
from sync.entities.maturity import LEVELS
from sync.rules import maturity
from sync.rules.maturity import StepWrong, level, plan, score

FORMS = files.maturity_forms()
ENTERPRISE, FARMER = FORMS["enterprise"], FORMS["farmer"]


def all_of(form, step):
    return {item.code: step for item in form.items}


def test_the_forms_are_those_of_the_file():
    assert (len(ENTERPRISE.items), len(FARMER.items)) == (20, 8)
    assert ENTERPRISE.dimensions == FARMER.dimensions
    assert len(ENTERPRISE.scale) == maturity.STEP_MAX + 1
    services = {service.code for service in files.services()}
    for item in (*ENTERPRISE.items, *FARMER.items):
        assert all((*item.words.values(), *item.action.values()))
        assert item.service in services


@pytest.mark.parametrize(("step", "total"), [(0, 0), (1, 25), (2, 50), (3, 75), (4, 100)])
def test_the_same_step_everywhere_is_its_share(step, total):
    for form in FORMS.values():
        found = score(form, all_of(form, step))
        assert found.total == total
        assert set(found.by_dimension.values()) == {total}


def test_a_dimension_is_the_mean_of_what_was_answered():
    answers = all_of(ENTERPRISE, 2) | {"A1": 4, "A2": 3, "A3": 4}
    assert score(ENTERPRISE, answers).by_dimension["access"] == 81  # 13 of 16
    del answers["A4"]
    assert score(ENTERPRISE, answers).by_dimension["access"] == 92  # 11 of 12
    assert score(ENTERPRISE, answers).total == 58  # (92 + 4 x 50) / 5


def test_too_few_answers_say_nothing():
    answers = all_of(ENTERPRISE, 2)
    del answers["A1"], answers["A2"]
    found = score(ENTERPRISE, answers)
    assert (found.by_dimension["access"], found.total, found.level) == (None, None, "")
    answers = all_of(FARMER, 2)
    del answers["F8"]
    assert score(FARMER, answers).by_dimension["market"] is None
    assert score(FARMER, {}).total is None


@pytest.mark.parametrize(
    ("total", "name"),
    [(0, "not_started"), (19, "not_started"), (20, "beginner"), (39, "beginner"),
     (40, "developing"), (60, "practising"), (79, "practising"), (80, "advanced"),
     (100, "advanced")],
)  # fmt: skip
def test_levels_begin_where_they_are_said_to(total, name):
    assert level(total) == name
    assert name in LEVELS


def test_a_plan_begins_with_what_is_lowest_in_the_weakest_dimension():
    answers = all_of(ENTERPRISE, 3) | {"M2": 1, "K1": 1, "K2": 2, "S1": 0}
    assert [item.code for item in plan(ENTERPRISE, answers)] == ["S1", "K1", "M2"]
    assert [item.code for item in plan(ENTERPRISE, answers, most=9)] == ["S1", "K1", "M2", "K2"]
    assert plan(ENTERPRISE, all_of(ENTERPRISE, 3)) == []
    assert plan(FARMER, {}) == []


@pytest.mark.parametrize("answers", [{"A1": 5}, {"A1": -1}, {"F1": 1}, {"?": 0}])
def test_an_answer_outside_the_form_is_refused(answers):
    with pytest.raises(StepWrong):
        score(ENTERPRISE, answers)


def test_answers_are_kept_as_they_were_given():
    answers = all_of(ENTERPRISE, 2) | {"A1": 0}
    assert maturity.unpack(maturity.pack(answers)) == answers
    assert maturity.unpack(("A1:3", "A2:?", "A3")) == {"A1": 3}
    (declared,) = (one for one in ENTITIES if one.name == "maturity_assessment")
    assert {f"{one}_percent" for one in ENTERPRISE.dimensions} <= set(declared.field_by_name)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_dimensions_and_levels_have_words(language):
    phrases = load_phrases(language)
    codes = [f"maturity_assessment.field.{one}_percent" for one in ENTERPRISE.dimensions]
    codes += [f"maturity_assessment.level.{one}" for one in LEVELS]
    assert [code for code in codes if phrases.say(code).startswith("[")] == []
