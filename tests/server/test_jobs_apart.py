"""The jobs' process lives and dies with its server, whichever of the two is killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.app import open_database
from server.jobs import queue
from server.jobs.apart import JobsProcess
from server.jobs.queue import Stage
from server.parent import OPTION
from server.settings import Settings
from tests.databases import free_port

ROOT = Path(__file__).parents[2]
WAIT_S = 120
"""Until a test is given up: nothing here measures time."""


def until(found):
    end = time.monotonic() + WAIT_S
    while not (value := found()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
    return value


def children_of(pid):
    """Return the processes that one has begun, of those that have not ended."""
    threads = Path(f"/proc/{pid}/task")
    found = [int(one) for path in threads.glob("*/children") for one in path.read_text().split()]
    return [one for one in found if not is_gone(one)]


def is_gone(pid):
    """Whether a process has ended, be it that nobody has taken note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def environ(world_url, tmp_path):
    return {
        **os.environ,
        "NUQTA_DATABASE_URL": world_url,
        "NUQTA_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def database(environ):
    database = open_database(Settings.from_env(environ))
    yield database
    database.engines.close()


@pytest.fixture
def serve(environ):
    """Begin servers; end them and what they began, by their ids."""
    begun, their = [], set()

    def serve(*options):
        command = [
            sys.executable,
            "-m",
            "server",
            "serve",
            "--port",
            str(free_port()),
            "--pages",
            "0",
            *options,
        ]
        server = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE)
        begun.append(server)
        return server

    def jobs_of(server):
        (pid,) = until(lambda: children_of(server.pid))
        their.add(pid)
        return pid

    serve.jobs_of = jobs_of
    yield serve
    for server in begun:
        if server.poll() is None:
            server.kill()
            server.wait()
    for pid in their:
        if not is_gone(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def order(database):
    return database.write(lambda work: queue.enqueue(work, "forget-jobs", {}))


def is_done(database, job_id):
    table = database.tables.job
    query = sa.select(table.c.state).where(table.c.id == job_id)
    return database.read(lambda records: records.connection.scalar(query)) == Stage.DONE


def test_the_servers_jobs_are_done_in_a_process_that_outlives_no_end_of_either(database, serve):
    first_id = order(database)
    server = serve()
    first = serve.jobs_of(server)
    until(lambda: is_done(database, first_id))

    os.kill(first, signal.SIGKILL)
    until(lambda: is_gone(first))
    second_id = order(database)
    second = serve.jobs_of(server)
    until(lambda: is_done(database, second_id))
    server.terminate()

    assert server.wait(WAIT_S) == 0
    assert second != first
    assert is_gone(second), "the server ended before its jobs' process"


def test_it_ends_when_the_server_is_killed(database, serve):
    job_id = order(database)
    server = serve()
    jobs = serve.jobs_of(server)
    until(lambda: is_done(database, job_id))

    server.kill()
    server.wait()

    until(lambda: is_gone(jobs))


def test_none_is_begun_for_who_runs_jobs_elsewhere_and_a_server_ends_with_its_parent(
    database, serve, tmp_path
):
    job_id = order(database)
    server = serve("--no-jobs", OPTION)
    until((tmp_path / "data" / "serving").exists)
    server.stdin.close()
    assert server.wait(WAIT_S) == 0

    assert not is_done(database, job_id)


def test_one_that_dies_each_time_is_begun_again_and_again(tmp_path, caplog):
    said = tmp_path / "said"
    line = f"open({str(said)!r}, 'a').write('x'); raise SystemExit(7)"

    with JobsProcess([sys.executable, "-c", line], again_s=0.01):
        until(lambda: said.exists() and len(said.read_text()) >= 3)

    assert "the process ended (7)" in caplog.text
    count = len(said.read_text())
    time.sleep(0.1)
    assert len(said.read_text()) == count, "one was begun after the end"


def test_one_that_does_not_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("server.jobs.apart.END_S", 0.0)
    monkeypatch.setattr("server.jobs.apart._MORE_S", 0.1)
    ready = tmp_path / "ready"
    line = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(600)"

    with JobsProcess([sys.executable, "-c", line]) as jobs:
        until(ready.exists)

    assert is_gone(jobs.pid)
