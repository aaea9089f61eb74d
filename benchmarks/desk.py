"""What the desk's pages cost on bulk data, and whether they cost more on longer tables.

    python -m benchmarks.desk --scale 1 --seed 20260101

A throw-away PostgreSQL with `generate-pilot --bulk` at a sixteenth of the scale and at all of it,
the real server beside each, and its coordinators, signed in by the form, who read every page with a
second of thinking between. They share the machine's cores with server and database: a wait for a
core is in what they measure, as is their own work. Writes `benchmarks/results/desk.json`: machine,
scale, seed, database, what missed its target, and a row for each page and size:

    page, kind           lists, search, queues, one record, the morning
    p50_ms, p95_ms       until the whole page is there, while all coordinators read
    server_cpu_ms        of the server's process, those of its pages and its jobs', one reader
                         alone, mean
    database_cpu_ms      of PostgreSQL's processes, the same
    bytes_first          as sent: the page, its style and its fonts, all of them, though a browser
                         fetches only those of the letters that it shows
    bytes_again          as sent, with all that may be kept kept
    shown, shown_before  records that the page links to, mean; on the shorter tables
    client_cpu_ms        of the coordinators' own process, a page, over all pages
    busy                 share of the machine's cores in use while they read
    rows                 of visits in the table
    growth               CPU of both beside the shorter tables', on the longer ones; where more
                         answer there, a page shows more, and draws more

`--kept URL` measures a database that bulk data are in already, one size alone. `--pages N` has as
many processes draw pages, as `python -m server serve` takes it; by itself it has one for each core.

Exit status: 0 done, 1 a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import unescape
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import sqlalchemy as sa

from benchmarks import machine
from benchmarks.desk_client import AS_BROWSERS, Visitor, read_pages
from benchmarks.peers import measures
from server import parent
from server.app import open_database
from server.db.schema import migrate
from server.db.work import Database
from server.pilot.bulk import PASSWORD, generate_bulk
from server.pilot.bulk_parts import Profile
from server.reference.load import load
from server.settings import Settings
from sync import flat, local_time
from sync.rules.codes import short_code
from tests.databases import empty_database, free_port, postgres_cluster

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "desk.json"
SHORTER = 1 / 16
"""0.1 million visits beside 1.6."""
P95_MS = {"list": 60, "search": 60, "queue": 60, "one": 80, "morning": 120}
FIRST_BYTES_MAX, AGAIN_BYTES_MAX = 150_000, 25_000
GROWTH_MAX = 1.2
CLUSTER = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "max_wal_size": "8GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
_ONE = "[0-9a-f]{8}-[0-9a-f-]{27}"
_SHOWN = re.compile(rf'href="/desk/[a-z/]+/({_ONE}|[0-9a-f]{{32}}|[0-9]+)[?"]')


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the desk.

    `address` may name what differs between readers; `link` is what to follow from there, if the
    page is not that one.
    """

    name: str
    kind: str
    address: str
    link: str = ""


