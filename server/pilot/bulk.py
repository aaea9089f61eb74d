"""Bulk data: a whole country's programme in minutes, for measurements.

What `Work` would have stored, by the same functions (`new_record`, `feed.entered`,
`terms.rows_of`), without its reads, locks and round trips: two processes make the records of
the provinces in the order of time and copy them (`bulk_parts`, `bulk_rows`). Values are the
pilot's: invented people and phones, never on a server that holds real people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import Queue
from queue import Empty
from random import Random
from typing import Any

import psycopg
import sqlalchemy as sa

from server.accounts import commands
from server.accounts.passwords import hash_password
from server.accounts.territories import UnknownTerritory
from server.db.engine import Engines
from server.db.records import Records, Stored
from server.db.tables import TABLES
from server.db.work import Database, Work
from server.exchange.custody import content_of, detail_of
from server.exchange.permission import CommuneOutsideProvince
from server.pilot.bulk_parts import (
    PARTS,
    Names,
    Part,
    Plan,
    Profile,
    code_of,
    new_record_id,
    weight_of,
    written,
)
from server.pilot.bulk_rows import CopiedRows, InsertedRows, address, settle, without_indexes
from server.pilot.pilot import Tell
from sync.changes import Change, Moment, Op
from sync.errors import Refusal
from sync.scopes import DAY_MS
from sync.spec import Values
from sync.versions import APP_BUILD, SCHEMA_NOW

PASSWORD = "nuqta-demo"  # noqa: S105 - told to everyone who measures
"""Of every account. Invented data only: never on a server that holds real people."""
_HELD_EVERY = 4
_TOLD_S = 0.5
_told: Queue[Any] | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works: a coordinator of each region, by its code; each agent with its communes' codes."""

    offices: Mapping[str, bytes]
    agents: Sequence[tuple[bytes, Sequence[str]]]


class NotEmpty(Refusal):
    """The database has records already: bulk data are made beside none."""

    code = "bulk_not_empty"


def generate_bulk(database: Database, profile: Profile, *, seed: int, tell: Tell) -> dict[str, int]:
    """Fill all communes. Returns what was made, by kind.

    Raises:
        NotEmpty: there are people, visits or accounts already.
        UnknownTerritory: the communes are not loaded.
    """
    communes = database.read(_communes_of_an_empty)
    staff = database.write(lambda work: _make_staff(work, communes, profile, seed))
    tell("staff", len(staff.agents), len(staff.agents))
    plans = _plans(database, profile, seed, communes, staff)
    if database.engines.is_sqlite:
        _make_here(database, plans, tell)
    else:
        with without_indexes(database.engines, written(database.tables)):
            _make_in_processes(database, plans, tell)
            tell("indexes", 0, 1)
        tell("indexes", 1, 1)
        settle(database.engines, database.tables.scope)
    held = database.write(lambda work: _make_tablets(work, communes, staff, seed))
    return {
        "communes": len(communes),
        "coordinators": profile.coordinators,
        "agents": len(staff.agents),
        "points": profile.points,
        "people": profile.people,
        "enterprises": profile.enterprises,
        "requests": profile.requests,
        "visits": profile.visits,
        "held": held,
    }


def _communes_of_an_empty(records: Records) -> list[Stored]:
    tables, connection = records.tables, records.connection
    for table in (tables.account, *(tables.records[name] for name in ("person", "visit"))):
        if connection.execute(sa.select(table).limit(1)).first() is not None:
            raise NotEmpty(f"bulk: {table.name} has rows")
    commune = tables.records["commune"]
    found = records.list("commune", order=(commune.c.code,))
    if not found:
        raise UnknownTerritory("bulk: no communes; load-reference first")
    return found


