"""How many doubles are found, how many of what is shown are doubles, and what comparing costs.

Usage: python -m benchmarks.duplicates [--people 10000] [--seed 1] [--country 500000]
           [--processes 1]

Doubles are planted by kind among invented people of the pilot's two regions. Kinds marked `held
out`, and every seed but the first, were not looked at when weights and bounds were chosen. The
country is as many people on PostgreSQL, over all communes by their rural population.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent.parent))

from server.db.engine import Engines
from server.db.records import Records
from server.db.schema import migrate
from server.db.tables import TABLES
from server.db.work import Database
from server.duplicates import finding
from server.duplicates.pairs import Seen
from server.pilot import words
from server.reference import files
from server.reference.load import load
from sync import scopes
from sync.spec import Values

RESULT = Path(__file__).parent / "results" / "duplicates.json"
PLANTED = 400
_SPELT = (
    ("ou", "u"), ("ch", "sh"), ("k", "q"), ("aa", "a"), ("i", "y"), ("ss", "s"), ("mm", "m"),
    ("e", "a"), ("h", ""), ("gu", "g"), ("ia", "iya"), ("dd", "d"),
)  # fmt: skip
_LETTERS = "abdeghiklmnorstuy"
_RUN = ("id", "rev", "era", "scope_id", "effective_at", "received_at", "writers")


def person(rng: random.Random, region: str, commune: str, number: int) -> Values:
    """Return one of the countryside, as the pilot invents them."""
    is_woman = rng.random() < 0.42
    given = rng.choice(words.WOMEN if is_woman else words.MEN)
    known = list(words.FAMILIES.values())
    family = rng.choice(words.FAMILIES.get(region) or known[int(region) % len(known)])
    douar = rng.choice(words.DOUARS)
    return {
        "commune_code": commune,
        "name_ar": f"{given[0]} {family[0]}" if rng.random() < 0.95 else None,
        "name_fr": f"{given[1]} {family[1]}",
        "sex": "female" if is_woman else "male",
        "birth_year": rng.randint(1945, 2006),
        "birth_year_approx": rng.random() < 0.3,
        "phone": None if rng.random() < 0.12 else f"+2126{number:08d}",
        "douar": douar[rng.random() < 0.5],
        "national_card": None,
        "rna": None,
    }


def respelt(rng: random.Random, name: str) -> str:
    """Return a Latin name by another habit of writing."""
    found = name
    for this, that in rng.sample(_SPELT, len(_SPELT)):
        at = found.lower().find(this, 1)
        if at > 0:
            found = found[:at] + that + found[at + len(this) :]
            if rng.random() < 0.6:
                break
    return found


def slipped(rng: random.Random, name: str) -> str:
    """Return a name with one slip of the finger, not in its first letter."""
    at = rng.randrange(1, len(name))
    kind, letter = rng.randrange(3), rng.choice(_LETTERS)
    if kind == 0:
        return name[:at] + letter + name[at:]
    if kind == 1:
        return name[:at] + letter + name[at + 1 :]
    return name[: at - 1] + name[at : at + 1] + name[at - 1 : at] + name[at + 1 :]


def _spelling(rng: random.Random, one: Values) -> Values:
    return {"name_fr": respelt(rng, str(one["name_fr"])), "name_ar": None}


def _script(rng: random.Random, one: Values) -> Values:
    if one["name_ar"] is None:
        return _spelling(rng, one)
    return {"name_fr": None}


def _village(rng: random.Random, one: Values) -> Values:
    other = rng.choice([pair for pair in words.DOUARS if one["douar"] not in pair])
    return {"douar": other[rng.random() < 0.5], "name_ar": None}


def _slip(rng: random.Random, one: Values) -> Values:
    return {"name_fr": slipped(rng, str(one["name_fr"])), "name_ar": None}


def _year(rng: random.Random, one: Values) -> Values:
    year = one["birth_year"]
    assert isinstance(year, int)
    return {"birth_year": year + rng.choice((-1, 1)), "birth_year_approx": True}


def _order(_rng: random.Random, one: Values) -> Values:
    first, *rest = str(one["name_fr"]).split()
    return {"name_fr": " ".join((*rest, first)), "name_ar": None}


def _joined(_rng: random.Random, one: Values) -> Values:
    first, *rest = str(one["name_fr"]).split()
    return {"name_fr": f"{first} {''.join(rest).capitalize()}", "name_ar": None}


def _other_village(rng: random.Random, one: Values) -> Values:
    return {"douar": _village(rng, one)["douar"]}


def _kept(_rng: random.Random, _one: Values) -> Values:
    return {}


def _changed(rng: random.Random, _one: Values) -> Values:
    return {"phone": f"+2127{rng.randrange(10**8):08d}"}


Change = Callable[[random.Random, Values], Values]
KINDS: dict[str, tuple[bool, tuple[Change, ...]]] = {
    "spelling, phone kept": (False, (_spelling, _kept)),
    "spelling, phone changed": (False, (_spelling, _changed)),
    "script, phone kept": (False, (_script, _kept)),
    "script, phone changed": (False, (_script, _changed)),
    "village, phone kept": (False, (_village, _kept)),
    "village, phone changed": (False, (_village, _changed)),
    "slip, phone kept": (False, (_slip, _kept)),
    "slip, phone changed": (False, (_slip, _changed)),
    "order, phone changed": (True, (_order, _changed)),
    "joined, phone changed": (True, (_joined, _changed)),
    "year, phone kept": (True, (_year, _kept)),
    "year and spelling, phone kept": (True, (_spelling, _year, _kept)),
    "script and village, phone kept": (True, (_script, _other_village, _kept)),
}
"""Kind -> whether it is held out, and what is written otherwise."""


def quality(people: int, seed: int) -> list[dict[str, Any]]:
    """Plant, find, and return a row a kind and one of all."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    communes = [one for one in files.rows("communes") if one["code"][:2] in words.FAMILIES]
    weights = [int(one["rural_pop_2024"] or 0) + 1 for one in communes]
    homes = rng.choices([one["code"] for one in communes], weights, k=people)
    everybody = [
        Seen(number.to_bytes(16, "big"), person(rng, code[:2], code, number))
        for number, code in enumerate(homes, 1)
    ]
    kind_of: dict[frozenset[bytes], str] = {}
    kinds = list(KINDS)
    for place, one in enumerate(rng.sample(everybody, PLANTED)):
        kind = kinds[place % len(kinds)]
        values = dict(one.values)
        for change in KINDS[kind][1]:
            values |= {name: value for name, value in change(rng, values).items() if name in values}
        if values["name_fr"] is None and values["name_ar"] is None:
            values["name_ar"], values["name_fr"] = one.values["name_ar"], one.values["name_fr"]
        double = Seen((people + place + 1).to_bytes(16, "big"), values)
        everybody.append(double)
        kind_of[frozenset((one.record_id, double.record_id))] = kind
    by_province: dict[str, list[Seen]] = defaultdict(list)
    for one in everybody:
        by_province[scopes.province_of(str(one.values["commune_code"]))].append(one)
    shown = {
        frozenset((pair.first.record_id, pair.second.record_id))
        for some in by_province.values()
        for pair in finding.among(some)
    }
    met = Counter(kind_of[pair] for pair in shown & kind_of.keys())
    of = Counter(kind_of.values())
    rows = [
        {
            "kind": kind,
            "held_out": KINDS[kind][0],
            "planted": of[kind],
            "recall": round(met[kind] / of[kind], 3),
        }
        for kind in kinds
    ]
    return [
        {
            "kind": "all",
            "seed": seed,
            "people": people,
            "planted": PLANTED,
            "shown": len(shown),
            "recall": round(sum(met.values()) / PLANTED, 3),
            "precision": round(sum(met.values()) / max(len(shown), 1), 3),
        },
        *rows,
    ]


