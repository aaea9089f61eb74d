"""An offer: what an enterprise has to sell, at which price, and where it is fetched.

The public sees one while it is `shown`, not over, not taken down, and while a consent of the
enterprise to publish holds. A tablet captures it as any record; the desk alone takes one down.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.entities.forms import PLACE
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Scope,
    ScopeKind,
    choice,
    code,
    day,
    decimal,
    integer,
    key,
    moment,
    ref,
    text,
)

UNITS = ("kg", "quintal", "litre", "piece", "box", "jar", "bunch")

OFFER = Entity(
    "offer",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("enterprise_id", "enterprise", required=True, fixed=True),
        text("product", chars_max=NAME_CHARS_MAX, searched=True),
        text("about", chars_max=NOTE_CHARS_MAX),
        decimal("price_mad", places=2, low=0, high=10**6),
        choice("unit", *UNITS),
        integer("quantity", high=1_000_000),
        text("place", form=PLACE, chars_max=NAME_CHARS_MAX),
        ref("photo_id", "document"),
        choice("state", "shown", "paused"),
        day("ends_on"),
        moment("taken_down_at", of_office=True),
        text("taken_down_why", of_office=True),
        *CAPTURED,
    ),
    since=5,
)
