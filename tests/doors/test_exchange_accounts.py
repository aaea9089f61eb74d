"""Who may exchange: a stranger learns nothing, a disabled account's work is taken all the same."""

import secrets

import pytest
import sqlalchemy as sa

from mobile_app.exchange.calls import Refused, SoftwareKey, Unreachable
from mobile_app.exchange.contact import make_contact
from mobile_app.store import media
from server.accounts import devices, enrolment
from server.exchange import bundle, settle
from server.exchange.commands import Exchanges
from sync.errors import Refusal
from tests.world import HOME, sign


@pytest.fixture
def tablet(world):
    world.user("one", HOME)
    return world.tablet("one")


def set_account(world, login, status):
    table = world.database.tables.account
    world.database.write(
        lambda work: work.connection.execute(
            sa.update(table).where(table.c.login == login).values(status=status)
        )
    )


def let_go(world, login, status):
    world.change("agent", world.agent(login), status=status)


DISABLE = [
    pytest.param(set_account, "disabled", id="disabled"),
    pytest.param(set_account, "closed", id="closed"),
    pytest.param(let_go, "left", id="left"),
]


def held(world):
    table = world.database.tables.held
    with world.engines.read() as connection:
        return connection.execute(table.select().order_by(table.c.seq)).all()


def refused(call_, *given, **more):
    with pytest.raises(Refusal) as found:
        call_(*given, **more)
    return found.value.code


@pytest.mark.parametrize(("disable", "status"), DISABLE)
def test_a_disabled_account_gives_its_work_and_receives_nothing(world, tablet, disable, status):
    world.user("two", HOME)
    there = world.tablet("two")
    tablet.sync()
    unseen = there.put("person", name_fr="Omar", commune_code=HOME).record_id
    there.sync()
    mine = tablet.put("person", name_fr="Ali", commune_code=HOME).record_id
    disable(world, "one", status)

    assert tablet.sync().held == 1
    assert tablet.store.find("person", unseen) is None
    assert [one.code for one in tablet.store.outbox.held()] == ["account_disabled"]
    assert tablet.store.outbox.pending_count() == 0
    assert refused(tablet.sync) == "account_disabled"
    path = f"/sync/v1/history/person/{unseen.hex()}"
    for one in (path, "/sync/v1/keys", "/sync/v1/replies/1/0"):
        header = sign(tablet.store, tablet.line.next_counter(), b"", one, "GET")
        assert refused(world.endpoint.answer, "GET", one, header, b"") == "account_disabled"

    disable(world, "one", "active")
    tablet.sync()
    assert tablet.store.find("person", unseen) is not None
    assert not tablet.store.kept.is_in_doubt
    (row,) = held(world)
    world.database.write(
        lambda work: settle.apply_held(work, bytes(row.change_id), by=None, slice_count=2)
    )
    tablet.sync()
    assert tablet.store.outbox.state("person", mine) == "received"


def test_photos_go_up_from_a_disabled_account(world, tablet):
    tablet.sync()
    photo = media.capture(tablet.store, "photo", {"commune_code": HOME}, b"jpeg" * 100).record_id
    tablet.sync()
    set_account(world, "one", "disabled")
    with pytest.raises(Refused) as found:
        make_contact(tablet.store, tablet.line)
    assert found.value.code == "account_disabled"
    assert media.get(tablet.store, photo).state == "verified"


def test_what_an_account_captured_before_is_for_a_coordinator_not_for_the_server(world, tablet):
    tablet.put("person", name_fr="Ali", commune_code=HOME)
    set_account(world, "one", "disabled")
    tablet.sync()

    assert settle.replay_all(world.database, slice_count=2).applied == 0
    (row,) = held(world)
    done = world.database.write(
        lambda work: settle.apply_held(work, bytes(row.change_id), by=None, slice_count=2)
    )
    assert done.applied == 1


def test_a_reply_lost_before_the_account_was_disabled_is_made_good_after(world, tablet):
    tablet.sync()
    person = tablet.put("person", name_fr="Ali", commune_code=HOME).record_id
    tablet.line.lose_replies = 1
    with pytest.raises(Unreachable):
        tablet.sync()
    set_account(world, "one", "disabled")
    tablet.sync()
    assert tablet.store.outbox.pending_count() == 0

    set_account(world, "one", "active")
    tablet.sync()
    assert tablet.values("person", person)["name_fr"] == "Ali"
    assert not tablet.store.kept.is_in_doubt


def test_a_tablet_of_a_disabled_account_is_emptied_as_ordered(world, tablet):
    set_account(world, "one", "disabled")
    device_id = tablet.store.kept.device_id
    world.database.write(lambda work: devices.set_status(work, device_id, devices.Status.LEAVING))
    with pytest.raises(Refusal) as found:
        make_contact(tablet.store, tablet.line)
    assert found.value.code == "device_wiped"


def test_a_disabled_account_gets_no_bundle(world, tablet):
    set_account(world, "one", "disabled")
    exchanges = Exchanges(world.database, 2)
    assert refused(bundle.make, exchanges, world.agent("one")) == "account_disabled"


def an_enrolment(code, secret):
    key = SoftwareKey(secret)
    proof = key.sign(b"enrol1|" + code.encode() + b"|" + key.public())
    return enrolment.Enrolment(code, key.public().hex(), proof.hex())


STATUSES = [one for one in devices.Status if one not in ("active", "leaving")]


@pytest.mark.parametrize("status", STATUSES)
def test_an_enrolment_sent_again_gives_no_keys_to_a_device_out_of_service(world, status):
    world.user("one", HOME)
    message = an_enrolment(world.code("one"), secrets.token_bytes(32))
    answer = world.database.write(lambda work: enrolment.enrol(work, message))
    assert world.database.write(lambda work: enrolment.enrol(work, message)) == answer

    world.database.write(lambda work: devices.set_status(work, answer["device_id"], status))

    expected = "device_wiped" if status == "wiping" else "device_revoked"
    enrol = lambda: world.database.write(lambda work: enrolment.enrol(work, message))  # noqa: E731
    assert refused(enrol) == expected


@pytest.mark.parametrize(("disable", "status"), DISABLE)
def test_a_disabled_account_enrols_no_tablet(world, disable, status):
    world.user("one", HOME)
    message = an_enrolment(world.code("one"), secrets.token_bytes(32))
    disable(world, "one", status)
    with pytest.raises(devices.AccountDisabled):
        world.database.write(lambda work: enrolment.enrol(work, message))


def test_a_stranger_cannot_tell_which_device_numbers_there_are(world, tablet):
    """Unknown, revoked or wiped, signed by another: one answer, to the byte."""
    body, path = b"x", "/sync/v1"
    header = sign(tablet.store, 9, body)
    _, number, counter, signature = header.split(" ")
    answers = set()
    for status in devices.Status:
        world.database.write(lambda work, to=status: devices.set_status(work, int(number), to))
        for device in (number, "999"):
            forged = f"v1 {device} {int(counter) + 1} {signature}"
            answers.add(refused(world.endpoint.answer, "POST", path, forged, body))
    assert answers == {"signature_wrong"}
    assert refused(world.endpoint.answer, "POST", path, header, body) == "device_revoked"
