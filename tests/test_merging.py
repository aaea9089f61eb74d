"""Two records become one: everywhere, for those who do not know yet too, and two again."""

import threading

import pytest

from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.store.merged import standing
from server.db.work import Author
from server.duplicates import merging
from sync.errors import Refusal
from tests.mobile_app.scenes import linked
from tests.world import FAR, HOME, NEAR

OFFICE = Author(None)


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def made(world, entity="person", **values):
    given = {"name_fr": "Ali Aznag", "commune_code": HOME, **values}
    return world.database.write(lambda work: work.insert(entity, given, OFFICE).record_id)


def merge(world, survivor, loser, chosen=(), entity="person", **more):
    return world.database.write(
        lambda work: merging.merge(work, entity, survivor, loser, chosen, by=None, **more)
    )


def undo(world, merge_id, **more):
    return world.database.write(lambda work: merging.undo(work, merge_id, by=None, **more))


def code_of(call, *arguments, **named):
    with pytest.raises(Refusal) as caught:
        call(*arguments, **named)
    return caught.value.code


def history_of(world, entity, record_id, field):
    table, declared = world.database.tables.history, world.database.tables.records[entity]
    number = [column.name for column in declared.c].index(field)
    query = table.select().where(table.c.record_id == record_id, table.c.field == number)
    with world.engines.read() as connection:
        return [row.value for row in connection.execute(query)]


def test_what_referred_to_the_loser_refers_to_the_survivor(world, tablet):
    survivor, loser = made(world), made(world, name_fr="Aly Aznague", phone="+212612345678")
    tablet.sync()
    visit = tablet.put("visit", commune_code=HOME, person_id=loser).record_id
    task = tablet.put("task", commune_code=HOME, person_id=loser, kind="call_back").record_id
    consent = tablet.put(
        "consent", commune_code=HOME, person_id=loser, purpose="share_bank", given=True
    ).record_id
    tablet.sync()

    merge(world, survivor, loser, ["phone"])

    for entity, record_id in (("visit", visit), ("task", task), ("consent", consent)):
        assert world.get(entity, record_id)["person_id"] == survivor
    assert world.get("person", survivor)["phone"] == "+212612345678"
    assert world.get("person", survivor)["name_fr"] == "Ali Aznag"
    assert world.get("person", loser)["survivor_id"] == survivor
    assert world.get("person", loser)["status"] == "duplicate"
    tablet.sync()
    assert tablet.values("visit", visit)["person_id"] == survivor
    assert tablet.values("person", loser)["survivor_id"] == survivor
    assert [one.record_id for one in tablet.store.search("person", "aznag")] == [survivor]
    assert [one.record_id for one in tablet.store.search("person", "")] == [survivor]
    assert standing(tablet.store, "person", loser) == survivor
    assert standing(tablet.store, "person", survivor) == survivor


def test_what_a_tablet_writes_to_the_loser_later_reaches_the_survivor(world, tablet):
    survivor = made(world, phone="+212611111111", notes="by the well")
    loser = made(world, phone="+212622222222", landmark="the mill")
    tablet.sync()
    merge(world, survivor, loser)
    # It does not know: its outbox is of before.
    visit = tablet.put("visit", commune_code=HOME, person_id=loser).record_id
    tablet.put("person", loser, landmark="the new mill", notes="two dogs", phone="+212633333333")
    tablet.sync()

    assert world.get("visit", visit)["person_id"] == survivor
    now = world.get("person", survivor)
    assert now["landmark"] == "the new mill"
    assert set(now["notes"].split("\n")) == {"by the well", "two dogs"}
    # Two phones, neither writer having seen the other's: a person is asked, both are kept.
    assert now["phone"] == "+212611111111"
    (review,) = world.database.read(lambda records: records.list("review"))
    assert review.values["record_id"] == survivor
    assert review.values["mine"] == "+212633333333"
    tablet.sync()
    assert tablet.values("visit", visit)["person_id"] == survivor
    assert tablet.values("person", loser)["landmark"] == "the mill"
    assert tablet.values("person", survivor)["landmark"] == "the new mill"
    assert tablet.store.outbox.pending_count() == 0


def test_a_value_that_the_merge_took_from_the_loser_was_seen_by_its_tablet(world, tablet):
    survivor = made(world, phone="+212611111111")
    loser = made(world, phone="+212622222222")
    tablet.sync()
    merge(world, survivor, loser, ["phone"])
    tablet.put("person", loser, phone="+212633333333")
    tablet.sync()
    assert world.get("person", survivor)["phone"] == "+212633333333"
    assert world.database.read(lambda records: records.list("review")) == []


