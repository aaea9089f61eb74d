"""The workload's three record types, declared like the product's own and given to the same engine.

Every field of `peers/workload.py` is here. What the workload writes as an empty text is no value;
a list is a set; a date in ISO 8601 is a moment or a day, a coordinate a scaled integer: the same
information, as an app of ours would hold it. `from_json` turns one into the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sync.spec import (
    Entity,
    Field,
    Kind,
    Scope,
    ScopeKind,
    Value,
    Values,
    choice,
    code,
    codes,
    day,
    decimal,
    flag,
    integer,
    key,
    moment,
    ref,
    some,
    text,
)

_STATUS = ("active", "pending", "suspended", "closed")
_SERVICES = (
    "conseil_technique",
    "formation",
    "analyse_sol",
    "credit",
    "assurance",
    "vaccination",
    "intrants",
    "irrigation",
    "certification",
    "mise_en_marche",
    "subvention_equipement",
    "suivi_troupeau",
)
_SECTORS = (
    "cereales",
    "maraichage",
    "arboriculture",
    "elevage_bovin",
    "elevage_ovin",
    "aviculture",
    "apiculture",
    "laiterie",
    "transformation",
)
_CROPS = (
    "blé",
    "orge",
    "maïs",
    "olivier",
    "amandier",
    "tomate",
    "oignon",
    "pomme_de_terre",
    "luzerne",
    "vigne",
    "dattier",
    "agrumes",
    "menthe",
    "safran",
)


def _position() -> tuple[Field, Field]:
    return (
        decimal("lat", places=6, low=-90, high=90),
        decimal("lon", places=6, low=-180, high=180),
    )


CP = Entity(
    "cp",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        text("code"),
        text("name_fr", searched=True),
        text("name_ar", searched=True),
        choice("kind", "cooperative", "commune", "souk", "office", "association"),
        text("phone"),
        text("email"),
        text("manager"),
        code("commune_code", required=True),
        text("address"),
        *_position(),
        choice("status", *_STATUS),
        some("services", *_SERVICES),
        text("opening_hours"),
        integer("capacity"),
        text("note", chars_max=4_000),
        moment("created_at"),
        moment("updated_at"),
    ),
)

SME = Entity(
    "sme",
    Scope(ScopeKind.CORE, "commune_code"),
    (
        key(),
        text("code"),
        text("name_fr", searched=True),
        text("name_ar", searched=True),
        text("owner_fr"),
        text("owner_ar"),
        text("national_id"),
        text("phone"),
        text("phone2"),
        code("commune_code", required=True),
        text("douar"),
        *_position(),
        choice("sector", *_SECTORS),
        some("crops", *_CROPS),
        decimal("surface_ha", places=2, low=0, high=100_000),
        flag("irrigated"),
        integer("herd_size"),
        integer("workers"),
        choice("gender", "M", "F"),
        integer("birth_year"),
        choice("status", *_STATUS),
        ref("contact_point_id", "cp"),
        integer("visit_count"),
        moment("last_visit_at"),
        text("note", chars_max=4_000),
        moment("created_at"),
        moment("updated_at"),
    ),
)

VISIT = Entity(
    "visit",
    Scope(ScopeKind.VISITS, "commune_code"),
    (
        key(),
        text("visit_no"),
        ref("sme_id", "sme"),
        ref("contact_point_id", "cp"),
        ref("agent_id", "agent"),
        text("device_id"),
        choice(
            "purpose", "suivi", "premiere_visite", "reclamation", "controle", "enquete", "livraison"
        ),
        choice("channel", "field", "phone", "office"),
        choice("status", "planned", "in_progress", "done", "cancelled", "to_review"),
        moment("planned_at"),
        moment("started_at"),
        moment("ended_at"),
        *_position(),
        decimal("accuracy_m", places=1, low=0, high=100_000),
        code("commune_code", required=True),
        some("services", *_SERVICES),
        codes("advice_codes"),
        integer("amount_requested"),
        integer("satisfaction"),
        flag("follow_up"),
        day("next_visit_on"),
        choice("weather", "clear", "cloudy", "rain", "wind", "hot"),
        text("note", chars_max=4_000),
        moment("created_at"),
        moment("updated_at"),
    ),
)

ENTITIES = (CP, SME, VISIT)
BY_NAME = {entity.name: entity for entity in ENTITIES}


def _moment(value: str) -> int:
    return round(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1_000)


def _day(value: str) -> int:
    return (date.fromisoformat(value) - date(1970, 1, 1)).days


def _codes(value: list[str]) -> Value:
    return tuple(sorted(set(value))) or None


_FROM_JSON: dict[Kind, Callable[[Any], Value]] = {
    Kind.KEY: lambda value: UUID(value).bytes,
    Kind.REF: lambda value: UUID(value).bytes,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.CODES: _codes,
    Kind.CHOICES: _codes,
}


def from_json(entity: Entity, row: Mapping[str, Any]) -> Values:
    """Return a workload row, or some fields of one, as plain values."""
    found: Values = {}
    for name, value in row.items():
        spec = entity.field_by_name[name]
        if value == "" or value is None:
            found[name] = None
        elif spec.kind is Kind.DECIMAL:
            found[name] = round(value * 10**spec.places)
        else:
            found[name] = _FROM_JSON.get(spec.kind, lambda same: same)(value)
    return found
