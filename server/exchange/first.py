"""A first exchange in steps: the agent's round at once, then scope by scope, as they are needed.

Each step is an exchange of its own over a part of the scopes: applied whole, with its own state and
digests. What is left is named in each reply (`ScopeChanges.later`). With the first step come the
rows that today's round is made of, singly, out of scopes that are still to come.

An agent of three communes comes new on a poor line, with four visits today, all in the second. Step
one: what is of no commune, then the second commune as far as 64 KiB go, and those four visits with
whom they are about, though their half-year of visits is still to come. The agent leaves. Steps two
and on: the rest of the second commune, the first and the third, last the older half-years. A step
of which pages have come goes on as it was chosen (`going`): chosen anew, a visit planned meanwhile
could put another scope into it, and the cursors of what came would be those of no step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.db.feed import PUT
from server.db.indexed import OPEN
from server.db.records import Records
from server.exchange import snapshots
from server.exchange.contact import Contact
from server.exchange.view import View
from sync import local_time, scopes
from sync.messages import Block

FIRST_BYTES = 64 * 1024
"""Of whole scopes, what comes with the round: ten seconds of a poor line."""
ROW_BYTES = 45
"""What a row takes in a snapshot, about: of the pilot's people 45, of visits 35."""
_DAYS_AHEAD = 7
_VISITS_MAX, _TASKS_MAX = 300, 100
_SUBJECTS = (("person_id", "person"), ("enterprise_id", "enterprise"))


@dataclass(frozen=True, slots=True)
class Round:
    """What an agent goes to: records by entity, and the communes they lie in."""

    ids: Mapping[str, set[bytes]]
    communes: frozenset[str]


NOTHING = Round({}, frozenset())


@dataclass(frozen=True, slots=True)
class Step:
    """Scopes of one step, those that the device has included.

    Args:
        names: of all scopes, in the order of need.
        later: those that are left for other steps.
        ahead: of which single rows come before their scopes.
    """

    names: Sequence[str]
    heads: dict[int, Any]
    later: dict[int, str] = field(default_factory=dict)
    ahead: Round = NOTHING


def round_of(records: Records, agent_id: bytes, heads: Mapping[int, Any], *, now_ms: int) -> Round:
    """Return the visits of today and of the next days, tasks due, whom they are about, and where.

    Args:
        heads: the scopes that the agent may read; nothing comes from any other.
    """
    today = local_time.day_of(now_ms)
    ids: dict[str, set[bytes]] = defaultdict(set)
    communes: set[str] = set()
    visit = _table(records, "visit", "planned_on", "person_id")
    task = _table(records, "task", "due_on", "owner_id")
    found: list[Any] = []
    if visit is not None:
        mine = visit.c.agent_id == agent_id
        planned = sa.and_(
            visit.c.state == "planned",
            visit.c.planned_on <= today + _DAYS_AHEAD,
            sa.or_(mine, visit.c.agent_id.is_(None)),
        )
        made = sa.and_(mine, visit.c.started_at >= local_time.day_start(today))
        query = _within(visit, heads).where(sa.or_(planned, made))
        # Where they are too many: the agent's own, then those of nobody, the nearest days first.
        days_off = sa.func.abs(sa.func.coalesce(visit.c.planned_on, today) - today)
        order = (sa.case((mine, 0), else_=1), days_off, visit.c.id)
        found += records.connection.execute(query.order_by(*order).limit(_VISITS_MAX)).all()
        ids["visit"] |= {row.id for row in found}
    if task is not None:
        query = _within(task, heads).where(
            task.c.state.in_(OPEN["task"]),
            task.c.due_on <= today,
            sa.or_(task.c.owner_id == agent_id, task.c.owner_id.is_(None)),
        )
        query = query.order_by(task.c.due_on, task.c.id).limit(_TASKS_MAX)
        due = records.connection.execute(query).all()
        ids["task"] |= {row.id for row in due}
        found += due
    for row in found:
        communes.add(row.commune_code)
        for name, entity in _SUBJECTS:
            if subject_id := getattr(row, name, None):
                ids[entity].add(subject_id)
    if visit is not None:
        ids["visit"] |= _last_met(records, visit, heads, ids)
    return Round(ids, frozenset(communes))


