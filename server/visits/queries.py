"""Lists of visits, paged by key: no page is slower because the table is longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.db.lookup import answering
from server.db.records import Records, Stored
from sync import flat, scopes


@dataclass(frozen=True, slots=True)
class Filter:
    """What a coordinator asked for. Days are days since 1970, both included."""

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
            return flat.day_number(asked.get(name, ""))
        except ValueError:
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
        asked.get("outcome", ""),
        day("since"),
        day("until"),
        asked.get("q", "").strip(),
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
        where.append(table.c.started_at >= wanted.since * scopes.DAY_MS)
    if wanted.until is not None:
        where.append(table.c.started_at < (wanted.until + 1) * scopes.DAY_MS)
    if wanted.text:
        people, firms = (
            answering(records, entity, wanted.text, communes) for entity in ("person", "enterprise")
        )
        where.append(sa.or_(table.c.person_id.in_(people), table.c.enterprise_id.in_(firms)))
    if after is not None:
        where.append(sa.tuple_(table.c.started_at, table.c.id) < sa.tuple_(*_bound(table, after)))
    order = (table.c.started_at.desc(), table.c.id.desc())
    return records.list("visit", *where, order=order, limit=limit)


def _bound(table: sa.Table, after: tuple[int, bytes]) -> tuple[sa.BindParameter[object], ...]:
    return (
        sa.literal(after[0], table.c.started_at.type),
        sa.literal(after[1], table.c.id.type),
    )


def count_since(records: Records, communes: Sequence[str], since_ms: int) -> int:
    """Return how many visits began since a moment."""
    table = records.tables.records["visit"]
    query = (
        sa.select(sa.func.count())
        .select_from(table)
        .where(
            table.c.started_at >= since_ms,
            table.c.commune_code.in_(communes),
            table.c.deleted_at.is_(None),
        )
    )
    return int(records.connection.scalar(query) or 0)
