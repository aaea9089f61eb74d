"""A tablet is emptied on order: never by anybody else's, and not before its work has arrived."""

from __future__ import annotations

import pytest

from mobile_app import seats
from mobile_app.device.clock import FakeClock
from mobile_app.exchange import orders
from mobile_app.exchange.calls import Refused
from mobile_app.exchange.contact import make_contact
from mobile_app.store import drafts
from mobile_app.store.key import KeyRing
from server.accounts import devices, signatures
from server.accounts.devices import Status
from sync.orders import WIPED_PATH, Order, OrderForged
from tests.world import HOME, sign


@pytest.fixture
def here(world):
    world.user("one", HOME)
    return world.tablet("one")


def order(world, tablet, status):
    number = tablet.store.kept.device_id
    world.database.write(lambda work: devices.set_status(work, number, status))


def row(world, tablet):
    table = world.database.tables.device
    query = table.select().where(table.c.id == tablet.store.kept.device_id)
    return world.database.read(lambda records: records.connection.execute(query).one())


def a_person(tablet):
    return tablet.put("person", name_fr="Ali", commune_code=HOME).record_id


def contact(tablet):
    tablet.pass_time()
    return make_contact(tablet.store, tablet.line)


def test_one_that_leaves_sends_all_first(world, here):
    person = a_person(here)
    order(world, here, Status.LEAVING)
    with pytest.raises(orders.WipeOrdered):
        contact(here)
    assert world.get("person", person)["name_fr"] == "Ali"
    assert row(world, here).told_at == world.now


def test_one_that_leaves_waits_for_a_draft_to_be_finished(world, here):
    drafts.save(here.store, "visit", "person:00", {"notes": "begun"})
    order(world, here, Status.LEAVING)
    contact(here)
    assert orders.is_to_leave(here.store)
    assert orders.unsent(here.store) == 1
    drafts.discard(here.store, "visit", "person:00")
    with pytest.raises(orders.WipeOrdered):
        contact(here)


def test_an_order_that_is_withdrawn_is_forgotten(world, here):
    drafts.save(here.store, "visit", "person:00", {"notes": "begun"})
    order(world, here, Status.LEAVING)
    contact(here)
    order(world, here, Status.ACTIVE)
    contact(here)
    assert not orders.is_to_leave(here.store)
    drafts.discard(here.store, "visit", "person:00")
    contact(here)


def test_a_stolen_one_is_emptied_at_once_and_takes_nothing_with_it(world, here):
    person = a_person(here)
    order(world, here, Status.WIPING)
    with pytest.raises(orders.WipeOrdered):
        contact(here)
    assert world.database.read(lambda records: records.find("person", person)) is None
    assert row(world, here).told_at == world.now


@pytest.mark.parametrize("made", ["of_another_request", "of_another_kind", "nonsense"])
def test_a_forged_order_is_not_followed(world, here, made):
    order(world, here, Status.LEAVING)
    here.sync()
    header, counter = here.line.order
    here.line.order = {
        "of_another_request": (header, counter + 1),
        "of_another_kind": (header.replace(Order.LEAVE, Order.WIPE), counter),
        "nonsense": ("burn !", counter),
    }[made]
    with pytest.raises(OrderForged):
        orders.heed(here.store, here.line)
    assert not orders.is_to_leave(here.store)


def test_a_confirmation_counts_from_the_tablet_alone_and_only_after_an_order(world, here):
    def confirm(tablet, claimed):
        header = sign(tablet.store, 1_000, b"", WIPED_PATH)
        own = f"v1 {tablet.store.kept.device_id} "
        header = header.replace(own, f"v1 {claimed.store.kept.device_id} ")
        world.endpoint.answer("POST", WIPED_PATH, header, b"")

    confirm(here, here)
    assert row(world, here).status == Status.ACTIVE
    order(world, here, Status.WIPING)
    other = world.tablet("one")
    with pytest.raises(signatures.SignatureWrong):
        confirm(other, here)
    assert row(world, here).status == Status.WIPING
    confirm(here, here)
    assert row(world, here).status == Status.WIPED
    order(world, here, Status.ACTIVE)
    assert row(world, here).status == Status.WIPED
    with pytest.raises(devices.DeviceRevoked):
        here.sync()


def test_a_refusal_without_an_order_empties_nothing(world, here):
    here.line.send = lambda _body: (_ for _ in ()).throw(Refused("device_wiped", "", 403))
    with pytest.raises(Refused, match="device_wiped"):
        contact(here)


def test_a_tablet_enrolled_before_there_were_codes_asks_for_its_keys_once(world, here):
    asked = []
    here.store.kept.rescue_key = None

    def fetch(path):
        asked.append(path)
        header = sign(here.store, here.line.next_counter(), b"", path, "GET")
        return world.endpoint.answer("GET", path, header, b"")

    here.line.fetch = fetch
    contact(here)
    contact(here)
    assert len(asked) == 1
    number = here.store.kept.device_id
    code = world.database.read(lambda records: devices.code_for_pin(records, number, 3))
    assert devices.rescue_code(here.store.kept.rescue_key, 3) == code


def test_a_server_without_codes_takes_no_key_away(here):
    here.store.kept.rescue_key = None
    kept = here.store.kept.bundle_key

    def fetch(_path):
        raise Refused("malformed", "", 400)

    here.line.fetch = fetch
    contact(here)
    assert here.store.kept.rescue_key == b""
    assert here.store.kept.bundle_key == kept != b""


def test_what_is_emptied_is_one_agents_alone(tmp_path):
    clock = FakeClock(0)
    (tmp_path / "settings.json").write_bytes(b"{}")
    (tmp_path / "update").mkdir()  # a newer app, half fetched
    for pin in ("1111", "2222"):
        folder = seats.next_folder(tmp_path)
        KeyRing(folder, clock=clock).open(pin)
        (folder / "nuqta.db").write_bytes(b"sealed")
    first, second = seats.seats(tmp_path)
    seats.empty(first.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["agents", "settings.json", "update"]
    assert (second.folder / "nuqta.db").exists()
    seats.empty(second.folder)
    assert list(second.folder.iterdir()) == []


def test_what_was_begun_to_be_emptied_is_emptied_at_the_next_start(tmp_path):
    KeyRing(tmp_path).open("1111")
    (tmp_path / "nuqta.db").write_bytes(b"sealed")

    def end():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seats.empty(tmp_path, end)
    assert (tmp_path / "nuqta.db").exists()
    assert KeyRing(tmp_path).is_new
    seats.finish_emptying(tmp_path)
    assert list(tmp_path.iterdir()) == []
