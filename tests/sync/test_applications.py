"""An application goes on by allowed steps alone, and each says what it must."""

from __future__ import annotations

import pytest

from mobile_app.i18n import load_phrases
from server.reference import files
from sync.entities.application import ACTORS, APPLICATION, APPLICATION_STATES, APPLICATION_STEP
from sync.languages import LANGUAGES
from sync.rules.applications import (
    CLOSED,
    DECIDERS,
    DRAFT,
    ENDED,
    NEXT,
    REASONS,
    WAYS,
    Actor,
    AskedTwice,
    PapersLacking,
    StepLacks,
    StepNotAllowed,
    check_step,
    lacking,
    reasons_for,
    require_papers,
    ways_from,
)

FULL = {"receipt_number": "R-1", "decision_reason": "surface"}


def test_every_state_is_declared_reached_and_can_be_closed():
    assert set(NEXT) == set(APPLICATION_STATES)
    reached = {DRAFT}
    for _ in NEXT:
        reached |= {after for state in reached for after in NEXT[state]}
    assert reached == set(APPLICATION_STATES)
    ends = {CLOSED}
    for _ in NEXT:
        ends |= {state for state, after in NEXT.items() if ends & set(after)}
    assert ends == set(APPLICATION_STATES)


@pytest.mark.parametrize("now", APPLICATION_STATES)
@pytest.mark.parametrize("state", APPLICATION_STATES)
def test_a_step_is_allowed_or_refused(now, state):
    if state in NEXT[now]:
        check_step({**FULL, "state": now}, state)
    else:
        with pytest.raises(StepNotAllowed):
            check_step({**FULL, "state": now}, state)


def test_a_new_application_is_a_draft():
    check_step({}, "ready")
    with pytest.raises(StepNotAllowed):
        check_step({}, "approved")


@pytest.mark.parametrize(
    ("now", "state", "field"),
    [("ready", "submitted", "receipt_number"), ("in_review", "rejected", "decision_reason")],
)
def test_a_step_says_what_it_must(now, state, field):
    with pytest.raises(StepLacks) as lacks:
        check_step({**FULL, field: "", "state": now}, state)
    assert lacks.value.values == {"state": state, "entity": "application", "field": field}


def test_an_administration_asks_for_missing_pieces_once():
    been = ("submitted", "info_requested", "in_review")
    check_step({"state": "in_review"}, "info_requested", before=been, decided_by="bank")
    check_step({"state": "in_review"}, "info_requested", before=(), decided_by="administration")
    with pytest.raises(AskedTwice):
        check_step(
            {"state": "in_review"}, "info_requested", before=been, decided_by="administration"
        )


def test_the_papers_that_lack_are_named_in_the_catalogues_order():
    (credit,) = (one for one in files.services() if one.code == "credit")
    assert lacking(credit.documents, ["RIB", "CNIE"]) == ("LAND", "RNA", "QUOTE")
    require_papers(credit.documents, [*credit.documents, "other"])
    with pytest.raises(PapersLacking) as refused:
        require_papers(credit.documents, ["CNIE"])
    assert refused.value.values == {"count": 4}


def test_the_papers_of_every_service_have_names():
    for service in files.services():
        for code in service.documents:
            assert all(files.documents()[code][language] for language in ("fr", "ar"))


def test_the_table_says_what_the_entities_and_the_catalogue_have():
    assert {one.value for one in Actor} == set(ACTORS)
    assert {service.decided_by for service in files.services()} == DECIDERS
    for way in WAYS:
        assert {way.start, way.end} <= set(APPLICATION_STATES)
        assert set(way.needs) <= set(APPLICATION.field_by_name)
        assert set(way.says) <= set(APPLICATION_STEP.field_by_name)
        assert way.once_for <= way.deciders <= DECIDERS
    for decider in DECIDERS:  # one way between two states for one decider and one actor
        of_one = [
            (way.start, way.end, one) for way in WAYS if decider in way.deciders
            for one in way.actors
        ]  # fmt: skip
        assert len(of_one) == len(set(of_one))


