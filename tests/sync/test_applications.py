"""An application goes on by allowed steps alone, and each says what it must."""

from __future__ import annotations

import pytest

from server.reference import files
from sync.entities.application import APPLICATION_STATES
from sync.rules.applications import (
    CLOSED,
    DRAFT,
    NEXT,
    AskedTwice,
    PapersLacking,
    StepLacks,
    StepNotAllowed,
    check_step,
    lacking,
    require_papers,
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
    assert lacks.value.values == {"state": state, "field": field}


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
