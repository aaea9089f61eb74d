"""What a tablet's store costs an agent who looks for people: time, room, and who is found.

    python -m benchmarks.tablet_store --seed 20260101

A file of 10,000 people, 500 enterprises, 50 contact points and 20,000 visits, invented from
syllables and from `tests/sync/name_variants.csv`. Writes `benchmarks/results/tablet_store.json`:

    search_p50_ms, search_p95_ms, search_max_ms
                        as typed, key by key, both scripts, phones and codes, all entities at once
    recall_spelling     a person under another spelling or script of both names: among the first 20
    recall_slip         the same spelling, with one slip in a word of five letters or more
    duplicates_p95_ms   who a person being registered may already be
    duplicates_recall   those registered again, under another spelling or script of both names,
                        with the year of birth: among those proposed
    search_recall_by_kind
                        of the list in `search_names.csv`, the part that no rule was tuned on: the
                        right one among the first 10, all entities at once on the tablet, people or
                        enterprises at the desk, where the same records are in SQLite
    search_noise        of queries about nobody, the share that brings anyone, on both
    desk_search_p50_ms, desk_search_p95_ms
                        the same queries, at the desk
    open_ms             opening the file
    open_record_ms      a person with all that hangs on it
    put_visit_ms        a visit with a photo of 100 kB, on disk (p95)
    database_mb         the file, its write-ahead log included

Exit status: 0 done, 1 a target missed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from benchmarks import search_kinds
from mobile_app.device.clock import FakeClock
from mobile_app.store.database import transaction
from mobile_app.store.duplicates import likely_duplicates
from mobile_app.store.records import Store
from mobile_app.store.visits import Part, put_visit
from server.db import lookup
from server.db.engine import Engines
from server.db.schema import EPOCH_BYTES, migrate
from server.db.tables import TABLES
from server.db.work import Author, Database, Work
from server.pilot import words
from server.reference.load import load
from sync.entities import ENTITIES
from sync.rules import codes
from sync.spec import Values

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "tablet_store.json"
VARIANTS = ROOT / "tests" / "sync" / "name_variants.csv"
SEARCHED = ("person", "enterprise", "contact_point")
NOW = 1_795_500_000_000
PEOPLE, ENTERPRISES, POINTS, VISITS = 10_000, 500, 50, 20_000
COMMUNES = ("09.541.01.03", "09.541.01.02", "09.541.01.05", "09.541.01.07")
LEAST_OF_A_KIND, LEAST_OF_ALL, NOISE_MOST = 0.95, 0.98, 0.15
LEAST = {"recall_spelling": 0.95, "recall_slip": 0.95, "duplicates_recall": 0.95}
MOST = {"search_p95_ms": 60, "duplicates_p95_ms": 60, "database_mb": 60}
FIRST = 20
_SYLLABLES = (
    ("با", "ba"), ("بو", "bou"), ("دا", "da"), ("دي", "di"), ("فا", "fa"), ("غا", "gha"),
    ("حا", "ha"), ("جا", "ja"), ("كا", "ka"), ("كو", "kou"), ("لا", "la"), ("لو", "lou"),
    ("ما", "ma"), ("مي", "mi"), ("نا", "na"), ("رو", "rou"), ("سا", "sa"), ("شا", "cha"),
    ("طا", "ta"), ("وا", "oua"), ("زي", "zi"), ("خا", "kha"), ("قا", "ka"), ("صو", "sou"),
)  # fmt: skip
_ENDS = (
    ("ني", "ni"),
    ("وي", "oui"),
    ("ري", "ri"),
    ("لي", "li"),
    ("ب", "b"),
    ("ن", "n"),
    ("ش", "ch"),
)

Pair = tuple[str, str]


def variants() -> dict[str, list[list[str]]]:
    """Return the groups of spellings by kind, `given` and `family`; the Arabic one first."""
    found: dict[str, list[list[str]]] = {}
    for line in VARIANTS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, *group = line.split(";")
            found.setdefault(kind, []).append(group)
    return found


def invented_families(rng: random.Random, count: int) -> list[Pair]:
    """Return family names of two or three syllables, in both scripts, some after Ait or Ben."""
    found: dict[str, str] = {}
    while len(found) < count:
        parts = [rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 2, 3)))] + [rng.choice(_ENDS)]
        arabic, latin = ("".join(side) for side in zip(*parts, strict=True))
        before = rng.choice((("", ""),) * 5 + (("أيت ", "Ait "), ("بن ", "Ben "), ("ال", "El ")))
        found[before[1] + latin.title()] = before[0] + arabic
    return [(arabic, latin) for latin, arabic in found.items()]


class Territory:
    """Everything in the file, drawn from one seed."""

    def __init__(self, store: Store, seed: int) -> None:
        """Fill the store."""
        self.store, self.rng = store, random.Random(seed)  # noqa: S311 - invented people
        groups = variants()
        self.spellings = {group[0]: group for kind in groups.values() for group in kind}
        self.given = [(one[0], one[1]) for one in groups["given"]] + [*words.MEN, *words.WOMEN]
        families = [(one[0], one[1]) for one in groups["family"]]
        self.families = families * 4 + invented_families(self.rng, 1_500)
        self.people: list[tuple[bytes, Values, Pair, Pair]] = []
        self.searched: list[search_kinds.Target] = []
        for _ in range(PEOPLE):
            self._person()
        for _ in range(ENTERPRISES):
            self._enterprise()
        for _ in range(POINTS):
            self._point()
        for _ in range(VISITS):
            self._visit()

    def _show(self, entity: str, values: Values) -> bytes:
        """Store a record as the server would have sent it: nothing waits to be sent."""
        record_id = self.rng.randbytes(16)
        values = {"created_at": NOW, "source": "pilot", **values}
        self.keep(search_kinds.Target(entity, record_id, values))
        return record_id

    def keep(self, one: search_kinds.Target) -> None:
        """Store one, and note it if the desk finds it too."""
        self.store.show(self.store.entity(one.entity), one.record_id, one.values, rev=1)
        if one.entity in SEARCHED:
            self.searched.append(one)

    def _person(self) -> None:
        rng = self.rng
        given, family = rng.choice(self.given), rng.choice(self.families)
        douar = rng.choice(words.DOUARS)[rng.random() < 0.5]
        scripts = rng.choices(("both", "ar", "fr"), (70, 15, 15))[0]
        values: Values = {
            "commune_code": rng.choice(COMMUNES),
            "name_ar": f"{given[0]} {family[0]}" if scripts != "fr" else None,
            "name_fr": f"{given[1]} {family[1]}" if scripts != "ar" else None,
            "birth_year": rng.randint(1945, 2006),
            "phone": f"+2126{rng.randrange(10**8):08d}" if rng.random() < 0.8 else None,
            "douar": douar,
            "is_farmer": True,
            "status": "active",
        }
        self.people.append((self._show("person", values), values, given, family))

    def _enterprise(self) -> None:
        rng = self.rng
        name, family = rng.choice(words.COOPERATIVE_NAMES), rng.choice(self.families)
        values: Values = {
            "commune_code": rng.choice(COMMUNES),
            "name_ar": f"تعاونية {name[0]} {family[0]}",
            "name_fr": f"Coopérative {name[1]} {family[1]}",
            "legal_form": "cooperative",
            "phone": f"+2125{rng.randrange(10**8):08d}",
            "contact_name": " ".join((rng.choice(self.given)[1], family[1])),
            "douar": rng.choice(words.DOUARS)[1],
        }
        self._show("enterprise", values)

    def _point(self) -> None:
        douar = self.rng.choice(words.DOUARS)
        values: Values = {
            "commune_code": self.rng.choice(COMMUNES),
            "name_fr": f"Relais {douar[1]}",
            "name_ar": f"نقطة تواصل {douar[0]}",
            "status": "active",
            "latitude": 29_700_000 + self.rng.randrange(300_000),
            "longitude": -9_500_000 + self.rng.randrange(300_000),
        }
        self._show("contact_point", values)

    def _visit(self) -> None:
        rng = self.rng
        person_id, person, _, _ = rng.choice(self.people)
        started = NOW - rng.randrange(365 * 86_400_000)
        notes = [pair for pairs in words.NOTES.values() for pair in pairs]
        values: Values = {
            "commune_code": person["commune_code"],
            "person_id": person_id,
            "type": "assistance",
            "channel": "home_farm",
            "state": "ended",
            "started_at": started,
            "ended_at": started + 1_800_000,
            "outcome": "done",
            "needs": ("aid", "water"),
            "notes": rng.choice(notes)[rng.random() < 0.5],
            "latitude": 29_700_000 + rng.randrange(300_000),
            "longitude": -9_500_000 + rng.randrange(300_000),
            "accuracy_m": 12,
            "position_at": started,
            "review_state": "accepted",
        }
        self._show("visit", values)


def slip(rng: random.Random, word: str) -> str:
    """Return a word with a letter too many, too few, another, or two that changed places."""
    at = rng.randrange(1, len(word) - 1)
    letters = "ابتدرسعفقكلمنهوي" if word[0] > "z" else "abcdefghijklmnopqrstuvwxyz"
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + rng.choice(letters) + word[at:]
    if kind == 2:
        return word[:at] + rng.choice(letters) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def slipped(rng: random.Random, name: str) -> str:
    """Return a name with one slip in a word of five letters or more, if it has one."""
    parts = name.split()
    long = [at for at, word in enumerate(parts) if len(word) >= 5 and word.isalpha()]
    if long:
        at = rng.choice(long)
        parts[at] = slip(rng, parts[at])
    return " ".join(parts)


def other_spelling(rng: random.Random, territory: Territory, name: Pair) -> str:
    """Return another spelling of a name of the list; the other script of an invented one."""
    group = territory.spellings.get(name[0])
    return rng.choice(group) if group else rng.choice(name)


def recall(territory: Territory, query: Callable[[Values, Pair, Pair], str], count: int) -> float:
    """Return the share of people who are among the first FIRST for a query made of their names."""
    rng, hits = random.Random(7), 0  # noqa: S311
    for person_id, values, given, family in rng.sample(territory.people, count):
        text = query(values, given, family)
        found = territory.store.search("person", text, limit=FIRST)
        hits += person_id in {one.record_id for one in found}
    return round(hits / count, 4)


def registered_again(territory: Territory, count: int) -> dict[str, float]:
    """Register people again, and see whether it is noticed, and how fast."""
    rng, hits, took = random.Random(11), 0, []  # noqa: S311
    for person_id, values, given, family in rng.sample(territory.people, count):
        name = " ".join(other_spelling(rng, territory, one) for one in (given, family))
        field = "name_ar" if "\u0600" < name[0] < "\u0700" else "name_fr"
        again = {one: values[one] for one in ("commune_code", "birth_year", "douar")}
        began = time.perf_counter()
        found = likely_duplicates(territory.store, "person", {**again, field: name})
        took.append(1_000 * (time.perf_counter() - began))
        hits += person_id in {one.record.record_id for one in found}
    return {
        "duplicates_p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
        "duplicates_recall": round(hits / count, 4),
    }


def typed(territory: Territory, rng: random.Random) -> Iterator[str]:
    """Yield what stands in the box after each key, of many queries."""
    for person_id, values, _, _ in rng.sample(territory.people, 40):
        phone = values["phone"] or "+212600000000"
        whole = [
            values["name_fr"] or values["name_ar"],
            values["name_ar"] or values["name_fr"],
            "0" + str(phone)[4:],
            codes.short_code(person_id),
        ]
        for text in whole:
            for end in range(1, len(str(text)) + 1):
                yield str(text)[:end]


def by_kind(territory: Territory, folder: Path, seed: int) -> dict[str, Any]:
    """Add those of the list and look for them, on the tablet and at the desk."""
    store, took = territory.store, []
    targets = search_kinds.targets("kept", seed)
    with transaction(store.db):
        for one in targets:
            values = {"created_at": NOW, "source": "pilot", **one.values}
            territory.keep(search_kinds.Target(one.entity, one.record_id, values))
    people = [one.values for one in territory.searched if one.entity == "person"]

    def on_tablet(_entity: str, text: str, limit: int) -> set[bytes]:
        return {one.record_id for one in store.search(SEARCHED, text, limit=limit)}

    with Desk(folder, territory.searched) as desk:

        def at_desk(entity: str, text: str, limit: int) -> set[bytes]:
            began = time.perf_counter()
            found = desk.search(entity, text, limit)
            took.append(1_000 * (time.perf_counter() - began))
            return found

        searches = {"tablet": on_tablet, "desk": at_desk}
        return {
            "search_recall_by_kind": {
                side: search_kinds.recall(targets, search) for side, search in searches.items()
            },
            "desk_search_p50_ms": round(statistics.median(took), 1),
            "desk_search_p95_ms": round(statistics.quantiles(took, n=20)[-1], 1),
            "search_noise": {
                side: search_kinds.noise(seed, people, search) for side, search in searches.items()
            },
        }


class Desk:
    """A server's database with the same records."""

    def __init__(self, folder: Path, records: Sequence[search_kinds.Target]) -> None:
        """Fill a file in `folder`."""
        self._engines = Engines(f"sqlite:///{folder / 'desk.db'}")
        ids = itertools.count(1)
        self._database = Database(
            self._engines, TABLES, clock=lambda: NOW, ids=lambda: next(ids).to_bytes(16, "big")
        )
        migrate(self._engines, TABLES, epoch=bytes(EPOCH_BYTES))
        self._database.write(load)
        for some in range(0, len(records), 1_000):
            self._database.write(partial(_insert, records[some : some + 1_000]))

    def __enter__(self) -> Self:
        """Use it for a while."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the file."""
        self._engines.close()

    def search(self, entity: str, text: str, limit: int) -> set[bytes]:
        """Return the ids of the first that a coordinator is shown."""
        found = self._database.read(
            lambda records: lookup.search(
                records,
                entity,
                text,
                records.tables.records[entity].c.commune_code.in_(COMMUNES),
                limit=limit,
            )
        )
        return {one.record_id for one in found}