def test_a_delete_of_the_loser_spares_the_survivor_and_is_asked_about(world, tablet):
    survivor, loser = made(world), made(world)
    tablet.sync()
    merge(world, survivor, loser)
    from sync.changes import Op

    tablet.forge("person", loser, Op.DELETE)
    tablet.sync()
    assert world.get("person", survivor)["survivor_id"] is None
    (review,) = world.database.read(lambda records: records.list("review"))
    assert (review.values["record_id"], review.values["field"]) == (survivor, None)


def test_an_undo_puts_back_what_nobody_wrote_since_and_says_what_it_left(world, tablet):
    survivor = made(world, phone="+212611111111", landmark="the well")
    loser = made(world, phone="+212622222222", landmark="the mill")
    tablet.sync()
    visit = tablet.put("visit", commune_code=HOME, person_id=loser).record_id
    tablet.sync()
    number = merge(world, survivor, loser, ["phone", "landmark"])
    late = tablet.put("visit", commune_code=HOME, person_id=loser).record_id
    tablet.sync()
    world.change("person", survivor, landmark="the school")

    done = undo(world, number)

    assert done == merging.Undone(put_back=5, left=1)
    assert world.get("person", survivor)["phone"] == "+212611111111"
    assert world.get("person", survivor)["landmark"] == "the school"
    assert world.get("person", loser)["survivor_id"] is None
    assert world.get("person", loser)["status"] is None
    # What was written of the loser after the merge goes back to it, too.
    assert world.get("visit", visit)["person_id"] == world.get("visit", late)["person_id"] == loser
    tablet.sync()
    assert tablet.values("visit", late)["person_id"] == loser
    assert len(tablet.store.search("person", "aznag")) == 2
    assert code_of(undo, world, number) == "merge_undone"


def test_an_undo_parts_a_loser_that_was_deleted_since_and_leaves_it_deleted(world, tablet):
    survivor, loser = made(world), made(world)
    number = merge(world, survivor, loser)
    world.database.write(lambda work: work.delete("person", loser))
    assert undo(world, number) == merging.Undone(put_back=2, left=0)
    found = world.database.read(lambda records: records.load("person", [loser])[loser])
    assert found.values["survivor_id"] is None
    assert found.deleted_at is not None
    tablet.sync()
    assert tablet.store.find("person", loser) is None


def test_an_undo_ends_after_thirty_days(world):
    number = merge(world, made(world), made(world))
    world.now += 31 * 86_400_000
    assert code_of(undo, world, number) == "merge_late"


def test_a_refusal_prevails_and_every_consent_is_kept(world):
    survivor, loser = made(world), made(world)

    def consent(person, purpose, given, at):
        return made_consent(world, person, purpose, given=given, given_at=at)

    yes = consent(survivor, "share_bank", True, world.now)
    no = consent(loser, "share_bank", False, world.now - 1_000)
    again = consent(loser, "contact_sms", False, world.now - 5_000)
    sms = consent(loser, "contact_sms", True, world.now - 1_000)
    own = consent(survivor, "contact_sms", True, world.now - 9_000)
    number = merge(world, survivor, loser)
    for one in (yes, no, again, sms, own):
        assert world.get("consent", one)["person_id"] == survivor
    assert world.get("consent", yes)["withdrawn_at"] == world.now
    # Who had refused and agreed since has agreed.
    assert world.get("consent", sms)["withdrawn_at"] is None
    assert world.get("consent", own)["withdrawn_at"] is None
    undo(world, number)
    assert world.get("consent", yes)["withdrawn_at"] is None
    assert world.get("consent", no)["person_id"] == loser


def said(world, tablet, person, *, given, at, **more):
    """Let a tablet say what somebody answers to SMS; returns the consent's id."""
    values = {"commune_code": HOME, "person_id": person, "purpose": "contact_sms", "given": given}
    return tablet.put("consent", **values, given_at=at, **more).record_id


