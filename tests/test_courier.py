"""Letters carried by others: taken once, read by nobody else, acknowledged by the server alone."""

from __future__ import annotations

import json

import pytest

from mobile_app.exchange import courier as letters
from mobile_app.exchange.signatures import SignatureWrong
from mobile_app.store.database import transaction
from server.accounts import devices, signatures
from server.exchange.courier import take
from sync import courier
from tests.test_headless import HOME as COMMUNE
from tests.test_headless import Server, headless
from tests.world import HOME, World, sign


@pytest.fixture
def world(world):
    world.user("amina", HOME)
    world.user("brahim", HOME)
    return world


@pytest.fixture
def writer(world):
    """A tablet that has exchanged once, and holds two things the server lacks."""
    tablet = world.tablet("amina")
    tablet.sync()
    tablet.put("person", name_fr="Fatima", commune_code=HOME)
    tablet.put("person", name_fr="Ali", commune_code=HOME)
    return tablet


def brought(world, letter):
    return take(world.database, letter, slice_count=2)


def people(world):
    return sorted(
        row.name_fr
        for row in world.database.read(
            lambda records: records.connection.execute(
                records.tables.records["person"].select()
            ).all()
        )
    )


def test_what_is_carried_arrives_and_is_acknowledged_by_the_answer_alone(world, writer):
    letter = letters.export(writer.store)
    assert writer.store.outbox.pending_count() == 2
    assert b"Fatima" not in letter

    answer = brought(world, letter)
    assert people(world) == ["Ali", "Fatima"]
    assert writer.store.outbox.pending_count() == 2

    done = letters.accept(writer.store, answer)
    assert (done.acknowledged, done.pending) == (2, 0)
    summary = writer.sync()
    assert (summary.sent, summary.round_trips) == (0, 1)
    assert people(world) == ["Ali", "Fatima"]


def test_a_colleague_carries_it_and_brings_the_answer_back(world, writer):
    carrier = world.tablet("brahim")
    before = carrier.store.outbox.pending_count()

    class Line:
        def upload(self, method, path, body, _headers):
            header = sign(carrier.store, carrier.line.next_counter(), body, path, method)
            return type(
                "Answer", (), {"content": world.endpoint.answer(method, path, header, body)}
            )

    answer = letters.carry(Line(), letters.export(writer.store))

    with pytest.raises(letters.CourierUnknown):
        letters.accept(carrier.store, answer)
    assert carrier.store.outbox.pending_count() == before
    assert letters.accept(writer.store, answer).acknowledged == 2


def test_what_is_captured_after_the_letter_waits_on(world, writer):
    letter = letters.export(writer.store)
    writer.put("person", name_fr="Zohra", commune_code=HOME)

    done = letters.accept(writer.store, brought(world, letter))

    assert (done.acknowledged, done.pending) == (2, 1)
    assert writer.sync().sent == 1
    assert people(world) == ["Ali", "Fatima", "Zohra"]


def test_news_of_others_comes_with_the_answer(world, writer):
    other = world.tablet("brahim")
    other.put("person", name_fr="Karim", commune_code=HOME)
    other.sync()

    letters.accept(writer.store, brought(world, letters.export(writer.store)))

    names = {one.values["name_fr"] for one in writer.store.list("person")}
    assert names == {"Ali", "Fatima", "Karim"}


def test_a_letter_brought_twice_changes_nothing(world, writer):
    letter = letters.export(writer.store)
    answer = brought(world, letter)
    with pytest.raises(devices.CounterOld):
        brought(world, letter)
    assert people(world) == ["Ali", "Fatima"]

    assert letters.accept(writer.store, answer).acknowledged == 2
    with pytest.raises(letters.CourierUnknown):
        letters.accept(writer.store, answer)


def test_a_lost_answer_is_made_good_by_the_next_letter_or_a_line(world, writer):
    brought(world, letters.export(writer.store))
    answer = brought(world, letters.export(writer.store))
    assert letters.accept(writer.store, answer).acknowledged == 2
    writer.put("person", name_fr="Zohra", commune_code=HOME)
    brought(world, letters.export(writer.store))
    writer.sync()
    assert writer.store.outbox.pending_count() == 0
    assert people(world) == ["Ali", "Fatima", "Zohra"]


def test_a_letter_that_never_arrives_costs_a_question_and_nothing_else(world, writer):
    letters.export(writer.store)
    assert writer.store.outbox.pending_count() == 2
    assert writer.sync().sent == 2
    assert people(world) == ["Ali", "Fatima"]


def test_of_many_letters_the_oldest_answers_are_no_longer_known(world, writer):
    first = letters.export(writer.store)
    answer = brought(world, first)
    for _ in range(letters.LETTERS_MAX):
        last = letters.export(writer.store)
    with pytest.raises(letters.CourierUnknown):
        letters.accept(writer.store, answer)
    assert letters.accept(writer.store, brought(world, last)).acknowledged == 2


def test_a_server_set_back_is_not_settled_by_a_letter(world, writer):
    answer = brought(world, letters.export(writer.store))
    letters.accept(writer.store, answer)
    writer.put("person", name_fr="Zohra", commune_code=HOME)
    letter = letters.export(writer.store)
    tables = world.database.tables
    world.database.write(
        lambda work: work.connection.execute(tables.incarnation.update().values(last_seq=0))
    )
    with pytest.raises(letters.CourierNeedsLine):
        letters.accept(writer.store, brought(world, letter))
    assert writer.store.outbox.pending_count() == 1


