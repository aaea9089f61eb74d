"""Something to be done for someone by a day: a follow-up, a missing piece, a call back."""

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
    key,
    moment,
    ref,
    text,
)

TASK = Entity(
    "task",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        choice(
            "kind",
            "follow_up",
            "missing_piece",
            "call_back",
            "complaint",
            "verification",
            "incident",
            "tell",
            newer={"tell": 5},
        ),
        text("title", searched=True),
        ref("person_id", "person"),
        ref("enterprise_id", "enterprise"),
        ref("visit_id", "visit"),
        ref("application_id", "application"),
        ref("owner_id", "agent"),
        day("due_on"),
        choice("priority", "low", "normal", "high"),
        choice("state", "open", "started", "done", "dropped", merge=Merge.FURTHEST),
        moment("done_at"),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
        ref("point_id", "contact_point", since=5),
        # Of a complaint: what was answered, and of an appeal, to which answer it objects.
        text("answer", chars_max=NOTE_CHARS_MAX, personal=True, since=5),
        ref("appeal_of", "task", since=5),
        choice("told", "spoken", "shown", "printed", since=5),  # how, where it was to tell
    ),
)