@contextmanager
def country(people: int, seed: int) -> Iterator[str]:
    """Yield the address of a PostgreSQL that has so many people."""
    from tests.databases import empty_database, postgres_cluster

    with postgres_cluster() as cluster, empty_database(cluster) as url:
        engines = Engines(url)
        migrate(engines, TABLES, epoch=bytes(8))
        database = _database(engines)
        database.write(load)
        rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
        communes = files.rows("communes")
        weights = [int(one["rural_pop_2024"] or 0) + 1 for one in communes]
        homes = rng.choices([one["code"] for one in communes], weights, k=people)
        names = list(person(rng, "09", "09.541.01.03", 1))
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            columns = ", ".join((*names, *_RUN))
            with cursor.copy(f"COPY person ({columns}) FROM STDIN") as copy:
                for number, code in enumerate(homes, 1):
                    values = person(rng, code[:2], code, number)
                    key = f"{rng.getrandbits(128):032x}"
                    copy.write_row((*values.values(), key, 1, 1, 1, 1, 1, b"\x80"))
            connection.commit()
            connection.autocommit = True
            cursor.execute("ANALYZE")
        engines.close()
        yield url


def _database(engines: Engines) -> Database:
    return Database(engines, TABLES, clock=lambda: 1_800_000_000_000, ids=lambda: bytes(16))


