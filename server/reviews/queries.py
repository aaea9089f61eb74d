"""What waits for a coordinator: open reviews and flags of the own communes, what the team has held.

Whoever sees it may decide it: these queries are the rule for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server.applications.queries import FLAG
from server.db.records import NotFound, Records, Stored
from server.exchange import settle
from server.exchange.duplicates import KIND as DUPLICATE
from server.rights import Reach, Right
from server.web.reader import Reader
from server.web.seen import is_reached
from server.web.team import team
from sync.changes import Change
from sync.errors import Malformed

_ROWS_MAX = 200


def counts(records: Records, reader: Reader) -> dict[str, int]:
    """Return how many records are held, steps flagged, doubles asked about and reviews open."""
    reviews = open_reviews(records, reader)
    flags, duplicates = sum(map(is_flag, reviews)), sum(map(is_duplicate, reviews))
    return {
        "held": len(held_by_record(open_held(records, reader))),
        "flags": flags,
        "duplicates": duplicates,
        "reviews": len(reviews) - flags - duplicates,
    }


def open_held(records: Records, reader: Reader) -> Sequence[Any]:
    """Return the held changes that the reader may see, the first received first."""
    table = records.tables.held
    return _held(records, table.c.state == "open", _is_seen(records, reader), limit=_ROWS_MAX)


def held_with(records: Records, row: Any) -> Sequence[Any]:
    """Return all that is held of a change's record; the change alone when it was decided."""
    table = records.tables.held
    of_record = (table.c.entity == row.entity, table.c.record_id == row.record_id)
    return _held(records, *of_record, table.c.state == "open") or [row]


def _held(
    records: Records, *where: sa.ColumnElement[bool], limit: int | None = None
) -> Sequence[Any]:
    table = records.tables.held
    order = (table.c.received_at, table.c.device_id, table.c.inc, table.c.seq)
    query = sa.select(table).where(*where).order_by(*order).limit(limit)
    return records.connection.execute(query).all()


def held_by_record(rows: Sequence[Any]) -> dict[tuple[str, bytes], list[Any]]:
    """Return held changes by their record, in the order of its first: one decides on a record."""
    found: dict[tuple[str, bytes], list[Any]] = {}
    for row in rows:
        found.setdefault((row.entity, row.record_id), []).append(row)
    return found


def get_held(records: Records, reader: Reader, text: str) -> Any:
    """Return a held change of the reader's team or communes, decided or not. Raises NotFound."""
    table = records.tables.held
    try:
        change_id = bytes.fromhex(text)
    except ValueError as fault:
        raise NotFound("held: not an id", entity="held") from fault
    found = _held(records, table.c.change_id == change_id, _is_seen(records, reader))
    if not found:
        raise NotFound("held: not found", entity="held")
    return found[0]


def _is_seen(records: Records, reader: Reader) -> sa.ColumnElement[bool]:
    """Return the condition that a held change is the reader's business.

    By its commune; or, where it names none of its author's own, as what was mistyped does, by its
    author's team.
    """
    table, grant, standing = records.tables.held, records.tables.grant, reader.session.standing
    reach = standing.reach(Right.SEE_REVIEWS)
    if reach is not Reach.REGIONS:
        return sa.true() if reach is Reach.ALL else sa.false()
    # A commune mistyped as 99.99 is nobody's; one typed as a neighbour's would be another office's,
    # who knows nothing of it. So where the author has no grant there, the author's team decides.
    authors = list(team(records, reader, Right.SEE_REVIEWS))
    own = sa.select(grant.c.id).where(
        grant.c.agent_id == table.c.agent_id, grant.c.commune_code == table.c.commune_code
    )
    return sa.or_(
        table.c.commune_code.in_(standing.communes),
        sa.and_(table.c.agent_id.in_(authors), sa.not_(own.exists())),
    )


def open_reviews(records: Records, reader: Reader) -> Sequence[Stored]:
    """Return the open reviews of the reader's communes, of every kind."""
    review = records.tables.records["review"]
    return records.list(
        "review",
        review.c.state == "open",
        reader.covers(records, "review"),
        limit=_ROWS_MAX,
    )


def is_flag(review: Stored) -> bool:
    """Whether a review asks about a step of an application, not about two values."""
    return review.values["kind"] == FLAG


def is_duplicate(review: Stored) -> bool:
    """Whether a review asks if two records are one enterprise."""
    return review.values["kind"] == DUPLICATE


def subject_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    """Return the record that a review is about, where the reader may see it."""
    return record_of(records, reader, str(review.values["entity"]), review.values["record_id"])


def other_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    """Return the record that another is like, where the reader may see it."""
    return record_of(
        records, reader, str(review.values["entity"]), bytes.fromhex(str(review.values["mine"]))
    )


def record_of(records: Records, reader: Reader, entity: str, record_id: object) -> Stored | None:
    """Return a record, deleted or not; None if the reader may not see it."""
    if entity not in records.entity_by_name or not isinstance(record_id, bytes):
        return None
    found = records.load(entity, [record_id]).get(record_id)
    return found if found is not None and is_reached(records, reader, found) else None


def change_of(records: Records, row: Any) -> Change | None:
    """Return a held change; None if no app of ours can read what came."""
    try:
        return settle.change_of(records, row)
    except Malformed:
        return None
