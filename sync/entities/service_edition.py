"""An edition of a service as the desk published it: what follows the one that ships.

Its content is the JSON of a file of the catalogue, as `sync.rules.editions.read_edition` reads it.
It is never changed; one that is withdrawn before its first day stays, since a request may have been
filed under it where nobody had heard of that.
"""

from __future__ import annotations

from sync.spec import Entity, Scope, ScopeKind, choice, code, integer, key, text

CONTENT_CHARS_MAX = 16_000
"""Of an edition's JSON: five times the longest that ships."""
PUBLISHED, WITHDRAWN = "published", "withdrawn"

SERVICE_EDITION = Entity(
    "service_edition",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        code("service", required=True, fixed=True),
        integer("number", low=1, high=10_000, required=True, fixed=True),
        text("content", chars_max=CONTENT_CHARS_MAX, required=True, fixed=True),
        choice("state", PUBLISHED, WITHDRAWN),
    ),
    since=5,
)