PAGES = (
    Page("morning", "morning", "/desk"),
    Page("visits", "list", "/desk/visits"),
    Page("visits, next", "list", "/desk/visits", r"/desk/visits\?[^\"]*after=[^\"]+"),
    Page("visits of a commune", "list", "/desk/visits?commune={commune}"),
    Page("visits of an agent", "list", "/desk/visits?agent={agent}"),
    Page("visits by outcome", "list", "/desk/visits?outcome=refused"),
    Page("visits of a rare outcome", "list", "/desk/visits?outcome=duplicate"),
    Page("visits of a week", "list", "/desk/visits?since={since}&until={until}"),
    Page("visits by name", "list", "/desk/visits?q={name}"),
    Page("people", "list", "/desk/people"),
    Page("people, next", "list", "/desk/people", r"/desk/people\?[^\"]*after=[^\"]+"),
    Page("enterprises", "list", "/desk/enterprises"),
    Page("points", "list", "/desk/points"),
    Page("requests", "list", "/desk/requests"),
    Page("requests of a state", "list", "/desk/requests?state=info_requested"),
    Page("tablets", "list", "/desk/devices"),
    Page("reviews", "queue", "/desk/reviews"),
    Page("search, common", "search", "/desk/search?q=Mohamed"),
    Page("search, name", "search", "/desk/search?q={name}"),
    Page("search, Arabic", "search", "/desk/search?q={arabic}"),
    Page("search, begun", "search", "/desk/search?q={begun}"),
    Page("search, phone", "search", "/desk/search?q={phone}"),
    Page("search, code", "search", "/desk/search?q={code}"),
    Page("search, nobody", "search", "/desk/search?q=Zwxqtrv+Bkkzzt"),
    Page("visit", "one", "/desk/visits", f"/desk/visits/{_ONE}"),
    Page("person", "one", "/desk/people", f"/desk/people/{_ONE}"),
    Page("enterprise", "one", "/desk/enterprises", f"/desk/enterprises/{_ONE}"),
    Page("point", "one", "/desk/points", f"/desk/points/{_ONE}"),
    Page("review", "one", "/desk/reviews", f"/desk/reviews/{_ONE}"),
    Page("held", "one", "/desk/reviews", r"/desk/reviews/held/[0-9a-f]{32}"),
    Page("tablet", "one", "/desk/devices", r"/desk/devices/\d+"),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is measured: coordinators, readings of each page, seconds between.

    `pages`: how many processes draw them; empty: as many as the server has by itself.
    """

    coordinators: int = 16
    rounds: int = 3
    think_s: float = 1.0
    alone: int = 32
    pages: str = ""


def open_filled(url: str) -> Database:
    """Return a database by its address."""
    return open_database(Settings.from_env({"NUQTA_DATABASE_URL": url}))


def fill(url: str, profile: Profile, seed: int) -> None:
    """Make bulk data in an empty database."""
    database = open_filled(url)
    migrate(database.engines, database.tables, epoch=os.urandom(8))
    database.write(load)
    generate_bulk(database, profile, seed=seed, tell=lambda *_: None)
    database.engines.close()


@contextmanager
def serving(url: str, folder: Path, pages: str = "") -> Iterator[tuple[str, int]]:
    """Run the server; yield its address and its process."""
    port = free_port()
    environ = {**os.environ, "NUQTA_DATABASE_URL": url, "NUQTA_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "server", "serve", "--port", str(port), parent.OPTION]
    command += ["--pages", pages] if pages else []
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE) as server:
        measures.wait_port(port)
        yield f"http://127.0.0.1:{port}", server.pid


def sign_in(url: str, login: str) -> dict[str, str]:
    """Sign a coordinator in by the form. Returns the cookies."""
    with httpx.Client(base_url=url, headers=AS_BROWSERS, timeout=60) as client:
        form = {"login": login, "password": PASSWORD}
        answer = client.post("/desk/sign-in", data=form)
        assert answer.status_code == 303, answer.status_code
        return dict(client.cookies)


def visitor_of(url: str, database: Database, login: str, seed: int) -> Visitor:
    """Sign a coordinator in, and find what each page's address is for them."""
    rng = random.Random(f"{seed}/{login}")  # noqa: S311 - repeatable
    cookies = sign_in(url, login)
    given = _known(database, login, rng)
    addresses = {}
    with httpx.Client(base_url=url, headers=AS_BROWSERS, cookies=cookies, timeout=60) as client:
        listed: dict[str, str] = {}
        for page in PAGES:
            address = page.address.format(**given)
            if page.link:
                if address not in listed:
                    listed[address] = client.get(address).raise_for_status().text
                links = re.findall(f'href="({page.link})"', listed[address])
                if not links:
                    continue  # a region without one: others have
                address = unescape(rng.choice(sorted(set(links))))
            addresses[page.name] = address
    return Visitor(cookies, addresses)


def _known(database: Database, login: str, rng: random.Random) -> dict[str, str]:
    """Return what a coordinator looks for: whom and what there is in the own region."""
    tables = database.tables
    person, grant, account = tables.records["person"], tables.grant, tables.account

    def find(records: Any) -> dict[str, str]:
        reader = records.connection.scalar(
            sa.select(account.c.agent_id).where(account.c.login == login)
        )
        own = sa.select(grant.c.commune_code).where(grant.c.agent_id == reader)
        query = sa.select(person.c.id).where(
            person.c.commune_code.in_(own), person.c.phone.is_not(None), person.c.name_ar != ""
        )
        ids = records.connection.scalars(query.order_by(person.c.id).limit(1_000)).all()
        one = records.get("person", rng.choice(ids))
        values, name = one.values, str(one.values["name_fr"])
        since = local_time.day_of(one.effective_at) + 150
        return {
            "commune": str(values["commune_code"]),
            "agent": bytes(values["created_by"]).hex(),
            "since": flat.day_text(since),
            "until": flat.day_text(since + 6),
            "name": quote(name),
            "arabic": quote(str(values["name_ar"])),
            "begun": quote(name[:4]),
            "phone": quote("0" + str(values["phone"]).removeprefix("+212")),
            "code": quote(short_code(one.record_id)),
        }

    return database.read(find)


class Measured:
    """One database's server and its coordinators."""

    def __init__(
        self, url: str, pid: int, postgres: int, visitors: Sequence[Visitor], pace: Pace
    ) -> None:
        """Measure the processes `pid` and `postgres`."""
        self._url, self._pid, self._postgres = url, pid, postgres
        self._visitors, self._pace = visitors, pace

    def rows(self, seed: int, visits: int) -> list[dict[str, Any]]:
        """Return a row for each page."""
        alone = {page.name: self._alone(page) for page in PAGES}
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pace = {"rounds": self._pace.rounds, "think_s": self._pace.think_s, "seed": seed}
            read = pool.submit(read_pages, self._url, self._visitors, **pace).result()
        took = read.by_page
        count = sum(map(len, took.values()))
        load = {
            "client_cpu_ms": round(1_000 * read.client_cpu_s / count, 1),
            "busy": round(read.busy, 2),
        }
        return [
            {
                "page": page.name,
                "kind": page.kind,
                "p50_ms": round(1_000 * statistics.median(took[page.name]), 1),
                "p95_ms": round(1_000 * percentile(took[page.name], 0.95), 1),
                **alone[page.name],
                **load,
                "rows": visits,
            }
            for page in PAGES
            if page.name in took
        ]

    def _alone(self, page: Page) -> dict[str, float]:
        """Measure what a page costs one reader after another, and what it sends."""
        readers = [one for one in self._visitors if page.name in one.addresses]
        if not readers:
            return {}
        clients = [
            httpx.Client(
                base_url=self._url, headers=AS_BROWSERS, cookies=dict(one.cookies), timeout=60
            )
            for one in readers
        ]
        turns = [
            (clients[turn % len(readers)], readers[turn % len(readers)].addresses[page.name])
            for turn in range(max(self._pace.alone, len(readers)))
        ]
        for client, address in turns[: len(readers)]:
            answer = client.get(address).raise_for_status()
        server, database = measures.cpu(self._pid), measures.cpu(self._postgres)
        answers = [client.get(address) for client, address in turns]
        server, database = (
            measures.cpu(self._pid) - server,
            measures.cpu(self._postgres) - database,
        )
        again = max(one.num_bytes_downloaded for one in answers)
        shown = [len(set(_SHOWN.findall(one.text))) for one in answers]
        first = again + _kept_bytes(clients[0], answer.text)
        for client in clients:
            client.close()
        return {
            "server_cpu_ms": round(1_000 * server / len(turns), 1),
            "database_cpu_ms": round(1_000 * database / len(turns), 1),
            "bytes_first": first,
            "bytes_again": again,
            "shown": round(statistics.mean(shown), 1),
        }


def _kept_bytes(client: httpx.Client, text: str) -> int:
    """Return the bytes of what a page needs and a browser keeps."""
    sizes: dict[str, int] = {}
    waiting = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
    while waiting:
        address = waiting.pop()
        if address not in sizes:
            answer = client.get(address).raise_for_status()
            assert "immutable" in answer.headers["cache-control"], address
            sizes[address] = answer.num_bytes_downloaded
            if address.endswith(".css"):
                waiting += re.findall(r"url\((/static/[^)]+)\)", answer.text)
    return sum(sizes.values())


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so great a share of them is not above."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def postgres_of(database: Database) -> int:
    """Return the id of PostgreSQL's first process, whose children serve connections."""
    with database.engines.read() as connection:
        backend = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
        stat = Path(f"/proc/{backend}/stat").read_text()
    return int(stat.rsplit(")", 1)[1].split()[1])


def measure(url: str, folder: Path, pace: Pace, seed: int) -> list[dict[str, Any]]:
    """Measure all pages on a filled database."""
    database = open_filled(url)
    visit = database.tables.records["visit"]
    with database.engines.read() as connection:
        visits = connection.scalar(sa.select(sa.func.count()).select_from(visit))
    postgres = postgres_of(database)
    with serving(url, folder, pace.pages) as (address, pid):
        logins = [f"coord{number + 1:02d}" for number in range(pace.coordinators)]
        visitors = [visitor_of(address, database, login, seed) for login in logins]
        rows = Measured(address, pid, postgres, visitors, pace).rows(seed, int(visits or 0))
    database.engines.close()
    return rows


def misses(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is beyond its target, a line each."""
    found = []
    for row in rows:
        page = f"{row['page']} ({row['rows']} visits)"
        for name, most in (
            ("p95_ms", P95_MS[row["kind"]]),
            ("bytes_first", FIRST_BYTES_MAX),
            ("bytes_again", AGAIN_BYTES_MAX),
            ("growth", GROWTH_MAX),
        ):
            if row.get(name, 0) > most:
                found.append(f"{page}: {name} {row[name]}, target {most}{_shown(row, name)}")
    return found


def _shown(row: dict[str, Any], name: str) -> str:
    """Return what to add where more costs more and more is shown."""
    shown, before = row.get("shown", 0), row.get("shown_before", 0)
    return f" (shows {shown}, not {before})" if name == "growth" and shown > before else ""


def compare(shorter: Sequence[dict[str, Any]], longer: Sequence[dict[str, Any]]) -> None:
    """Say of each page on the longer tables what it costs beside the shorter ones."""
    row_by_page = {row["page"]: row for row in shorter}
    for row in longer:
        before = row_by_page.get(row["page"])
        if before:
            row["growth"] = round(cpu_ms(row) / cpu_ms(before), 2)
            row["shown_before"] = before["shown"]


def cpu_ms(row: dict[str, Any]) -> float:
    """Return what a page costs both processes."""
    return float(row["server_cpu_ms"]) + float(row["database_cpu_ms"])


def run(profiles: Sequence[Profile], pace: Pace, seed: int, cluster: str) -> list[dict[str, Any]]:
    """Fill and measure a database for each profile, the shortest first."""
    by_profile = []
    for profile in profiles:
        with (
            empty_database(cluster) as url,
            tempfile.TemporaryDirectory(prefix="nuqta-desk-") as folder,
        ):
            fill(url, profile, seed)
            by_profile.append(measure(url, Path(folder), pace, seed))
            print(json.dumps(by_profile[-1]), flush=True)
    if len(by_profile) > 1:
        compare(by_profile[0], by_profile[-1])
    return [row for rows in by_profile for row in rows]


def main() -> int:
    """Measure, judge, write, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=20_260_101)
    parser.add_argument("--kept", default="", metavar="URL")
    parser.add_argument("--pages", default="", metavar="N")
    parser.add_argument("--rounds", type=int, default=Pace().rounds)
    parsed = parser.parse_args()
    pace = replace(Pace(), rounds=parsed.rounds, pages=parsed.pages)
    if parsed.kept:
        with tempfile.TemporaryDirectory(prefix="nuqta-desk-") as folder:
            rows = measure(parsed.kept, Path(folder), pace, parsed.seed)
    else:
        profiles = [Profile().scaled(parsed.scale * part) for part in (SHORTER, 1)]
        with postgres_cluster(**CLUSTER) as cluster:
            rows = run(profiles, pace, parsed.seed, cluster)
    found = {
        **machine.described(),
        "database": "PostgreSQL",
        "scale": parsed.scale,
        "seed": parsed.seed,
        "coordinators": pace.coordinators,
        "misses": misses(rows),
        "pages": rows,
    }
    for row in rows:
        print(json.dumps(row))
    print("\n".join(found["misses"]) or "every target is met")
    if not parsed.kept:
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return int(bool(found["misses"]))


if __name__ == "__main__":
    sys.exit(main())
