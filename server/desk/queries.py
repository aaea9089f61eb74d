"""The morning's figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.records import Records
from server.reviews.queries import counts
from server.rights import Reach, Right
from server.tablets.queries import list_tablets
from server.visits.queries import count_between
from server.web.reader import CELL_LEAST, Reader
from sync import local_time

_WEEK_DAYS = 7


def figures(records: Records, reader: Reader, now_ms: int) -> dict[str, Any]:
    """Return what the morning's page counts, as far as the reader may know it."""
    tables = records.tables

    def count(entity: str, *where: sa.ColumnElement[bool]) -> str:
        table = tables.records[entity]
        is_reached = reader.covers(records, entity, Right.SEE_FIGURES)
        query = (
            sa.select(sa.func.count())
            .select_from(table)
            .where(is_reached, table.c.deleted_at.is_(None), *where)
        )
        return reader.count(int(records.connection.scalar(query) or 0))

    visits = reader.covers(records, "visit", Right.SEE_FIGURES)
    team_tablets = list_tablets(records, reader) if reader.may(Right.SEE_TABLETS) else []
    points, today = tables.records["contact_point"], local_time.day_of(now_ms)
    weeks = [
        (
            reader.phrases.day(last, "short"),
            count_between(records, visits, last - _WEEK_DAYS + 1, last),
        )
        for last in range(today - 11 * _WEEK_DAYS, today + 1, _WEEK_DAYS)
    ]
    # A line of weeks says each count: one small week would give away what the figures hide.
    hides = reader.session.standing.reach(Right.SEE_FIGURES) is Reach.AGGREGATES
    return {
        "visits_week": reader.count(weeks[-1][1]),
        "people": count("person"),
        "enterprises": count("enterprise"),
        "points": count("contact_point", points.c.status == "active"),
        "silent": sum(row["is_silent"] for row in team_tablets),
        "waiting": counts(records, reader),
        "weeks": [] if hides and any(0 < count < CELL_LEAST for _, count in weeks) else weeks,
    }
