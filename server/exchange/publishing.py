"""What somebody agreed may be shown to everybody: a consent of its own for each thing shown.

Nothing is public without it, and nothing stays so: a withdrawal, or a later refusal, ends it at
once, wherever it was given.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.db.work import Author, Work
from sync.spec import Values

PURPOSE = "publish"
MARKET, INNOVATION = "market", "innovation"
"""What a consent to publish is about, as its `recipient` names it."""
_GONE = ("suspended", "refused", "duplicate")
"""States of an enterprise of which nothing is public, whatever was agreed."""


def is_agreed(
    records: Records, entity: str, subject: sa.ColumnElement[Any], what: str
) -> sa.ColumnElement[bool]:
    """Return the condition that the last answer of a `person` or `enterprise` holds.

    Args:
        subject: the column that names them.
        what: MARKET or INNOVATION.
    """
    table = records.tables.records["consent"]
    last, later = table.alias(), table.alias()

    def of_them(one: Any) -> sa.ColumnElement[bool]:
        return sa.and_(
            one.c[f"{entity}_id"] == subject,
            one.c.purpose == PURPOSE,
            one.c.recipient == what,
            one.c.deleted_at.is_(None),
        )

    place = sa.func.coalesce
    is_later = sa.or_(
        place(later.c.given_at, 0) > place(last.c.given_at, 0),
        sa.and_(place(later.c.given_at, 0) == place(last.c.given_at, 0), later.c.id > last.c.id),
    )
    return sa.exists().where(
        of_them(last),
        last.c.given.is_(True),
        last.c.withdrawn_at.is_(None),
        ~sa.exists().where(of_them(later), is_later),
    )


def is_standing(records: Records, enterprise_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that an enterprise is one of which something may be public at all.

    Args:
        enterprise_id: the column that names it.
    """
    table = records.tables.records["enterprise"]
    return sa.exists().where(
        table.c.id == enterprise_id,
        table.c.deleted_at.is_(None),
        sa.or_(table.c.status.is_(None), table.c.status.not_in(_GONE)),
    )


def find(records: Records, subject: Stored, what: str) -> Stored | None:
    """Return the consent under which something of somebody is public; None: none holds."""
    table = records.tables.records["consent"]
    found = records.list(
        "consent",
        table.c[f"{subject.entity.name}_id"] == subject.record_id,
        table.c.purpose == PURPOSE,
        table.c.recipient == what,
        order=(table.c.given_at.desc(), table.c.id.desc()),
        limit=1,
    )
    last = found[0] if found else None
    is_held = last and last.values["given"] and last.values["withdrawn_at"] is None
    return last if is_held else None


def agree(work: Work, subject: Stored, what: str, *, text_version: str, language: str) -> None:
    """Store that somebody agreed on the portal; once."""
    if find(work, subject, what) is not None:
        return
    work.insert(
        "consent",
        {
            "commune_code": subject.values["commune_code"],
            f"{subject.entity.name}_id": subject.record_id,
            "purpose": PURPOSE,
            "recipient": what,
            "ground": "consent",
            "text_version": text_version,
            "language": language,
            "given": True,
            "method": "web_form",
            "given_at": work.now_ms,
        },
        Author(None, source="portal"),
    )


def withdraw(work: Work, subject: Stored, what: str) -> None:
    """Store that somebody wants nothing shown any more, if anything is."""
    if (held := find(work, subject, what)) is not None:
        ended: Values = {"withdrawn_at": work.now_ms, "withdrawn_via": "web"}
        work.change("consent", held.record_id, ended, Author(None, source="portal"))
