"""What somebody can get: every condition of the catalogue, with an example each way beside this.

In `examples/eligibility.json`, service -> condition -> outcome -> what is known. A name in
capitals is no field: HOLDING the values of one, PAPERS codes, GOING services, TODAY a day, REGIONS
those that the edition is open in.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mobile_app.i18n import load_phrases
from mobile_app.store.reference import Reference
from server.reference import files
from sync.entities import ENTITIES
from sync.languages import LANGUAGES
from sync.rules import editions, eligibility
from sync.rules.applications import DECIDERS
from sync.rules.codes import is_rural
from sync.rules.delays import DelayWrong
from sync.rules.eligibility import RULES, Facts, Outcome, Verdict

EXAMPLES = json.loads(
    (Path(__file__).parent / "examples" / "eligibility.json").read_text(encoding="utf-8")
)
CASES = [
    (service, condition, outcome, known)
    for service, conditions in EXAMPLES.items()
    for condition, outcomes in conditions.items()
    for outcome, known in outcomes.items()
]
WRITTEN = {"ar", "fr", "en"}
EDITIONS = {one.code: one for one in files.services()}
RULED = [
    (edition.code, one.code)
    for edition in files.services()
    for one in edition.conditions
    if one.rule
]
FIELDS = {entity.name: set(entity.field_by_name) for entity in ENTITIES}


def day(text):
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def tupled(values):
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }


def facts_of(known):
    entity = known.get("ENTITY", "person")
    values = {name: value for name, value in known.items() if name.islower()}
    assert set(values) <= FIELDS[entity], set(values) - FIELDS[entity]
    holdings = [tupled(known["HOLDING"])] if "HOLDING" in known else []
    assert all(set(one) <= FIELDS["holding"] for one in holdings)
    return Facts(
        entity,
        tupled(values),
        day(known.get("TODAY", "2026-11-24")),
        holdings,
        frozenset(known.get("PAPERS", ())),
        frozenset(known.get("GOING", ())),
        bool(known.get("SIGNATORY")),
    )


def finding_of(service, condition, known):
    edition = replace(EDITIONS[service], regions=tuple(known.get("REGIONS", ())))
    found = eligibility.answer(edition, facts_of(known)).findings
    return next(one for one in found if one.condition.code == condition)


@pytest.mark.parametrize(("service", "condition", "outcome", "known"), CASES)
def test_an_example_has_its_outcome_and_its_reason_in_every_language(
    service, condition, outcome, known
):
    finding = finding_of(service, condition, known)
    assert finding.outcome == outcome
    for language in LANGUAGES:
        words = load_phrases(language)
        assert eligibility.title_of(finding, language)
        reason = eligibility.reason_of(words, finding)
        assert not reason.startswith("[")
        assert "{" not in reason


def test_every_condition_that_is_a_rule_has_an_example_each_way():
    for service, condition in RULED:
        outcomes = set(EXAMPLES[service][condition])
        assert "met" in outcomes
        assert outcomes & {"not_yet", "unknown"}
    assert {(service, condition) for service, condition, _, _ in CASES} == set(RULED)


def test_a_condition_is_a_rule_that_there_is_or_has_who_decides_it():
    used = set()
    for edition in files.services():
        assert edition.conditions
        for one in edition.conditions:
            assert one.says, (edition.code, one.code)
            assert one.rule in RULES if one.rule else one.decider in DECIDERS
            assert set(one.title) >= WRITTEN
            assert not one.way or one.way in EDITIONS
            assert not one.bring or one.bring in files.documents()
            used.add(one.rule)
        assert set(edition.about) >= WRITTEN
    assert used - {""} == set(RULES)


def test_whatever_is_known_or_not_no_condition_ends_in_an_error():
    for edition in EDITIONS.values():
        for entity in ("person", "enterprise"):
            found = eligibility.answer(edition, Facts(entity, {}, day("2026-11-24"), [{}]))
            assert len(found.findings) == len(edition.conditions)
            for finding in found.findings:
                assert eligibility.reason_of(load_phrases("fr"), finding)


def test_what_is_unknown_is_not_refused_and_a_higher_level_holds_up_nothing():
    wallet = EDITIONS["m-wallet"]
    asked = eligibility.answer(wallet, facts_of({}))
    assert asked.verdict is Verdict.UNKNOWN
    phone = facts_of({"phone": "+212600000001"})
    found = eligibility.answer(wallet, phone)
    assert found.verdict is Verdict.MAY
    assert [one.outcome for one in found.findings] == [
        Outcome.MET, Outcome.NOT_YET, Outcome.DECIDER,
    ]  # fmt: skip
    assert found.counted == (1, 1)


def test_who_lacks_something_is_shown_the_way():
    subsidy = eligibility.answer(EDITIONS["fda-subsidy"], facts_of({"health_cover": "none"}))
    assert (subsidy.verdict, subsidy.first_way) == (Verdict.NOT_YET, "rna")
    assert subsidy.counted == (0, 3)


def test_services_are_those_for_whom_where_and_when_they_are_open():
    farmer = facts_of({"is_farmer": True, "commune_code": "09.541.05.03"})

    def codes(**changed):
        one = replace(EDITIONS["amo"], **changed)
        return [answer.edition.code for answer in eligibility.answers([one], farmer)]

    assert codes() == codes(regions=("09",)) == ["amo"]
    assert codes(regions=("01",)) == codes(valid_from=day("2026-12-01")) == []
    assert codes(valid_to=day("2026-11-23")) == codes(audience=("person",)) == []


def test_the_tablet_finds_what_the_server_finds():
    shipped = Reference().editions
    assert list(shipped) == list(EDITIONS)
    for service, condition, _, known in CASES:
        mine = eligibility.answer(shipped[service], facts_of(known))
        theirs = eligibility.answer(EDITIONS[service], facts_of(known))
        of_both = [
            [(one.condition.code, one.outcome, one.which, one.words) for one in answer.findings]
            for answer in (mine, theirs)
        ]
        assert of_both[0] == of_both[1], condition


def test_a_rule_of_a_later_edition_is_its_deciders():
    condition = editions.Condition("new", {"fr": "Nouveau"}, rule="of_a_later_program")
    later = replace(EDITIONS["credit"], conditions=(condition,))
    (finding,) = eligibility.answer(later, facts_of({})).findings
    assert (finding.outcome, finding.which) == (Outcome.DECIDER, "bank")


def test_rural_is_read_from_the_code_of_every_commune():
    for row in csv.DictReader((files.FOLDER / "communes.csv").open(encoding="utf-8")):
        assert is_rural(row["code"]) == (row["type"] == "rural")


@pytest.mark.parametrize(
    "changed",
    [
        {"edition": "1"}, {"edition": True}, {"valid_from": "soon"}, {"decided_by": "nobody"},
        {"audience": "person"}, {"name": "x"}, {"fee": {"file_mad": -1}},
        {"delay": {"unit": "days"}},
        {"eligibility": [{"code": "x", "title": {}}]}, {"eligibility": None},
        {"eligibility": [{"code": "x", "title": {}, "rule": "age", "decider": "bank"}]},
    ],
)  # fmt: skip
def test_an_edition_that_cannot_be_read_is_refused(changed):
    declared = files.declared_services()[0]
    assert editions.read_edition(declared).code == declared["code"]
    with pytest.raises((editions.EditionWrong, DelayWrong)):
        editions.read_edition({**declared, **changed})
