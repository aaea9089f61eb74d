"""What became of a held change, for its author's tablets: applied, dismissed, or held still.

Its id is that of the change, which the tablet that sent it can compute; nothing in it is
another's. It is made when somebody first decides, in the scope of the author alone.
"""

from __future__ import annotations

from sync.limits import NOTE_CHARS_MAX
from sync.spec import Entity, Scope, ScopeKind, choice, code, key, moment, ref, text

RESOLUTION = Entity(
    "resolution",
    Scope(ScopeKind.USER, "agent_id"),
    (
        key(),
        ref("agent_id", "agent", required=True, fixed=True),
        code("entity", required=True, fixed=True),
        ref("record_id", "", required=True, fixed=True),
        choice("state", "open", "applied", "dismissed"),
        code("code", chars_max=64),
        text("reason", chars_max=NOTE_CHARS_MAX),
        ref("decided_by", "agent"),
        moment("decided_at"),
    ),
)
