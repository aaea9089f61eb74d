"""INDEXED: the columns that each table is looked up and paged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import sqlalchemy as sa

from server.db.columns import REGION

Indexed: TypeAlias = Mapping[str, tuple[tuple[str, ...], ...]]

# For the lists of the desk, which page by key: newest first, or by commune. With the region before,
# since who reads a region's would else go through the whole country's rows to find them.
INDEXED: Indexed = {
    "visit": (
        ("started_at", "id"),
        ("commune_code", "started_at"),
        ("agent_id", "started_at"),
        ("person_id", "started_at"),
        ("enterprise_id", "started_at"),
        ("point_id", "started_at"),
        ("review_state", "started_at"),
        ("planned_on", "commune_code"),
        (REGION, "started_at", "id"),
        (REGION, "outcome", "started_at", "id"),
        (REGION, "review_state", "started_at", "id"),
    ),
    "photo": (("visit_id",), ("sha256",)),
    "person": (
        ("commune_code", "id"),
        ("phone",),
        ("national_card",),
        ("rna",),
        ("survivor_id",),
    ),
    "enterprise": (("commune_code", "id"), ("phone",), ("ice",), ("survivor_id",)),
    "contact_point": (("commune_code", "id"), ("latitude", "longitude")),
    "stop": (("point_id",), ("commune_code",)),
    "application": (
        ("enterprise_id",),
        ("person_id",),
        ("commune_code", "due_on"),
        ("office", "state", "due_on"),
        ("office", "decided_at", "id"),
        (REGION, "id"),
        (REGION, "state", "id"),
    ),
    "task": (
        ("visit_id",),
        ("person_id",),
        ("enterprise_id",),
        ("application_id",),
        ("point_id",),
        ("appeal_of",),
        ("kind", "id"),
        ("commune_code", "due_on"),
    ),
    "training_session": (("point_id",),),
    "connectivity_check": (("point_id",),),
    "incident": (("point_id",),),
    "mandate": (("enterprise_id",), ("person_id",)),
    "holding": (("person_id",), ("enterprise_id",)),
    "review": (
        ("state", "id"),
        ("record_id",),
        ("commune_code", "state"),
        (REGION, "state", "id"),
    ),
    # What refers to a person or an enterprise, and moves when two of them are one.
    "consent": (("visit_id",), ("person_id",), ("enterprise_id",)),
    "maturity_assessment": (("visit_id",), ("person_id",), ("enterprise_id",)),
    "document": (("visit_id",), ("person_id",), ("enterprise_id",), ("application_id",)),
    "attendance": (("person_id",), ("session_id",), ("application_id",)),
    "voice_note": (("visit_id",), ("record_id",)),
    "application_step": (("application_id", "at"),),
    "claim": (("mark",), ("enterprise_id",)),
    "offer": (("enterprise_id",), ("state", "id"), ("commune_code", "id")),
}

OPEN: Mapping[str, tuple[str, ...]] = {
    "application": ("submitted", "acknowledged", "in_review", "info_requested"),
    "task": ("open", "started"),
}
"""The states in which an entity waits for somebody, until a day (`due_on`)."""
OPEN_TOO: Mapping[str, tuple[str, ...]] = {"task": ("kind",)}
"""What else is asked of those that wait."""


def is_open(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that a row of such an entity waits.

    Its states are constants and no parameters: only so PostgreSQL knows, whatever it has prepared,
    that the index of those that wait answers. Of a table that is ended for the most part it would
    go through all rows.
    """
    states = [sa.literal_column(f"'{state}'", sa.Text()) for state in OPEN[table.name]]
    return sa.and_(table.c.deleted_at.is_(None), table.c.state.in_(states))


def is_everywhere(item: sa.schema.SchemaItem, *_: object) -> bool:
    """Whether a part of the tables is in every database: an index of some rows is PostgreSQL's."""
    return not (isinstance(item, sa.Index) and item.kwargs.get("postgresql_where") is not None)
