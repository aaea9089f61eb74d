"""A claim: that a code which an enterprise was given leads an agent to what it began by itself.

The server writes one as it gives out a code (`issued`), a tablet one where an agent typed a code
(`typed`), known there or not. Both carry the code's mark (`sync.rules.codes.claim_mark`), never the
code. Where they name two enterprises, the two are one: the server joins them.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.spec import Entity, Scope, ScopeKind, choice, code, key, moment, ref, text

MARK_CHARS = 32

CLAIM = Entity(
    "claim",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("enterprise_id", "enterprise", required=True, fixed=True),
        text("mark", chars_max=MARK_CHARS, required=True, fixed=True),
        choice("kind", "issued", "typed", required=True, fixed=True, office=("issued",)),
        moment("expires_at", of_office=True),  # of one that was issued
        moment("joined_at", of_office=True),  # of one that was typed: the server found its code
        *CAPTURED,
    ),
    since=5,
)
