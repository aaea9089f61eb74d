"""The audit log's chains: whole whatever happens meanwhile, and no row of them to be mended."""

import threading

import pytest
import sqlalchemy as sa

from server.audit import chain
from server.audit.erase import erase
from server.audit.log import AuditLog
from server.audit.verify import Flaw, Head, heads, verify
from server.db.events import Action, Event
from server.db.work import Author
from tests.world import HOME


def look(world, kept=None):
    return world.database.read(lambda records: verify(records, kept))


def count(world, name="audit_event"):
    table = getattr(world.database.tables, name)
    query = sa.select(sa.func.count()).select_from(table)
    return world.database.read(lambda records: records.connection.scalar(query))


@pytest.fixture
def log(world):
    log = AuditLog(world.database)
    agent = world.user("salma", HOME, role="regional_coordinator")
    for at in range(6):
        log.note(
            Event(world.now + at, Action.VIEW, agent, "person", bytes([at]) * 16, bytes([at]) * 16)
        )
        log.write()
    return log


@pytest.fixture
def tamper(world):
    """Change the log as one who owns the database can: past its triggers."""

    def tamper(*statements):
        with world.database.engines.writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            else:
                for act in ("update", "delete"):
                    connection.exec_driver_sql(f"DROP TRIGGER audit_event_kept_{act}")
            for statement in statements:
                connection.exec_driver_sql(statement)

    return tamper


def test_a_log_that_nobody_touched_is_whole(world, log):
    found = look(world)
    assert (found.faults, found.writers) == ([], 1)
    assert found.events == count(world) == count(world, "audit_value")
    assert found.events >= 6  # and the account that was made


@pytest.mark.parametrize("act", ["UPDATE audit_event SET at = 0", "DELETE FROM audit_event"])
def test_an_event_is_not_changed_by_mistake(world, log, act):
    with pytest.raises(sa.exc.DBAPIError), world.database.engines.writing.begin() as connection:
        connection.exec_driver_sql(act)
    assert look(world).faults == []


def test_a_changed_event_is_named(world, log, tamper):
    tamper("UPDATE audit_event SET at = at + 1 WHERE seq = 3")
    (fault,) = look(world).faults
    assert (fault.writer, fault.seq, fault.flaw) == (log.writer, 3, Flaw.MOVED)
    assert fault.at is not None


def test_a_changed_value_is_named(world, log, tamper):
    tamper("UPDATE audit_value SET detail = 'x' WHERE seq = 2")
    (fault,) = look(world).faults
    assert (fault.writer, fault.seq, fault.flaw) == (log.writer, 2, Flaw.CHANGED)


def test_values_that_are_gone_are_named(world, log, tamper):
    tamper("DELETE FROM audit_value WHERE seq = 2")
    (fault,) = look(world).faults
    assert (fault.seq, fault.flaw) == (2, Flaw.CHANGED)


@pytest.mark.parametrize("seq", [1, 4])
def test_a_removed_event_is_named(world, log, tamper, seq):
    tamper(f"DELETE FROM audit_event WHERE seq = {seq}")
    (fault,) = look(world).faults
    assert (fault.writer, fault.seq, fault.flaw) == (log.writer, seq, Flaw.REMOVED)


def test_events_in_each_others_place_are_named(world, log, tamper):
    tamper(
        *(
            f"UPDATE {table} SET seq = {new} WHERE seq = {old}"
            for table in ("audit_event", "audit_value")
            for old, new in ((3, 99), (4, 3), (99, 4))
        )
    )
    named = {fault.seq for fault in look(world).faults}
    assert {3, 4} <= named


def test_a_chain_written_anew_shows_against_its_head(world, log, tamper):
    kept = world.database.read(heads)
    event, last = world.database.tables.audit_event, count(world)
    tamper("UPDATE audit_event SET at = at + 1 WHERE seq = 2")
    query = sa.select(event).order_by(event.c.seq)
    rows = world.database.read(lambda records: records.connection.execute(query).all())
    before = chain.first(log.writer)
    with world.database.engines.writing.begin() as connection:
        for row in rows:
            before = chain.link(before, tuple(row[:-1]))
            connection.execute(sa.update(event).where(event.c.seq == row.seq).values(chain=before))

    assert look(world).faults == []
    (fault,) = look(world, kept).faults
    assert (fault.writer, fault.seq, fault.flaw) == (log.writer, last, Flaw.CUT)


def test_a_cut_tail_shows_against_the_head(world, log, tamper):
    kept, last = world.database.read(heads), count(world)
    tamper(f"DELETE FROM audit_event WHERE seq >= {last - 1}")
    assert [(one.seq, one.flaw) for one in look(world).faults] == [
        (last - 1, Flaw.REMOVED),
        (last, Flaw.REMOVED),
    ]
    with world.database.engines.writing.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM audit_value WHERE seq >= {last - 1}")
    assert look(world).faults == []
    (fault,) = look(world, kept).faults
    assert (fault.seq, fault.flaw) == (last - 1, Flaw.CUT)
    # A writer that is gone altogether, too; one that came since is no fault.
    gone = {**kept, "ffffffffffff": Head(4, "00")}
    assert {fault.writer for fault in look(world, gone).faults} == {log.writer, "ffffffffffff"}


def test_an_earlier_head_holds_while_the_chain_goes_on(world, log):
    kept = world.database.read(heads)
    log.note(Event(world.now, Action.EXPORT, None))
    log.write()
    AuditLog(world.database).write()
    assert look(world, kept).faults == []


