"""What differs between people and enterprises: where they are, what is shown and corrected."""

from __future__ import annotations

from dataclasses import dataclass

from server.web.shell import DESK
from sync.entities.enterprise import ENTERPRISE
from sync.entities.person import PERSON
from sync.spec import Entity


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of those who are visited.

    `here` is the destination of the menu, `sign` its icon; `shown` and `edited` are fields in the
    order in which their page has them.
    """

    entity: Entity
    here: str
    url: str
    sign: str
    shown: tuple[str, ...]
    edited: tuple[str, ...]


PEOPLE = Subject(
    PERSON,
    "people",
    f"{DESK}/people",
    "user",
    (
        "sex",
        "birth_year",
        "service_language",
        "reading",
        "phone_type",
        "bank_status",
        "national_card",
    ),
    ("name_ar", "name_fr", "phone", "douar", "landmark", "status", *PERSON.asked, "notes"),
)
ENTERPRISES = Subject(
    ENTERPRISE,
    "enterprises",
    f"{DESK}/enterprises",
    "building-store",
    (
        "legal_form",
        "staff_band",
        "members_total",
        "members_women",
        "tax_id",
        "trade_register",
        "cooperative_number",
    ),
    (
        "name_ar",
        "name_fr",
        "contact_name",
        "phone",
        "ice",
        "cooperative_court",
        "cnss",
        "sanitary_authorisation",
        "rib",
        "douar",
        "status",
        *ENTERPRISE.asked,
        "notes",
    ),
)
