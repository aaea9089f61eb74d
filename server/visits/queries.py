"""Lists of visits, paged by key: no page is slower because the table is longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.db.lookup import search
from server.db.records import Records, Stored
from sync import local_time, typed
from sync.errors import Refusal

_SEARCHED_MAX = 300


@dataclass(frozen=True, slots=True)
class Filter:
    """What a coordinator asked for. Days are local days since 1970, both included."""

    commune: str = ""
    agent: bytes = b""
    outcome: str = ""
    since: int | None = None
    until: int | None = None
    text: str = ""
    person: bytes = b""
    enterprise: bytes = b""


def read_filter(asked: Mapping[str, str]) -> Filter:
    """Return the filter of an address's parameters; what cannot be read is left out."""

    def day(name: str) -> int | None:
        try:
            return typed.day(asked.get(name, ""))
        except Refusal:
            return None

    def record(name: str) -> bytes:
        try:
            found = bytes.fromhex(asked.get(name, "").replace("-", ""))
        except ValueError:
            return b""
        return found if len(found) == 16 else b""

    return Filter(
        asked.get("commune", ""),
        record("agent"),
        typed.line(asked.get("outcome", "")),
        day("since"),
        day("until"),
        typed.text(asked.get("q", "")),
        record("person"),
        record("enterprise"),
    )


def list_visits(
    records: Records,
    wanted: Filter,
    communes: Sequence[str],
    *,
    after: tuple[int, bytes] | None,
    limit: int,
) -> list[Stored]:
    """Return visits of some communes, newest first.

    Args:
        after: start and id of the last visit of the page before.
    """
    table = records.tables.records["visit"]
    inside = [wanted.commune] if wanted.commune in communes else list(communes)
    where: list[sa.ColumnElement[bool]] = [table.c.commune_code.in_(inside)]
    for column, value in (
        (table.c.agent_id, wanted.agent),
        (table.c.outcome, wanted.outcome),
        (table.c.person_id, wanted.person),
        (table.c.enterprise_id, wanted.enterprise),
    ):
        if value:
            where.append(column == value)
    if wanted.since is not None:
        where.append(table.c.started_at >= local_time.day_start(wanted.since))
    if wanted.until is not None:
        where.append(table.c.started_at < local_time.day_start(wanted.until + 1))
    if wanted.text:
        people = search(records, "person", wanted.text, communes, limit=_SEARCHED_MAX)
        firms = search(records, "enterprise", wanted.text, communes, limit=_SEARCHED_MAX)
        where.append(
            sa.or_(
                table.c.person_id.in_([one.record_id for one in people]),
                table.c.enterprise_id.in_([one.record_id for one in firms]),
            )
        )
    if after is not None:
        where.append(sa.tuple_(table.c.started_at, table.c.id) < sa.tuple_(*_bound(table, after)))
    order = (table.c.started_at.desc(), table.c.id.desc())
    return records.list("visit", *where, order=order, limit=limit)


def _bound(table: sa.Table, after: tuple[int, bytes]) -> tuple[sa.BindParameter[object], ...]:
    return (
        sa.literal(after[0], table.c.started_at.type),
        sa.literal(after[1], table.c.id.type),
    )


def count_between(records: Records, communes: Sequence[str], first: int, last: int) -> int:
    """Return how many visits began on some days in a row, both included (days since 1970)."""
    table = records.tables.records["visit"]
    query = (
        sa.select(sa.func.count())
        .select_from(table)
        .where(
            table.c.started_at >= local_time.day_start(first),
            table.c.started_at < local_time.day_start(last + 1),
            table.c.commune_code.in_(communes),
            table.c.deleted_at.is_(None),
        )
    )
    return int(records.connection.scalar(query) or 0)
