"""Offices are reminded 10, 3 and 0 days before the legal end; then who is above them."""

import pytest
import sqlalchemy as sa

from server.complaints import commands
from server.db.work import Author
from server.exchange.complaints import DAYS
from server.exchange.delays import clock_of
from server.exchange.ends import ABOVE, OFFICE
from server.exchange.stepping import Step, steps_of, take
from server.sms.outbox import Kind
from sync import local_time
from sync.rules.applications import ASKED, FILED, GRANTED, REVIEWED, Actor
from sync.scopes import DAY_MS
from tests.server.job_worker import runner_of
from tests.server.message_sender import DAY
from tests.world import HOME


@pytest.fixture
def filed(world):
    """A request that was filed; each day by `pass_days` has its nightly job."""
    world.now = DAY

    def make(work):
        values = {"commune_code": HOME, "service": "rna", "state": "ready"}
        person = work.insert("person", {"name_fr": "Amal", "commune_code": HOME}, Author(None))
        values["person_id"] = person.record_id
        return work.insert("application", values, Author(None)).record_id

    record_id = world.database.write(make)
    step(world, record_id, FILED, Actor.APPLICANT, receipt_number="2026-1")
    return record_id


def step(world, record_id, state, actor=Actor.OFFICE, **said):
    world.database.write(
        lambda work: take(work, work.lock("application", record_id), Step(state, actor, said=said))
    )


def end_of(world, record_id):
    def read(records):
        request = records.get("application", record_id)
        return clock_of(request, steps_of(records, request), world.now).ends_on

    return world.database.read(read)


def reminded(world):
    table = world.database.tables.message
    query = sa.select(table.c.created_at, table.c.why, table.c.body).where(
        table.c.kind == Kind.REMINDER
    )
    found = world.database.read(lambda r: r.connection.execute(query.order_by(table.c.id)).all())
    return [(int(row.body) - local_time.day_of(row.created_at), row.why) for row in found]


def night(world):
    from server.jobs.job import declared

    runner_of(world.database, declared()).run_now("remind-offices")


def pass_days(world, until):
    while local_time.day_of(world.now) < until:
        world.now += DAY_MS
        night(world)


def test_the_office_is_reminded_three_times_and_who_is_above_once(world, filed):
    pass_days(world, end_of(world, filed) + 5)
    assert reminded(world) == [(10, OFFICE), (3, OFFICE), (0, OFFICE), (-1, ABOVE)]


def test_a_night_that_was_missed_reminds_of_what_presses_most(world, filed):
    end = end_of(world, filed)
    world.now += (end - 2 - local_time.day_of(world.now)) * DAY_MS
    night(world)
    night(world)
    assert reminded(world) == [(2, OFFICE)]


def test_nobody_is_reminded_of_what_waits_for_papers_or_was_answered(world, filed):
    step(world, filed, REVIEWED)
    step(world, filed, ASKED, pieces=("cin",), words="page 2")
    pass_days(world, local_time.day_of(world.now) + 90)
    assert reminded(world) == []
    step(world, filed, REVIEWED, Actor.APPLICANT)
    step(world, filed, GRANTED)
    pass_days(world, local_time.day_of(world.now) + 90)
    assert reminded(world) == []


def test_a_pause_moves_the_end_and_reminds_anew(world, filed):
    pass_days(world, end_of(world, filed) - 9)
    assert reminded(world) == [(10, OFFICE)]
    step(world, filed, REVIEWED)
    step(world, filed, ASKED, pieces=("cin",), words="page 2")
    pass_days(world, local_time.day_of(world.now) + 20)
    step(world, filed, REVIEWED, Actor.APPLICANT)
    pass_days(world, end_of(world, filed) + 1)
    assert [one for one in reminded(world)[1:] if one[0] in (3, 0, -1)] == [
        (3, OFFICE),
        (0, OFFICE),
        (-1, ABOVE),
    ]


def test_a_complaint_is_reminded_of_as_a_request_is_until_it_is_answered(world, filed):
    step(world, filed, GRANTED)

    def make(work):
        request = work.get("application", filed)
        about = work.lock("person", request.values["person_id"])
        return commands.make(work, about, "delay", "", request)

    complaint = world.database.write(make)
    end = complaint.values["due_on"]
    pass_days(world, end - DAYS + 4)
    assert reminded(world) == []
    pass_days(world, end + 3)
    assert reminded(world) == [(10, OFFICE), (3, OFFICE), (0, OFFICE), (-1, ABOVE)]

    values = {"due_on": end + 30, "answer": "Oui."}
    world.database.write(
        lambda work: work.change("task", complaint.record_id, values, Author(None))
    )
    pass_days(world, end + 40)
    assert len(reminded(world)) == 4