def test_somebody_is_forgotten_and_the_chains_stay_whole(world, log):
    person, kept = bytes([3]) * 16, world.database.read(heads)
    assert world.database.write(lambda work: erase(work, person, by=None)) == 1
    log.write()

    found = look(world, kept)

    assert (found.faults, found.emptied) == ([], 1)
    value = world.database.tables.audit_value
    query = sa.select(value).where(
        sa.or_(value.c.record_id == person, value.c.subject_id == person)
    )
    assert world.database.read(lambda records: records.connection.execute(query).all()) == []


def test_values_emptied_without_an_act_of_forgetting_are_a_fault(world, log, tamper):
    tamper("UPDATE audit_value SET salt = NULL, actor_id = NULL, record_id = NULL WHERE seq = 5")
    assert [fault.flaw for fault in look(world).faults] == [Flaw.FORGOTTEN]


def test_a_change_and_its_act_are_stored_together_or_not_at_all(world, log):
    author = Author(world.agent("salma"))

    def register(work, fault=False):
        work.insert("person", {"name_fr": "Fatima", "commune_code": HOME}, author)
        if fault:
            raise ValueError("a fault of ours")

    before = count(world, "audit_waiting")
    with pytest.raises(ValueError, match="ours"):
        world.database.write(lambda work: register(work, fault=True))
    assert count(world, "audit_waiting") == before
    world.database.write(register)
    assert count(world, "audit_waiting") == before + 1
    log.write()
    assert (count(world, "audit_waiting"), look(world).faults) == (0, [])


def test_one_work_that_changes_a_record_twice_is_one_act(world, log):
    author = Author(world.agent("salma"))

    def register(work):
        made = work.insert("person", {"name_fr": "Fatima", "commune_code": HOME}, author)
        work.change("person", made.record_id, {"phone": "+212612345678"}, author)
        work.change("person", made.record_id, {"name_ar": "فاطمة"}, author)

    world.database.write(register)
    waiting = world.database.tables.audit_waiting
    query = sa.select(waiting.c.action, waiting.c.detail).order_by(waiting.c.id)
    rows = world.database.read(lambda records: records.connection.execute(query).all())
    assert [tuple(row) for row in rows[-2:]] == [("make", ""), ("change", "phone name_ar")]


def test_what_a_merge_writes_is_kept_too(world, log):
    author = Author(world.agent("salma"))

    def merge(work):
        made = work.insert("person", {"name_fr": "Fatima", "commune_code": HOME}, Author(None))
        work.write("person", made.record_id, {"survivor_id": b"s" * 16}, author)
        return made.record_id

    person = world.database.write(merge)
    waiting = world.database.tables.audit_waiting
    query = sa.select(waiting).order_by(waiting.c.id.desc()).limit(1)
    row = world.database.read(lambda records: records.connection.execute(query).one())
    assert (row.action, row.record_id, row.detail) == ("change", person, "survivor_id")


def test_what_a_tablet_sends_is_not_written_twice(world, log):
    world.user("one", HOME)
    tablet = world.tablet("one")
    log.write()
    before = count(world)
    tablet.put("person", name_fr="Fatima", commune_code=HOME)
    tablet.sync()
    log.write()
    assert count(world) == before


def test_several_writers_share_what_waits_and_each_chain_is_whole(world, log):
    author = Author(world.agent("salma"))
    logs = [AuditLog(world.database) for _ in range(3)]
    begin = threading.Barrier(4)

    values = {"name_fr": "Fatima", "commune_code": HOME}

    def change():
        begin.wait()
        for _ in range(15):
            world.database.write(lambda work: work.insert("person", values, author))

    def seal(one):
        begin.wait()
        for at in range(15):
            one.note(Event(world.now, Action.VIEW, None, "visit", bytes([at]) * 16))
            one.write()

    threads = [threading.Thread(target=change)]
    threads += [threading.Thread(target=seal, args=[one]) for one in logs]
    before = count(world)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logs[0].write()

    assert count(world) == before + 15 + 3 * 15
    assert count(world, "audit_waiting") == 0
    assert look(world).faults == []


def test_what_could_not_be_written_waits(world, log, monkeypatch):
    before = count(world)
    log.note(Event(world.now, Action.EXPORT, None))
    write = world.database.write
    monkeypatch.setattr(world.database, "write", lambda command: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        log.write()
    monkeypatch.setattr(world.database, "write", write)
    log.write()
    assert count(world) == before + 1


def test_it_is_written_by_itself_and_at_the_end(world, log, monkeypatch):
    monkeypatch.setattr("server.audit.log.BATCH_S", 0.01)
    before, own = count(world), AuditLog(world.database)
    own.start()
    own.note(Event(world.now, Action.EXPORT, None))
    waited = threading.Event()
    for _ in range(300):
        if count(world) > before:
            break
        waited.wait(0.01)
    assert count(world) == before + 1
    own.note(Event(world.now, Action.EXPORT, None, detail="2"))
    own.stop()
    assert count(world) == before + 2


def test_where_too_much_waits_who_notes_more_writes_it(world, log, monkeypatch):
    monkeypatch.setattr("server.audit.log.WAITING_MAX", 3)
    before = count(world)
    for at in range(4):
        log.note(Event(world.now, Action.EXPORT, None, detail=str(at)))
    assert count(world) == before + 4


def test_more_than_a_batch_that_waits_is_sealed(world, log, monkeypatch):
    monkeypatch.setattr("server.audit.log._ROWS", 4)
    author = Author(world.agent("salma"))

    def register(work):
        for _ in range(11):
            work.insert("person", {"name_fr": "Fatima", "commune_code": HOME}, author)

    world.database.write(register)
    log.write()
    assert count(world, "audit_waiting") == 0
    assert look(world).faults == []
