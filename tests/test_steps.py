"""Steps of an application at the server: taken as they come, and looked at by a person."""

import pytest

from server.exchange import decide
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


def test_steps_in_order_are_not_flagged(world, tablet):
    application = ask(tablet, state="draft")
    lead(tablet, application, "ready")
    lead(tablet, application, "submitted", **RECEIPT)
    tablet.sync()
    lead(tablet, application, "in_review", "approved", "delivered")
    tablet.sync()
    assert world.get("application", application)["state"] == "delivered"
    assert flags(world) == []


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
    for service, expected in (("credit", []), ("rna", [("in_review", "info_requested")])):
        application = ask(tablet, service, state="draft")
        lead(tablet, application, "ready")
        lead(tablet, application, "submitted", **RECEIPT)
        for state in ("info_requested", "in_review", "info_requested"):
            lead(tablet, application, state)
            tablet.sync()
        assert flags(world) == expected


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
