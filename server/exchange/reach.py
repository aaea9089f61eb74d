"""What the office asks of an agent comes to their tablet, also about a record that it gave up.

A tablet carries some half-years of its communes, the present one at least. A record that is older,
or of a commune that is the agent's no more, is shared with the agent alone, as what they captured
elsewhere is. Of a half-year that the tablet carries still, that says the same twice and harms none.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.accounts.territories import readable_scopes, territory_of
from server.db.work import Work
from sync import scopes


def bring(work: Work, entity: str, record_id: bytes, agent_id: bytes) -> None:
    """See that a record is on the agent's tablets after the next exchange."""
    work.lock(entity, record_id)
    communes = territory_of(work, agent_id).communes(work.now_ms)
    names = readable_scopes(agent_id, communes, now_ms=work.now_ms, slice_count=1)
    scope = work.tables.scope
    seen_in = sa.select(scope.c.name).where(scope.c.id.in_(work.scopes_of(entity, record_id)))
    if set(names).isdisjoint(work.connection.scalars(seen_in)):
        work.share_with(entity, record_id, scopes.user(agent_id))
