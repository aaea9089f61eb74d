"""A first exchange in steps: the round of the day at once, the rest as it comes, nothing lost."""

import pytest

from mobile_app.exchange.calls import Unreachable
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.store import apply, gathering
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from mobile_app.store.visits import planned_visits, put_visit
from server.db.work import Author
from server.exchange import first, snapshots
from sync import local_time, scopes, wire
from sync.entities import ENTITIES
from sync.versions import SCHEMA_NOW
from tests.mobile_app.scenes import linked
from tests.world import HOME, NEAR

NEXT = "09.541.03.01"
COMMUNES = (NEAR, HOME, NEXT)
PEOPLE = 40


@pytest.fixture
def small_steps(monkeypatch):
    """Steps as they are where a hundred times as many people live."""
    monkeypatch.setattr(first, "FIRST_BYTES", 1_000)
    monkeypatch.setattr(first, "ROW_BYTES", 10_000)


@pytest.fixture
def plan(world, small_steps):
    """Three communes with people and visits; in the last, two visits are planned for today."""
    world.user("one", *COMMUNES)
    agent_id, today = world.agent("one"), local_time.day_of(world.now)

    def fill(work):
        planned = []
        for commune in COMMUNES:
            for number in range(PEOPLE):
                values = {"name_fr": f"{commune} {number}", "commune_code": commune}
                person = work.insert("person", values, Author(None)).record_id
                visit = {"person_id": person, "commune_code": commune}
                seen = {"state": "ended", "latitude": 30_000_000, "longitude": -9_000_000}
                work.insert("visit", {**visit, **seen, "started_at": world.now}, Author(None))
                if commune == NEXT and number < 2:
                    day = {"state": "planned", "planned_on": today, "agent_id": agent_id}
                    planned.append(work.insert("visit", {**visit, **day}, Author(None)).record_id)
        return planned

    return world.database.write(fill)


def first_step(world, tablet=None):
    """A new tablet of which the line goes once the first step has come."""
    tablet = tablet or world.tablet("one")
    tablet.line.break_at_request = 1
    with pytest.raises(Unreachable):
        tablet.sync()
    return tablet


def round_of(tablet):
    """What Today shows: the planned visits, and the names of those who are visited."""
    store = tablet.store
    found = planned_visits(store, until=local_time.day_of(tablet.clock.wall))
    return [
        (one.record_id, store.get("person", one.values["person_id"]).values["name_fr"])
        for one in found
    ]


def require_whole(world, tablet):
    """It holds what the server has, and says so by the same digests."""
    assert tablet.sync().received == 0
    assert not tablet.store.kept.later
    assert not tablet.store.kept.is_in_doubt
    assert not tablet.store.kept.mismatches
    assert tablet.store.count("person") == world.database.read(
        lambda records: len(records.list("person"))
    )


def names_later(tablet):
    return [name for _, name in tablet.store.kept.later]


def test_the_round_is_there_after_the_first_step(world, plan):
    tablet = first_step(world)
    assert sorted(one for one, _ in round_of(tablet)) == sorted(plan)
    assert {name for _, name in round_of(tablet)} == {f"{NEXT} 0", f"{NEXT} 1"}
    assert tablet.store.count("person") == 2
    assert tablet.store.count("visit", "latitude IS NOT NULL") == 2  # where they were last met
    later = names_later(tablet)
    assert later[0] == scopes.core(NEXT)  # then what lies about the round, commune by commune
    assert later[1].startswith(f"t/{NEXT}/v/")
    tablet.sync()
    require_whole(world, tablet)


