"""Tablets and server together: nothing lost, nothing twice, nothing refused. On both databases."""

# Long: what an exchange promises, an example each, looked up by its name.

import contextlib
import os
import random
from typing import Any

import pytest

from mobile_app.exchange.calls import SYNC_PATH, Unreachable
from server.accounts import devices, enrolment, signatures
from server.check import check
from server.db.schema import change_epoch
from server.exchange import snapshots
from server.settings import Settings
from sync import envelope, limits, wire
from sync.digest import EMPTY_STATE
from sync.errors import Malformed, Refusal
from sync.messages import App, Request
from tests.world import FAR, HOME, NEAR, sign

NEXT = "09.541.03.01"
"""One more commune of the province."""


@pytest.fixture
def two(world):
    world.user("one", HOME)
    world.user("two", HOME)
    return world.tablet("one"), world.tablet("two")


def a_person(tablet, **more):
    return tablet.put(
        "person", name_ar="فاطمة أيت الحاج", **{"commune_code": HOME, **more}
    ).record_id


def faults(world):
    settings = Settings.from_env({"NUQTA_DATA_DIR": "unused"})
    return check(settings, world.database)["faults"]


def test_a_visit_reaches_another_tablet(world, two):
    here, there = two
    person = a_person(here)
    visit = here.put("visit", person_id=person, commune_code=HOME, notes="ملاحظة", outcome="done")

    sent = here.sync()
    there.sync()

    assert (sent.sent, sent.pending, sent.round_trips) == (2, 0, 1)
    assert there.values("visit", visit.record_id) == here.values("visit", visit.record_id)
    assert there.values("visit", visit.record_id)["notes"] == "ملاحظة"
    assert faults(world) == []


def test_an_ordinary_exchange_is_one_round_trip(two):
    here, _ = two
    here.sync()
    a_person(here)
    assert here.sync().round_trips == 1
    assert here.sync().round_trips == 1


