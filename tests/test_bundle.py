"""A bundle: a new tablet's first exchange in a file, and what is refused as one."""

import secrets

import msgspec
import pytest

from mobile_app.store import bundle as taking
from mobile_app.store import stage
from server.db.schema import change_epoch
from server.exchange import bundle
from server.exchange.commands import Exchanges
from sync import bundle as form
from tests.world import HOME, NEAR


@pytest.fixture
def crowded(world):
    """One agent of a commune where 300 people were recorded, and a contact point."""
    world.user("one", HOME)
    world.user("two", HOME)
    there = world.tablet("two")
    for number in range(300):
        there.put("person", name_fr=f"Fatima {number}", commune_code=HOME)
    there.sync()
    return there


def made(world, login="one"):
    return bundle.make(Exchanges(world.database, 2), world.agent(login))


def test_the_first_exchange_after_a_bundle_is_a_delta(world, crowded):
    content = made(world)
    crowded.put("person", name_fr="Later", commune_code=HOME)
    crowded.sync()

    tablet = world.tablet("one")
    mine = tablet.put("person", name_fr="Before", commune_code=HOME).record_id
    done = taking.install(tablet.store, content)

    assert done.received >= 300
    assert not done.is_in_doubt
    assert tablet.store.count("person") == 301
    assert tablet.store.outbox.state("person", mine) == "on_tablet"
    summary = tablet.sync()
    assert (summary.received, summary.sent) == (1, 1)
    assert summary.round_trips <= 2
    assert tablet.store.count("person") == 302
    assert world.get("person", mine)["name_fr"] == "Before"
    assert tablet.sync().round_trips == 1
    assert not tablet.store.kept.is_in_doubt


def test_it_says_what_a_first_exchange_would(world, crowded):
    by_file, by_line = world.tablet("one"), world.tablet("one")
    taking.install(by_file.store, made(world))
    by_line.sync()
    assert by_file.store.kept.state == by_line.store.kept.state
    for name in ("person", "commune", "review"):
        ids = [
            sorted(one.record_id for one in tablet.store.list(name))
            for tablet in (by_file, by_line)
        ]
        assert ids[0] == ids[1]


def test_a_commune_taken_away_meanwhile_leaves_with_the_first_exchange(world, crowded):
    world.grant("one", NEAR)
    content = made(world)
    world.revoke("one", HOME)
    tablet = world.tablet("one")
    taking.install(tablet.store, content)
    tablet.sync()
    assert tablet.store.count("person") == 0


def test_nobody_reads_it_without_the_agents_key(world, crowded):
    found, _, _ = form.decode(made(world))
    assert b"Fatima" not in found.sealed
    tablet = world.tablet("one")
    tablet.store.kept.bundle_key = secrets.token_bytes(32)
    with pytest.raises(taking.BundleForged):
        taking.install(tablet.store, made(world))


def forged(content):
    """One byte of what is signed changed."""
    mark, signed, signature = msgspec.msgpack.decode(content)
    signed = signed[:-1] + bytes([signed[-1] ^ 1])
    return msgspec.msgpack.encode((mark, signed, signature))


def test_what_is_no_bundle_for_this_store_changes_nothing(world, crowded, tmp_path):
    from tests.world import World

    content = made(world)
    with World(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other") as elsewhere:
        elsewhere.user("one", HOME)
        foreign = made(elsewhere)
    tablet = world.tablet("one")
    for file, refusal in (
        (b"", form.BundleDamaged),
        (content[:-1], form.BundleDamaged),
        (content + b"x", form.BundleDamaged),
        (b"{}", form.BundleDamaged),
        (forged(content), taking.BundleForged),
        (foreign, taking.BundleElsewhere),
        (made(world, "two"), taking.BundleNotYours),
    ):
        with pytest.raises(refusal):
            taking.install(tablet.store, file)
        assert tablet.store.position().vector == []
        assert stage.is_empty(tablet.store)

    taking.install(tablet.store, content)
    with pytest.raises(taking.BundleLate):
        taking.install(tablet.store, content)


def test_a_bundle_from_before_a_restore_is_refused(world, crowded):
    content = made(world)
    world.database.write(lambda work: change_epoch(work, secrets.token_bytes(8)))
    tablet = world.tablet("one")
    with pytest.raises(taking.BundleElsewhere):
        taking.install(tablet.store, content)


def test_an_older_app_is_told_to_be_updated(world, crowded):
    tablet = world.tablet("one")
    tablet.store.schema = 0
    with pytest.raises(taking.BundleNewer):
        taking.install(tablet.store, made(world))
