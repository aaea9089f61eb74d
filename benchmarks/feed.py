"""What an exchange costs the server as the feed grows: flat, or an index is missing.

    python -m benchmarks.feed --millions 0.2 1 5 --database sqlite postgres

The pilot's records, an agent of one province with a tablet that is up to date, and beside them
other communes' records, a thousand to a scope, written in bulk until the feed has as many entries
as asked. At each size: idle exchanges, and days on which the office changed 300 records of the
agent's. Only `SyncEndpoint.answer` is measured: the CPU of this process, and for PostgreSQL also
that of its processes. Writes `benchmarks/results/feed.json`, a row for each database and size:

    entries              of the feed
    idle_cpu_ms          mean of an exchange in which nothing is new
    daily_cpu_ms         mean of an exchange that brings 300 changed records
    python_*_cpu_ms      of these, what this process took
    idle_ms, daily_ms    the same by the clock on the wall, median
    idle_ratio, daily_ratio   CPU beside the smallest size of this database; 1.2 is the target

Exit status: 0 done, 1 a ratio is beyond the target.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.peers import measures
from server.db.tables import TABLES
from server.db.work import Author, Work
from server.exchange.routes import SyncEndpoint
from server.pilot.generate import generate
from tests.databases import empty_database, postgres_cluster
from tests.world import World

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "feed.json"
RATIO_MAX = 1.2
_COMMUNES = ("09.541.01.01", "09.541.01.02", "09.541.01.03", "09.541.03.01", "09.541.03.03")
_PER_SCOPE, _SCOPES_PER_STEP = 1_000, 200
_IDLE, _DAYS, _CHANGED = 400, 15, 300


class Timed:
    """The endpoint, with what its answers took since `reset`."""

    def __init__(self, endpoint: SyncEndpoint, postgres: int | None) -> None:
        """Measure `endpoint`, and the process `postgres` with all its children."""
        self._endpoint, self._postgres = endpoint, postgres
        self.reset()

    def reset(self) -> None:
        """Begin at nothing."""
        self.python_s = self.postgres_s = 0.0
        self.walls: list[float] = []

    def __getattr__(self, name: str) -> Any:
        """Be the endpoint in all that is not measured."""
        return getattr(self._endpoint, name)

    def answer_with_order(
        self, method: str, path: str, header: str, body: bytes
    ) -> tuple[bytes, str]:
        """Answer a request."""
        there = self._there()
        cpu, wall = time.process_time(), time.perf_counter()
        answer = self._endpoint.answer_with_order(method, path, header, body)
        self.walls.append(time.perf_counter() - wall)
        self.python_s += time.process_time() - cpu
        self.postgres_s += self._there() - there
        return answer

    def _there(self) -> float:
        return float(measures.cpu(self._postgres)) if self._postgres else 0.0

    def row(self, name: str) -> dict[str, float]:
        """Return what an exchange took, on average; by the clock on the wall, the median."""
        count = len(self.walls)
        return {
            f"{name}_cpu_ms": round(1_000 * (self.python_s + self.postgres_s) / count, 2),
            f"python_{name}_cpu_ms": round(1_000 * self.python_s / count, 2),
            f"{name}_ms": round(1_000 * statistics.median(self.walls), 2),
        }


class Bench:
    """One database, one tablet."""

    def __init__(self, world: World, postgres: int | None) -> None:
        """Make the pilot's data, and bring a tablet up to date."""
        self._world = world
        generate(
            world.database, seed=1, farmer_count=2_000, visit_count=4_000, tell=lambda *_: None
        )
        world.user("bench", *_COMMUNES)
        world.endpoint = self._timed = Timed(world.endpoint, postgres)
        self._tablet = world.tablet("bench")
        self._tablet.sync()
        self._people = self._tablet.store.list("person", limit=_CHANGED)
        self._day = 0

    def fill(self, entries: int) -> None:
        """Write other communes' records until the feed has so many entries."""
        writing, feed, scope = self._world.engines.writing, TABLES.feed, TABLES.scope
        with writing.begin() as connection:
            have = connection.scalar(sa.select(sa.func.count()).select_from(feed))
            first = int(connection.scalar(sa.select(sa.func.max(scope.c.id))) or 0) + 1
        end = first + max(0, (entries - int(have or 0)) // _PER_SCOPE)
        for start in range(first, end, _SCOPES_PER_STEP):
            with writing.begin() as connection:
                _fill(connection, start, min(start + _SCOPES_PER_STEP, end))
        with writing.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
        if self._world.engines.is_sqlite:
            # So much at once leaves a journal that reads must search, until it is emptied.
            connection = sqlite3.connect(str(writing.url.database))
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def measure(self) -> dict[str, Any]:
        """Measure idle exchanges and days."""
        self._change()  # one day first, so that caches are as warm as they get
        self._tablet.sync()
        self._timed.reset()
        for _ in range(_IDLE):
            self._tablet.sync()
        row = self._timed.row("idle")
        self._timed.reset()
        for _ in range(_DAYS):
            self._change()
            received = self._tablet.sync().received
            assert received == len(self._people), received
        return row | self._timed.row("daily")

    def _change(self) -> None:
        self._day += 1

        def change(work: Work) -> None:
            for number, person in enumerate(self._people):
                values = {"landmark": f"day {self._day}, house {number}"}
                work.change("person", person.record_id, values, Author(None))

        self._world.database.write(change)


def _fill(connection: sa.Connection, first: int, end: int) -> None:
    """Write the scopes from `first` to `end`: their records, and their entries in the feed."""
    # Long: one transaction's rows of every table, made side by side.
    is_sqlite = connection.dialect.name == "sqlite"
    rows = (end - first) * _PER_SCOPE
    empty = "x'80'" if is_sqlite else "'\\x80'::bytea"
    # Sixteen bytes each, and in the order of time as the product's ids are.
    record_id = (
        "cast(printf('%016d', n) as blob)"
        if is_sqlite
        else "('f' || lpad(to_hex(n), 31, '0'))::uuid"
    )
    numbers = (
        f"with recursive number(n) as (select {first * _PER_SCOPE} union all"
        f" select n + 1 from number where n + 1 < {first * _PER_SCOPE + rows}) "
    )
    # Without %, which PostgreSQL's driver takes for its own.
    scope, seq = f"n / {_PER_SCOPE}", f"n - n / {_PER_SCOPE} * {_PER_SCOPE} + 1"
    person = {
        "id": record_id,
        "commune_code": f"'99.' || {scope}",
        "name_ar": "'name ' || n",
        "phone": "'+2126' || n",
        "rev": "1",
        "era": "0",
        "scope_id": scope,
        "effective_at": "n",
        "received_at": "n",
        "writers": empty,
    }
    number = next(at for at, one in enumerate(TABLES.entities) if one.name == "person")
    feed = {
        "scope_id": scope,
        "entity": str(number),
        "record_id": record_id,
        "seq": seq,
        "op": "1",
        "number": seq,
        "born": seq,
        "rev": "1",
        "era": "0",
        "hash": "n",
        "field_seqs": empty,
        "at": "n",
    }
    for table, columns in (("person", person), ("feed", feed)):
        names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
        insert = f"insert into {table} ({names})"
        connection.exec_driver_sql(f"{numbers}{insert} select {values} from number")
    connection.execute(
        sa.insert(TABLES.scope),
        [
            {
                "id": one,
                "name": f"t/99.{one}/core",
                "head": _PER_SCOPE,
                "floor": 0,
                "record_count": _PER_SCOPE,
                "digest": one,
                "next_number": _PER_SCOPE + 1,
            }
            for one in range(first, end)
        ],
    )


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """Yield an empty database's address and, for PostgreSQL, its first process."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'feed.db'}", None
        return
    with postgres_cluster() as cluster, empty_database(cluster) as url:
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            backend = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
            stat = Path(f"/proc/{backend}/stat").read_text()
        engine.dispose()
        yield url, int(stat.rsplit(")", 1)[1].split()[1])


def run(name: str, millions: list[float], tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure one database at each size."""
    rows: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="nuqta-feed-") as folder,
        _databases(name, Path(folder)) as (url, postgres),
        World(url, Path(folder) / "files") as world,
    ):
        bench = Bench(world, postgres)
        for size in sorted(millions):
            began = time.monotonic()
            bench.fill(int(size * 1_000_000))
            row = {"database": name, "entries": int(size * 1_000_000)}
            row["filled_s"] = round(time.monotonic() - began, 1)
            row |= bench.measure()
            first = rows[0] if rows else row
            for kind in ("idle", "daily"):
                ratio = row[f"{kind}_cpu_ms"] / first[f"{kind}_cpu_ms"]
                row[f"{kind}_ratio"] = round(ratio, 2)
            rows.append(row)
            tell(json.dumps(row))
    return rows


def main() -> int:
    """Measure, write, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[0.2, 1, 5])
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgres"])
    parsed = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in parsed.database:
        rows += run(name, parsed.millions, lambda line: print(line, flush=True))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    return int(any(row[f"{kind}_ratio"] > RATIO_MAX for row in rows for kind in ("idle", "daily")))


if __name__ == "__main__":
    sys.exit(main())