def test_three_hands_change_three_fields_and_all_survive(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()

    here.put("person", person, phone="+212600000001")
    there.put("person", person, douar="Tamast")
    world.change("person", person, base_rev=1, name_fr="Fatima")
    here.sync()
    there.sync()
    here.sync()

    for values in (
        world.get("person", person),
        here.values("person", person),
        there.values("person", person),
    ):
        assert values["phone"] == "+212600000001"
        assert values["douar"] == "Tamast"
        assert values["name_fr"] == "Fatima"
    assert faults(world) == []


def test_a_reply_lost_after_the_commit_repeats_nothing(world, two):
    here, there = two
    person = a_person(here)
    here.line.lose_replies = 1
    with pytest.raises(Unreachable):
        here.sync()
    here.put("person", person, douar="Tamast")

    assert here.sync().pending == 0
    there.sync()

    people = world.database.read(lambda records: records.list("person"))
    assert len(people) == 1
    assert there.values("person", person)["douar"] == "Tamast"
    assert faults(world) == []


def test_a_late_reply_does_not_overwrite_what_others_wrote_since(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()
    here.put("person", person, phone="+212600000001")
    here.line.lose_replies = 1
    with pytest.raises(Unreachable):
        here.sync()
    there.sync()
    there.put("person", person, phone="+212600000002")
    there.sync()

    here.sync()

    assert here.values("person", person)["phone"] == "+212600000002"


def test_the_value_that_loses_stands_in_the_history(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()
    here.put("person", person, douar="Iguiz")
    there.put("person", person, douar="Aguiz")
    here.sync()
    there.sync()
    here.sync()

    from server.exchange.history import past_values

    past = world.database.read(lambda records: past_values(records, records.get("person", person)))
    assert here.values("person", person)["douar"] == "Aguiz"
    assert [(one["value"], one["author"], one["outcome"]) for one in past] == [
        ("Iguiz", "one", "lost")
    ]


def test_a_birth_year_that_two_know_differently_becomes_a_review(world, two):
    here, there = two
    person = a_person(here, birth_year=1970)
    here.sync()
    there.sync()
    here.put("person", person, birth_year=1971)
    there.put("person", person, birth_year=1972)
    here.sync()

    assert there.sync().conflicts == 1
    here.sync()

    (review,) = here.store.list("review")
    assert (review.values["mine"], review.values["theirs"]) == ("1972", "1971")
    assert there.values("person", person)["birth_year"] == 1971


def test_a_commune_outside_the_province_is_held_and_the_queue_goes_on(world, two):
    here, there = two
    strange = a_person(here, commune_code=FAR)
    here.put("person", strange, douar="x")
    person = a_person(here)

    summary = here.sync()
    there.sync()

    assert (summary.held, summary.pending) == (2, 0)
    assert [held.code for held in here.store.outbox.held()] == [
        "commune_outside_province",
        "parent_held",
    ]
    assert here.store.get("person", strange).state == "held"
    assert there.store.find("person", person) is not None
    assert there.store.find("person", strange) is None


def test_a_commune_that_does_not_exist_is_held(two):
    here, _ = two
    a_person(here, commune_code="09.541.99.99")
    assert here.sync().held == 1
    assert here.store.outbox.held()[0].code == "commune_unknown"


def test_at_the_souk_a_neighbour_is_taken_and_stays_visible(world, two):
    here, there = two
    person = a_person(here, commune_code=NEAR)
    assert here.sync().held == 0
    here.put("person", person, phone="+212600000009")
    assert here.sync().held == 0
    there.sync()

    assert here.values("person", person)["phone"] == "+212600000009"
    assert there.store.find("person", person) is None
    assert world.get("person", person)["phone"] == "+212600000009"
    assert faults(world) == []


def test_communes_taken_away_leave_the_tablet_and_unsent_work_arrives(world, two):
    here, there = two
    known = a_person(there)
    there.sync()
    here.sync()
    unsent = a_person(here)
    world.revoke("one", HOME)

    here.sync()

    assert here.store.find("person", known) is None
    assert world.get("person", unsent)["commune_code"] == HOME
    world.grant("one", HOME)
    here.sync()
    assert here.store.find("person", known) is not None
    assert faults(world) == []


def test_a_deleted_record_leaves_the_other_tablets(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()
    world.database.write(lambda work: work.delete("person", person))

    there.sync()

    assert there.store.find("person", person) is None
    assert faults(world) == []


def test_a_record_that_moves_to_a_commune_of_others_leaves(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()
    world.change("person", person, commune_code=NEAR)
    there.sync()
    assert there.store.find("person", person) is None
    world.change("person", person, commune_code=HOME)
    there.sync()
    assert there.values("person", person)["commune_code"] == HOME
    assert faults(world) == []


def test_a_record_moved_twice_before_it_is_sent_goes_where_it_went_last(world):
    world.user("one", HOME, NEAR, NEXT)
    world.user("two", NEXT)
    here, there = world.tablet("one"), world.tablet("two")
    person = a_person(here, commune_code=HOME)
    here.sync()
    for commune in (NEAR, NEXT):
        here.put("person", person, commune_code=commune)
    new = a_person(here, commune_code=HOME)
    here.put("person", new, commune_code=NEXT)

    assert here.sync().pending == 0
    there.sync()

    assert there.store.find("person", person) is not None
    assert there.store.find("person", new) is not None
    assert here.store.kept.mismatches == there.store.kept.mismatches == 0
    assert faults(world) == []


def test_a_new_record_moved_out_of_reach_before_it_is_sent_leaves(world, two):
    here, _ = two
    person = a_person(here, commune_code=HOME)
    here.put("person", person, commune_code=NEAR)

    assert here.sync().pending == 0

    assert world.get("person", person)["commune_code"] == NEAR
    assert here.store.find("person", person) is None
    assert here.store.kept.mismatches == 0
    assert here.sync().round_trips == 1


def test_a_record_deleted_before_its_acknowledgement_arrives_leaves_no_ghost(world, two):
    here, _ = two
    person = a_person(here)
    here.line.lose_replies = 1
    with pytest.raises(Unreachable):
        here.sync()
    world.database.write(lambda work: work.delete("person", person))

    assert here.sync().round_trips == 1  # nothing differs, so nothing is repaired
    assert here.store.find("person", person) is None


def test_a_record_deleted_between_two_pages_leaves_no_ghost(world, two, monkeypatch):
    here, there = two
    person = a_person(there)
    there.sync()
    here.sync()
    here.put("person", person, birth_year=1971)
    there.put("person", person, birth_year=1972)
    for name in ("Souk", "Guichet"):
        there.put("contact_point", commune_code=HOME, name_fr=name)
    there.sync()
    world.grant("one", NEAR)
    world.change("person", person, commune_code=NEAR)
    answered, send = here.line.answer_count, here.line.send

    def delete_before_the_second(body):
        if here.line.answer_count == answered + 1:
            world.database.write(lambda work: work.delete("person", person))
        return send(body)

    # The first page has room for the points alone: 1971 has lost, and NEAR has not begun to come.
    monkeypatch.setattr(limits, "ROWS_PER_PAGE_MAX", 2)
    here.line.send = delete_before_the_second

    summary = here.sync()

    assert summary.conflicts == 1
    assert summary.round_trips == 3  # pages; nothing differs, so nothing is repaired
    assert here.store.find("person", person) is None


def test_what_is_saved_while_an_exchange_is_under_way_goes_along(world, two):
    here, _ = two
    here.sync()
    here.line.send = _once_before(here, here.line.send)

    assert here.sync().pending == 0
    assert here.store.kept.mismatches == 0


def _once_before(tablet, send):
    """Save a person while the first request is under way."""

    def one(body):
        tablet.line.send = send
        a_person(tablet)
        return send(body)

    return one


def test_a_long_absence_comes_in_pages(world, two):
    here, there = two
    rng = random.Random(8)
    for number in range(120):
        notes = rng.randbytes(200).hex()
        here.put("person", name_fr=f"Person {number}", commune_code=HOME, notes=notes)
    here.sync()
    summary = there.sync(bytes_max=4_096)
    assert summary.round_trips > 1
    assert there.store.count("person") == 120
    assert there.store.kept.mismatches == 0


def test_an_exchange_that_breaks_off_goes_on_where_it_was(world, two):
    here, there = two
    for number in range(60):
        here.put("person", name_fr=f"Person {number}", commune_code=HOME)
    here.sync()
    there.line.lose_replies = 1
    with pytest.raises(Unreachable):
        there.sync()
    assert there.store.count("person") == 0
    there.sync()
    assert there.store.count("person") == 60


def test_a_clock_years_off_orders_nothing_wrongly(world, two):
    here, there = two
    person = a_person(here)
    here.sync()
    there.sync()
    here.clock.wall -= 8 * 365 * 86_400_000
    here.put("person", person, landmark="+212600000001")
    there.put("person", person, landmark="+212600000002")
    here.put("person", person, landmark="+212600000003")
    there.sync()
    here.sync()
    assert world.get("person", person)["landmark"] == "+212600000003"


def state(tablet):
    """What a tablet holds, entity by entity."""
    return {
        entity.name: {one.record_id: one.values for one in tablet.store.list(entity.name)}
        for entity in tablet.store.entities
    }


def some_people(tablet, count):
    return [a_person(tablet, name_fr=f"Person {number}") for number in range(count)]


def test_a_state_that_the_server_forgot_costs_one_round_trip_more(world, two):
    here, there = two
    some_people(here, 3)
    here.sync()
    there.sync()
    table = world.database.tables.device_vector
    world.database.write(lambda work: work.connection.execute(table.delete()))
    a_person(here)
    assert here.sync().round_trips == 1  # it stood where the server stands: no need to look it up
    assert there.sync().round_trips == 2
    assert there.sync().round_trips == 1
    assert state(here) == state(there)


def test_what_differs_is_found_and_repaired_without_fetching_all(world, two):
    here, there = two
    people = some_people(here, 60)
    here.sync()
    there.sync()
    db = there.store.db
    db.execute("DELETE FROM person WHERE id = ?", (people[7],))
    db.execute("DELETE FROM place WHERE record_id = ?", (people[7],))
    db.execute("UPDATE place SET rev = 9 WHERE record_id = ?", (people[8],))
    db.execute("UPDATE scope SET record_count = record_count - 1, digest = digest - 1")
    here.put("person", people[3], landmark="x")
    here.sync()

    summary = there.sync()

    assert summary.received < 30
    assert state(there) == state(here)
    assert not there.store.kept.is_in_doubt
    assert there.sync().round_trips == 1


def test_a_new_tablet_starts_from_the_snapshot_and_what_came_after(world, two):
    here, _ = two
    people = some_people(here, 80)
    here.put("visit", person_id=people[0], commune_code=HOME, outcome="done")
    here.sync()
    assert snapshots.build(world.database) == 1
    world.change("person", people[1], landmark="later")
    a_person(here, name_fr="Later")
    here.sync()

    new = world.tablet("two")
    new.sync(bytes_max=1)

    assert state(new) == state(here)
    assert new.store.kept.mismatches == 0
    assert new.sync().round_trips == 1
    assert snapshots.build(world.database) == 0


def test_a_snapshot_shows_nobody_what_was_deleted_since(world, two):
    here, _ = two
    people = some_people(here, 80)
    here.sync()
    snapshots.build(world.database)
    world.change("person", people[2], phone="+212600000099")
    snapshots.build(world.database)
    world.database.write(lambda work: work.delete("person", people[2]))
    new = world.tablet("two")
    bodies = []
    send = new.line.send
    new.line.send = lambda body: bodies.append(send(body)) or bodies[-1]
    new.sync()
    replies = [wire.decode_reply(new.store.entities, body) for body in bodies]
    shown = {row.record_id for one in replies for block in one.blocks for row in block.rows}
    assert people[1] in shown
    assert people[2] not in shown
    assert snapshots.build(world.database) == 1


def test_a_snapshot_that_breaks_off_goes_on(world, two):
    here, _ = two
    some_people(here, 80)
    here.sync()
    snapshots.build(world.database)
    new = world.tablet("two")
    for lost in (1, 1, 1):
        new.line.lose_replies = lost
        with pytest.raises(Unreachable):
            new.sync(bytes_max=1)
    new.sync(bytes_max=1)
    assert state(new) == state(here)


def test_a_restored_server_is_reconciled_and_nothing_captured_is_lost(world, two):
    here, there = two
    people = some_people(here, 40)
    here.sync()
    there.sync()
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    world.change("person", people[5], landmark="office")
    there.put("person", people[6], landmark="unsent")

    summary = there.sync()
    here.sync()

    assert summary.received < 20
    assert state(here) == state(there)
    assert world.get("person", people[6])["landmark"] == "unsent"
    assert faults(world) == []


def test_what_is_deleted_between_its_acknowledgement_and_the_comparison_leaves_no_ghost(world, two):
    here, _ = two
    some_people(here, 40)
    here.sync()
    person = a_person(here)
    here.line.lose_replies = 1
    with pytest.raises(Unreachable):
        here.sync()
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    send = here.line.send

    def delete_and_send(body):
        if here.line.traffic.round_trips == 3:  # it was acknowledged, the buckets come
            world.database.write(lambda work: work.delete("person", person))
        return send(body)

    here.line.send = delete_and_send
    summary = here.sync()

    assert here.store.find("person", person) is None
    assert here.store.kept.mismatches == 0
    assert summary.round_trips == 4  # nothing differs, so nothing is repaired


def test_what_is_deleted_between_its_lost_value_and_the_comparison_leaves_no_ghost(world, two):
    here, there = two
    world.grant("one", NEAR)
    person = a_person(there)
    there.put("contact_point", commune_code=NEAR, name_fr="Souk")
    there.sync()
    a_person(here, commune_code=NEAR)
    here.sync()
    here.put("person", person, birth_year=1971)
    there.put("person", person, birth_year=1972)
    there.sync()
    world.change("person", person, commune_code=NEAR)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    send = here.line.send

    def delete_and_send(body):
        if here.line.traffic.round_trips == 3:  # 1972 has come back, the buckets come
            world.database.write(lambda work: work.delete("person", person))
        return send(body)

    here.line.send = delete_and_send

    summary = here.sync()

    assert summary.conflicts == 1
    assert summary.round_trips == 4  # nothing more differs than what moved
    assert here.store.find("person", person) is None


def test_a_line_that_breaks_is_asked_for_less_until_it_carries_more(world, two):
    here, there = two
    for _ in range(400):
        a_person(here, name_fr=os.urandom(30).hex(), notes=os.urandom(60).hex())
    here.sync()
    asked = []
    send = there.line.send

    def listening(body):
        request = wire.decode_request(there.store.entities, body).request
        asked.append(request.bytes_max)
        return send(body)

    there.line.send = listening
    there.line.lose_replies = 20
    for _ in range(20):
        with pytest.raises(Unreachable):
            there.sync()
    assert asked[-1] == limits.PAGE_BYTES_LEAST == min(asked)
    asked.clear()

    there.sync()

    assert asked[:3] == [4_096, 8_192, 16_384]
    assert state(there) == state(here)
    here.store.kept.page_bytes = limits.PAGE_BYTES_LEAST
    for _ in range(100):
        a_person(here)
    assert here.sync().round_trips == 7  # sixteen changes at a time


def test_a_large_push_in_doubt_is_asked_for_before_it_is_sent_again(world, two):
    here, there = two
    for number in range(60):
        a_person(here, name_fr=f"{number} {os.urandom(30).hex()}")
    here.line.lose_replies = 1
    with pytest.raises(Unreachable):
        here.sync()
    sent = []
    send = here.line.send
    here.line.send = lambda body: sent.append(len(body)) or send(body)
    assert here.sync().pending == 0
    assert len(sent) == 1
    assert sent[0] < 200
    there.sync()
    assert state(here) == state(there)


def test_a_large_push_that_never_arrived_is_sent(world, two):
    here, there = two
    for number in range(60):
        a_person(here, name_fr=f"{number} {os.urandom(30).hex()}")
    here.line.cut = True
    with pytest.raises(Unreachable):
        here.sync()
    here.line.cut = False
    assert here.sync().pending == 0
    there.sync()
    assert state(here) == state(there)


def test_random_histories_end_alike_everywhere(world):
    seed = int(os.environ.get("SEED", "11"))
    rng = random.Random(seed)
    world.user("a", HOME, NEAR)
    world.user("b", HOME)
    world.user("c", NEAR, HOME)
    tablets = [world.tablet(login) for login in "abc"]
    people = []
    for _ in range(150):
        tablet = rng.choice(tablets)
        what = rng.random()
        if what < 0.2 or not people:
            people.append(a_person(tablet, commune_code=rng.choice([HOME, NEAR])))
        elif what < 0.65:
            person = rng.choice(people)
            if tablet.store.find("person", person):
                field = rng.choice(["phone", "douar", "name_fr", "notes", "landmark"])
                tablet.put("person", person, **{field: f"{field} {rng.randint(0, 5)}"})
        else:
            tablet.line.lose_replies = rng.random() < 0.3
            try:
                tablet.sync()
            except Unreachable:
                tablet.line.lose_replies = 0
    for _ in range(2):
        for tablet in tablets:
            tablet.sync()
    for tablet in tablets:
        assert tablet.store.outbox.pending_count() == 0
        assert tablet.store.kept.mismatches == 0, f"seed {seed}"
        for person in tablet.store.list("person"):
            assert person.values == world.get("person", person.record_id), f"seed {seed}"
    assert faults(world) == []


# Bad input


def test_a_request_repeated_is_turned_away(world, two):
    here, _ = two
    body = b"\x00\x90"
    header = sign(here.store, 500, body)
    with pytest.raises(Malformed):
        world.endpoint.answer("POST", SYNC_PATH, header, body)
    with pytest.raises(devices.CounterOld):
        world.endpoint.answer("POST", SYNC_PATH, header, body)


def test_a_request_of_another_hand_is_turned_away(world, two):
    here, there = two
    body = b"\x00\x90"
    header = sign(here.store, 9, body)
    forged = header.replace(f"v1 {here.store.kept.device_id}", f"v1 {there.store.kept.device_id}")
    with pytest.raises(signatures.SignatureWrong):
        world.endpoint.answer("POST", SYNC_PATH, forged, body)
    with pytest.raises(signatures.SignatureWrong):
        world.endpoint.answer("POST", SYNC_PATH, "", body)
    with pytest.raises(signatures.SignatureWrong):
        world.endpoint.answer("POST", SYNC_PATH, header, body + b"x")


def test_a_revoked_tablet_is_told_so_and_keeps_its_work(world, two):
    here, _ = two
    a_person(here)
    world.database.write(
        lambda work: devices.set_status(work, here.store.kept.device_id, devices.Status.REVOKED)
    )
    with pytest.raises(devices.DeviceRevoked):
        here.sync()
    assert here.store.outbox.pending_count() == 1


def test_a_code_serves_once_and_answers_the_same_tablet_again(world):
    world.user("one", HOME)
    here = world.tablet("one")
    code = world.code("one")
    key = here.store.kept.secret
    message = an_enrolment(code, key)
    with pytest.raises(enrolment.EnrolCodeUsed):
        world.database.write(lambda work: enrolment.enrol(work, message))
    from mobile_app.exchange.calls import SoftwareKey

    fresh = an_enrolment(code, SoftwareKey.make())
    first = world.database.write(lambda work: enrolment.enrol(work, fresh))
    assert world.database.write(lambda work: enrolment.enrol(work, fresh)) == first
    other = an_enrolment(code, SoftwareKey.make())
    with pytest.raises(enrolment.EnrolCodeUsed):
        world.database.write(lambda work: enrolment.enrol(work, other))
    wrong = an_enrolment("0000000000", SoftwareKey.make())
    with pytest.raises(enrolment.EnrolCodeWrong):
        world.database.write(lambda work: enrolment.enrol(work, wrong))


def test_a_code_ends_after_ten_minutes(world):
    from mobile_app.exchange.calls import SoftwareKey

    world.user("one", HOME)
    late = an_enrolment(world.code("one"), SoftwareKey.make())
    world.now += 11 * 60_000
    with pytest.raises(enrolment.EnrolCodeWrong):
        world.database.write(lambda work: enrolment.enrol(work, late))


def an_enrolment(code, secret):
    from mobile_app.exchange.calls import SoftwareKey

    key = SoftwareKey(secret)
    proof = key.sign(b"enrol1|" + code.encode() + b"|" + key.public())
    return enrolment.Enrolment(code, key.public().hex(), proof.hex())


def test_nonsense_never_shows_more_than_a_refusal(world, two):
    here, _ = two
    a_person(here)
    rng = random.Random(2)
    good = wire.encode_request(
        here.store.entities,
        Request(
            app=App(protocol=1, build="x", schema=1),
            epoch=b"",
            at=here.store.now(),
            inc=1,
            state=EMPTY_STATE,
            acknowledged_seq=0,
            pending_count=0,
            bytes_max=9_999,
        ),
    )
    bodies = [
        b"",
        b"\x01",
        b"\x07abc",
        envelope.seal([]),
        envelope.seal({"a": 1}),
        envelope.seal([1] * 11),
    ]
    for _ in range(60):
        broken = bytearray(good)
        broken[rng.randrange(len(broken))] = rng.randrange(256)
        bodies.append(bytes(broken))
    counter = 1_000
    for body in bodies:
        counter += 1
        with contextlib.suppress(Refusal, Malformed):
            world.endpoint.answer("POST", SYNC_PATH, sign(here.store, counter, body), body)
    assert faults(world) == []


def test_a_bomb_is_refused_before_it_unfolds():
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"\x01" + packer.compress(bytes(200_000_000)) + packer.flush()
    with pytest.raises(Malformed):
        envelope.open_sealed(bomb, Any)
