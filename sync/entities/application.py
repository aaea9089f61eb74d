"""An application for a service of the catalogue: its header. States: `sync.rules.applications`."""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    day,
    decimal,
    integer,
    key,
    moment,
    ref,
    text,
)

APPLICATION_STATES = (
    "draft",
    "ready",
    "submitted",
    "acknowledged",
    "in_review",
    "info_requested",
    "approved",
    "rejected",
    "delivered",
    "closed",
    "withdrawn",
    "expired",
    "referred",
)

APPLICATION = Entity(
    "application",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        code("service", required=True, fixed=True, chars_max=40),
        integer("service_version", high=10_000),
        ref("person_id", "person"),
        ref("enterprise_id", "enterprise"),
        ref("mandate_id", "mandate"),
        ref("point_id", "contact_point"),
        ref("agent_id", "agent", own=True),
        choice("state", *APPLICATION_STATES),
        text("receipt_number", chars_max=60, searched=True),
        text("receipt_authority"),
        day("due_on"),
        moment("submitted_at"),
        moment("decided_at"),
        text("decision_reason"),
        decimal("amount_asked", places=2, low=0, high=10**9),
        decimal("amount_granted", places=2, low=0, high=10**9),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
)
