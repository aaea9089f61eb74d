"""Steps of an application at the server: taken as they come, and looked at by a person."""

import pytest

from mobile_app.screens.request.presenter import RequestPresenter
from server.db.work import Author
from server.exchange import decide
from server.exchange.steps import step_fault
from tests.mobile_app.scenes import linked
from tests.world import HOME

RECEIPT = {"receipt_number": "0417"}


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def ask(tablet, service="credit", **more):
    person = tablet.put("person", name_fr="Fadma Aït Lahcen", commune_code=HOME)
    given = {"commune_code": HOME, "person_id": person.record_id, "service": service, **more}
    return tablet.put("application", **given).record_id


def lead(tablet, application, *states, **more):
    """Go through states, each a change of its own."""
    for state in states:
        tablet.put("application", application, state=state, **more)


def flags(world):
    found = world.database.read(lambda records: records.list("review"))
    assert {one.values["kind"] for one in found} <= {"flag"}
    return [(one.values["mine"], one.values["theirs"]) for one in found]


def faults(world):
    def read(records):
        return [
            step_fault(
                records,
                records.get("application", one.values["record_id"]),
                one.values["mine"],
                one.values["theirs"],
            ).code
            for one in records.list("review", order=(records.tables.records["review"].c.id,))
        ]

    return world.database.read(read)


def test_steps_in_order_are_not_flagged(world, tablet):
    application = ask(tablet, state="draft")
    lead(tablet, application, "ready")
    lead(tablet, application, "submitted", **RECEIPT)
    tablet.sync()
    lead(tablet, application, "in_review", "withdrawn")
    tablet.sync()
    assert world.get("application", application)["state"] == "withdrawn"
    assert flags(world) == []


def test_what_an_agent_saw_at_the_counter_is_taken_and_flagged(world, tablet):
    application = ask(tablet, state="draft")
    lead(tablet, application, "ready")
    lead(tablet, application, "submitted", **RECEIPT)
    lead(tablet, application, "in_review", "approved", "delivered")
    tablet.sync()
    assert world.get("application", application)["state"] == "delivered"
    assert flags(world) == [("in_review", "approved")]
    assert faults(world) == ["application_step_seen"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("draft", "approved"),
        ("ready", "delivered"),
        ("ready", "submitted"),  # without its receipt's number
        ("submitted", "draft"),
    ],
)
def test_a_step_that_the_rules_do_not_know_is_taken_and_flagged(world, tablet, before, after):
    application = ask(tablet)
    order = ("draft", "ready", "submitted")
    for state in order[: order.index(before) + 1]:
        lead(tablet, application, state, **RECEIPT if state == "submitted" else {})
    tablet.sync()
    lead(tablet, application, after)
    tablet.sync()

    assert tablet.store.outbox.state("application", application) == "received"
    assert world.get("application", application)["state"] == after
    assert flags(world) == [(before, after)]


def test_an_application_that_begins_in_the_midst_is_flagged(world, tablet):
    application = ask(tablet, state="submitted", **RECEIPT)
    tablet.sync()
    assert tablet.store.outbox.state("application", application) == "received"
    assert flags(world) == [("draft", "submitted")]


def test_an_administration_that_asks_for_papers_twice_is_flagged_and_a_bank_is_not(world, tablet):
    seen, twice = "application_step_seen", "application_asked_twice"
    for service, expected in (("credit", seen), ("rna", twice)):
        application = ask(tablet, service, state="draft")
        lead(tablet, application, "ready")
        lead(tablet, application, "submitted", **RECEIPT)
        for state in ("info_requested", "in_review", "info_requested"):
            lead(tablet, application, state)
            tablet.sync()
        assert faults(world)[-1] == expected


