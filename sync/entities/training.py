"""Training: a session at a place, and each person's attendance.

A session lives in its province, whose agents all send people to it; an attendance lives with the
person, in the commune.
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
    flag,
    integer,
    key,
    moment,
    ref,
    text,
)

TRAINING_SESSION = Entity(
    "training_session",
    Scope(ScopeKind.PROVINCE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("point_id", "contact_point"),
        text("place", chars_max=NAME_CHARS_MAX),
        choice(
            "topic",
            "digital_skills",
            "financial_literacy",
            "e_services",
            "mobile_payment",
            "fraud",
            "enterprise",
            "other",
        ),
        text("title"),
        choice("level", "beginner", "intermediate", "advanced"),
        choice("language", "ary", "shi", "tzm", "rif", "mey", "fr"),
        ref("trainer_id", "agent"),
        moment("starts_at"),
        moment("ends_at"),
        integer("places", high=10_000),
        flag("is_women_only"),
        code("material_version"),
        choice("state", "planned", "held", "cancelled", merge=Merge.FURTHEST),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
    since=2,
)

ATTENDANCE = Entity(
    "attendance",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("session_id", "training_session", required=True, fixed=True),
        ref("person_id", "person", required=True, fixed=True),
        choice("state", "enrolled", "absent", "present", merge=Merge.FURTHEST),
        integer("attended_percent", high=100),
        choice("proof", "signature", "code", "none"),
        integer("score_before_percent", high=100),
        integer("score_after_percent", high=100),
        *CAPTURED,
        # The request that asked for the place: it is done once they were there.
        ref("application_id", "application", since=5),
    ),
    since=2,
)
