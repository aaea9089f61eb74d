"""A person who works in the programme: whose name stands under a visit. No password, no rights."""

from __future__ import annotations

from sync.limits import NAME_CHARS_MAX
from sync.spec import Entity, Scope, ScopeKind, choice, codes, key, text

ROLES = (
    "field_agent",
    "point_manager",
    "trainer",
    "regional_coordinator",
    "programme_manager",
    "ministry_observer",
    "bank_back_office",
    "data_protection_officer",
    "auditor",
    "administrator",
    "back_office",
)
"""What each may do says `server.rights`."""
RETIRED_ROLES = ("bank_back_office",)
"""Roles that no account has any more; records of staff may name them still."""

AGENT = Entity(
    "agent",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        text("login", required=True, fixed=True, chars_max=60, searched=True),
        choice("role", *ROLES, required=True, newer={"back_office": 5}),
        text("name_fr", chars_max=NAME_CHARS_MAX, searched=True, personal=True),
        text("name_ar", chars_max=NAME_CHARS_MAX, searched=True, personal=True),
        codes("languages"),
        choice("status", "active", "left"),
    ),
)