def _part(part: int, url: str, parts: int) -> tuple[int, float, float]:
    """Do every so many-th step; returns the pairs, the most memory, MB, and the CPU, seconds."""
    engines = Engines(url)
    database, found = _database(engines), 0
    for cursor in database.read(finding.steps)[part::parts]:
        last = ""
        while True:
            entity, some, last = database.read(partial(_look, cursor=cursor, last=last))
            database.write(partial(_keep, entity=entity, found=some))
            found += len(some)
            if not last:
                break
    engines.close()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return found, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime


def _look(records: Records, cursor: str, last: str) -> Any:
    return finding.look(records, cursor, last)


def _keep(work: Any, entity: str, found: Any) -> None:
    finding.keep(work, entity, found)


def cost(people: int, seed: int, processes: int = 1) -> dict[str, Any]:
    """Compare a country's people, and the candidates of some of them."""
    with country(people, seed) as url:
        engines = Engines(url)
        database = _database(engines)
        table = TABLES.records["person"]
        ids = database.read(
            lambda records: records.connection.scalars(
                sa.select(table.c.id).order_by(table.c.id).limit(300)
            ).all()
        )
        times, cpu_ms = [], []
        for record_id in ids:
            began, cpu = time.perf_counter(), time.process_time()
            with engines.read() as connection:
                finding.of(Records(connection, TABLES), "person", record_id)
            times.append((time.perf_counter() - began) * 1_000)
            cpu_ms.append((time.process_time() - cpu) * 1_000)
        engines.close()
        # The first fill the caches of names.
        times, cpu_ms = sorted(times[50:]), sorted(cpu_ms[50:])
        began = time.perf_counter()
        with ProcessPoolExecutor(processes) as pool:
            part = partial(_part, url=url, parts=processes)
            done = list(pool.map(part, range(processes)))
        return {
            "people": people,
            "candidates_p50_ms": round(statistics.median(times), 1),
            "candidates_p95_ms": round(times[int(len(times) * 0.95)], 1),
            "processes": processes,
            "compared_s": round(time.perf_counter() - began, 1),
            "pairs": sum(pairs for pairs, _, _ in done),
            "memory_mb": round(max(memory for _, memory, _ in done)),
            "cpu_s": round(sum(cpu for _, _, cpu in done), 1),
            "candidates_cpu_ms": round(statistics.mean(cpu_ms), 1),
            "candidates_cpu_p95_ms": round(cpu_ms[int(len(cpu_ms) * 0.95)], 1),
        }


def main() -> None:
    """Measure, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--country", type=int, default=500_000)
    parser.add_argument("--processes", type=int, default=1)
    parsed = parser.parse_args()
    result: dict[str, Any] = {
        "quality": [
            row
            for seed in (parsed.seed, parsed.seed + 1, parsed.seed + 2)
            for row in quality(parsed.people, seed)
        ]
    }
    for row in result["quality"]:
        print(json.dumps(row))
    if parsed.country:
        result["cost"] = cost(parsed.country, parsed.seed, parsed.processes)
        print(json.dumps(result["cost"]))
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
