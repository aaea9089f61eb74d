"""A tablet restored or cloned, a server restored or set back: nothing lost, nothing twice."""

# Long: each way to lose or double a tablet, an example each.

import io
import json
import os
import shutil

import pytest
import sqlalchemy as sa

from mobile_app.exchange.calls import Unreachable
from mobile_app.store import numbering
from mobile_app.store.database import transaction
from server.accounts import devices, incarnations
from server.check import check
from server.cli.main import main
from server.db.schema import change_epoch
from server.db.work import Author
from server.exchange import settle
from server.exchange.routes import Counters
from server.settings import Settings
from sync.changes import Change, Op
from sync.messages import Proof
from sync.scopes import DAY_MS
from tests.world import FAR, HOME, Tablet

_COPY = ".copy"


@pytest.fixture
def here(world, tmp_path):
    world.user("one", HOME)
    world.user("two", HOME)
    return world.tablet("one", tmp_path / "one.db")


@pytest.fixture
def there(world):
    return world.tablet("two")


def a_person(tablet, **more):
    return tablet.put("person", name_fr=os.urandom(4).hex(), commune_code=HOME, **more).record_id


def copied(tablet, path):
    """Keep a copy of a tablet's file, as a backup would, and return its path."""
    tablet.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = path.with_name(path.name + _COPY)
    shutil.copy(path, copy)
    return copy


def opened(world, path):
    tablet = Tablet(world, path)
    tablet.clock.wall = world.now
    return tablet


def names(world):
    return sorted(one.values["name_fr"] for one in world.database.read(lambda r: r.list("person")))


def names_here(tablet):
    return sorted(one.values["name_fr"] for one in tablet.store.list("person"))


def faults(world):
    return check(Settings.from_env({"NUQTA_DATA_DIR": "unused"}), world.database)["faults"]


def row_count(world, table):
    with world.database.engines.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_a_tablet_restored_from_a_copy_goes_on_and_loses_nothing(world, here, tmp_path):
    first = a_person(here)
    here.sync()
    before = copied(here, tmp_path / "one.db")
    second = a_person(here)  # after the copy: on the server, not in the copy
    here.put("person", first, douar="Tamast")
    here.sync()
    here.store.close()

    here = opened(world, before)
    third = a_person(here)
    here.put("person", first, landmark="the well")
    summary = here.sync()

    assert (summary.pending, summary.held) == (0, 0)
    assert here.store.kept.inc == 2
    assert {one.record_id for one in here.store.list("person")} == {first, second, third}
    assert names_here(here) == names(world)
    person = world.get("person", first)
    assert (person["douar"], person["landmark"]) == ("Tamast", "the well")
    assert here.sync().round_trips == 1
    assert faults(world) == []


def test_a_copy_with_nothing_new_finds_out_at_once(world, here, tmp_path):
    a_person(here)
    here.sync()
    before = copied(here, tmp_path / "one.db")
    a_person(here)
    here.sync()

    there = opened(world, before)
    there.sync()

    assert names_here(there) == names(world)
    assert len(names(world)) == 2


def test_twins_work_side_by_side(world, here, tmp_path):
    shared = a_person(here)
    unsent = a_person(here)
    twin = opened(world, copied(here, tmp_path / "one.db"))
    for number in range(3):
        a_person(here)
        here.put("person", shared, phone=f"+21260000000{number}")
        here.sync()
        a_person(twin)
        twin.put("person", shared, douar=f"Tamast {number}")
        twin.sync()

    assert here.sync().round_trips == 1
    assert (here.store.kept.inc, twin.store.kept.inc) == (1, 2)
    assert names_here(here) == names_here(twin) == names(world)
    assert len(names(world)) == 8
    assert world.get("person", unsent) == here.values("person", unsent)
    person = world.get("person", shared)
    assert (person["phone"], person["douar"]) == ("+212600000002", "Tamast 2")
    assert faults(world) == []


def test_what_a_twin_had_sent_is_known_again(world, here, tmp_path):
    person = a_person(here)
    twin = opened(world, copied(here, tmp_path / "one.db"))
    here.sync()
    here.put("person", person, phone="+212600000001")
    here.sync()
    a_person(twin)

    assert twin.sync().conflicts == 0

    assert twin.values("person", person)["phone"] == "+212600000001"
    assert len(names(world)) == 2


