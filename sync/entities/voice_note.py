"""Something said and recorded, with the consent of who speaks: its bytes follow like a photo's.

An agent records what would take long to type; a beneficiary, what they cannot write.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NAME_CHARS_MAX
from sync.spec import Entity, Scope, ScopeKind, choice, code, integer, key, moment, ref, text

VOICE_NOTE = Entity(
    "voice_note",
    Scope(ScopeKind.VISITS, "commune_code"),
    (
        key(),
        code("commune_code", required=True, fixed=True),
        ref("visit_id", "visit", fixed=True),
        choice(
            "purpose",
            "note",
            "need",
            "consent",
            "complaint",
            "return",
            fixed=True,
            newer={"return": 5},
        ),
        choice("language", "ary", "shi", "tzm", "rif", "mey", "fr", fixed=True),
        moment("taken_at", fixed=True),
        integer("seconds", high=3_600, fixed=True),
        text("caption", chars_max=NAME_CHARS_MAX),
        integer("size_bytes", high=2**33),
        text("sha256", chars_max=64, fixed=True),
        *CAPTURED,
        # What it was said beside, where that is no visit: an incident, a training, a person.
        code("entity", fixed=True, since=3),
        ref("record_id", "", fixed=True, since=3),
    ),
    since=2,
)
