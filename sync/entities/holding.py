"""A holding: the land and the animals that a farmer or an enterprise lives of.

It is no register: the national one (law 80-21) gives its number, and this is what an agent and the
farmer say of it, so that the rules of services know. Crops are those of one season; when another
is written, the history has what was grown before.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.entities.forms import PLACE, RNA
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    decimal,
    integer,
    key,
    ref,
    some,
    text,
    year,
)

CEREALS = ("soft_wheat", "durum_wheat", "barley", "maize", "other_cereals")
PULSES = ("faba_bean", "chickpea", "lentil", "pea")
CROPS = (
    *CEREALS,
    *PULSES,
    "sugar",
    "oilseeds",
    "fodder",
    "vegetables",
    "olive",
    "argan",
    "date_palm",
    "almond",
    "citrus",
    "other_fruit",
    "saffron_roses_herbs",
    "other",
)
TENURES = ("owned", "undivided", "leased", "shared", "collective", "habous", "state")

HOLDING = Entity(
    "holding",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("person_id", "person"),
        ref("enterprise_id", "enterprise"),
        text("douar", form=PLACE, chars_max=NAME_CHARS_MAX),
        text("rna", form=RNA, chars_max=40, personal=True, merge=Merge.REVIEW),
        decimal("area_ha", places=2, low=0, high=100_000),
        decimal("irrigated_ha", places=2, low=0, high=100_000),
        choice("tenure", *TENURES),
        year("season", low=1900, high=2100),  # it begins on 1 September
        some("crops", *CROPS),
        integer("cattle", high=100_000),
        integer("sheep", high=100_000),
        integer("goats", high=100_000),
        integer("hives", high=100_000),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
    since=5,
)