@pytest.mark.parametrize(("decision", "state"), [("mine", "draft"), ("theirs", "approved")])
def test_a_flag_is_settled_by_the_coordinator_and_by_no_agent(world, tablet, decision, state):
    application = ask(tablet, state="draft")
    lead(tablet, application, "approved")
    tablet.sync()
    tablet.sync()
    (flag,) = tablet.store.list("review")
    answer = {"state": "decided", "decision": "theirs", "decided_by": world.agent("one")}
    tablet.put("review", flag.record_id, **answer)
    tablet.sync()
    assert world.get("review", flag.record_id)["state"] == "open"

    amina = world.user("amina", HOME, role="regional_coordinator")
    rev = world.database.read(lambda records: records.get("application", application).rev)
    world.database.write(
        lambda work: decide.decide(work, flag.record_id, decision, by=amina, seen_rev=rev)
    )
    tablet.sync()

    assert tablet.values("application", application)["state"] == state
    assert len(flags(world)) == 1


def test_a_step_taken_on_the_tablet_is_a_record_at_the_server(world, tablet, tmp_path):
    application = ask(tablet, "training", state="draft")
    person = tablet.store.get("application", application).values["person_id"]
    request = RequestPresenter(linked(tablet, tmp_path), "person", person, application)
    assert request.go_to("ready"), request.problem
    tablet.sync()
    (step,) = world.database.read(lambda records: records.list("application_step"))
    assert (step.values["application_id"], step.values["state"]) == (application, "ready")
    assert (step.values["actor"], step.values["source"]) == ("agent", "tablet")
    assert step.values["created_by"] == world.agent("one")
    assert world.get("application", application)["state"] == "ready"
    assert flags(world) == []


def test_what_the_office_asks_for_is_read_on_the_tablet_and_answered(world, tablet, tmp_path):
    application = ask(tablet, "rna", state="draft")
    lead(tablet, application, "ready")
    lead(tablet, application, "submitted", **RECEIPT)
    tablet.sync()

    def office(work):
        asked = {"state": "info_requested", "actor": "office", "pieces": ("LAND",)}
        asked |= {"at": work.now_ms, "words": "La page 2.", "office": "dpa-taroudannt"}
        of = {"application_id": application, "commune_code": HOME}
        work.change("application", application, {"state": "info_requested"}, Author(None))
        work.insert("application_step", {**asked, **of}, Author(None))

    world.database.write(office)
    tablet.sync()
    person = tablet.store.get("application", application).values["person_id"]
    request = RequestPresenter(linked(tablet, tmp_path), "person", person, application)
    asked = request.following().ask()
    assert (asked.codes, asked.words) == (("LAND",), "La page 2.")
    assert request.following().clock.is_paused
    assert request.go_to("in_review"), request.problem
    tablet.sync()
    steps = world.database.read(lambda records: records.list("application_step"))
    assert sorted(step.values["state"] for step in steps) == [
        "in_review", "info_requested", "ready", "submitted",
    ]  # fmt: skip
    assert world.get("application", application)["state"] == "in_review"


@pytest.mark.parametrize(
    "said", [{"actor": "office"}, {"actor": "clock"}, {"actor": "agent", "office": "bank"}]
)
def test_a_tablet_does_not_speak_for_an_office(world, tablet, said):
    application = ask(tablet, "credit", state="submitted", **RECEIPT)
    step = {"application_id": application, "commune_code": HOME, "state": "approved", **said}
    tablet.put("application_step", **step)
    report = tablet.sync()
    assert report.held == 1
    steps = world.database.read(lambda records: records.list("application_step"))
    assert [one.values["state"] for one in steps] == ["submitted"], "which the agent did take"


def test_two_steps_taken_apart_are_both_there(world, tablet, tmp_path):
    """The agent notes a withdrawal on a day without a line, while the bank grants it."""
    application = ask(tablet, "credit", state="submitted", **RECEIPT)
    tablet.sync()

    def grant(work):
        of = {"application_id": application, "commune_code": HOME, "actor": "office"}
        work.change("application", application, {"state": "approved"}, Author(None))
        work.insert("application_step", {**of, "state": "approved"}, Author(None))

    world.database.write(grant)
    person = tablet.store.get("application", application).values["person_id"]
    request = RequestPresenter(linked(tablet, tmp_path), "person", person, application)
    assert request.go_to("withdrawn"), request.problem
    tablet.sync()
    tablet.sync()
    for steps in (
        world.database.read(lambda records: records.list("application_step")),
        tablet.store.list("application_step"),
    ):
        taken = sorted(str(step.values["state"]) for step in steps)
        assert taken == ["approved", "submitted", "withdrawn"]
