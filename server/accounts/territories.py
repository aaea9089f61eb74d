"""Who may see and write which communes: grants, kept with their times, never erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from server.db.among import among_ids
from server.db.events import Action
from server.db.records import Records, Stored
from server.db.work import Work
from sync import limits, scopes, typed
from sync.clock import Effective
from sync.errors import Refusal

_GRACE_MS = limits.GRACE_DAYS * scopes.DAY_MS


class UnknownTerritory(Refusal):
    """No commune, province or region has this code."""

    code = "commune_unknown"


@dataclass(frozen=True, slots=True)
class Grant:
    """One commune for one person from a moment on, until another (None: still)."""

    commune_code: str
    valid_from: int
    valid_to: int | None


class Territory:
    """An agent's grants, past and present."""

    def __init__(self, grants: Sequence[Grant]) -> None:
        """Take all grants the agent ever had."""
        self.grants = tuple(grants)

    def communes(self, now_ms: int) -> list[str]:
        """Return the communes granted now, sorted."""
        return sorted(
            {
                grant.commune_code
                for grant in self.grants
                if grant.valid_to is None or grant.valid_to > now_ms
            }
        )

    def may_write(self, commune_code: str, at: Effective) -> bool:
        """Whether a commune was the agent's when a change was made, or within the grace after."""
        return any(
            grant.commune_code == commune_code and _covers(grant, at) for grant in self.grants
        )

    def is_in_province(self, commune_code: str, at: Effective) -> bool:
        """Whether a commune lies in a province of the agent's: there new records are taken."""
        province = scopes.province_of(commune_code)
        return any(
            scopes.province_of(grant.commune_code) == province and _covers(grant, at)
            for grant in self.grants
        )


def _covers(grant: Grant, at: Effective) -> bool:
    # When it was made is known within bounds; what may be right is taken to be.
    ends = grant.valid_to
    return grant.valid_from <= at.high and (ends is None or at.low <= ends + _GRACE_MS)


def territory_of(records: Records, agent_id: bytes) -> Territory:
    """Return all grants of an agent."""
    query = _grants_of(records.tables.grant)
    rows = records.connection.execute(query, {"agent": agent_id})
    return Territory([Grant(*row) for row in rows])


def communes_of(records: Records, agent_id: bytes, *, now_ms: int) -> list[str]:
    """Return the communes granted to an agent now, sorted: of a coordinator there are hundreds."""
    query = _communes_of(records.tables.grant)
    found = records.connection.scalars(query, {"agent": agent_id, "now": now_ms}).all()
    return sorted(set(found))


def territories_of(records: Records, agent_ids: Sequence[bytes]) -> dict[bytes, Territory]:
    """Return all grants of each of some agents."""
    table = records.tables.grant
    query = sa.select(
        table.c.agent_id, table.c.commune_code, table.c.valid_from, table.c.valid_to
    ).where(among_ids(records.connection, table.c.agent_id, agent_ids))
    grants: dict[bytes, list[Grant]] = {agent_id: [] for agent_id in agent_ids}
    for agent_id, *grant in records.connection.execute(query):
        grants[agent_id].append(Grant(*grant))
    return {agent_id: Territory(given) for agent_id, given in grants.items()}


@cache
def _grants_of(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.commune_code, table.c.valid_from, table.c.valid_to).where(
        table.c.agent_id == sa.bindparam("agent")
    )


@cache
def _communes_of(table: sa.Table) -> sa.Select[Any]:
    ends = table.c.valid_to
    return sa.select(table.c.commune_code).where(
        table.c.agent_id == sa.bindparam("agent"),
        sa.or_(ends.is_(None), ends > sa.bindparam("now")),
    )


def readable_scopes(
    agent_id: bytes, communes: Sequence[str], *, now_ms: int, slice_count: int
) -> list[str]:
    """Return the names of the scopes an agent receives; what one needs first comes first."""
    halves = scopes.half_years(now_ms, slice_count)
    provinces = sorted({scopes.province_of(commune) for commune in communes})
    return [
        scopes.GENERAL,
        *(scopes.province(province) for province in provinces),
        *(scopes.core(commune) for commune in communes),
        scopes.user(agent_id),
        *(scopes.visits(commune, half) for half in halves for commune in communes),
    ]


def may_read(records: Records, agent_id: bytes, record: Stored, *, now_ms: int) -> bool:
    """Whether a record is everybody's, of the agent's communes, or shared with the agent."""
    code = record.values.get(record.entity.scope.field)
    if not isinstance(code, str) or code in territory_of(records, agent_id).communes(now_ms):
        return True
    share, scope = records.tables.share, records.tables.scope
    query = (
        sa.select(share.c.scope_id)
        .join(scope, scope.c.id == share.c.scope_id)
        .where(share.c.record_id == record.record_id, scope.c.name == scopes.user(agent_id))
    )
    return records.connection.scalar(query) is not None


def expand(records: Records, code: str) -> list[str]:
    """Return the communes of a commune's, province's or region's code.

    Raises:
        UnknownTerritory: it is none of these.
    """
    code = typed.line(code)
    commune = records.tables.records["commune"]
    province = records.tables.records["province"]
    of_region = sa.select(province.c.code).where(province.c.region_code == code)
    query = (
        sa.select(commune.c.code)
        .where(
            sa.or_(
                commune.c.code == code,
                commune.c.province_code == code,
                commune.c.province_code.in_(of_region),
            )
        )
        .order_by(commune.c.code)
    )
    found = list(records.connection.scalars(query))
    if not found:
        raise UnknownTerritory(f"no territory {code!r}", commune=code)
    return found


def grant(work: Work, agent_id: bytes, codes: Sequence[str], *, by: bytes | None) -> list[str]:
    """Give communes to an agent; what is granted already stays as it is.

    Returns:
        The communes newly granted.

    Raises:
        UnknownTerritory: a code that names nothing.
    """
    wanted = sorted({commune for code in codes for commune in expand(work, code)})
    has = set(territory_of(work, agent_id).communes(work.now_ms))
    new = [commune for commune in wanted if commune not in has]
    if new:
        work.connection.execute(
            sa.insert(work.tables.grant),
            [
                {
                    "agent_id": agent_id,
                    "commune_code": commune,
                    "valid_from": work.now_ms,
                    "valid_to": None,
                    "granted_by": by,
                }
                for commune in new
            ],
        )
        work.note(Action.GRANT, by, "territory_grant", agent_id, " ".join(new))
    return new


def revoke(work: Work, agent_id: bytes, codes: Sequence[str]) -> list[str]:
    """Take communes from an agent, from now on. Returns those taken. Raises UnknownTerritory."""
    wanted = {commune for code in codes for commune in expand(work, code)}
    has = set(territory_of(work, agent_id).communes(work.now_ms))
    gone = sorted(wanted & has)
    if gone:
        table = work.tables.grant
        work.connection.execute(
            sa.update(table)
            .where(
                table.c.agent_id == agent_id,
                table.c.commune_code.in_(gone),
                table.c.valid_to.is_(None),
            )
            .values(valid_to=work.now_ms)
        )
        work.note(Action.GRANT, None, "territory_revoke", agent_id, " ".join(gone))
    return gone
