"""What an account may see and do, as conditions on records: the matrix of `server.rights` applied.

A right's reach becomes one SQL condition for an entity. Pages ask for nothing else, so a record
that a right does not reach is not found, whether it exists or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from server.accounts import passed_on, territories
from server.db.among import Unplanned, among, among_ids, among_many
from server.db.columns import REGION_CHARS, region_of
from server.db.records import Records
from server.db.tables import Tables
from server.reference.offices import desk_offices
from server.rights import OPERATOR, WITHOUT_RECORDS, Reach, Right, reach_of
from sync.errors import Refusal

_PLACE = "commune_code"
_READS: Mapping[str, Right] = {
    "person": Right.SEE_PEOPLE,
    "enterprise": Right.SEE_PEOPLE,
    "mandate": Right.SEE_PEOPLE,
    "holding": Right.SEE_PEOPLE,
    "offer": Right.SEE_PEOPLE,
    "consent": Right.SEE_PEOPLE,
    "claim": Right.SEE_PEOPLE,
    "contact_point": Right.SEE_POINTS,
    "stop": Right.SEE_POINTS,
    "application": Right.SEE_REQUESTS,
    "application_step": Right.SEE_REQUESTS,
    "review": Right.SEE_REVIEWS,
}
_FEW = 10
"""So many texts PostgreSQL supposes in an array that it does not know."""
_FORMER = {"bank_back_office": ("back_office", "cam")}
"""Role that accounts had -> the one it is now, and the organisation that it answers for."""
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

    `communes` are those granted now; `point_id` the contact point that it manages; `organisation`
    the code of the office that it answers for.
    """

    role: str
    communes: tuple[str, ...] = ()
    point_id: bytes | None = None
    organisation: str = ""

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
        reached = self._reached(tables, entity, right or reading(entity))
        is_of_desk = self.reach(Right.ANSWER_REQUESTS) is not Reach.ORGANISATION
        if right is Right.ANSWER_REQUESTS and entity == "application" and is_of_desk:
            return sa.and_(reached, tables.records[entity].c.office.in_(desk_offices()))
        return reached

    def _reached(self, tables: Tables, entity: str, right: Right) -> sa.ColumnElement[bool]:
        reach = self.reach(right)
        table = tables.records[entity]
        if reach in (Reach.ALL, Reach.AGGREGATES):
            return sa.true()
        if reach is Reach.REGIONS and _PLACE in table.c:
            is_planned = not isinstance(self.communes, Unplanned)
            return _in_communes(tables, entity, self.communes, is_planned=is_planned)
        if reach is Reach.POINT and self.point_id is not None:
            return _at_point(tables, entity, self.point_id)
        if reach is Reach.ORGANISATION:
            return passed_on.is_open(tables, entity, self.organisation)
        return sa.false()

    def regions(self, entity: str, right: Right | None = None) -> Sequence[str] | None:
        """Return the regions in which all that `covers` reaches lies; None: it may lie anywhere."""
        if self.reach(right or reading(entity)) is not Reach.REGIONS:
            return None
        return sorted({code[:REGION_CHARS] for code in self.communes})

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
        return _contains(
            self.role,
            other.role,
            is_within=set(self.communes).issuperset(other.communes),
            is_of_office=self.organisation == other.organisation,
            is_of_point=self.point_id == other.point_id,
        )


@lru_cache(maxsize=1024)
def _contains(
    own_role: str, other_role: str, *, is_within: bool, is_of_office: bool, is_of_point: bool
) -> bool:
    # Kept: a list asks it of each of a team, who have the same few roles.
    same = {
        Reach.REGIONS: is_within,
        Reach.ORGANISATION: is_of_office,
        Reach.AGGREGATES: True,
        Reach.POINT: is_of_point,
    }

    def is_contained(right: Right) -> bool:
        own, wanted = reach_of(own_role, right), reach_of(other_role, right)
        if own is Reach.ALL or wanted in (Reach.NONE, Reach.RECORD):
            return True
        return own is wanted and same.get(own, False)

    return all(is_contained(right) for right in Right if right not in WITHOUT_RECORDS)


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
    columns = (table.c.agent_id, table.c.role, table.c.point_id, table.c.organisation)
    query = sa.select(*columns).where(
        among_ids(records.connection, table.c.agent_id, agent_ids), table.c.status == "active"
    )
    found = {row.agent_id: row for row in records.connection.execute(query)}
    territory = territories.territories_of(records, list(found))
    return {
        agent_id: standing_from(row, territory[agent_id].communes(now_ms))
        if (row := found.get(agent_id))
        else Standing("")
        for agent_id in agent_ids
    }


def standing_from(account: Any, communes: Sequence[str]) -> Standing:
    """Return what a row of accounts is worth; the bank's of before is a back office of the bank."""
    role, organisation = _FORMER.get(account.role, (account.role, account.organisation or ""))
    return Standing(role, tuple(communes), account.point_id, organisation)


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


@lru_cache(maxsize=2048)
def _in_communes(
    tables: Tables, entity: str, communes: tuple[str, ...], *, is_planned: bool
) -> sa.ColumnElement[bool]:
    """Return the condition that a row lies in some communes.

    Kept: a page asks it of a dozen entities, and to build it takes longer than to ask it.

    A few are looked up one by one. Of more than these a list goes through the rows of their region
    in its order, be it by an index by region or by the codes, which begin with it, and not through
    the whole country's.
    """
    table = tables.records[entity]
    place = table.c[_PLACE]
    if len(communes) <= _FEW or not is_planned:
        return among(place, communes)
    by_region: dict[str, list[str]] = {}
    for code in communes:
        by_region.setdefault(code[:REGION_CHARS], []).append(code)
    within = among_many(place, communes)
    if not tables.pages_by_region(entity):
        ranges = (place.between(min(codes), max(codes)) for codes in by_region.values())
        return sa.and_(sa.or_(*ranges), within)
    region = region_of(table)
    if len(by_region) == 1:
        return sa.and_(region == next(iter(by_region)), within)
    return sa.and_(among(region, sorted(by_region)), within)


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
