"""A question for a person: a conflict, a flag, a likely duplicate. Syncs like any record.

It lives in the core scope of the record it concerns, so that a successor sees it. The candidates
are texts as a person reads them; the values themselves stand in the history.

A review without a field asks whether a record that one edited and another deleted, unseen, stays:
the side that deleted it is empty, the other one names the fields that it wrote.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NOTE_CHARS_MAX
from sync.spec import Entity, Merge, Scope, ScopeKind, choice, code, key, moment, ref, text

REVIEW = Entity(
    "review",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        choice("kind", "conflict", "flag", "duplicate", required=True, fixed=True),
        code("entity", required=True, fixed=True),
        ref("record_id", "", required=True, fixed=True),
        code("field", fixed=True),
        text("mine", chars_max=NOTE_CHARS_MAX, fixed=True),
        text("theirs", chars_max=NOTE_CHARS_MAX, fixed=True),
        ref("mine_by", "agent", fixed=True),
        ref("theirs_by", "agent", fixed=True),
        moment("mine_at", fixed=True),
        moment("theirs_at", fixed=True),
        choice("state", "open", "decided", merge=Merge.FURTHEST),
        choice("decision", "mine", "theirs", "other", "none"),
        ref("decided_by", "agent"),
        moment("decided_at"),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
)