def _last_met(
    records: Records, visit: sa.Table, heads: Mapping[int, Any], ids: Mapping[str, set[bytes]]
) -> set[bytes]:
    """Return of everybody the last visit that says where it was: there the tablet leads to."""
    found = {}
    for name, entity in _SUBJECTS:
        column = visit.c.get(name)
        if column is None or visit.c.get("latitude") is None or not ids.get(entity):
            continue
        query = (
            _within(visit, heads)
            .where(column.in_(sorted(ids[entity])), visit.c.latitude.is_not(None))
            .order_by(visit.c.started_at)
        )
        for row in records.connection.execute(query):
            found[getattr(row, name)] = row.id
    return set(found.values())


def _within(table: sa.Table, heads: Mapping[int, Any]) -> sa.Select[Any]:
    names = ("id", "commune_code", *(name for name, _ in _SUBJECTS))
    columns = [table.c[name] for name in names if name in table.c]
    return sa.select(*columns).where(
        table.c.scope_id.in_(list(heads)), table.c.deleted_at.is_(None)
    )


def _table(records: Records, name: str, *columns: str) -> sa.Table | None:
    """Return an entity's table, if it is one that says who goes where and when."""
    table = records.tables.records.get(name)
    return table if table is not None and all(column in table.c for column in columns) else None


def step(contact: Contact, vector: Sequence[tuple[int, int]]) -> Step:
    """Return the scopes that a reply is about: all, or what is needed of them first.

    A step weighs what the device asks for, about; the first one `FIRST_BYTES`. One scope always
    comes, and all that are of no commune, for they are small and all is seen by them: points,
    colleagues, own answers.

    Args:
        vector: what the device has applied.
    """
    request, heads, names = contact.request, contact.heads, contact.names
    if not request.in_steps:
        return Step(names, heads)
    agent_id = contact.device.agent_id
    wanted = round_of(contact.records, agent_id, heads, now_ms=contact.now_ms)
    applied = {scope_id for scope_id, _ in vector} & set(heads)
    going = {progress.scope_id for progress in request.progress}
    bytes_max = request.bytes_max if vector else FIRST_BYTES
    order = _by_need(names, wanted.communes)
    by_name = {row.name: row for row in heads.values()}
    missing = [
        by_name[name] for name in order if name in by_name and by_name[name].id not in applied
    ]
    if going:
        now = [row for row in missing if row.id in going]
    else:
        now, size = [], 0  # in the order of need: once one is too much, the others wait too
        for row in missing:
            size += row.record_count * ROW_BYTES
            if size > bytes_max and now and scopes.commune_of(row.name):
                break
            now.append(row)
    chosen = applied | {row.id for row in now}
    return Step(
        order,
        {scope_id: row for scope_id, row in heads.items() if scope_id in chosen},
        {row.id: row.name for row in missing if row.id not in chosen},
        NOTHING if applied or going else wanted,
    )


def _by_need(names: Sequence[str], communes: frozenset[str]) -> list[str]:
    """Order scopes: what has no commune, then commune by commune, then all older visits."""
    newest = next((name.rsplit("/", 1)[1] for name in names if "/v/" in name), "")

    def need(name: str) -> tuple[int, str]:
        commune = scopes.commune_of(name)
        if not commune:
            return 0, ""
        if name == scopes.core(commune) or name == scopes.visits(commune, newest):
            return (1 if commune in communes else 2), commune
        return (3 if commune in communes else 4), ""

    return sorted(names, key=need)


def rows_ahead(records: Records, seen: View, wanted: Round) -> list[Block]:
    """Return the records of a round that are in scopes still to come, whole."""
    feed = records.tables.feed
    blocks: list[Block] = []
    for number, entity in enumerate(records.tables.entities):
        if not seen.later or not wanted.ids.get(entity.name):
            continue
        query = sa.select(feed.c.scope_id, feed.c.record_id, feed.c.number).where(
            feed.c.entity == number,
            feed.c.record_id.in_(sorted(wanted.ids[entity.name])),
            feed.c.scope_id.in_(list(seen.later)),
            feed.c.op == PUT,
        )
        entries = records.connection.execute(query).all()
        stored = records.load(entity.name, [row.record_id for row in entries])
        rows = [
            snapshots.whole_row(stored[row.record_id], seen.place(row.scope_id), row.number)
            for row in entries
        ]
        blocks += [Block(entity=entity.name, is_whole=True, rows=rows)] if rows else []
    return blocks