def test_a_change_held_is_still_held_under_its_new_number(world, here, tmp_path):
    a_person(here)
    here.sync()
    before = copied(here, tmp_path / "one.db")
    a_person(here)
    here.sync()

    twin = opened(world, before)
    twin.put("person", commune_code="09.999.99.99", name_fr="nowhere")
    assert twin.sync().held == 1
    again = copied(twin, before)
    twin.put("person", commune_code=HOME, name_fr="x")
    twin.sync()
    third = opened(world, again)
    third.sync()

    assert [one.code for one in third.store.outbox.held()] == ["commune_unknown"]
    held = world.database.tables.held
    assert row_count(world, held) == 1


def backup(world):
    """Return all that a database holds."""
    tables = world.database.tables.metadata.sorted_tables
    with world.database.engines.read() as connection:
        return {table: connection.execute(sa.select(table)).mappings().all() for table in tables}


def restore(world, rows):
    """Put a database back to what it held."""

    def run(connection):
        for table in rows:
            connection.execute(sa.delete(table))
            if rows[table]:
                connection.execute(sa.insert(table), [dict(row) for row in rows[table]])

    world.database.engines.write(run)
    world.restart()


@pytest.mark.parametrize("is_told", [True, False], ids=["new-epoch", "nobody-said-so"])
def test_a_server_set_back_gets_again_what_it_had_acknowledged(world, here, there, is_told):
    kept = a_person(here)
    here.sync()
    there.sync()
    night = backup(world)
    lost = [a_person(here) for _ in range(3)]
    here.sync()
    there.sync()
    epoch = world.database.epoch
    restore(world, night)
    if is_told:
        world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    unsent = a_person(here)

    summary = here.sync()
    there.sync()

    assert summary.pending == 0
    assert world.database.epoch != epoch
    assert {one.record_id for one in here.store.list("person")} == {kept, *lost, unsent}
    assert names_here(here) == names_here(there) == names(world)
    assert here.store.kept.inc == 1
    assert here.sync().round_trips == there.sync().round_trips == 1


@pytest.mark.parametrize("is_told", [True, False], ids=["new-epoch", "nobody-said-so"])
def test_a_lost_value_is_not_taken_for_the_one_written_in_its_place(world, here, there, is_told):
    person = a_person(here)
    here.sync()
    there.sync()
    night = backup(world)
    world.change("person", person, landmark="lost with the server")
    a_person(here)
    here.sync()
    restore(world, night)
    restored_ms = world.now
    there.pass_time()
    there.put("person", person, douar="written since")  # the same rev of the same era
    there.sync()
    if is_told:
        world.database.write(lambda work: change_epoch(work, os.urandom(8), since_ms=restored_ms))

    here.sync()
    there.sync()

    truth = world.get("person", person)
    assert (truth["landmark"], truth["douar"]) == (None, "written since")
    assert here.values("person", person) == there.values("person", person) == truth
    assert faults(world) == []


def test_a_base_that_was_lost_is_not_taken_for_the_one_written_in_its_place(world, here):
    person = a_person(here)
    here.sync()
    night = backup(world)
    world.change("person", person, landmark="lost with the server")
    here.sync()
    here.put("person", person, birth_year=1982)  # on the second rev, which is lost
    restore(world, night)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    world.change("person", person, birth_year=1981)  # the second rev of another era

    summary = here.sync()

    assert summary.conflicts == 1
    assert world.get("person", person)["birth_year"] == 1981


def test_a_row_number_of_another_line_of_history_names_nothing(world, here, there):
    a_person(here)
    here.sync()
    there.sync()
    night = backup(world)
    author = Author(None)
    values = {"commune_code": HOME, "name_fr": "of the office", "notes": "its own"}
    lost = world.database.write(lambda work: work.insert("person", values, author).record_id)
    met = a_person(there)
    there.sync()
    here.sync()
    here.put("person", lost, douar="held, since there is no such record")
    here.put("person", met, notes="of here")
    restore(world, night)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    there.sync()  # gives the person met again, under the number of the one that is lost
    world.change("person", met, notes="of the office")

    here.sync()

    assert here.values("person", lost)["notes"] == "its own"
    assert here.values("person", met) == world.get("person", met)
    assert world.get("person", met)["notes"] == "of the office\nof here"


