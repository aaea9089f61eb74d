"""An application for a service of the catalogue, and its steps. States: `sync.rules.applications`.

The application's `state` is what its last step says. A step is a record of its own and is never
changed: what two people did apart stands there twice, and the clock is computed of it
(`sync.rules.delays`).
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    codes,
    day,
    decimal,
    flag,
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
        code("office", since=5, of_office=True),  # to which organisation it was passed on
        code("reason", since=5),  # of the last refusal
        ref("holder_id", "agent", since=5, of_office=True),  # who has taken it there
        text("result", chars_max=NOTE_CHARS_MAX, since=5, of_office=True),  # as it is published
    ),
)

ACTORS = ("agent", "applicant", "office", "coordinator", "programme", "clock")

APPLICATION_STEP = Entity(
    "application_step",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("application_id", "application", required=True, fixed=True),
        choice("state", *APPLICATION_STATES, required=True, fixed=True),
        moment("at", fixed=True),
        choice("actor", *ACTORS, fixed=True, office=ACTORS[1:]),
        code("office", fixed=True, of_office=True),
        integer("edition", high=10_000, fixed=True),  # of the service
        code("reason", fixed=True),
        text("words", chars_max=NOTE_CHARS_MAX, personal=True, fixed=True),
        codes("pieces", fixed=True),  # asked for, or brought
        text("receipt_number", chars_max=60, fixed=True),
        decimal("amount", places=2, low=0, high=10**9, fixed=True),
        flag("appealed", fixed=True),
        # Of a delivery: how the applicant signed for it, and the hash of the signature's picture.
        choice("method", "finger_signature", "witnessed_mark", fixed=True),
        text("witness_name", chars_max=NAME_CHARS_MAX, personal=True, fixed=True),
        text("document_sha256", chars_max=64, fixed=True),
        *CAPTURED,
        day("decided_on", fixed=True, of_office=True),  # at the office, where it told of it later
        # Why each paper is asked for, of paper and reason: CNIE:expired.
        codes("piece_reasons", chars_max=48, fixed=True),
    ),
    since=5,
)
