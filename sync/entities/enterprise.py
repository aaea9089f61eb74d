"""An agricultural enterprise of any size, cooperative or informal group, and who acts for it."""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.entities.forms import CNSS, EMAIL, ICE, PHONE, PLACE, RIB, TAX_ID, TRADE_REGISTER
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    codes,
    day,
    integer,
    key,
    ref,
    text,
)

LEGAL_FORMS = (
    "individual",
    "auto_entrepreneur",
    "sarl",
    "sarl_au",
    "sa",
    "cooperative",
    "coop_union",
    "economic_interest_group",
    "association",
    "informal_group",
)

ENTERPRISE = Entity(
    "enterprise",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        text("name_ar", chars_max=NAME_CHARS_MAX, searched=True, merge=Merge.REVIEW),
        text("name_fr", chars_max=NAME_CHARS_MAX, searched=True, merge=Merge.REVIEW),
        choice("legal_form", *LEGAL_FORMS),
        text("ice", form=ICE, chars_max=15, searched=True, merge=Merge.REVIEW),
        text("tax_id", form=TAX_ID, chars_max=20, merge=Merge.REVIEW),
        text("trade_register", form=TRADE_REGISTER, chars_max=40, merge=Merge.REVIEW),
        text("cooperative_number", chars_max=40, merge=Merge.REVIEW),
        text("phone", form=PHONE, chars_max=20, searched=True, personal=True, merge=Merge.REVIEW),
        text("contact_name", chars_max=NAME_CHARS_MAX, searched=True, personal=True),
        text("email", form=EMAIL, chars_max=120, personal=True),
        text("douar", form=PLACE, chars_max=NAME_CHARS_MAX, searched=True),
        text("landmark"),
        codes("value_chains"),
        choice("staff_band", "0", "1-2", "3-9", "10-49", "50-199", "200+"),
        integer("members_total", high=100_000),
        integer("members_women", high=100_000),
        integer("members_youth", high=100_000),
        day("founded_on"),
        choice(
            "status",
            "draft",
            "submitted",
            "verified",
            "active",
            "suspended",
            "refused",
            "duplicate",
            office=("verified", "active", "suspended", "refused", "duplicate"),
            newer={"duplicate": 5},
        ),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
        # Of a double that was merged: the record that stands for it now.
        ref("survivor_id", "enterprise", since=5, of_office=True),
        # The court of first instance whose local register gave the cooperative its number.
        text("cooperative_court", form=PLACE, since=5),
        text("cnss", form=CNSS, chars_max=10, since=5, merge=Merge.REVIEW),
        text("rib", form=RIB, chars_max=24, personal=True, since=5, merge=Merge.REVIEW),
        text("sanitary_authorisation", chars_max=40, since=5),
    ),
    one_of=("name_ar", "name_fr"),
)

MANDATE = Entity(
    "mandate",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("person_id", "person", required=True),
        ref("enterprise_id", "enterprise", required=True),
        choice("role", "president", "manager", "treasurer", "delegate"),
        ref("document_id", "document"),
        day("valid_from"),
        day("valid_to"),
        *CAPTURED,
    ),
)
