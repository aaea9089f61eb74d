"""What a person agreed to, for one purpose, in which words and language. Never changed: withdrawn.

Fields and purposes: law 09-08, on the protection of persons whose data are processed.
"""

from __future__ import annotations

from sync.entities.captured import CAPTURED
from sync.limits import NAME_CHARS_MAX
from sync.spec import (
    Entity,
    Scope,
    ScopeKind,
    choice,
    code,
    day,
    flag,
    key,
    moment,
    ref,
    some,
    text,
)

TEXT_VERSION = "2026-11"
"""Of the texts `consent.text.*`; raised with every change of their meaning."""
PURPOSES = (
    "programme_record",
    "identity_check",
    "share_bank",
    "share_administration",
    "photo_evidence",
    "contact_sms",
    "voice_note",
    "study_anonymised",
    "publish",
)
COVERED = ("identity", "contact", "household", "finance", "documents", "photos", "voice")
"""What of the person's a consent is about; empty: all that its text names."""

CONSENT = Entity(
    "consent",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        code("commune_code", required=True),
        ref("person_id", "person", fixed=True),
        ref("enterprise_id", "enterprise", fixed=True),
        ref("mandate_id", "mandate", fixed=True),
        choice("purpose", *PURPOSES, required=True, fixed=True, newer={"publish": 5}),
        text("recipient", fixed=True),
        choice("ground", "consent", "contract", "legal_duty", "public_mission", fixed=True),
        code("text_version", fixed=True),
        code("language", fixed=True),
        flag("read_aloud", fixed=True),
        flag("given", required=True, fixed=True),
        choice(
            "method",
            "finger_signature",
            "witnessed_mark",
            "sms_code",
            "paper_scan",
            "web_form",
            fixed=True,
        ),
        text("witness_name", chars_max=NAME_CHARS_MAX, personal=True, fixed=True),
        moment("given_at", fixed=True),
        ref("visit_id", "visit", fixed=True),
        text("document_sha256", chars_max=64, fixed=True),
        day("expires_on", fixed=True),
        moment("withdrawn_at"),
        choice("withdrawn_via", "agent", "web", "phone", "letter"),
        *CAPTURED,
        some("covers", *COVERED, fixed=True, since=2),
    ),
)
