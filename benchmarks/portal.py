"""What the portal's pages and those for everybody cost a telephone, and how soon they come.

    python -m benchmarks.portal --requests 50000 --seed 20260101

A throw-away PostgreSQL with `generate-pilot --bulk`, the real server beside it, and phones that
were checked, which read every page with half a second of thinking between, in each language that
the page has. What a page weighs Chromium says, with a telephone's window: all that came over the
line for it, heads of answers, style, scripts and the fonts of the letters that it shows. Writes
`benchmarks/results/portal.json`: machine, seed, how many requests there are, what missed its
target, and a row for each page:

    page, kind        portal: behind a phone that was checked; public: for everybody
    language          in which it weighs most
    bytes_first       over the line, with nothing kept
    bytes_again       over the line, with all that may be kept kept
    p50_ms, p95_ms    until the whole page is there, while all phones read
    server_cpu_ms     of the server's processes, one reader alone, mean
    database_cpu_ms   of PostgreSQL's processes, the same
    alone_p95_ms      until the whole page is there, to one reader alone

Exit status: 0 done, 1 a target is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa
from playwright.sync_api import Browser, sync_playwright

from benchmarks import machine
from benchmarks.desk import CLUSTER, fill, open_filled, percentile, postgres_of, serving
from benchmarks.desk_client import AS_BROWSERS, Visitor, read_pages
from benchmarks.peers import measures
from server.accounts import visitors
from server.db.work import Database
from server.phrases import OFFERED
from server.pilot.bulk_parts import Profile
from server.web.languages import in_language
from server.web.site import PORTAL_COOKIE
from sync.languages import LANGUAGES
from tests.databases import empty_database, postgres_cluster

RESULTS = Path(__file__).parent / "results" / "portal.json"
FIRST_BYTES_MAX, AGAIN_BYTES_MAX, STATUS_P95_MS = 50_000, 15_000, 40
PUBLIC = {
    "begin": "/",
    "about": "/about",
    "points": "/points",
    "points of a province": "/points?province=09.541",
    "points near": "/points?commune=09.541.01.03",
    "services": "/services",
    "service": "/services/fda-subsidy",
    "rights": "/rights",
    "open data": "/data",
    "accessibility": "/accessibility",
    "market": "/portal/market",
    "innovation": "/portal/innovation",
    "verify": "/verify",
}
PORTAL = {
    "register": "/portal/register",
    "status": "/portal/status",
    "may ask": "/portal/services?of={of}",
    "service to ask": "/portal/services/bank-account?of={of}",
    "request": "/portal/requests/{request}",
    "own file": "/portal/file?of={of}",
    "claim": "/portal/claim?of={of}",
    "own market": "/portal/market/mine?of={of}",
    "orders": "/portal/market/orders",
    "messages": "/portal/requests/{request}/messages",
}
EVERY = {**PUBLIC, **PORTAL}
IN_THREE = frozenset({"begin", "about", "market", "innovation", "verify", *PORTAL})
"""Pages in the languages that have all their words; the others are in each that anybody reads."""


class _Silent:
    """Carries no message: what it was given last is at hand."""

    body = ""

    def send(self, _phone: str, body: str) -> None:
        self.body = body


def phones(database: Database, count: int) -> list[Visitor]:
    """Check phones of enterprises that asked for something, and find their pages."""
    enterprise, asked = (database.tables.records[name] for name in ("enterprise", "application"))
    query = (
        sa.select(enterprise.c.phone, enterprise.c.id, asked.c.id)
        .join(asked, asked.c.enterprise_id == enterprise.c.id)
        .where(enterprise.c.phone.is_not(None))
        .order_by(enterprise.c.id)
        .limit(count * 8)
    )
    rows = database.read(lambda records: records.connection.execute(query).all())
    by_phone = {phone: (bytes(of), bytes(request)) for phone, of, request in rows}
    found = []
    for at, (phone, (of, request)) in enumerate(list(by_phone.items())[:count]):
        language = tuple(LANGUAGES)[at % len(LANGUAGES)]
        given = {"of": UUID(bytes=of), "request": UUID(bytes=request)}
        addresses = {
            name: in_language(address.format(**given), language)
            for name, address in EVERY.items()
            if language in OFFERED or name not in IN_THREE
        }
        found.append(Visitor({PORTAL_COOKIE: _enter(database, phone)}, addresses, language))
    return found


def _enter(database: Database, phone: str) -> str:
    """Return a session of a phone, whose code is given as soon as it is sent."""
    silent = _Silent()
    token = visitors.send_code(database, silent, phone, words="{code}")
    entered = database.write(lambda work: visitors.check_code(work, token, silent.body))
    assert isinstance(entered, visitors.Entered), entered
    return entered.session


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def bytes_of(browser: Browser, address: str, language: str, cookie: str = "") -> tuple[int, int]:
    """Return the bytes of a page that is loaded for the first time, and once more.

    Raises:
        ValueError: it came in another language.
    """
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale=language)
    if cookie:
        context.add_cookies([{"name": PORTAL_COOKIE, "value": cookie, "url": address}])
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda one: sizes.append(int(one["encodedDataLength"])))
    loaded = []
    for _ in range(2):
        sizes.clear()
        page.goto(address, wait_until="networkidle")
        loaded.append(sum(sizes))
        if page.get_attribute("html", "lang") != language:
            raise ValueError(f"{address}: not in {language}")
        page.goto("about:blank")
    context.close()
    return loaded[0], loaded[1]


def weigh(url: str, known: Sequence[Visitor]) -> dict[str, dict[str, Any]]:
    """Return of each page what it weighs, in the language in which that is most."""
    found: dict[str, dict[str, Any]] = {}
    by_language = {one.language: one for one in known}
    with chromium() as browser:
        for language, visitor in by_language.items():
            for name, address in visitor.addresses.items():
                cookie = visitor.cookies[PORTAL_COOKIE]
                first, again = bytes_of(browser, url + address, language, cookie)
                if first > found.get(name, {"bytes_first": 0})["bytes_first"]:
                    found[name] = {"language": language, "bytes_first": first, "bytes_again": again}
    return found


def cpu_of(
    url: str, visitor: Visitor, processes: Mapping[str, int], times: int
) -> dict[str, dict[str, float]]:
    """Return of each page the milliseconds of processes and their children: name -> process id.

    Beside them `alone_p95_ms`: how soon it comes to one who reads while nobody else does.
    """
    found = {}
    with httpx.Client(
        base_url=url, headers=AS_BROWSERS, cookies=dict(visitor.cookies), timeout=60
    ) as client:
        for page, address in visitor.addresses.items():
            client.get(address).raise_for_status()
            before = {name: measures.cpu(pid) for name, pid in processes.items()}
            took = []
            for _ in range(times):
                begun = time.perf_counter()
                client.get(address).raise_for_status()
                took.append(time.perf_counter() - begun)
            found[page] = {
                name: round(1_000 * (measures.cpu(pid) - before[name]) / times, 1)
                for name, pid in processes.items()
            } | {"alone_p95_ms": round(1_000 * percentile(took, 0.95), 1)}
    return found


def measure(url: str, folder: Path, count: int, rounds: int, seed: int) -> list[dict[str, Any]]:
    """Measure all pages on a filled database."""
    database = open_filled(url)
    known, postgres = phones(database, count), postgres_of(database)
    database.engines.close()
    with serving(url, folder) as (address, pid):
        _tell("to weigh")
        weighed = weigh(address, known)
        _tell("to count processors' time")
        spent = cpu_of(
            address, known[0], {"server_cpu_ms": pid, "database_cpu_ms": postgres}, times=100
        )
        _tell("to read by all phones")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pace = {"rounds": rounds, "think_s": 0.5, "seed": seed}
            took = pool.submit(read_pages, address, known, **pace).result().by_page
    return [
        {
            "page": name,
            "kind": "portal" if name in PORTAL else "public",
            **weighed[name],
            "p50_ms": round(1_000 * statistics.median(took[name]), 1),
            "p95_ms": round(1_000 * percentile(took[name], 0.95), 1),
            **spent[name],
        }
        for name in EVERY
    ]


def _tell(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def misses(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is beyond its target, a line each."""
    return [
        f"{row['page']} ({row['language']}): {name} {row[name]}, target {most}"
        for row in rows
        for name, most in (
            ("bytes_first", FIRST_BYTES_MAX),
            ("bytes_again", AGAIN_BYTES_MAX),
            ("p95_ms", STATUS_P95_MS if row["page"] == "status" else float("inf")),
        )
        if row[name] > most
    ]


def main() -> int:
    """Measure, judge, write, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--phones", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20_260_101)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parsed = parser.parse_args()
    # Of people and visits so many as the portal's pages touch: none of them lists these.
    profile = Profile(people=20_000, visits=20_000).scaled(parsed.requests / Profile().requests)
    with (
        postgres_cluster(**CLUSTER) as cluster,
        empty_database(cluster) as url,
        tempfile.TemporaryDirectory(prefix="nuqta-portal-") as folder,
    ):
        _tell(f"to fill with {parsed.requests} requests")
        fill(url, profile, parsed.seed)
        rows = measure(url, Path(folder), parsed.phones, parsed.rounds, parsed.seed)
    found = {
        **machine.described(),
        "database": "PostgreSQL",
        "seed": parsed.seed,
        "requests": parsed.requests,
        "phones": parsed.phones,
        "misses": misses(rows),
        "pages": rows,
    }
    for row in rows:
        print(json.dumps(row))
    print("\n".join(found["misses"]) or "every target is met")
    parsed.results.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return int(bool(found["misses"]))


if __name__ == "__main__":
    sys.exit(main())