@pytest.mark.parametrize("decider", sorted(DECIDERS))
def test_every_service_comes_to_each_of_its_ends_by_hands_that_it_has(decider):
    """Nobody has to do what the table gives to nobody, and there is no way without an end."""
    reached, taken_by = {DRAFT}, set()
    for _ in WAYS:
        for state in sorted(reached):
            for way in ways_from({"state": state}, None, decider):
                reached.add(way.end)
                taken_by |= way.actors
    assert {"delivered", "withdrawn", "expired", CLOSED} <= reached
    assert ("rejected" in reached) == (decider != "enterprise")
    assert (Actor.OFFICE in taken_by) == (decider in
        {"operator", "administration", "bank", "insurer", "adviser"})  # fmt: skip
    for state in reached - {CLOSED}:
        assert ways_from({"state": state}, None, decider), state


def test_an_end_is_what_only_an_appeal_leads_out_of():
    assert {"rejected", "delivered", "withdrawn", "expired", "referred", "closed"} == ENDED


def test_nobody_answers_for_another():
    filed = {"state": "submitted"}
    answers = {"approved", "rejected", "info_requested", "referred"}
    for actor in (Actor.APPLICANT, Actor.AGENT, Actor.COORDINATOR, Actor.CLOCK):
        assert not answers & {way.end for way in ways_from(filed, actor, "bank")}, actor
    assert answers <= {way.end for way in ways_from(filed, Actor.OFFICE, "bank")}
    assert not answers & {way.end for way in ways_from(filed, Actor.OFFICE, "coordinator")}
    assert answers <= {way.end for way in ways_from(filed, Actor.COORDINATOR, "coordinator")}
    with pytest.raises(StepNotAllowed):
        check_step(filed, "approved", decided_by="bank", actor=Actor.AGENT)
    assert check_step(filed, "approved", decided_by="bank", actor=Actor.OFFICE).end == "approved"
    assert [way.end for way in ways_from(filed, Actor.AGENT, "enterprise")] == [
        "approved", "withdrawn",
    ]  # fmt: skip


def test_time_alone_ends_only_what_nobody_was_asked():
    by_clock = {(way.start, way.end) for way in WAYS if Actor.CLOCK in way.actors}
    assert by_clock == {("draft", "expired"), ("ready", "expired")}


def test_what_was_asked_once_is_not_offered_again():
    been = ["submitted", "info_requested"]
    again = [way.end for way in ways_from({"state": "in_review"}, None, "administration", been)]
    assert "info_requested" not in again
    assert "info_requested" in [
        way.end for way in ways_from({"state": "in_review"}, None, "bank", been)
    ]


def test_a_refusal_by_an_office_has_a_reason_of_the_list_and_a_sentence():
    given = {"state": "in_review", "decision_reason": "Hors zone."}
    by = {"decided_by": "administration", "actor": Actor.OFFICE}
    check_step(given, "rejected", **by, step={"reason": "outside_area", "words": "Hors zone."})
    for lacks in ("reason", "words"):
        said = {"reason": "outside_area", "words": "Hors zone.", lacks: None}
        with pytest.raises(StepLacks) as refused:
            check_step(given, "rejected", **by, step=said)
        assert refused.value.values["field"] == lacks
    with pytest.raises(StepLacks):
        check_step(given, "info_requested", **by, step={})


def test_a_sum_that_was_asked_for_is_answered_by_a_sum():
    asked = {"state": "in_review", "amount_asked": 100}
    by = {"decided_by": "bank", "actor": Actor.OFFICE}
    with pytest.raises(StepLacks):
        check_step(asked, "approved", **by, step={})
    check_step(asked, "approved", **by, step={"amount": 100})
    check_step({"state": "in_review"}, "approved", **by, step={})


def test_who_has_no_office_to_give_a_receipt_needs_none():
    for decider in DECIDERS:
        gives = decider in {"operator", "administration", "bank", "insurer"}
        (way,) = [one for one in ways_from({"state": "ready"}, Actor.AGENT, decider)
                  if one.end == "submitted"]  # fmt: skip
        assert way.needs == (("receipt_number",) if gives else ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_actor_has_its_words(language):
    messages = load_phrases(language).messages
    assert {f"application_step.reason.{code}" for code in REASONS} <= messages.keys()
    assert {f"application_step.actor.{one}" for one in Actor} <= messages.keys()
    for decider in DECIDERS - {"enterprise"}:
        assert reasons_for(decider)[-1] == "other"
    assert reasons_for("enterprise") == ()