def _make_staff(work: Work, communes: Sequence[Stored], profile: Profile, seed: int) -> Staff:
    """Make coordinators, one or more a region, and agents."""
    names, rng = Names(f"{seed}/staff", work.now_ms), Random(f"{seed}/staff")  # noqa: S311
    password = hash_password(PASSWORD)

    def account(login: str, role: str, codes: Sequence[str]) -> bytes:
        name_ar, name_fr = names.name(rng.choice(("female", "male")), codes[0][:2])
        return commands.create_user(
            work, login, role, codes, password, name_ar=name_ar, name_fr=name_fr
        )

    weights: dict[str, int] = {}
    for commune in communes:
        region = code_of(commune)[:2]
        weights[region] = weights.get(region, 0) + weight_of(commune)
    # The greatest have two: seventeen of twelve regions' offices begin again with the greatest.
    regions = sorted(weights, key=lambda region: -weights[region])
    offices: dict[str, bytes] = {}
    for number in range(profile.coordinators):
        region = regions[number % len(regions)]
        login = f"coord{number + 1:02d}"
        made = account(login, "regional_coordinator", [region])
        offices.setdefault(region, made)
    count = min(profile.agents, len(communes))
    agents = []
    for number in range(count):
        first, end = (len(communes) * at // count for at in (number, number + 1))
        codes = [code_of(one) for one in communes[first:end]]
        agents.append((account(f"agent{number + 1:03d}", "field_agent", codes), codes))
    first_office = offices[regions[0]]
    return Staff({region: offices.get(region, first_office) for region in regions}, agents)


def _plans(
    database: Database,
    profile: Profile,
    seed: int,
    communes: Sequence[Stored],
    staff: Staff,
) -> list[Plan]:
    """Divide the provinces into parts of much the same weight; a scope is of one part alone."""
    by_province: dict[str, list[Stored]] = {}
    for commune in communes:
        by_province.setdefault(str(commune.values["province_code"]), []).append(commune)
    parts: list[list[Stored]] = [[] for _ in range(PARTS)]
    weights = [0] * PARTS
    for inside in sorted(by_province.values(), key=lambda inside: -sum(map(weight_of, inside))):
        lightest = weights.index(min(weights))
        parts[lightest] += inside
        weights[lightest] += sum(map(weight_of, inside))
    agent_by_commune = {code: agent_id for agent_id, codes in staff.agents for code in codes}
    scope = database.tables.scope
    last = database.read(
        lambda records: records.connection.scalar(sa.select(sa.func.max(scope.c.id)))
    )
    plans, left = [], profile
    for number, part in enumerate(parts):
        own = left.scaled(weights[number] / sum(weights[number:]))
        left = left.without(own)
        plans.append(
            Plan(
                number=number,
                seed=seed,
                now_ms=database.clock(),
                era=database.era,
                profile=own,
                communes=tuple(map(code_of, part)),
                agents=agent_by_commune,
                coordinators=staff.offices,
                first_scope=int(last or 0) + 1 + number,
            )
        )
    return plans


def _make_here(database: Database, plans: Sequence[Plan], tell: Tell) -> None:
    """Make all parts one after another: SQLite has one writer."""
    for plan in plans:
        communes = database.read(partial(_communes_of, plan))

        def make(connection: sa.Connection, plan: Plan = plan, own: Any = communes) -> None:
            Part(database.tables, InsertedRows(connection), plan, own, tell).make()

        database.engines.write(make)


def _make_in_processes(database: Database, plans: Sequence[Plan], tell: Tell) -> None:
    """Make each part in a process of its own, and tell how far they are together."""
    context = get_context("spawn")
    told: Queue[Any] = context.Queue()
    url = database.engines.writing.url.render_as_string(hide_password=False)
    far: dict[str, dict[int, tuple[int, int]]] = {}
    with ProcessPoolExecutor(
        len(plans), mp_context=context, initializer=_begin, initargs=(told,)
    ) as pool:
        made = [pool.submit(_make_part, url, plan) for plan in plans]
        while not all(one.done() for one in made):
            with suppress(Empty):
                number, what, done, whole = told.get(timeout=_TOLD_S)
                of_kind = far.setdefault(what, {})
                of_kind[number] = done, whole
                tell(what, sum(a for a, _ in of_kind.values()), sum(b for _, b in of_kind.values()))
        for one in made:
            one.result()


def _begin(told: Queue[Any]) -> None:
    global _told  # noqa: PLW0603 - a process that is begun anew has no other way to be given one
    _told = told


def _make_part(url: str, plan: Plan) -> None:
    """Make a part in one transaction, in a process of its own."""
    engines = Engines(url)

    def tell(what: str, done: int, whole: int) -> None:
        if _told is not None:
            _told.put((plan.number, what, done, whole))

    with engines.read() as connection:
        communes = _communes_of(plan, Records(connection, TABLES))
    with psycopg.connect(address(engines)) as copying:
        Part(TABLES, CopiedRows(copying), plan, communes, tell).make()
    engines.close()


def _communes_of(plan: Plan, records: Records) -> list[Stored]:
    commune = records.tables.records["commune"]
    return records.list("commune", commune.c.code.in_(plan.communes), order=(commune.c.code,))


def _make_tablets(work: Work, communes: Sequence[Stored], staff: Staff, seed: int) -> int:
    """Make a tablet for each agent, some silent, and what some of them wrote that is held.

    Returns:
        How many changes are held.
    """
    rng = Random(f"{seed}/tablets")  # noqa: S311 - invented data, repeatable on purpose
    device, held = work.tables.device, work.tables.held
    count = 0
    for number, (agent_id, codes) in enumerate(staff.agents):
        silent_ms = rng.choice((0, 0, 0, 0, 1, 2, 9, 30)) * DAY_MS + rng.randrange(DAY_MS // 3)
        row = {
            "agent_id": agent_id,
            "public_key": rng.randbytes(32),
            "status": "active",
            "newest_inc": 0,
            "counter": rng.randrange(10_000),
            "build": APP_BUILD,
            "schema": SCHEMA_NOW,
            "pending": rng.choice((0, 0, 0, 3, 12)),
            "clock_off_ms": rng.choice((0, 400, -900, 3_700_000)),
            "enrolled_at": work.now_ms - 500 * DAY_MS,
            "seen_at": work.now_ms - silent_ms,
        }
        device_id = work.connection.scalar(sa.insert(device).returning(device.c.id), row)
        if number % _HELD_EVERY == 0:
            elsewhere = code_of(rng.choice(communes))
            at = work.now_ms - rng.randrange(20 * DAY_MS)
            change = _registration(rng, elsewhere, at)
            refusal = CommuneOutsideProvince(f"{elsewhere}: outside", commune=elsewhere)
            work.connection.execute(
                sa.insert(held).values(
                    change_id=rng.randbytes(16),
                    device_id=device_id,
                    agent_id=agent_id,
                    inc=0,
                    seq=change.seq,
                    first_seq=change.group,
                    entity=change.entity,
                    record_id=change.record_id,
                    commune_code=codes[0] if rng.random() < 0.5 else elsewhere,
                    content=content_of(work.entity_by_name, change),
                    code=refusal.code,
                    detail=detail_of(refusal),
                    state="open",
                    received_at=at,
                    effective_at=at,
                )
            )
            count += 1
    return count


def _registration(rng: Random, commune: str, at: int) -> Change:
    """Return a change that registers somebody in a commune, as a tablet sends it."""
    values: Values = {
        "commune_code": commune,
        "name_fr": "Brahim Ouchen",
        "name_ar": "إبراهيم أوشن",
        "phone": f"+212600{rng.randrange(10**6):06d}",
    }
    return Change(
        seq=1,
        group=1,
        op=Op.INSERT,
        entity="person",
        record_id=new_record_id(rng, at),
        base_rev=0,
        base_era=0,
        values=values,
        at=Moment(wall_ms=at, mono_ms=0, boot=1, after_sync_ms=0),
        schema=SCHEMA_NOW,
    )
