"""A delete that meets an edit it had not seen, or an edit a delete: kept, and a person is asked."""

import pytest

from mobile_app.store.database import transaction
from server.exchange import decide
from sync.changes import Change, Op
from tests.test_deciding import a_person
from tests.world import HOME


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def delete(tablet, person):
    """Delete as an app that has a button for it would: the protocol knows it, no screen does."""
    tablet.pass_time()
    store = tablet.store
    declared, before = store.entity("person"), store.get("person", person)
    with transaction(store.db):
        store.bases.keep(declared, person, before.rev, before.values)
        seq, era = store.kept.next_seq, store.era(person)
        store.outbox.append(
            Change(
                seq=seq,
                group=seq,
                op=Op.DELETE,
                entity="person",
                record_id=person,
                base_rev=before.rev,
                base_era=era,
                values={},
                at=store.now(),
                schema=store.schema,
            )
        )


def a_meeting(world, here, deletes_first):
    """A person that `one` edits and `two` deletes, neither having seen the other's."""
    world.user("two", HOME)
    there = world.tablet("two")
    person = a_person(here)
    here.sync()
    there.sync()
    delete(there, person)
    here.put("person", person, birth_year=1981)
    for one in (there, here) if deletes_first else (here, there):
        one.sync()
        world.now += 60_000
    return person, there


def reviews(world):
    return world.database.read(lambda records: records.list("review"))


@pytest.mark.parametrize("deletes_first", [False, True])
@pytest.mark.parametrize("is_kept", [False, True])
def test_the_record_stays_until_a_person_has_decided(world, tablet, deletes_first, is_kept):
    person, there = a_meeting(world, tablet, deletes_first)

    (review,) = reviews(world)
    assert world.get("person", person)["birth_year"] == 1981
    deleted, edited = ("theirs", "mine") if deletes_first else ("mine", "theirs")
    values = review.values
    assert (values["field"], values[deleted], values[edited]) == (None, None, "birth_year")
    assert values[f"{deleted}_by"] == world.agent("two")
    assert values[f"{edited}_by"] == world.agent("one")

    choose(world, review, edited if is_kept else deleted)
    for one in (tablet, there):
        one.sync()
        assert (one.store.find("person", person) is not None) == is_kept
    (review,) = reviews(world)
    assert review.values["state"] == "decided"


def choose(world, review, decision, seen_rev=9):
    world.database.write(
        lambda work: decide.decide(work, review.record_id, decision, by=None, seen_rev=seen_rev)
    )


def test_what_was_deleted_since_is_brought_back_or_left_so(world, tablet):
    person, there = a_meeting(world, tablet, deletes_first=False)
    there.sync()
    delete(there, person)  # knowing the edit by now
    there.sync()

    (review,) = reviews(world)
    choose(world, review, "theirs")

    assert world.get("person", person)["birth_year"] == 1981


def test_a_decision_rests_on_the_record_that_was_seen(world, tablet):
    person, _ = a_meeting(world, tablet, deletes_first=False)
    world.change("person", person, douar="Tamast")
    (review,) = reviews(world)
    with pytest.raises(decide.RecordChanged):
        choose(world, review, "mine", seen_rev=2)
    with pytest.raises(decide.DecisionUnknown):
        choose(world, review, "other")


def test_the_own_delete_and_the_own_edit_ask_nobody(world, tablet):
    person = a_person(tablet)
    tablet.sync()
    tablet.put("person", person, birth_year=1981)
    delete(tablet, person)
    tablet.sync()
    assert reviews(world) == []
