"""Writers and readers at full tilt on PostgreSQL: `make soak SECONDS=30`.

Writers insert, change, move, delete and bring back people of three communes; readers follow by
their cursors, in pages of every size. At the end each reader must hold what the tables hold. The
same loop with a plain sequence as cursor does skip rows: so the load is one that would show it.
"""

from __future__ import annotations

import argparse
import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import sqlalchemy as sa

from server.db.engine import Engines
from server.db.records import NotFound
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Author, Database
from sync import scopes
from tests.databases import empty_database, postgres_cluster
from tests.server.follower import Follower, faults

COMMUNES = ("09.541.01.01", "09.541.01.03", "09.541.01.05")
WRITERS, READERS = 4, 3


def soak(url, is_enough, seed):
    """Run; return (transactions, pages read, what readers lack or have too much).

    Writers end once `is_enough(transactions, pages)`.
    """
    engines = Engines(url)
    migrate(engines, TABLES, epoch=bytes(8))
    ids = itertools.count(1)
    database = Database(
        engines,
        TABLES,
        clock=lambda: int(time.time() * 1_000),
        ids=lambda: next(ids).to_bytes(16, "big"),
    )
    is_over = threading.Event()
    people: list[bytes] = []
    written, pages = [0] * WRITERS, [0] * READERS

    def write(number):
        rng = random.Random(f"{seed} writer {number}")
        # A reader ends before them only by a fault.
        while not (is_enough(sum(written), sum(pages)) or any(one.done() for one in readers)):
            with suppress(NotFound):
                database.write(lambda work: _change_some(work, rng, people))
            written[number] += 1

    def read(number):
        rng = random.Random(f"{seed} reader {number}")
        follower = Follower(database, map(scopes.core, COMMUNES))
        while True:
            was_over = is_over.is_set()
            pages[number] += 1
            if follower.pull(rows_max=rng.choice((1, 7, 50, 2_000))) and was_over:
                return follower

    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        try:
            for writer in [pool.submit(write, number) for number in range(WRITERS)]:
                writer.result()
        finally:
            is_over.set()
        found = [fault for one in readers for fault in faults(database, one.result())]
    engines.close()
    return sum(written), sum(pages), found


def _change_some(work, rng, people):
    """Insert two, or change two that are there, in one transaction of one or two scopes."""
    here, there = rng.choice(COMMUNES), rng.choice(COMMUNES)
    if len(people) < 20 or rng.random() < 0.2:
        for commune in (here, there):
            values = {"name_fr": f"{rng.random()}", "commune_code": commune}
            people.append(work.insert("person", values, Author(None)).record_id)
        return
    chosen = sorted(rng.sample(people[-200:], 2))
    work.lock_all("person", chosen)
    for record_id in chosen:
        what = rng.random()
        if what < 0.2:
            work.delete("person", record_id)
        elif what < 0.5:
            work.change("person", record_id, {"commune_code": here}, Author(None))
        else:
            field = rng.choice(("name_fr", "douar", "landmark"))
            work.change("person", record_id, {field: f"{rng.random()}"}, Author(None))


def soak_sequence(url, is_enough):
    """The same with `bigserial` as cursor; return (rows read, rows that the reader skipped).

    It reads until `is_enough(rows skipped)`.
    """
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as setup:
        setup.execute(sa.text("create table plain (seq bigserial primary key)"))
    is_over = threading.Event()

    def write():
        while not is_over.is_set():
            with engine.begin() as connection:
                for _ in range(3):
                    connection.execute(sa.text("insert into plain default values"))

    ahead = sa.text("select seq from plain where seq > :cursor order by seq")
    behind = sa.text("select count(*) from plain where seq <= :cursor")
    cursor, seen, skipped = 0, 0, 0
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write) for _ in range(WRITERS)]
        try:
            while not (is_enough(skipped) or any(one.done() for one in writers)):
                with engine.connect() as connection:
                    found = connection.execute(ahead, {"cursor": cursor}).scalars().all()
                    cursor, seen = max(found, default=cursor), seen + len(found)
                    skipped = connection.scalar(behind, {"cursor": cursor}) - seen
        finally:
            is_over.set()
        for writer in writers:
            writer.result()
    engine.dispose()
    return seen, skipped


def _lasting(seconds):
    """Return what says, whatever was done meanwhile, whether so many seconds are over."""
    end = time.monotonic() + seconds
    return lambda *_done: time.monotonic() > end


def main():
    """Soak for so many seconds, on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(f"seed {given.seed}")
    with postgres_cluster() as cluster, empty_database(cluster) as url:
        written, pages, found = soak(url, _lasting(given.seconds), given.seed)
        rows, skipped = soak_sequence(url, _lasting(min(given.seconds, 5)))
    print(f"{written} transactions, {pages} pages, {len(found)} rows skipped or wrong")
    print(f"with a plain sequence: {rows} rows, {skipped} skipped")
    for fault in found[:20]:
        print(fault)
    return 1 if found or not skipped else 0


if __name__ == "__main__":
    raise SystemExit(main())
