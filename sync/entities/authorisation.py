"""What the data protection authority allows, by the reference of its decision.

Law 09-08, article 12: a file that holds the number of the national card needs the
authorisation of the CNDP before the first number is kept. While there is none in force, no
tablet asks for it.
"""

from __future__ import annotations

from sync.entities.forms import NATIONAL_CARD
from sync.spec import Entity, Scope, ScopeKind, choice, day, key, text

AUTHORISATION = Entity(
    "authorisation",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        choice("subject", NATIONAL_CARD, required=True, fixed=True),
        text("reference", chars_max=80),
        day("given_on"),
        day("ends_on"),
    ),
    since=4,
)
"""One record for each subject, its id made of it. Without `reference` it is withdrawn."""