def test_the_screens_say_what_is_there_and_what_is_still_to_come(world, plan, tmp_path):
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    with transaction(tablet.store.db):
        tablet.store.kept.url = "https://nuqta.example"
    assert context.is_awaited()  # so "no visits today" is not said
    assert (context.arriving(), SyncPresenter(context).steps_left()) == ("", -1)
    first_step(world, tablet)
    assert not context.is_awaited()
    assert [one.title for one in TodayPresenter(context).coming()] == [f"{NEXT} 0", f"{NEXT} 1"]
    assert context.arriving() == "Communes\u202f: 0 sur 3 arrivées, le reste suit"
    left = SyncPresenter(context).steps_left()
    for arrived in ("0", "1", "1", "2"):
        tablet.line.break_at_request = 1
        with pytest.raises(Unreachable):
            tablet.sync()
        left -= 1
        assert SyncPresenter(context).steps_left() == left
        assert context.arriving() == f"Communes\u202f: {arrived} sur 3 arrivées, le reste suit"
    tablet.sync()
    assert (context.arriving(), SyncPresenter(context).steps_left()) == ("", 0)


@pytest.mark.parametrize("is_prepared", [False, True])
def test_each_step_is_applied_by_itself_and_agrees(world, plan, monkeypatch, is_prepared):
    if is_prepared:
        monkeypatch.setattr(snapshots, "ROWS_LEAST", 3)
        assert snapshots.build(world.database) >= 2 * len(COMMUNES)
    applied, counts = apply.apply, []

    def watched(store):
        result = applied(store)
        assert not result.is_in_doubt
        counts.append((result.later_count, store.count("person")))
        return result

    monkeypatch.setattr(apply, "apply", watched)
    tablet = world.tablet("one")
    tablet.sync()
    assert [left for left, _ in counts] == list(range(len(counts) - 1, -1, -1))
    assert [count for _, count in counts] == sorted(count for _, count in counts)
    assert counts[0][1] == 2
    require_whole(world, tablet)