def test_a_change_held_by_a_restored_server_waits_over_what_comes_with_it(world, here, there):
    person = a_person(there)
    night = backup(world)
    there.sync()
    here.sync()
    here.put("person", person, douar="of here")
    here.sync()
    world.database.write(lambda work: work.delete("person", person))
    here.sync()
    restore(world, night)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    send = here.line.send
    is_given_again = []

    def send_and_be_overtaken(body):
        answer = send(body)
        if row_count(world, world.database.tables.held) and not is_given_again:
            is_given_again.append(there.sync())  # what is changed comes after the change of it
        return answer

    here.line.send = send_and_be_overtaken

    assert here.sync().held == 0  # it was acknowledged before
    assert here.values("person", person) == {**world.get("person", person), "douar": "of here"}
    assert [one.code for one in here.store.outbox.held()] == ["not_allowed"]


def test_a_dismissal_that_a_restored_server_lost_leaves_the_record_whole(world, here):
    person = a_person(here, notes="by the well")
    here.sync()
    here.put("person", person, commune_code=FAR)
    here.sync()
    with world.engines.read() as connection:
        change_id = connection.scalar(sa.select(world.database.tables.held.c.change_id))
    night = backup(world)

    def dismiss():
        world.database.write(
            lambda work: settle.dismiss_held(work, change_id, by=None, reason="too far")
        )
        here.sync()

    dismiss()
    assert here.values("person", person) == world.get("person", person)
    restore(world, night)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    here.sync()
    shown = {**world.get("person", person), "commune_code": FAR}
    assert here.values("person", person) == shown
    world.change("person", person, douar="Tamast")
    here.sync()
    dismiss()

    assert here.values("person", person) == world.get("person", person)
    assert here.values("person", person)["notes"] == "by the well"


def test_a_record_that_a_restored_server_holds_is_on_the_tablet_again(world, here):
    here.sync()
    night = backup(world)
    author, values = Author(None), {"commune_code": HOME, "name_fr": "of the office"}
    lost = world.database.write(lambda work: work.insert("person", values, author).record_id)
    here.sync()
    here.pass_time()
    group = [("person", {"commune_code": HOME, "name_fr": "of here"}, b"")]
    made, _ = here.store.put_group([*group, ("person", {"douar": "by the well"}, lost)])
    here.put("person", made.record_id, douar="Tamast")
    here.sync()
    world.database.write(lambda work: work.delete("person", made.record_id))
    here.sync()
    assert here.store.find("person", made.record_id) is None

    restore(world, night)
    world.database.write(lambda work: change_epoch(work, os.urandom(8)))
    here.sync()

    assert [one.code for one in here.store.outbox.held()] == [
        "not_allowed",
        "not_allowed",
        "parent_held",
    ]
    shown = here.store.get("person", made.record_id)
    assert (shown.values["name_fr"], shown.values["douar"]) == ("of here", "Tamast")


def test_a_server_set_back_further_than_its_backups_gets_what_is_left(world, here):
    night = backup(world)
    for _ in range(2):
        a_person(here)
        here.sync()
    with transaction(here.store.db):
        here.store.db.execute("DELETE FROM outbox WHERE seq = 1")
    restore(world, night)

    here.sync()

    assert here.store.kept.inc == 2
    assert len(names(world)) == 1
    assert names_here(here) == names(world)


def test_an_incarnation_that_the_server_lost_is_not_given_twice(world, here):
    a_person(here)
    here.sync()
    numbering.renumber(here.store, 7)  # given by a server that has since been restored
    a_person(here)

    here.sync()

    assert here.store.kept.inc == 8
    assert len(names(world)) == 2


