"""What waits for a person: decided once, in one transaction, and known on every tablet."""

import pytest

from server.exchange import decide, settle
from server.exchange.history import past_values
from sync.errors import Refusal
from tests.world import FAR, HOME, NEAR

SLICES = 2


@pytest.fixture
def amina(world):
    return world.user("amina", HOME, NEAR, role="regional_coordinator")


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def a_person(tablet, **more):
    given = {"name_ar": "فاطمة أيت الحاج", "commune_code": HOME, **more}
    return tablet.put("person", **given).record_id


def held(world, state="open"):
    table = world.database.tables.held
    with world.engines.read() as connection:
        rows = connection.execute(table.select().order_by(table.c.seq)).all()
    return [row for row in rows if row.state == state]


def a_review(world, here):
    """A birth year that two have changed."""
    world.user("two", HOME)
    there = world.tablet("two")
    person = a_person(here, birth_year=1980)
    here.sync()
    there.sync()
    there.put("person", person, birth_year=1981)
    there.sync()
    here.put("person", person, birth_year=1982)
    here.sync()
    (review,) = world.database.read(lambda records: records.list("review"))
    return person, review, there


def choose(world, review, decision, **more):
    seen = world.database.read(
        lambda records: records.get("person", review.values["record_id"]).rev
    )
    given = {"by": None, "seen_rev": seen, **more}
    world.database.write(lambda work: decide.decide(work, review.record_id, decision, **given))


def past(world, person):
    found = world.database.read(lambda records: past_values(records, records.get("person", person)))
    return [(one["value"], one["author"], one["outcome"]) for one in found]


@pytest.mark.parametrize(
    ("decision", "value", "stands"),
    [("mine", None, 1982), ("theirs", None, 1981), ("other", 1979, 1979)],
)
def test_a_review_is_decided_and_all_tablets_see_it(world, tablet, amina, decision, value, stands):
    person, review, there = a_review(world, tablet)

    choose(world, review, decision, by=amina, value=value, notes="vu sur la carte")
    tablet.sync()
    there.sync()

    assert world.get("person", person)["birth_year"] == stands
    for one in (tablet, there):
        assert one.values("person", person)["birth_year"] == stands
        seen = one.values("review", review.record_id)
        assert (seen["state"], seen["decision"]) == ("decided", decision)
        assert (seen["decided_by"], seen["notes"]) == (amina, "vu sur la carte")
    if decision != "theirs":
        assert past(world, person)[0] == (1981, "two", "overwritten")


def test_what_both_began_from_is_told(world, tablet, amina):
    _, review, _ = a_review(world, tablet)
    read = world.database.read
    assert read(lambda records: decide.base_of(records, review)) == 1980
    assert read(lambda records: decide.mine_of(records, review)) == 1982


def test_a_review_is_decided_once(world, tablet, amina):
    _, review, _ = a_review(world, tablet)
    choose(world, review, "mine", by=amina)
    with pytest.raises(decide.AlreadyDecided):
        choose(world, review, "theirs", by=amina)


def test_a_decision_rests_on_the_value_that_was_seen(world, tablet, amina):
    person, review, _ = a_review(world, tablet)
    seen = world.database.read(lambda records: records.get("person", person).rev)
    world.change("person", person, birth_year=1990)
    with pytest.raises(decide.RecordChanged):
        choose(world, review, "mine", by=amina, seen_rev=seen)
    world.change("person", person, douar="Tamast")
    choose(world, review, "mine", by=amina, seen_rev=seen + 1)  # another field is no matter
    assert world.get("person", person)["birth_year"] == 1982


def test_a_wrong_third_value_changes_nothing(world, tablet, amina):
    person, review, _ = a_review(world, tablet)
    with pytest.raises(Refusal) as refused:
        choose(world, review, "other", by=amina, value=12)
    assert refused.value.code == "field_out_of_range"
    assert world.get("person", person)["birth_year"] == 1981
    assert world.get("review", review.record_id)["state"] == "open"


def apply_held(world, change_id, by=None, **more):
    return world.database.write(
        lambda work: settle.apply_held(work, change_id, by=by, slice_count=SLICES, **more)
    )


def test_a_coordinator_lets_in_what_was_captured_out_of_reach(world, tablet, amina):
    person = a_person(tablet, commune_code=FAR)
    tablet.sync()
    tablet.put("person", person, douar="Tamast")
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "held"
    first, second = held(world)
    assert (first.code, second.code) == ("commune_outside_province", "parent_held")

    world.now += 60_000
    done = apply_held(world, first.change_id, amina)
    tablet.sync()

    assert (done.applied, done.held) == (2, 0)
    record = world.database.read(lambda records: records.get("person", person))
    assert record.effective_at == first.effective_at
    assert record.values["created_by"] == world.agent("one")
    assert record.values["douar"] == "Tamast"
    assert tablet.store.outbox.state("person", person) == "received"
    assert tablet.values("person", person)["commune_code"] == FAR
    assert tablet.store.outbox.held() == []
    assert tablet.sync().round_trips == 1
    assert not tablet.store.kept.is_in_doubt