def test_a_small_territory_comes_at_once(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    assert tablet.sync().round_trips == 1
    assert not tablet.store.kept.later


@pytest.mark.parametrize("every", [9_000, 400, 150])
def test_a_line_that_breaks_anywhere_costs_nothing_that_had_come(world, plan, monkeypatch, every):
    monkeypatch.setattr("sync.limits.REPLY_KEPT_BYTES", 20)
    tablet = world.tablet("one")
    seen = 0
    for _ in range(400):
        tablet.line.breaks_after = [every]
        tablet.line.break_at_request = -1
        try:
            tablet.sync()
        except Unreachable:
            now = len(tablet.store.list("person", limit=1_000))
            assert now >= seen  # what was shown stays
            seen = now
            tablet.line.breaks_after = []
            tablet.line.break_at_request = 2  # the rest of it, and no more
            try:
                tablet.sync()
            except Unreachable:
                continue
        break
    require_whole(world, tablet)


def test_work_of_the_first_minutes_is_sent_and_stays(world, plan):
    tablet = first_step(world)
    (visit_id, _), _ = round_of(tablet)
    at = {"state": "ended", "started_at": tablet.clock.wall, "notes": "fait"}
    put_visit(tablet.store, at, visit_id=visit_id)
    new = tablet.put("person", name_fr="Nouvelle", commune_code=HOME).record_id
    known = tablet.store.find("visit", visit_id).values["person_id"]
    tablet.put("person", known, phone="+212600000001")

    tablet.line.break_at_request = 1  # one more step, which takes what was captured
    with pytest.raises(Unreachable):
        tablet.sync()
    assert tablet.store.outbox.pending_count() == 0
    assert names_later(tablet)
    assert world.get("visit", visit_id)["notes"] == "fait"
    assert world.get("person", known)["phone"] == "+212600000001"
    assert tablet.values("person", new)["name_fr"] == "Nouvelle"  # its commune is still to come
    tablet.put("person", new, phone="+212600000002")

    tablet.sync()
    assert tablet.values("person", new)["phone"] == "+212600000002"
    assert tablet.values("visit", visit_id)["notes"] == "fait"
    require_whole(world, tablet)


def test_what_changes_or_goes_before_its_scope_comes_is_right_in_the_end(world, plan):
    tablet = first_step(world)
    (gone, _), (moved, _) = round_of(tablet)
    world.database.write(lambda work: work.delete("visit", gone))
    world.change("visit", moved, planned_on=local_time.day_of(world.now) + 30)
    person = tablet.store.find("visit", moved).values["person_id"]
    world.change("person", person, name_fr="Autre", commune_code=HOME)
    tablet.sync()
    assert tablet.store.find("visit", gone) is None
    assert round_of(tablet) == []
    assert tablet.values("person", person)["name_fr"] == "Autre"
    require_whole(world, tablet)


def test_a_commune_that_is_taken_meanwhile_goes_with_its_rows(world, plan):
    tablet = first_step(world)
    world.revoke("one", NEXT)
    tablet.line.break_at_request = 1
    with pytest.raises(Unreachable):
        tablet.sync()
    assert round_of(tablet) == []
    assert not any(NEXT in name for name in names_later(tablet))
    assert tablet.store.count("person", "commune_code = ?", [NEXT]) == 0
    tablet.sync()
    assert tablet.sync().received == 0
    assert not tablet.store.kept.later


def test_nothing_is_sent_ahead_of_what_one_may_not_read(world, plan):
    world.user("two", HOME)
    today, two = local_time.day_of(world.now), world.agent("two")
    values = {"commune_code": NEXT, "state": "planned", "planned_on": today, "agent_id": two}
    foreign = world.database.write(lambda work: work.insert("visit", values, Author(None)))
    tablet = first_step(world, world.tablet("two"))
    assert tablet.store.find("visit", foreign.record_id) is None
    assert round_of(tablet) == []
    assert all(scopes.commune_of(name) == HOME for name in names_later(tablet))


def test_an_older_server_gives_all_at_once(world, plan, monkeypatch):
    decoded = wire.decode_request

    def older(entities, body):
        unread = decoded(entities, body)
        unread.request = type(unread.request)(
            **{
                name: getattr(unread.request, name)
                for name in unread.request.__slots__
                if name != "in_steps"
            }
        )
        return unread

    monkeypatch.setattr(wire, "decode_request", older)
    tablet = world.tablet("one")
    assert tablet.sync().round_trips == 1
    require_whole(world, tablet)


def test_an_upgraded_app_shows_all_it_had_until_it_has_come_again(world, plan, tmp_path):
    tablet = world.tablet("one", tmp_path / "tablet.db")
    tablet.sync()
    store = tablet.store
    with_schema = {"clock": tablet.clock, "ids": world.new_id, "schema": SCHEMA_NOW + 1}
    store.close()
    tablet.store = Store(tmp_path / "tablet.db", bytes(32), ENTITIES, **with_schema)
    tablet.line.store = tablet.store
    assert not gathering.gather(tablet.store).in_steps
    tablet.line.break_at_request = 1
    tablet.sync()
    assert tablet.store.count("person") == PEOPLE * len(COMMUNES)


def test_one_who_has_all_asks_for_no_steps(world, plan):
    tablet = world.tablet("one")
    assert gathering.gather(tablet.store).in_steps
    tablet.sync()
    assert not gathering.gather(tablet.store).in_steps


def test_of_more_visits_than_come_ahead_today_and_ones_own_come_first(world, plan, monkeypatch):
    monkeypatch.setattr(first, "_VISITS_MAX", 3)
    agent_id, today = world.agent("one"), local_time.day_of(world.now)

    def fill(work):
        place = {"commune_code": HOME, "state": "planned"}
        person = work.insert("person", {"name_fr": "A", "commune_code": HOME}, Author(None))
        whom = {**place, "person_id": person.record_id}
        for day in (today - 3, today, today + 1, today + 7):
            for _ in range(5):
                work.insert("visit", {**whom, "planned_on": day}, Author(None))
        made = {"state": "ended", "agent_id": agent_id, "started_at": world.now}
        return work.insert("visit", {**whom, **made}, Author(None)).record_id

    made = world.database.write(fill)
    wanted = world.database.read(
        lambda records: first.round_of(
            records,
            agent_id,
            {row.id: row for row in records.connection.execute(records.tables.scope.select())},
            now_ms=world.now,
        )
    )
    assert {*plan, made} <= wanted.ids["visit"]
