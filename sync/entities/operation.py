"""How a contact point runs: its connection as measured, and what went wrong.

Both live in the province, where a coordinator sees them; they name no person.
"""

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
    flag,
    integer,
    key,
    moment,
    ref,
    text,
)

CONNECTIVITY_CHECK = Entity(
    "connectivity_check",
    Scope(ScopeKind.PROVINCE, "commune_code"),
    (
        key(),
        code("commune_code", required=True, fixed=True),
        ref("point_id", "contact_point", fixed=True),
        moment("checked_at", fixed=True),
        text("operator", chars_max=40, fixed=True),
        choice(
            "technology", "none", "2g", "3g", "4g", "5g", "fibre", "adsl", "satellite", fixed=True
        ),
        integer("signal_dbm", low=-200, high=0, fixed=True),
        integer("latency_ms", high=600_000, fixed=True),
        integer("down_kbps", high=10**8, fixed=True),
        integer("up_kbps", high=10**8, fixed=True),
        # Against our own server alone: an exchange as it went, or a test that was asked for.
        choice("method", "exchange", "test", "observed", fixed=True),
        flag("has_power", fixed=True),
        *CAPTURED,
    ),
    since=2,
)

INCIDENT = Entity(
    "incident",
    Scope(ScopeKind.PROVINCE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("point_id", "contact_point"),
        choice(
            "kind",
            "power",
            "network",
            "equipment",
            "security",
            "fraud",
            "safety",
            "data_breach",  # the authority is told of it (law 05-20): the desk's affair
            required=True,
        ),
        choice("severity", "low", "medium", "high"),
        text("title"),
        moment("opened_at"),
        moment("resolved_at"),
        text("cause"),
        integer("people_affected", high=10**7),
        choice("state", "open", "resolved", merge=Merge.FURTHEST),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
    since=2,
)