def test_a_wrong_commune_is_corrected_for_all_that_came_together(world, tablet, amina):
    tablet.pass_time()
    person, visit = (world.new_id(), world.new_id())
    tablet.store.put_group(
        [
            ("person", {"name_ar": "فاطمة", "commune_code": "99.999.99.99"}, person),
            ("visit", {"person_id": person, "commune_code": "99.999.99.99"}, visit),
        ]
    )
    tablet.sync()
    first, _ = held(world)
    assert first.code == "commune_unknown"

    still = apply_held(world, first.change_id, amina)
    assert (still.applied, still.held, still.refusal.code) == (0, 2, "commune_unknown")
    apply_held(world, first.change_id, amina, corrections={"commune_code": HOME})
    tablet.sync()

    assert world.get("visit", visit)["commune_code"] == HOME
    for entity, record_id in (("person", person), ("visit", visit)):
        assert tablet.store.outbox.state(entity, record_id) == "received"
        assert tablet.values(entity, record_id)["commune_code"] == HOME
    assert ("99.999.99.99", "one", "lost") in past(world, person)


def test_what_still_cannot_be_waits_with_its_new_reason(world, tablet, amina):
    person = a_person(tablet, commune_code=FAR)
    tablet.sync()
    (row,) = held(world)
    done = apply_held(world, row.change_id, amina, corrections={"commune_code": "99.999.99.99"})
    assert done.refusal.code == "commune_unknown"
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "held"
    assert [one.code for one in tablet.store.outbox.held()] == ["commune_unknown"]


def test_a_value_of_the_wrong_type_is_never_let_in(world, tablet, amina):
    tablet.forge("person", name_ar="فاطمة", commune_code=HOME, birth_year=12)
    tablet.sync()
    (row,) = held(world)
    done = apply_held(world, row.change_id, amina, corrections={"birth_year": "1970"})
    assert done.refusal.code == "field_wrong_type"


def test_a_dismissed_record_stays_on_its_tablet_with_the_reason(world, tablet, amina):
    person = a_person(tablet, commune_code=FAR)
    tablet.sync()
    (row,) = held(world)
    with pytest.raises(settle.ReasonMissing):
        dismiss(world, row, amina, " ")
    dismiss(world, row, amina, "doublon")
    tablet.sync()

    assert tablet.store.outbox.state("person", person) == "dismissed"
    assert [(one.entity, one.reason) for one in tablet.store.outbox.dismissed()] == [
        ("person", "doublon")
    ]
    assert tablet.store.outbox.held() == []
    assert world.database.read(lambda records: records.find("person", person)) is None
    with pytest.raises(decide.AlreadyDecided):
        apply_held(world, row.change_id, amina)


def dismiss(world, row, by, reason):
    world.database.write(
        lambda work: settle.dismiss_held(work, row.change_id, by=by, reason=reason)
    )


def test_a_dismissed_change_gives_way_to_what_the_server_has(world, tablet, amina):
    person = a_person(tablet, douar="Tamast")
    tablet.sync()
    tablet.put("person", person, douar="Ailleurs", commune_code=FAR)
    tablet.sync()
    world.change("person", person, phone="+212600000009")
    tablet.sync()
    assert tablet.values("person", person)["douar"] == "Ailleurs"

    (row,) = held(world)
    dismiss(world, row, amina, "trop loin")
    tablet.sync()

    seen = tablet.values("person", person)
    assert (seen["douar"], seen["commune_code"]) == ("Tamast", HOME)
    assert seen["phone"] == "+212600000009"
    assert tablet.store.outbox.state("person", person) == "received"
    assert [one.reason for one in tablet.store.outbox.dismissed()] == ["trop loin"]


def test_a_grant_given_later_lets_in_what_was_held(world, tablet):
    person = a_person(tablet, commune_code=FAR)
    tablet.sync()
    assert settle.replay_all(world.database, slice_count=SLICES) == settle.Replayed(0, 1)
    world.grant("one", FAR)
    assert settle.replay_all(world.database, slice_count=SLICES) == settle.Replayed(1, 0)
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "received"


def test_an_older_change_let_in_late_does_not_undo_a_later_one(world, tablet, amina):
    person = a_person(tablet)
    tablet.sync()
    tablet.put("person", person, douar="old", phone="+212600000001", commune_code=FAR)
    tablet.sync()
    tablet.put("person", person, douar="new")
    tablet.sync()
    assert world.get("person", person)["douar"] == "new"

    (row,) = held(world)
    apply_held(world, row.change_id, amina)
    tablet.sync()

    assert world.get("person", person)["douar"] == "new"
    assert world.get("person", person)["phone"] == "+212600000001"
    assert ("old", "one", "overwritten") in past(world, person)
    assert tablet.store.outbox.held() == []


def test_a_change_applied_late_is_known_again_after_a_fork(world, tablet, amina):
    from mobile_app.store import numbering

    person = a_person(tablet, commune_code=FAR)
    tablet.sync()
    (row,) = held(world)
    apply_held(world, row.change_id, amina)
    tablet.sync()
    numbering.renumber(tablet.store, 0)
    tablet.sync()
    assert tablet.store.outbox.state("person", person) == "received"
    assert len(world.database.read(lambda records: records.list("person"))) == 1


def test_an_idle_sync_stays_small_after_a_decision(world, tablet, amina):
    a_person(tablet, commune_code=FAR)
    tablet.sync()
    (row,) = held(world)
    apply_held(world, row.change_id, amina)
    tablet.sync()
    sizes = []
    send = tablet.line.send

    def weighed(body):
        answer = send(body)
        sizes.append((len(body), len(answer)))
        return answer

    tablet.line.send = weighed
    tablet.sync()
    ((up, down),) = sizes
    assert up + down <= 110  # without the headers, which weigh twice as much
