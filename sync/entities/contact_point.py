"""Contact points, digital and physical, and the stops of mobile units at weekly souks.

Both live in the scope of their province: a mobile unit serves many communes, and every agent of
the province must know where it stands today.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.entities.forms import HOURS, PHONE, PLACE, WEB_ADDRESS
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.local_time import WEEKDAYS
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    codes,
    day,
    decimal,
    flag,
    integer,
    key,
    ref,
    some,
    text,
)

POINT_KINDS = (
    "branch",
    "mobile_unit",
    "partner_shop",
    "kiosk",
    "cooperative_seat",
    "advice_centre",
    "young_entrepreneur_centre",
    "citizen_service_centre",
    "innovation_hub",
    "hotline",
    "web_portal",
    "messaging",
)

CONTACT_POINT = Entity(
    "contact_point",
    Scope(ScopeKind.PROVINCE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        text("name_fr", chars_max=NAME_CHARS_MAX, searched=True),
        text("name_ar", chars_max=NAME_CHARS_MAX, searched=True),
        choice("kind", *POINT_KINDS),
        choice("modality", "physical", "digital", "both"),
        choice("status", "planned", "opening", "active", "suspended", "closed"),
        text("status_reason"),
        day("opened_on"),
        text("operator", chars_max=NAME_CHARS_MAX),
        text("douar", form=PLACE, chars_max=NAME_CHARS_MAX, searched=True),
        text("landmark"),
        decimal("latitude", places=6, low=-90, high=90),
        decimal("longitude", places=6, low=-180, high=180),
        codes("commune_codes"),
        text("hours", form=HOURS, chars_max=400),
        text("ramadan_hours", form=HOURS, chars_max=400),
        codes("services"),
        codes("languages"),
        some("accessibility", "step_free", "private_space", "women_hours"),
        choice("power", "grid", "solar", "none"),
        text("connectivity"),
        text("phone", form=PHONE, chars_max=20),
        text("web_address", form=WEB_ADDRESS),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
    ),
    one_of=("name_fr", "name_ar"),
)

STOP = Entity(
    "stop",
    Scope(ScopeKind.PROVINCE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("point_id", "contact_point"),
        text("place_fr", form=PLACE, chars_max=NAME_CHARS_MAX, searched=True),
        text("place_ar", form=PLACE, chars_max=NAME_CHARS_MAX, searched=True),
        choice("weekday", *WEEKDAYS),
        integer("from_minute", high=24 * 60),
        integer("to_minute", high=24 * 60),
        integer("every_weeks", low=1, high=52),
        day("valid_from"),
        day("valid_to"),
        flag("is_souk"),
        decimal("latitude", places=6, low=-90, high=90),
        decimal("longitude", places=6, low=-180, high=180),
        *CAPTURED,
    ),
)