@pytest.mark.parametrize("is_undone", [False, True], ids=["stands", "undone"])
def test_a_refusal_that_arrives_after_the_merge_withdraws_the_others_yes(world, tablet, is_undone):
    survivor, loser = made(world), made(world)
    yes = made_consent(world, survivor, "contact_sms", given=True, given_at=world.now - 1_000)
    bank = made_consent(world, survivor, "share_bank", given=True, given_at=world.now - 1_000)
    tablet.sync()
    no = said(world, tablet, loser, given=False, at=world.now - 5_000)
    number = merge(world, survivor, loser)
    world.now += 60_000
    tablet.sync()
    assert world.get("consent", no)["person_id"] == survivor
    assert world.get("consent", yes)["withdrawn_at"] == world.now
    assert world.get("consent", bank)["withdrawn_at"] is None, "that was not asked"
    assert tablet.values("consent", yes)["withdrawn_at"] == world.now, "the same exchange says so"
    if is_undone:
        undo(world, number)
        assert world.get("consent", yes)["withdrawn_at"] is None
        assert world.get("consent", no)["person_id"] == loser


def test_a_yes_of_before_the_merge_does_not_stand_over_a_refusal_of_the_other(world, tablet):
    survivor, loser = made(world), made(world)
    tablet.sync()
    yes = said(world, tablet, loser, given=True, at=world.now)
    made_consent(world, survivor, "contact_sms", given=False, given_at=world.now - 90_000)
    merge(world, survivor, loser)
    world.now += 60_000
    tablet.sync()
    assert world.get("consent", yes)["withdrawn_at"] == world.now


def test_who_agrees_once_they_are_known_to_be_one_has_agreed(world, tablet):
    survivor, loser = made(world), made(world)
    tablet.sync()
    said(world, tablet, loser, given=False, at=world.now - 5_000)
    merge(world, survivor, loser)
    world.now += 60_000
    again = made_consent(world, survivor, "contact_sms", given=True, given_at=world.now)
    tablet.sync()
    assert world.get("consent", again)["withdrawn_at"] is None


def test_what_is_taken_back_after_the_merge_is_taken_back_of_both(world, tablet):
    survivor, loser, third = made(world), made(world), made(world)
    yes, moved, far = (
        made_consent(world, one, "contact_sms", given=True, given_at=world.now - 1_000)
        for one in (survivor, loser, third)
    )
    tablet.sync()
    merge(world, survivor, loser)
    merge(world, third, survivor)  # a chain: the loser's came by two merges
    tablet.put("consent", moved, withdrawn_at=world.now - 10)
    world.now += 60_000
    tablet.sync()
    for one in (yes, far):
        assert world.get("consent", one)["withdrawn_at"] == world.now


def made_consent(world, person, purpose, **values):
    given = {"commune_code": HOME, "person_id": person, "purpose": purpose, **values}
    return world.database.write(lambda work: work.insert("consent", given, OFFICE).record_id)


def test_what_cannot_be_merged_says_why(world):
    one, two, three, gone = (made(world) for _ in range(4))
    world.database.write(lambda work: work.delete("person", gone))
    assert code_of(merge, world, one, one) == "merge_same"
    assert code_of(merge, world, one, gone) == "record_unknown"
    assert code_of(merge, world, gone, one) == "record_unknown"
    assert code_of(merge, world, one, made(world, commune_code=FAR), communes=(HOME, NEAR)) == (
        "record_unknown"
    )
    assert code_of(merge, world, one, two, seen={one: 1, two: 0}) == "record_changed"
    merge(world, one, two)
    merge(world, three, one)
    assert code_of(merge, world, two, three) == "merged_already"
    # Of a ring of three, two are led to the third, and no further.
    assert world.get("person", two)["survivor_id"] == three


