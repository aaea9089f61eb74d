"""A newer calendar moves ends: each is kept anew, and who asked and the office are told once."""

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from server.applications.restating import restated_words
from server.complaints import commands
from server.complaints.titles import ABOUTS
from server.exchange.complaints import due_of
from server.jobs.job import declared
from server.phrases import load_phrases
from server.reference import files
from sync.rules.applications import ASKED, FILED, GRANTED, Actor
from tests.server.job_worker import runner_of
from tests.server.test_notices import OFFICE, request_of, rows, step  # noqa: F401
from tests.server.test_reminders import end_of
from tests.world import HOME

EPOCH = date(1970, 1, 1)


@pytest.fixture
def load(tmp_path, monkeypatch, world):
    """Let the server run with a newer calendar, in which a day is a holiday; then its job."""
    shipped, path = json.loads(files.CALENDAR.read_bytes()), tmp_path / "ma.json"

    def load(edition="2030-01-01", holiday=None):
        dated = list(shipped["dated"])
        if holiday is not None:
            on = (EPOCH + timedelta(days=holiday)).isoformat()
            one = {"code": "mourning", "first": on, "last": on, "mark": "observed"}
            dated.append({**one, "regions": [], "source": "a statement"})
        path.write_text(json.dumps({**shipped, "edition": edition, "dated": dated}))
        monkeypatch.setattr(files, "CALENDAR", path)
        forget()
        work()

    def work():
        runner = runner_of(world.database, {"restate-ends": declared()["restate-ends"]})
        world.now += 3_600_000
        runner.enqueue_waited_for()
        runner.run_due()

    forget()
    work()
    yield load
    monkeypatch.undo()
    forget()


def forget():
    files.calendar_content.cache_clear()
    files.calendar.cache_clear()


def filed(world, request_of, **values):  # noqa: F811
    record_id = request_of(**values)
    step(world, record_id, FILED, receipt_number="2026-1")
    return record_id


def due(world, record_id, entity="application"):
    return world.database.read(lambda r: r.get(entity, record_id).values["due_on"])


def rev_of(world, record_id):
    return world.database.read(lambda r: r.get("application", record_id).rev)


def told(world):
    return [row for row in rows(world) if "fériés" in row.body]


def page_says(world, record_id, entity="application"):
    phrases = load_phrases("fr")
    return world.database.read(lambda r: restated_words(r, phrases, r.get(entity, record_id)))


def change(world, record_id, values):
    world.database.write(lambda work: work.change("task", record_id, values, OFFICE))


def complained(world, request_id, about):
    def make(work):
        request = work.get("application", request_id)
        whose = work.lock("person", request.values["person_id"])
        return commands.make(work, whose, about, "", request).record_id

    return world.database.write(make)


def test_a_holiday_more_moves_the_end_and_is_told_once(world, load, request_of):  # noqa: F811
    record_id, silent = filed(world, request_of), filed(world, request_of, given=False, phone=None)
    end, rev = due(world, record_id), rev_of(world, record_id)
    assert end == end_of(world, record_id)

    load(holiday=end)

    assert due(world, record_id) == end_of(world, record_id) > end
    assert files.calendar().next_working_day(end + 1) == due(world, record_id)
    assert sorted(row.state for row in told(world)) == ["kept", "waiting"]
    assert load_phrases("fr").day(due(world, record_id)) in told(world)[0].body
    assert len(page_says(world, record_id)) == len(page_says(world, silent)) == 1
    assert rev < rev_of(world, record_id)

    load(holiday=end)
    load(edition="2020-01-01")  # a process that is yet to be upgraded
    assert len(told(world)) == 2


def test_where_no_end_moves_nobody_is_told(world, load, request_of):  # noqa: F811
    running, paused, answered = (filed(world, request_of) for _ in range(3))
    step(world, paused, ASKED, Actor.OFFICE, pieces=("cin",), words="page 2")
    step(world, answered, GRANTED, Actor.OFFICE)
    end = due(world, running)

    load(holiday=end + 30)
    assert told(world) == []
    assert due(world, running) == end

    load(edition="2030-01-02", holiday=end)
    assert [row.application_id for row in told(world)] == [running]
    assert page_says(world, paused) == page_says(world, answered) == []


def test_an_end_that_moves_twice_is_told_twice(world, load, request_of):  # noqa: F811
    record_id = filed(world, request_of)
    end = due(world, record_id)
    load(holiday=end)
    load(edition="2030-01-02")
    assert due(world, record_id) == end
    assert len(told(world)) == len(page_says(world, record_id)) == 2
    table = world.database.tables.calendar_edition
    count = sa.select(sa.func.count()).select_from(table)
    assert world.database.read(lambda r: r.connection.scalar(count)) == 3


def test_the_day_of_a_complaint_moves_alike(world, load, request_of):  # noqa: F811
    request_id = request_of()
    waits, chosen, answered = (complained(world, request_id, one) for one in ABOUTS[:3])
    made_at, end = world.now, due(world, waits, "task")
    for record_id, values in ((chosen, {"due_on": end - 5}), (answered, {"answer": "Oui."})):
        change(world, record_id, values)

    for _ in range(2):
        load(holiday=end)
        assert due(world, waits, "task") == due_of(HOME, made_at) > end

    assert due(world, chosen, "task") == end - 5, "an agent chose it, no calendar"
    assert page_says(world, chosen, "task") == page_says(world, answered, "task") == []
    assert len(page_says(world, waits, "task")) == 1
    (message,) = told(world)
    assert (message.application_id, message.state) == (request_id, "waiting")
    assert load_phrases("fr").day(due(world, waits, "task")) in message.body
    assert "plainte" in message.body