def _insert(records: Sequence[search_kinds.Target], work: Work) -> None:
    for one in records:
        work.insert(one.entity, one.values, Author(None), record_id=one.record_id)


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    began = time.perf_counter()
    work()
    return 1_000 * (time.perf_counter() - began)


def run(folder: Path, seed: int) -> dict[str, Any]:
    """Fill a file and measure it. Returns the row."""
    # Long: the measurements in their order.
    path, ids = folder / "tablet.db", itertools.count(1)
    clock = FakeClock(NOW)

    def opened() -> Store:
        return Store(
            path, bytes(32), ENTITIES, clock=clock, ids=lambda: next(ids).to_bytes(16, "big")
        )

    store = opened()
    with transaction(store.db):
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.login = "x"
        territory = Territory(store, seed)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database_mb = path.stat().st_size / 2**20
    store.close()
    open_ms = timed(lambda: opened().close())
    store = territory.store = opened()
    rng = random.Random(seed)  # noqa: S311

    def search(text: str) -> Callable[[], object]:
        return lambda: store.search(SEARCHED, text)

    search_ms = [timed(search(text)) for text in typed(territory, rng)]
    person_ids = [one[0] for one in rng.sample(territory.people, 50)]

    def open_record(person_id: bytes) -> Callable[[], object]:
        return lambda: [
            store.get("person", person_id),
            *(
                store.list(name, "person_id = ?", (person_id,))
                for name in ("visit", "application", "task", "document", "consent")
            ),
        ]

    def put_one(person_id: bytes) -> Callable[[], object]:
        visit: Values = {"commune_code": COMMUNES[0], "person_id": person_id, "outcome": "done"}
        photo = Part("photo", {"purpose": "site"}, rng.randbytes(100_000))
        return lambda: put_visit(store, visit, [photo])

    row = {
        "seed": seed,
        "people": PEOPLE,
        "visits": VISITS,
        "searches": len(search_ms),
        "search_p50_ms": round(statistics.median(search_ms), 1),
        "search_p95_ms": round(statistics.quantiles(search_ms, n=20)[-1], 1),
        "search_max_ms": round(max(search_ms), 1),
        "recall_spelling": recall(
            territory,
            lambda _, given, family: " ".join(
                other_spelling(rng, territory, name) for name in (given, family)
            ),
            500,
        ),
        "recall_slip": recall(
            territory,
            lambda values, _given, _family: slipped(
                rng, str(values["name_fr"] or values["name_ar"])
            ),
            500,
        ),
        **registered_again(territory, 300),
        "open_ms": round(open_ms, 1),
        "open_record_ms": round(
            statistics.median(timed(open_record(one)) for one in person_ids), 1
        ),
        "put_visit_ms": round(
            statistics.quantiles([timed(put_one(one)) for one in person_ids], n=20)[-1], 1
        ),
        "database_mb": round(database_mb, 1),
        **by_kind(territory, folder, seed),
    }
    store.close()
    return row


def missed(row: dict[str, Any]) -> list[str]:
    """Return the names of the targets that a row misses."""
    return (
        [name for name, most in MOST.items() if row.get(name, 0) > most]
        + [name for name, least in LEAST.items() if row[name] < least]
        + [f"search_noise {side}" for side, one in row["search_noise"].items() if one > NOISE_MOST]
        + [
            f"search_recall_by_kind {side} {kind}"
            for side, kinds in row["search_recall_by_kind"].items()
            for kind, met in kinds.items()
            if met < (LEAST_OF_ALL if kind == "all" else LEAST_OF_A_KIND)
        ]
    )


def main() -> int:
    """Measure, write, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20260101)
    with tempfile.TemporaryDirectory(prefix="nuqta-store-") as name:
        row = run(Path(name), parser.parse_args().seed)
    RESULTS.write_text(json.dumps(row, indent=1) + "\n")
    print(json.dumps(row))
    if late := missed(row):
        print(f"MISSED: {', '.join(late)}")
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
