"""Jobs are done by one worker at a time, each step once, whatever becomes of who did it."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.jobs import queue
from server.jobs.job import Job, Step, declared
from server.jobs.queue import LEASE_MS, LeaseLost, Stage
from server.phrases import load_phrases
from sync import local_time
from sync.errors import Refusal
from tests.server.job_worker import JOBS, register, runner_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def order(world):
    def order(name="register", until=10, **more):
        state = {"at": 0, "until": until}
        return world.database.write(lambda work: queue.enqueue(work, name, state, **more))

    return order


@pytest.fixture
def row(world):
    def row(job_id):
        table = world.database.tables.job
        query = sa.select(table).where(table.c.id == job_id)
        return world.database.read(lambda records: records.connection.execute(query).one())

    return row


def names(world):
    """Return the names of the people there are, in order."""
    return world.database.read(
        lambda records: sorted(one.values["name_fr"] for one in records.list("person"))
    )


def claimed(world):
    return world.database.write(lambda work: queue.claim(work, JOBS))


def test_a_job_is_done_in_steps_and_says_how_it_ended(world, order, row):
    job_id = order(total=10)

    runner_of(world.database).run_due()

    done = row(job_id)
    assert (done.state, done.done, done.total, done.tries) == (Stage.DONE, 10, 10, 0)
    said = world.database.read(lambda records: queue.ended(records, job_id))
    assert (said.numbers, said.code) == ({"done": 10, "made": 10}, "")
    assert names(world) == [f"N{n:03}" for n in range(10)]


def test_two_workers_at_once_claim_different_jobs(world, order):
    ids = {order() for _ in range(12)}
    found, begin = [], threading.Barrier(4)

    def work():
        begin.wait()
        while (held := claimed(world)) is not None:
            found.append(held.run.job_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == sorted(ids)


@pytest.mark.postgres
def test_a_claim_that_is_not_committed_keeps_no_other_worker_waiting(
    furnished_postgres_url, tmp_path
):
    from tests.world import World

    with World(furnished_postgres_url, tmp_path, is_furnished=True) as world:
        state = {"at": 0, "until": 1}
        for _ in range(2):
            world.database.write(lambda work: queue.enqueue(work, "register", state))

        def first(work):
            one = queue.claim(work, JOBS)
            other = world.database.write(lambda work: queue.claim(work, JOBS))
            return one, other

        one, other = world.database.write(first)

    assert one.run.job_id != other.run.job_id


def test_another_goes_on_where_a_killed_process_was(world, world_url, order, row):
    job_id = order("slowly", until=40)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.server.job_worker", world_url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in child.stdout:
        if line.strip() == "12":
            break
    child.kill()
    child.wait()
    child.stdout.close()

    other = runner_of(world.database)
    assert other.run_due() == 0  # still the other's, for all that anybody knows
    before = row(job_id)
    world.now += LEASE_MS + 1
    other.run_due()

    assert before.state == Stage.RUNNING
    assert 12 <= before.done < 40
    assert (row(job_id).state, row(job_id).done) == (Stage.DONE, 40)
    assert names(world) == [f"N{n:03}" for n in range(40)]


def test_a_process_that_is_killed_each_time_is_not_begun_for_ever(world, order, row):
    job_id = order()
    for _ in range(6):
        assert claimed(world) is not None
        world.now += LEASE_MS + 1

    runner_of(world.database).run_due()

    assert (row(job_id).state, row(job_id).code) == (Stage.FAILED, "job_killed")
    assert names(world) == []


def test_who_lost_the_lease_stores_nothing(world, order, row):
    job_id = order()
    slow = claimed(world)
    world.now += LEASE_MS + 1
    quick = claimed(world)
    assert quick.run.job_id == slow.run.job_id

    def step(held):
        def store(work):
            queue.keep(work, held, register(work, held.run))

        world.database.write(store)

    with pytest.raises(LeaseLost):
        step(slow)
    step(quick)

    assert names(world) == ["N000"]
    assert row(job_id).done == 1


def test_a_stopped_job_keeps_what_it_did(world, order, row):
    job_id = order()

    def prepare(_ground, run):
        if run.state["at"] == 3:
            world.database.write(lambda work: queue.stop(work, job_id, None))
        return lambda work: register(work, run)

    runner_of(world.database, {"register": Job("register", prepare=prepare)}).run_due()

    assert (row(job_id).state, row(job_id).done) == (Stage.STOPPED, 3)
    assert names(world) == ["N000", "N001", "N002"]
    world.now += LEASE_MS * 100
    assert runner_of(world.database).run_due() == 0


def test_one_whose_worker_was_killed_before_it_could_stop_is_stopped(world, order, row):
    job_id, other = order(), order(until=1)
    assert claimed(world).run.job_id == job_id
    world.database.write(lambda work: queue.stop(work, job_id, None))
    world.now += LEASE_MS + 1

    runner_of(world.database).run_due()

    assert (row(job_id).state, row(job_id).done) == (Stage.STOPPED, 0)
    assert row(other).state == Stage.DONE


def test_one_that_waits_is_stopped_at_once(world, order, row):
    job_id = order()
    world.database.write(lambda work: queue.stop(work, job_id, None))
    assert row(job_id).state == Stage.STOPPED
    assert runner_of(world.database).run_due() == 0


class Full(Refusal):
    code = "server_full"


def test_a_step_that_fails_is_tried_again_later_and_given_up_in_the_end(world, order, row, caplog):
    tries = []

    def step(work, run):
        if run.state["at"] == 2:
            tries.append(world.now)
            raise Full("no room")
        return register(work, run)

    job_id = order(until=5)
    runner = runner_of(world.database, {"register": Job("register", step=step, tries=3)})
    for _ in range(10):
        runner.run_due()
        world.now += 60_000

    assert (row(job_id).state, row(job_id).code, row(job_id).done) == (
        Stage.FAILED,
        "server_full",
        2,
    )
    assert len(tries) == 3
    assert names(world) == ["N000", "N001"]
    world.database.write(lambda work: queue.try_again(work, job_id))
    runner_of(world.database).run_due()
    assert (row(job_id).state, row(job_id).done, row(job_id).code) == (Stage.DONE, 5, "")


def test_a_fault_is_kept_by_its_reference_alone(world, order, row, caplog):
    def step(work, run):
        raise ValueError("a fault of ours")

    job_id = order()
    runner_of(world.database, {"register": Job("register", step=step, tries=1)}).run_due()

    kept = row(job_id)
    assert (kept.state, kept.code) == (Stage.FAILED, "unexpected_fault")
    assert kept.reference in caplog.text


def test_a_long_job_keeps_no_short_one_waiting(world, order, row, monkeypatch):
    monkeypatch.setattr("server.jobs.runner.TURN_S", 0)
    done = []

    def step(work, run):
        done.append(run.job_id)
        return register(work, run)

    long = order(until=5)
    world.now += 1
    short = order(until=1)
    clock = world.database.clock
    monkeypatch.setattr(
        world.database, "clock", lambda: setattr(world, "now", world.now + 1) or clock()
    )
    runner_of(world.database, {"register": Job("register", step=step)}).run_due()

    assert done == [long, short, long, long, long, long]


def test_a_night_is_ordered_once_by_however_many_processes(world):
    nightly = {"a": Job("a", step=lambda work, run: Step(None), nightly_at=150)}
    midnight = local_time.day_start(local_time.day_of(world.now) + 1)
    runners = [runner_of(world.database, nightly) for _ in range(2)]

    def ordered():
        threads = [threading.Thread(target=one.enqueue_night) for one in runners]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        table = world.database.tables.job
        query = sa.select(sa.func.count()).select_from(table)
        return world.database.read(lambda records: records.connection.scalar(query))

    counts = []
    for minutes in (0, 149, 150, 151, 600, 24 * 60 + 149, 24 * 60 + 150):
        world.now = midnight + minutes * local_time.MS_PER_MINUTE
        counts.append(ordered())

    assert counts == [0, 0, 1, 1, 1, 1, 2]


def test_what_something_waits_for_is_ordered_once_in_some_minutes_and_never_forgotten(world):
    left, done = [1], []

    def step(_work, _run):
        done.append(left.pop())
        return Step(None)

    job = Job("a", step=step, waits=lambda _records: bool(left))
    runner = runner_of(world.database, {"a": job})
    world.now += -world.now % (5 * local_time.MS_PER_MINUTE)
    counts = []
    for minutes, came in ((0, 0), (1, 1), (3, 0), (1, 0), (60, 0)):
        world.now += minutes * local_time.MS_PER_MINUTE
        left += [2] * came
        runner.run_due()
        counts.append(len(done))

    assert counts == [1, 1, 1, 2, 2], "what came a minute later is done without anybody's order"


def test_a_server_that_was_off_at_night_waits_an_hour(world):
    nightly = {"a": Job("a", step=lambda work, run: Step(None), nightly_at=150)}
    world.now = local_time.day_start(local_time.day_of(world.now) + 1) + 8 * local_time.MS_PER_HOUR
    runner = runner_of(world.database, nightly)
    runner.enqueue_night()
    assert runner.run_due() == 0
    world.now += local_time.MS_PER_HOUR
    runner.enqueue_night()
    assert runner.run_due() == 1


def test_in_threads_it_does_what_is_ordered_and_ends(world, order, row):
    ids = [order(until=3) for _ in range(4)]
    ended = threading.Event()
    jobs = {"register": Job("register", step=register)}
    with runner_of(world.database, jobs):
        for _ in range(200):
            if all(row(one).state == Stage.DONE for one in ids):
                ended.set()
                break
            ended.wait(0.05)
    assert ended.is_set()


def test_what_ended_a_month_ago_is_forgotten(world, order, row):
    order()
    runner_of(world.database).run_due()
    world.now += queue.KEPT_MS + 1
    waiting = order()
    assert world.database.write(queue.forget_old) == 1
    assert row(waiting).state == Stage.WAITING


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_job_has_words(language):
    phrases = load_phrases(language)
    for name in declared():
        for code in (f"desk.jobs.name.{name}", f"desk.jobs.said.{name}"):
            assert not phrases.say(code).startswith("["), f"make words CODE={code}"