def test_a_letter_that_comes_after_an_exchange_is_of_no_use_and_does_no_harm(world, writer):
    letter = letters.export(writer.store)
    early = brought(world, letters.export(writer.store))
    writer.sync()
    with pytest.raises(devices.CounterOld):
        brought(world, letter)
    with pytest.raises(letters.CourierStale):
        letters.accept(writer.store, early)
    assert writer.store.outbox.pending_count() == 0
    assert people(world) == ["Ali", "Fatima"]


def test_a_cut_or_changed_letter_is_refused_wherever_it_is_cut(world, writer):
    letter = letters.export(writer.store)
    cut = [letter[:size] for size in (0, 3, 4, 20, 43, 44, 56, 60, len(letter) - 1)]
    changed = [
        letter[:at] + bytes([letter[at] ^ 1]) + letter[at + 1 :] for at in (0, 15, 50, 60, -20)
    ]
    for bad in cut + changed:
        with pytest.raises(courier.CourierDamaged):
            brought(world, bad)
    assert people(world) == []
    brought(world, letter)


def test_a_cut_or_changed_answer_is_refused_and_the_true_one_still_fits(world, writer):
    answer = brought(world, letters.export(writer.store))
    for at in (0, 13, 25, len(answer) - 1):
        for bad in (answer[:at], answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]):
            with pytest.raises(courier.CourierDamaged):
                letters.accept(writer.store, bad)
    assert writer.store.outbox.pending_count() == 2
    assert letters.accept(writer.store, answer).acknowledged == 2


def test_a_letter_to_another_server_is_refused(world, writer, tmp_path):
    other = World(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "others")
    with other, pytest.raises(courier.CourierOtherServer):
        brought(other, letters.export(writer.store))


def test_a_letter_in_another_device_s_name_is_refused(world, writer):
    victim = world.tablet("brahim")
    with transaction(writer.store.db):
        writer.store.kept.device_id = victim.store.kept.device_id
    with pytest.raises(signatures.SignatureWrong):
        brought(world, letters.export(writer.store))
    assert people(world) == []


def test_a_letter_of_a_revoked_device_is_refused(world, writer):
    letter = letters.export(writer.store)
    device_id = writer.store.kept.device_id
    world.database.write(lambda work: devices.set_status(work, device_id, devices.Status.REVOKED))
    with pytest.raises(devices.DeviceRevoked):
        brought(world, letter)
    assert people(world) == []


def test_an_answer_that_the_server_did_not_sign_acknowledges_nothing(world, writer):
    letter = letters.export(writer.store)
    answer = brought(world, letter)
    with transaction(writer.store.db):
        writer.store.kept.server_key = "11" * 32  # as if another had made the reply
    with pytest.raises(SignatureWrong):
        letters.accept(writer.store, answer)
    assert writer.store.outbox.pending_count() == 2


def test_a_tablet_that_never_had_a_line_but_to_enrol_writes_too(world):
    tablet = world.tablet("amina")
    tablet.put("person", name_fr="Fatima", commune_code=HOME)
    done = letters.accept(tablet.store, brought(world, letters.export(tablet.store)))
    assert (done.acknowledged, done.pending) == (1, 0)
    assert people(world) == ["Fatima"]


def test_what_was_signed_for_a_letter_is_no_request(world, writer):
    body = b"\x90"
    header = sign(writer.store, writer.line.next_counter(), body, courier.PATH)
    with pytest.raises(signatures.SignatureWrong):
        world.endpoint.answer("POST", "/sync/v1", header, body)


@pytest.mark.slow
def test_by_commands_over_a_colleague_and_by_a_memory_stick(tmp_path):
    server = Server(tmp_path / "server")
    (tmp_path / "server").mkdir()
    server.run("migrate")
    server.run("load-reference")
    for login in ("one", "two"):
        server.run(
            "create-user", login, "--role", "field_agent", "--commune", COMMUNE, stdin="password1\n"
        )
    server.start()
    for login in ("one", "two"):
        code = json.loads(server.run("enrol-code", login, "--json"))["code"]
        headless(tmp_path / login, "enrol", server.url, code)
    one, two, letter, answer = (tmp_path / name for name in ("one", "two", "letter", "answer"))

    headless(one, "put", "person", json.dumps({"name_fr": "Fatima", "commune_code": COMMUNE}))
    assert headless(one, "courier-export", str(letter))["pending"] == 1
    headless(two, "courier-carry", str(letter), str(answer))
    assert (
        headless(two, "courier-carry", str(letter), str(answer), expect=4)["code"] == "counter_old"
    )
    assert headless(one, "courier-accept", str(answer))["acknowledged"] == 1

    headless(one, "put", "person", json.dumps({"name_fr": "Ali", "commune_code": COMMUNE}))
    headless(one, "courier-export", str(letter))
    server.run("take-courier", str(letter), "--answer", str(answer))
    assert headless(one, "courier-accept", str(answer))["pending"] == 0
    assert headless(two, "courier-accept", str(answer), expect=4)["code"] == "courier_unknown"
    server.kill()
