"""A service said aloud, in a language that people speak and do not read.

It says the name and the description of one edition, and is heard beside every edition with the same
words (`sync.rules.spoken`). Its bytes lie at the server; a tablet fetches them when it is asked to.
"""

from __future__ import annotations

from sync.rules.spoken import PROPOSED, PUBLISHED, SPOKEN, WITHDRAWN
from sync.spec import Entity, Scope, ScopeKind, choice, code, integer, key, moment, text

SERVICE_RECORDING = Entity(
    "service_recording",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        code("service", required=True, fixed=True),
        integer("number", low=1, high=10_000, required=True, fixed=True),
        choice("language", *SPOKEN, fixed=True),
        moment("taken_at", fixed=True),
        integer("seconds", high=3_600, fixed=True),
        integer("size_bytes", high=2**33, fixed=True),
        text("sha256", chars_max=64, fixed=True),
        choice("state", PROPOSED, PUBLISHED, WITHDRAWN),
    ),
    since=5,
)
