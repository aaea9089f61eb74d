"""What an account may see and do, as conditions on records: the matrix of `server.rights` applied.

A right's reach becomes one SQL condition for an entity. Pages ask for nothing else, so a record
that a right does not reach is not found, whether it exists or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.accounts import territories
from server.db.among import among
from server.db.columns import REGION_CHARS, region_of
from server.db.records import Records
from server.db.tables import Tables
from server.reference import files
from server.rights import OPERATOR, ORGANISATIONS, WITHOUT_RECORDS, Reach, Right, reach_of
from sync.errors import Refusal

_PLACE = "commune_code"
_READS: Mapping[str, Right] = {
    "person": Right.SEE_PEOPLE,
    "enterprise": Right.SEE_PEOPLE,
    "mandate": Right.SEE_PEOPLE,
    "holding": Right.SEE_PEOPLE,
    "consent": Right.SEE_PEOPLE,
    "contact_point": Right.SEE_POINTS,
    "stop": Right.SEE_POINTS,
    "application": Right.SEE_REQUESTS,
    "application_step": Right.SEE_REQUESTS,
    "review": Right.SEE_REVIEWS,
}
_OF_POINT: Mapping[str, str] = {"person": "person_id", "enterprise": "enterprise_id"}
"""Whoever was met at a point, or asked there: the field of visits and requests that says so."""


class NotForThisRole(Refusal):
    """The account's role has not this right."""

    code = "not_allowed"


class AboveOwnRights(Refusal):
    """Whoever opens a tablet reads what is on it: nobody does for one who may see more."""

    code = "above_own_rights"


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as the matrix sees it.

    `communes` are those granted now; `point_id` the contact point that it manages.
    """

    role: str
    communes: tuple[str, ...] = ()
    point_id: bytes | None = None

    def reach(self, right: Right) -> Reach:
        """Return how far a right goes."""
        return reach_of(self.role, right)

    def may(self, right: Right) -> bool:
        """Whether the account has a right at all."""
        return self.reach(right) is not Reach.NONE

    def require(self, right: Right) -> None:
        """Raise NotForThisRole where the account has not a right."""
        if not self.may(right):
            raise NotForThisRole(f"{self.role}: not {right}")

    def covers(
        self, tables: Tables, entity: str, right: Right | None = None
    ) -> sa.ColumnElement[bool]:
        """Return the condition on an entity's table that a right reaches a row.

        Args:
            right: the one that reads the entity when None.
        """
        reach = self.reach(right or reading(entity))
        table = tables.records[entity]
        if reach in (Reach.ALL, Reach.AGGREGATES):
            return sa.true()
        if reach is Reach.REGIONS and _PLACE in table.c:
            return _in_communes(tables, entity, self.communes)
        if reach is Reach.POINT and self.point_id is not None:
            return _at_point(tables, entity, self.point_id)
        if reach is Reach.ORGANISATION:
            return _decided_by(tables, entity, ORGANISATIONS[self.role])
        return sa.false()

    def places(self, right: Right, every: Sequence[str]) -> list[str]:
        """Return the codes of the communes, of all that there are, that a right reaches."""
        bound = self.bound(right)
        if bound is None:
            return list(every)
        own = frozenset(bound)
        return [code for code in every if code in own]

    def bound(self, right: Right) -> tuple[str, ...] | None:
        """Return the communes that a right is bound to; None: it reaches everywhere."""
        reach = self.reach(right)
        if reach is Reach.ALL:
            return None
        return self.communes if reach is Reach.REGIONS else ()

    def contains(self, other: Standing) -> bool:
        """Whether this account may see and do all that another may."""
        is_within = set(self.communes).issuperset(other.communes)
        return all(
            self._contains(other, right, is_within)
            for right in Right
            if right not in WITHOUT_RECORDS
        )

    def _contains(self, other: Standing, right: Right, is_within: bool) -> bool:
        own, wanted = self.reach(right), other.reach(right)
        if own is Reach.ALL or wanted in (Reach.NONE, Reach.RECORD):
            return True
        if own is not wanted:
            return False
        if own is Reach.REGIONS:
            return is_within
        return own is Reach.AGGREGATES or (own is Reach.POINT and self.point_id == other.point_id)


THE_OPERATOR = Standing(OPERATOR)
"""Whoever sits at the server: has no account, and reads no record by these rights."""


def reading(entity: str) -> Right:
    """Return the right that reads an entity's records: those beside a visit by the visit's."""
    return _READS.get(entity, Right.SEE_VISITS)


def standing_of(records: Records, agent_id: bytes, *, now_ms: int) -> Standing:
    """Return the standing of an agent's account; one without an account, or closed, has none."""
    return standings_of(records, [agent_id], now_ms=now_ms)[agent_id]


