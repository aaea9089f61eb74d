"""A farmer or another person of the countryside.

Names stand in both scripts as on the card, never transliterated by us. What law 09-08 calls
sensitive is not asked: the language of service, never origin; assistance needed, never a diagnosis.
The national card number is asked once the authority authorised it (`sync.entities.authorisation`).

Two values of a name, phone or identifier, written by two who had not seen each other's, are a
question for a person (`Merge.REVIEW`): which is right no clock knows.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.entities.forms import CARD, NATIONAL_CARD, PHONE, PLACE, RNA
from sync.limits import NAME_CHARS_MAX, NOTE_CHARS_MAX
from sync.spec import (
    Entity,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    flag,
    key,
    ref,
    text,
    year,
)

PERSON = Entity(
    "person",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        text("name_ar", chars_max=NAME_CHARS_MAX, searched=True, personal=True, merge=Merge.REVIEW),
        text("name_fr", chars_max=NAME_CHARS_MAX, searched=True, personal=True, merge=Merge.REVIEW),
        choice("sex", "female", "male"),
        year("birth_year", low=1900, high=2100, personal=True, merge=Merge.REVIEW),
        flag("birth_year_approx"),
        text("phone", form=PHONE, chars_max=20, searched=True, personal=True, merge=Merge.REVIEW),
        choice("phone_owner", "self", "family", "neighbour"),
        choice("service_language", "ary", "shi", "tzm", "rif", "mey", "fr"),
        choice("reading", "ar", "fr", "tifinagh", "none"),
        text("douar", form=PLACE, chars_max=NAME_CHARS_MAX, searched=True),
        text("landmark"),
        choice("phone_type", "none", "basic", "smart"),
        choice("bank_status", "none", "cam", "other", "wallet"),
        choice("health_cover", "none", "amo", "other"),
        text("rna", form=RNA, chars_max=40, searched=True, personal=True, merge=Merge.REVIEW),
        flag("is_farmer"),
        text("assistance"),
        choice("status", "active", "moved", "deceased", "duplicate"),
        text("notes", chars_max=NOTE_CHARS_MAX, merge=Merge.KEEP_BOTH),
        *CAPTURED,
        text(
            NATIONAL_CARD,
            form=CARD,
            chars_max=12,
            searched=True,
            personal=True,
            since=4,
            merge=Merge.REVIEW,
        ),
        # Of a double that was merged: the record that stands for it now.
        ref("survivor_id", "person", since=5, of_office=True),
    ),
    one_of=("name_ar", "name_fr"),
)