def test_two_who_merge_crosswise_at_once_end_with_one(world):
    for _ in range(5):
        one, two, three = (made(world) for _ in range(3))
        met = []

        def act(survivor, loser, met=met):
            try:
                merge(world, survivor, loser)
                met.append("done")
            except Refusal as refusal:
                met.append(refusal.code)

        pairs = [(one, two), (two, one), (two, three), (three, one)]
        threads = [threading.Thread(target=act, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(met) == {"done", "merged_already"}
        standing = [
            record_id
            for record_id in (one, two, three)
            if world.get("person", record_id)["survivor_id"] is None
        ]
        assert len(standing) == 3 - met.count("done")
        for record_id in (one, two, three):
            led = world.get("person", record_id)["survivor_id"]
            assert led is None or led in standing


def test_a_chain_is_undone_from_its_end(world, tablet):
    one, two, three = (made(world) for _ in range(3))
    tablet.sync()
    visit = tablet.put("visit", commune_code=HOME, person_id=one).record_id
    tablet.sync()
    first = merge(world, two, one)
    second = merge(world, three, two)
    assert world.get("visit", visit)["person_id"] == three
    assert code_of(undo, world, first) == "merge_below"
    undo(world, second)
    assert world.get("visit", visit)["person_id"] == two
    assert world.get("person", one)["survivor_id"] == two
    undo(world, first)
    assert world.get("visit", visit)["person_id"] == one


def test_a_visit_that_is_being_stored_is_not_missed_by_a_merge(world):
    """On PostgreSQL a merge that did not wait would not see it."""
    survivor, loser = made(world), made(world)
    begun, may_end, visits = threading.Event(), threading.Event(), []

    def store(work):
        visits.append(
            work.insert("visit", {"commune_code": HOME, "person_id": loser}, OFFICE).record_id
        )
        work.flush()
        begun.set()
        may_end.wait(5)

    writer = threading.Thread(target=lambda: world.database.write(store))
    writer.start()
    begun.wait(5)
    merger = threading.Thread(target=lambda: merge(world, survivor, loser))
    merger.start()
    merger.join(0.3)
    may_end.set()
    writer.join()
    merger.join()
    assert world.get("visit", visits[-1])["person_id"] == survivor


def test_the_tablet_of_the_losers_commune_has_the_survivor_and_writes_it(world):
    world.user("near", NEAR)
    near = world.tablet("near")
    survivor, loser = made(world, commune_code=HOME), made(world, commune_code=NEAR)
    near.sync()
    assert near.store.find("person", survivor) is None
    number = merge(world, survivor, loser)
    near.sync()
    near.put("person", survivor, landmark="the mill")
    near.sync()
    assert world.get("person", survivor)["landmark"] == "the mill"
    undo(world, number)
    near.sync()
    assert near.store.find("person", survivor) is None
    assert near.values("person", loser)["survivor_id"] is None


def test_a_merged_enterprise_is_found_by_either_phone_and_either_address(world):
    from server.accounts.visitors import Visitor
    from server.portal.queries import own_of, registration_of

    coop = {"entity": "enterprise", "name_fr": "Coopérative Tiwizi"}
    survivor = made(world, **coop, phone="+212611111111")
    loser = made(world, **coop, phone="+212622222222")
    merge(world, survivor, loser, entity="enterprise")
    for phone in ("+212611111111", "+212622222222"):
        found = world.database.read(lambda records, phone=phone: own_of(records, phone))
        assert [one.record_id for one in found] == [survivor]
    visitor = Visitor("+212622222222", "")
    one = world.database.read(lambda records: registration_of(records, visitor, loser))
    assert one.record_id == survivor


def test_every_reference_to_people_is_found_by_its_declaration(world):
    from server.db.merged import references

    found = {
        (one.name, field.name) for one, field, _ in references(world.database.tables, "person")
    }
    assert found >= {
        ("visit", "person_id"), ("mandate", "person_id"), ("consent", "person_id"),
        ("maturity_assessment", "person_id"), ("application", "person_id"), ("task", "person_id"),
        ("document", "person_id"), ("attendance", "person_id"), ("review", "record_id"),
        ("voice_note", "record_id"), ("person", "survivor_id"),
    }  # fmt: skip
    assert ("resolution", "record_id") not in found
    for entity in world.database.tables.entities:
        sets = [one for one in entity.fields if one.refers_to in ("person", "enterprise")]
        assert all(one.kind.value == "ref" for one in sets)


def test_an_old_link_on_the_tablet_shows_the_survivor_and_unsent_work_stays(
    world, tablet, tmp_path
):
    survivor, loser = made(world, name_fr="Ali Aznag"), made(world, name_fr="Aly Aznague")
    context = linked(tablet, tmp_path)
    tablet.sync()
    merge(world, survivor, loser)
    tablet.put("person", loser, landmark="the mill")
    screen = PersonPresenter(context, "person", loser)
    assert not screen.is_merged
    tablet.sync()
    screen = PersonPresenter(context, "person", loser)
    assert (screen.is_merged, screen.record_id) == (True, survivor)
    tablet.sync()
    assert tablet.values("person", survivor)["landmark"] == "the mill"


def test_what_comes_back_after_a_merge_refers_to_the_survivor(world, tablet):
    """Deleted when its person was merged, and edited since by one who did not know."""
    survivor, loser = made(world), made(world)
    visit = tablet.put("visit", commune_code=HOME, person_id=loser).record_id
    tablet.sync()
    world.database.write(lambda work: work.delete("visit", visit))
    merge(world, survivor, loser)

    tablet.put("visit", visit, notes="Elle est là.")
    tablet.sync()

    assert world.get("visit", visit)["person_id"] == survivor
    assert tablet.values("visit", visit)["person_id"] == survivor
