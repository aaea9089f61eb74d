"""What the portal's pages and those for everybody cost a telephone, and how soon they come.

    python -m benchmarks.portal --requests 50000 --seed 20260101

A throw-away PostgreSQL with `generate-pilot --bulk`, the real server beside it, and phones that
were checked, which read every page with half a second of thinking between, in four languages. The
bytes of a page are what a browser fetches: the page as sent, its style, its scripts, and of its
fonts those whose `unicode-range` has a letter that it shows. Writes
`benchmarks/results/portal.json`:
machine, seed, how many requests there are, what missed its target, and a row for each page:

    page, kind        portal: behind a phone that was checked; public: for everybody
    language          in which it costs most
    bytes_first       as sent, with nothing kept
    bytes_again       as sent, with all that may be kept kept
    p50_ms, p95_ms    until the whole page is there, while all phones read

Exit status: 0 done, 1 a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from html import unescape
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa

from benchmarks.desk import CLUSTER, fill, open_filled, percentile, serving
from benchmarks.desk_client import AS_BROWSERS, Visitor, read_pages
from server.accounts import visitors
from server.db.work import Database
from server.pilot.bulk_parts import Profile
from server.web.site import PORTAL_COOKIE
from tests.databases import empty_database, postgres_cluster

RESULTS = Path(__file__).parent / "results" / "portal.json"
FIRST_BYTES_MAX, AGAIN_BYTES_MAX, STATUS_P95_MS = 50_000, 15_000, 40
LANGUAGES = ("ar", "fr", "zgh", "en")
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
_FACE = re.compile(r"@font-face \{(.*?)\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Face:
    """A font of a style sheet: family and weight, its address, the letters that it is for."""

    family: str
    weight: str
    address: str
    letters: frozenset[int]


def faces_of(sheet: str) -> list[Face]:
    """Return the fonts that a style sheet declares."""
    found = []
    for rule in _FACE.findall(sheet):
        said = dict(re.findall(r"([a-z-]+):\s*([^;]+)", rule))
        address = re.search(r"url\(([^)]+)\)", rule)
        letters = frozenset(_letters(said.get("unicode-range", "U+0-10FFFF")))
        family = said["font-family"].strip('"')
        found.append(
            Face(family, said.get("font-weight", ""), address[1] if address else "", letters)
        )
    return found


def _letters(ranges: str) -> Iterator[int]:
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield from range(int(first, 16), min(int(last or first, 16), 0xFFFF) + 1)


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
        given = {"of": UUID(bytes=of), "request": UUID(bytes=request)}
        addresses = {name: address.format(**given) for name, address in EVERY.items()}
        cookies = {PORTAL_COOKIE: _enter(database, phone), "lang": LANGUAGES[at % len(LANGUAGES)]}
        found.append(Visitor(cookies, addresses))
    return found


def _enter(database: Database, phone: str) -> str:
    """Return a session of a phone, whose code is given as soon as it is sent."""
    silent = _Silent()
    token = visitors.send_code(database, silent, phone, words="{code}")
    entered = database.write(lambda work: visitors.check_code(work, token, silent.body))
    assert isinstance(entered, visitors.Entered), entered
    return entered.session


class Browser:
    """What a browser fetches, by the rules of style sheets: one that keeps, or keeps nothing."""

    def __init__(self, client: httpx.Client) -> None:
        """Fetch by a client."""
        self._client = client
        self._kept: dict[str, httpx.Response] = {}

    def sizes(self, address: str) -> tuple[int, int]:
        """Return the bytes of a page at first and again, all as sent."""
        answer = self._client.get(address).raise_for_status()
        again = answer.num_bytes_downloaded
        return again + sum(self._fetch(one) for one in self._needed(answer.text)), again

    def _fetch(self, address: str) -> int:
        if address not in self._kept:
            answer = self._client.get(address).raise_for_status()
            assert "immutable" in answer.headers["cache-control"], address
            self._kept[address] = answer
        return self._kept[address].num_bytes_downloaded

    def _needed(self, text: str) -> set[str]:
        """Return what a page names, and the fonts of the letters that it shows."""
        named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', text))
        for sheet in [one for one in named if one.endswith(".css")]:
            self._fetch(sheet)
            faces = faces_of(self._kept[sheet].text)
            named |= {one.address for one in faces if one.letters & letters_of(text, one.family)}
        return named


def letters_of(text: str, family: str) -> frozenset[int]:
    """Return the letters that a page shows in a family of fonts.

    Of each weight: a page that had no bold letter of a script would need less than is counted.
    """
    body = re.sub(
        r"<(script|style|title|desc)\b.*?</\1>", " ", text.partition("<body")[2], flags=re.DOTALL
    )
    names = "".join(re.findall(r'<nav class="languages".*?</nav>', body, re.DOTALL))
    signs = "".join(re.findall(r'<i class="i[^"]*"[^>]*>(.)</i>', body))
    if family == "Nuqta Icons":
        return frozenset(map(ord, signs))
    if family == "Nuqta Icons Filled":
        return frozenset(
            map(ord, "".join(re.findall(r'<i class="i-filled[^"]*"[^>]*>(.)</i>', body)))
        )
    shown = names if family == "Nuqta Names" else body.replace(names, " ") if names else body
    values = "".join(re.findall(r'\b(?:value|placeholder)="([^"]*)"', shown))
    plain = re.sub(r"<i class=.*?</i>", "", shown)
    return frozenset(map(ord, unescape(re.sub(r"<[^>]*>", "", plain)) + values))


def weigh(url: str, known: Sequence[Visitor]) -> dict[str, dict[str, Any]]:
    """Return of each page what it sends, in the language in which that is most."""
    found: dict[str, dict[str, Any]] = {}
    for language in LANGUAGES:
        cookies = {**known[0].cookies, "lang": language}
        with httpx.Client(base_url=url, headers=AS_BROWSERS, cookies=cookies, timeout=60) as client:
            browser = Browser(client)
            for name, address in known[0].addresses.items():
                first, again = browser.sizes(address)
                before = found.get(name, {"bytes_first": 0, "bytes_again": 0})
                if first > before["bytes_first"]:
                    found[name] = {"language": language, "bytes_first": first, "bytes_again": again}
    return found


def measure(url: str, folder: Path, count: int, rounds: int, seed: int) -> list[dict[str, Any]]:
    """Measure all pages on a filled database."""
    database = open_filled(url)
    known = phones(database, count)
    database.engines.close()
    with serving(url, folder) as (address, _):
        weighed = weigh(address, known)
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
        }
        for name in EVERY
    ]


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
    parsed = parser.parse_args()
    # Of people and visits so many as the portal's pages touch: none of them lists these.
    profile = Profile(people=20_000, requests=parsed.requests, visits=20_000)
    with (
        postgres_cluster(**CLUSTER) as cluster,
        empty_database(cluster) as url,
        tempfile.TemporaryDirectory(prefix="nuqta-portal-") as folder,
    ):
        fill(url, profile, parsed.seed)
        rows = measure(url, Path(folder), parsed.phones, parsed.rounds, parsed.seed)
    found = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
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
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return int(bool(found["misses"]))


if __name__ == "__main__":
    sys.exit(main())