def test_changes_stay_on_the_tablet_until_no_backup_can_lose_them(world, here):
    def kept():
        return here.store.db.execute("SELECT count(*) FROM outbox").fetchone()[0]

    a_person(here)
    here.sync()
    a_person(here)
    here.sync()
    assert (kept(), here.store.outbox.pending_count()) == (2, 0)

    here.pass_time(61_000)
    world.database.write(lambda work: incarnations.note_backup(work, world.now))
    a_person(here)
    here.sync()
    assert kept() == 1

    here.pass_time(31 * DAY_MS)
    a_person(here)
    here.sync()
    assert kept() == 1
    assert names_here(here) == names(world)


def test_a_proof_that_proves_nothing_changes_nothing(world, here):
    night = backup(world)
    a_person(here)
    here.sync()
    proof = numbering.proof(here.store)
    device = world.database.read(lambda records: incarnations.find(records, 1, 1))
    epoch = world.database.epoch

    def is_proved(shown, under=epoch):
        return world.database.read(
            lambda records: incarnations.is_loss_proved(records, device, shown, under)
        )

    assert not is_proved(proof)  # true, and nothing is lost
    restore(world, night)
    assert is_proved(proof)
    assert not is_proved(proof, os.urandom(8))  # of an earlier epoch
    forged = Proof(
        inc=1,
        last_seq=99,
        chain=proof.chain,
        columns=proof.columns,
        server_ms=proof.server_ms,
        signature=proof.signature,
    )
    assert not is_proved(forged)


def test_a_twin_whose_reply_is_lost_asks_again(world, here, tmp_path):
    a_person(here)
    twin = opened(world, copied(here, tmp_path / "one.db"))
    here.sync()
    a_person(here)
    here.sync()
    a_person(twin)
    for lost in (1, 1):
        twin.line.lose_replies = lost
        with pytest.raises(Unreachable):
            twin.sync()

    twin.sync()

    assert names_here(twin) == names(world)
    assert len(names(world)) == 3


def test_a_twin_s_change_is_not_acknowledged_for_one_that_does_not_pass(world, here, tmp_path):
    here.sync()
    twin = opened(world, copied(here, tmp_path / "one.db"))
    a_person(twin)
    twin.sync()
    a_person(here)
    here.line.body_bytes_max = 140  # no change passes, all else does

    assert here.sync().code == "body_too_large"

    here.line.body_bytes_max = 2**62
    assert here.sync().pending == 0
    assert len(names(world)) == 2
    twin.store.close()


def test_a_delete_after_an_own_change_in_one_push_holds(world, here):
    person = a_person(here)
    here.sync()
    here.put("person", person, douar="Tamast")
    append_delete(here, person)

    here.sync()

    assert names(world) == []
    assert names_here(here) == []


def append_delete(tablet, record_id):
    store = tablet.store
    with transaction(store.db):
        rev, seq = store.get("person", record_id).rev, store.kept.next_seq
        store.outbox.append(
            Change(
                seq=seq,
                group=seq,
                op=Op.DELETE,
                entity="person",
                record_id=record_id,
                base_rev=rev,
                base_era=0,
                values={},
                at=store.now(),
                schema=store.schema,
            )
        )


def test_counters_may_overtake_but_not_return(world, here):
    device = world.database.read(lambda records: incarnations.find(records, 1, 1))
    counters = Counters()
    for counter in (5, 3, 4, 100, 99, 40, 10**15, 10**15 - 63):
        counters.require_new(device, counter)
    for counter in (100, 40, 5, 10**15, 10**15 - 63, 10**15 - 64, 0, -1):
        with pytest.raises(devices.CounterOld) as old:
            counters.require_new(device, counter)
        assert old.value.values["counter"] == 10**15


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2020-01-01T02:00:00+01:00", 0), ("2999-01-01T00:00:00+00:00", 4), ("night", 4)],
)
def test_the_operator_says_what_is_backed_up(tmp_path, capsys, moment, status):
    environ = {"NUQTA_DATA_DIR": str(tmp_path)}
    main(["migrate"], environ, io.StringIO())
    capsys.readouterr()

    assert main(["backed-up", "--at", moment, "--json"], environ, io.StringIO()) == status

    said = json.loads(capsys.readouterr().out)
    assert said.get("code", "moment_wrong") == "moment_wrong"
    assert ("backed_up_ms" in said) is (status == 0)
