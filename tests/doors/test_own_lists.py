"""The lists of jobs and of the audit log, and a record's past, asked in every way."""

from uuid import UUID

import pytest

from server.audit.log import AuditLog
from server.jobs import queue
from tests.doors.conftest import login_of


@pytest.mark.parametrize(
    "query",
    [
        "",
        "login=regional-coordinator",
        "action=view",
        "of={person}",
        "of={person}&login=regional-coordinator&action=view&since=2020-01-01&until=2100-01-01",
        "after=4000000000000.0123456789ab.7",
        "of={person}&after=4000000000000.0123456789ab.7",
    ],
)
def test_the_audit_log_is_asked_in_every_way(doors, query):
    headers, _ = doors.sign_in(login_of("auditor"))
    person = UUID(bytes=doors.own.person)
    coordinator, _ = doors.sign_in("regional-coordinator")
    assert doors.get(f"/desk/people/{person}", coordinator).status_code == 200
    doors.app.on_shutdown[0].__self__.audit.write()
    AuditLog(doors.world.database).write()

    page = doors.get(f"/desk/audit?{query.format(person=person)}", headers)
    file = doors.get(f"/desk/audit/export.csv?{query.format(person=person)}", headers)

    assert page.status_code == file.status_code == 200
    assert "Fatima-home" in page.text
    assert "Fatima-home" in file.text


def test_jobs_are_listed_from_a_place_on(doors):
    headers, _ = doors.sign_in("administrator")
    by = doors.world.agent("regional-coordinator")
    made = [
        doors.world.database.write(lambda work: queue.enqueue(work, "check", {}, by=by))
        for _ in range(3)
    ]
    for job_id in made:
        doors.world.database.write(lambda work, one=job_id: queue.stop(work, one, by))
    newest = max(made).hex()
    assert doors.get(f"/desk/jobs?after={doors.world.now}.{newest}", headers).status_code == 200
    assert doors.get("/desk/jobs", headers).text.count("Arrêté") >= 3


def test_a_history_is_read_with_when_it_came(doors_and_tablets):
    doors = doors_and_tablets
    world = doors.world
    tablet = world.tablets[0]
    tablet.sync()
    tablet.put("person", doors.own.person, phone="+212612345688")
    world.now += 3_600_000
    tablet.sync()
    headers, _ = doors.sign_in("regional-coordinator")
    page = doors.get(f"/desk/history/person/{UUID(bytes=doors.own.person)}?field=phone", headers)
    assert page.status_code == 200
    assert "tablette" in page.text
    assert page.text.count('class="node"') == 2
