"""What the market does each night: orders that nobody answered end, and old ones are forgotten."""

from __future__ import annotations

import sqlalchemy as sa

from server.db.work import Work
from server.jobs.job import Job, Run, Step
from server.market.purchases import (
    ANSWER_DAYS,
    CLOCK,
    FETCH_DAYS,
    KEPT_DAYS,
    OPEN,
    State,
    lead,
    tell_buyer,
)
from sync.scopes import DAY_MS

_AT_ONCE = 100


def _end(work: Work, _run: Run) -> Step:
    """End what waits too long, some at a time; the buyer is told."""
    table = work.tables.purchase
    days = {State.ASKED: ANSWER_DAYS, State.ACCEPTED: FETCH_DAYS}
    late = sa.or_(
        *(
            sa.and_(table.c.state == one, table.c.changed_at < work.now_ms - days[one] * DAY_MS)
            for one in OPEN
        )
    )
    query = sa.select(table).where(late).order_by(table.c.id).limit(_AT_ONCE).with_for_update()
    rows = list(work.connection.execute(query))
    for row in rows:
        lead(work, row, State.EXPIRED, CLOCK, "")
        tell_buyer(work, row, State.EXPIRED)
    return Step({} if len(rows) == _AT_ONCE else None, done=len(rows))


def _forget(work: Work, _run: Run) -> Step:
    """Delete orders a year after their end: who bought is kept no longer."""
    table, steps = work.tables.purchase, work.tables.purchase_step
    old = table.c.changed_at < work.now_ms - KEPT_DAYS * DAY_MS
    query = sa.select(table.c.id).where(old, table.c.state.not_in(OPEN)).limit(_AT_ONCE)
    ids = list(work.connection.scalars(query))
    work.connection.execute(sa.delete(steps).where(steps.c.purchase_id.in_(ids)))
    work.connection.execute(sa.delete(table).where(table.c.id.in_(ids)))
    return Step({} if len(ids) == _AT_ONCE else None, done=len(ids))


JOBS = (
    Job("end-orders", step=_end, nightly_at=3 * 60 + 20),
    Job("forget-orders", step=_forget, nightly_at=3 * 60 + 25),
)
