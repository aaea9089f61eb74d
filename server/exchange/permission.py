"""Who may write what from a tablet: by the kind of record, by where it lies, by whose it is.

A refusal here is a reason to hold a change, never to turn it away (`custody`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from server.accounts.territories import territory_of
from server.db.records import Stored
from server.db.work import Work
from sync import scopes
from sync.changes import Change, Op
from sync.clock import Effective
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.rules import reviews
from sync.spec import Entity, ScopeKind

CLOSED_ENTITIES = frozenset(
    {"agent", "review", "resolution"}
    | {entity.name for entity in ENTITIES if entity.scope.kind is ScopeKind.GENERAL}
)
"""What a tablet never writes: what everybody reads, staff, questions the office decides. Of reviews
it may settle those that `sync.rules.reviews` leaves to field agents."""


class NotAllowed(Refusal):
    """This person may not write this record."""

    code = "not_allowed"


class CommuneOutsideProvince(Refusal):
    """The commune lies outside every province of the agent's."""

    code = "commune_outside_province"


class CommuneUnknown(Refusal):
    """No commune has this code."""

    code = "commune_unknown"


class RecordExists(Refusal):
    """An insert under an id that another record has."""

    code = "record_exists"


class Permission:
    """What one agent may write, in one transaction: by the grants at the time of each change."""

    def __init__(self, work: Work, agent_id: bytes, *, is_overruled: bool) -> None:
        """Read the agent's grants; `is_overruled`: where a record lies is no reason any more."""
        self.work = work
        self.agent_id = agent_id
        self.is_overruled = is_overruled
        self.territory = territory_of(work, agent_id)
        self._known_communes: dict[str, bool] = {}

    def require_entity(self, change: Change, record: Stored | None) -> None:
        """Refuse a change of what no tablet writes. Raises NotAllowed."""
        if change.entity in CLOSED_ENTITIES and not self._settles(change, record):
            raise NotAllowed(f"{change.entity}: not written from a tablet", entity=change.entity)

    def require_commune(self, entity: Entity, code: object, at: Effective) -> None:
        """Refuse a new record, or a move, to a commune out of reach.

        The whole province is in reach: at a souk an agent meets people of the communes around.

        Raises:
            CommuneUnknown, CommuneOutsideProvince: as they say.
        """
        if entity.scope.kind in (ScopeKind.GENERAL, ScopeKind.USER):
            return
        if not isinstance(code, str) or not self._is_commune(code):
            raise CommuneUnknown(f"{entity.name}: no commune {code!r}", commune=code)
        if not self.is_overruled and not self.territory.is_in_province(code, at):
            raise CommuneOutsideProvince(f"{entity.name}: {code} is out of reach", commune=code)

    def require_write(self, change: Change, record: Stored, at: Effective) -> None:
        """Refuse a change of a record neither of the agent's communes nor captured by them."""
        code: object = record.values.get(record.entity.scope.field)
        if self.is_overruled or self._is_theirs(change, code, at):
            return
        # Nothing of a province is shared with who captured it in another commune: they read it.
        is_own = record.values.get("created_by") == self.agent_id
        if not (is_own and self._is_read(record, code, at)):
            raise NotAllowed(f"{change.entity} {change.record_id.hex()}: in {code!r}", commune=code)

    def why_taken(self, change: Change, record: Stored, at: Effective) -> Refusal:
        """Return why an id cannot be used again; of what the agent may not see as of nothing."""
        code = record.values.get(record.entity.scope.field)
        if self._is_read(record, code, at) or self._is_theirs(change, code, at):
            return RecordExists(f"{change.entity} {change.record_id.hex()}: exists")
        return NotAllowed(f"{change.entity} {change.record_id.hex()}: no such record")

    def _settles(self, change: Change, review: Stored | None) -> bool:
        """Whether a change answers a question that is this agent's to answer."""
        agent_id = self.agent_id

        def role_of(other_id: bytes) -> object:
            agent = self.work.find("agent", other_id)
            return agent.values["role"] if agent else None

        return (
            change.entity == "review"
            and change.op is Op.PATCH
            and review is not None
            and set(change.values) <= reviews.SETTLED
            and change.values.get("decided_by") == agent_id
            and reviews.may_decide(review.values, agent_id, role_of)
        )

    def _is_commune(self, code: str) -> bool:
        table = self.work.tables.records.get("commune")
        if table is None:  # a list of entities without reference data
            return True
        if code not in self._known_communes:
            found = self.work.connection.scalar(_commune(table), {"named": code})
            self._known_communes[code] = found is not None
        return self._known_communes[code]

    def _is_read(self, record: Stored, code: object, at: Effective) -> bool:
        """Whether a record is of those that all agents of its province read."""
        return (
            record.entity.scope.kind is ScopeKind.PROVINCE
            and isinstance(code, str)
            and self.territory.is_in_province(code, at)
        )

    def _is_theirs(self, change: Change, code: object, at: Effective) -> bool:
        if not isinstance(code, str) or self.territory.may_write(code, at):
            return True
        # What they captured outside their communes is shared with them alone; one who was merged
        # with somebody of their communes, with those communes.
        shown = {scopes.user(self.agent_id)} | {
            scopes.core(commune) for commune in self.territory.communes(self.work.now_ms)
        }
        seen_in = self.work.scopes_of(change.entity, change.record_id)
        return any(self.work.scope_id(name) in seen_in for name in sorted(shown))


@cache
def _commune(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.id).where(table.c.code == sa.bindparam("named"))
