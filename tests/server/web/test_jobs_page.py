"""The desk's page of jobs: one's own, or all of them without a name."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.jobs import queue
from server.jobs.job import Step
from server.jobs.queue import Stage


@pytest.fixture
def order(world):
    def order(login=None, name="check", **more):
        by = world.agent(login) if login else None
        return world.database.write(lambda work: queue.enqueue(work, name, {}, by=by, **more))

    return order


def state_of(world, job_id):
    table = world.database.tables.job
    query = sa.select(table.c.state).where(table.c.id == job_id)
    return world.database.read(lambda records: records.connection.scalar(query))


def csrf(client):
    return client.get("/desk").text.split('name="_csrf_token" value="')[1].split('"')[0]


def act(client, job_id, what):
    address = f"/desk/jobs/{UUID(bytes=job_id)}/{what}"
    return client.post(address, data={"_csrf_token": csrf(client)}, follow_redirects=False)


def test_a_coordinator_sees_and_stops_the_own_jobs_alone(world, client, order):
    assert "Aucun travail terminé" in client.get("/desk/jobs?lang=fr").text
    world.user("salma", role="regional_coordinator")
    mine, hers = order("amina", total=40), order("salma")

    page = client.get("/desk/jobs?lang=fr").text

    assert str(UUID(bytes=mine)) in page
    assert str(UUID(bytes=hers)) not in page
    assert "Chaque nuit" not in page
    assert act(client, hers, "stop").status_code == 404
    assert act(client, mine, "stop").status_code == 303
    assert (state_of(world, mine), state_of(world, hers)) == (Stage.STOPPED, Stage.WAITING)


def test_how_far_it_is_and_what_went_wrong_is_said(world, client, order):
    job_id = order("amina", total=40)

    def some(work):
        queue.keep(work, queue.claim(work, ["check"]), Step({"at": 1}, done=12))

    world.database.write(some)
    assert "12 sur 40" in client.get("/desk/jobs?lang=fr").text

    def fail(work):
        work.now_ms += queue.LEASE_MS * 2
        queue.fail(work, queue.claim(work, ["check"]), "server_full", "", tries_max=1)

    world.database.write(fail)
    page = client.get("/desk/jobs?lang=fr").text
    assert "Réessayer" in page
    assert "Arrêté par un problème" in page
    assert act(client, job_id, "again").status_code == 303
    assert state_of(world, job_id) == Stage.WAITING


def test_an_administrator_sees_all_and_nobody_by_name(world, client, order):
    world.user("root", role="administrator")
    world.user("salma", role="regional_coordinator", name_fr="Salma Idrissi")
    client.post("/desk/sign-out", data={"_csrf_token": csrf(client)})
    client.post("/desk/sign-in", data={"login": "root", "password": "password1"})
    order("salma")
    order()

    page = client.get("/desk/jobs?lang=fr").text

    assert "le serveur" in page
    assert "Coordonnateur" in page or "Coordinat" in page
    assert "Salma" not in page
    assert "salma" not in page
    assert "Chaque nuit" in page


def test_a_list_goes_on_and_a_place_that_is_none_is_said(world, client, order, monkeypatch):
    monkeypatch.setattr("server.progress.queries.PAGE_ROWS", 2)
    ids = []
    for _ in range(5):
        world.now += 1_000
        ids.append(order("amina"))
        world.database.write(lambda work: queue.stop(work, ids[-1], None))
    address, seen = "/desk/jobs?lang=fr", 0
    while address:
        page = client.get(address).text
        seen += page.count('class="cell-act"') - 1
        more = re.search(r'href="(/desk/jobs\?after=[0-9a-f.]+)"', page)
        address = more[1] if more else ""
    assert seen == 5
    assert client.get("/desk/jobs?after=x").status_code == 400


def test_an_auditor_sees_and_stops_nothing(world, client):
    world.user("vera", role="auditor")
    client.post("/desk/sign-out", data={"_csrf_token": csrf(client)})
    client.post("/desk/sign-in", data={"login": "vera", "password": "password1"})
    assert client.get("/desk/jobs").status_code == 200
    assert "/stop" not in client.get("/desk/jobs").text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_page_can_be_seen(world, browse, order, language):
    with browse(language) as (_page, picture):
        picture("jobs-empty", "/desk/jobs")
        for at in range(6):
            world.now += 60_000
            order("amina", name=("check", "build-snapshots")[at % 2], total=(None, 400)[at % 2])
        world.database.write(
            lambda work: queue.keep(work, queue.claim(work, ["build-snapshots"]), Step({}, 123))
        )
        world.database.write(
            lambda work: queue.fail(work, queue.claim(work, ["check"]), "server_full", "", 1)
        )
        world.database.write(
            lambda work: queue.fail(work, queue.claim(work, ["check"]), "server_full", "", 4)
        )
        world.database.write(
            lambda work: queue.keep(
                work, queue.claim(work, ["build-snapshots"]), Step(None, 400, said={"made": 2})
            )
        )
        picture("jobs", "/desk/jobs")
