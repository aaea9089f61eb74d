"""A visit: an agent meets a beneficiary, on the farm, at a contact point, at a souk or by phone.

The half-year of a visit is fixed when it is stored and never moves. Photos and documents of a
visit travel with it; here are their descriptions, the bytes follow on a queue of their own.
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
    some,
    text,
)

VISIT_TYPES = (
    "first_contact",
    "registration",
    "needs",
    "maturity",
    "assistance",
    "documents",
    "follow_up",
    "training",
    "support",
    "control",
)
OUTCOMES = (
    "done",
    "done_follow_up",
    "partial",
    "absent",
    "refused",
    "postponed",
    "unreachable",
    "referred",
    "ineligible",
    "duplicate",
)
CHANNELS = ("home_farm", "at_point", "souk", "phone", "video")
NEEDS = (
    "access",
    "identity",
    "finance",
    "aid",
    "advice",
    "water",
    "market",
    "training",
    "equipment",
    "other",
)

VISIT = Entity(
    "visit",
    Scope(ScopeKind.VISITS, "commune_code"),
    (
        key(),
        code("commune_code", required=True, fixed=True),
        ref("agent_id", "agent", own=True),
        ref("person_id", "person"),
        ref("enterprise_id", "enterprise"),
        ref("point_id", "contact_point"),
        ref("stop_id", "stop"),
        choice("type", *VISIT_TYPES),
        choice("channel", *CHANNELS),
        choice("state", "planned", "started", "ended", merge=Merge.FURTHEST),
        day("planned_on"),
        moment("started_at", fixed=True),
        moment("ended_at"),
        integer("active_seconds", high=7 * 24 * 3600),
        choice("outcome", *OUTCOMES),
        some("needs", *NEEDS),
        codes("services"),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        text("next_action"),
        day("next_on"),
        decimal("latitude", places=6, low=-90, high=90),
        decimal("longitude", places=6, low=-180, high=180),
        integer("accuracy_m", high=100_000),
        moment("position_at"),
        flag("position_mock"),
        choice("position_missing", "no_signal", "indoors", "refused", "no_device", "by_phone"),
        integer("present_total", high=10_000),
        integer("present_women", high=10_000),
        integer("present_youth", high=10_000),
        choice("language", "ary", "shi", "tzm", "rif", "mey", "fr"),
        integer("satisfaction", low=1, high=5),
        choice(
            "review_state",
            "submitted",
            "accepted",
            "returned",
            "corrected",
            office=("accepted", "returned"),
        ),
        ref("amends_id", "visit"),
        *CAPTURED,
        text("amend_reason", since=2),
        some("urgent_needs", *NEEDS, since=2),  # of the needs, those that cannot wait
        # Of a visit that was returned: what is asked about, in a sentence or a voice note.
        code("returned_field", since=5, of_office=True),
        text("returned_note", chars_max=NOTE_CHARS_MAX, since=5, of_office=True),
        day("returned_due_on", since=5, of_office=True),
        ref("returned_by", "agent", since=5, of_office=True),
        moment("returned_at", since=5, of_office=True),
    ),
)

DOCUMENT = Entity(
    "document",
    Scope(ScopeKind.VISITS, "commune_code"),
    (
        key(),
        code("commune_code", required=True, fixed=True),
        code("type"),
        ref("visit_id", "visit"),
        ref("person_id", "person"),
        ref("enterprise_id", "enterprise"),
        ref("application_id", "application"),
        moment("taken_at", fixed=True),
        integer("pages", high=200),
        integer("size_bytes", high=2**33),
        text("sha256", chars_max=64, fixed=True),
        choice("quality", "sharp", "blurred", "partial", "dark", newer={"dark": 5}),
        *CAPTURED,
    ),
)

PHOTO = Entity(
    "photo",
    Scope(ScopeKind.VISITS, "commune_code"),
    (
        key(),
        code("commune_code", required=True, fixed=True),
        ref("visit_id", "visit"),
        choice("purpose", "evidence", "identity", "site", "product", "signature", fixed=True),
        moment("taken_at", fixed=True),
        text("caption", chars_max=NAME_CHARS_MAX),
        integer("width", high=20_000),
        integer("height", high=20_000),
        integer("size_bytes", high=2**33),
        text("sha256", chars_max=64, fixed=True),
        *CAPTURED,
    ),
)