def standings_of(
    records: Records, agent_ids: Sequence[bytes], *, now_ms: int
) -> dict[bytes, Standing]:
    """Return the standing of each of some agents, in two queries however many they are."""
    table = records.tables.account
    query = sa.select(table.c.agent_id, table.c.role, table.c.point_id).where(
        table.c.agent_id.in_(agent_ids), table.c.status == "active"
    )
    found = {row.agent_id: row for row in records.connection.execute(query)}
    territory = territories.territories_of(records, list(found))
    return {
        agent_id: Standing(row.role, tuple(territory[agent_id].communes(now_ms)), row.point_id)
        if (row := found.get(agent_id))
        else Standing("")
        for agent_id in agent_ids
    }


def standing_on(records: Records, agent_id: bytes, *, seen_at: int) -> Standing:
    """Return what a tablet that last exchanged at a moment (Unix ms) may hold of an agent's.

    Nothing is taken from a tablet but by an exchange: not by an account that is closed, nor by a
    grant that has ended since.
    """
    table = records.tables.account
    query = sa.select(table.c.role).where(table.c.agent_id == agent_id)
    # One less: a grant that ended in the very millisecond of the exchange may be on the tablet.
    communes = territories.territory_of(records, agent_id).communes(seen_at - 1)
    return Standing(records.connection.scalar(query) or "", tuple(communes))


def require_contained(standing: Standing, other: Standing) -> None:
    """Raise AboveOwnRights where another may see or do more than `standing`."""
    if standing is not THE_OPERATOR and not standing.contains(other):
        raise AboveOwnRights(f"{standing.role}: {other.role} may do more")


def _in_communes(tables: Tables, entity: str, communes: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a row lies in some communes.

    Where they are of one region it is asked for too, as the indexes of lists are made by region: a
    list goes through the rows of the region in their order, not through the whole country's.
    """
    table = tables.records[entity]
    within = among(table.c.commune_code, communes)
    regions = {code[:REGION_CHARS] for code in communes}
    if len(regions) == 1 and tables.pages_by_region(entity):
        return sa.and_(region_of(table) == regions.pop(), within)
    return within


def _at_point(tables: Tables, entity: str, point_id: bytes) -> sa.ColumnElement[bool]:
    table = tables.records[entity]
    visit, application = tables.records["visit"], tables.records["application"]
    if entity == "contact_point":
        return table.c.id == point_id
    if "point_id" in table.c:
        return table.c.point_id == point_id
    if entity in _OF_POINT:
        return sa.or_(
            *(
                table.c.id.in_(
                    sa.select(source.c[_OF_POINT[entity]]).where(source.c.point_id == point_id)
                )
                for source in (visit, application)
            )
        )
    if entity == "holding":  # of whoever is seen there
        return sa.or_(
            *(
                table.c[field].in_(
                    sa.select(source.c[field]).where(
                        source.c.point_id == point_id, source.c[field].is_not(None)
                    )
                )
                for source in (visit, application)
                for field in _OF_POINT.values()
            )
        )
    if "visit_id" in table.c:
        return table.c.visit_id.in_(sa.select(visit.c.id).where(visit.c.point_id == point_id))
    return sa.false()


def _decided_by(tables: Tables, entity: str, organisation: str) -> sa.ColumnElement[bool]:
    application = tables.records["application"]
    services = [service.code for service in files.services() if service.decided_by == organisation]
    if entity == "application":
        return application.c.service.in_(services)
    if entity in _OF_POINT:
        asked = sa.select(application.c[_OF_POINT[entity]]).where(
            application.c.service.in_(services)
        )
        return tables.records[entity].c.id.in_(asked)
    return sa.false()
