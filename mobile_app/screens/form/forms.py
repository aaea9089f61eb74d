"""The forms: which fields of an entity are asked, in which steps. Drawn as declared here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sync.entities.contact_point import CONTACT_POINT
from sync.entities.enterprise import ENTERPRISE
from sync.entities.holding import HOLDING
from sync.entities.offer import OFFER
from sync.entities.operation import INCIDENT
from sync.entities.person import PERSON
from sync.entities.task import TASK
from sync.entities.training import ATTENDANCE, TRAINING_SESSION
from sync.spec import Entity

CONSENT = "consent"
"""The step that asks for the programme's consent; no field is asked there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One screenful. `required` fields must have a value before the next."""

    name: str
    fields: tuple[str, ...]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Args:
        opens: the screen that shows the record once it is saved; "" leads back.
        headed: fields that this screen says in its heading, or with another fact.
        is_consented: who is new is asked for their consent, in a last step of its own.
    """

    name: str
    entity: Entity
    steps: tuple[Step, ...]
    opens: str = "person"
    headed: tuple[str, ...] = ()
    is_consented: bool = False


def _asking(form: Form) -> Form:
    """Return a form whose last step asks for the `asked` fields of its entity too, before notes."""
    if form.name != form.entity.name:  # a short one
        return form
    *first, last = form.steps
    declared = form.entity.field_by_name
    fields = sorted((*last.fields, *form.entity.asked), key=lambda name: declared[name].is_long)
    return replace(form, steps=(*first, replace(last, fields=tuple(fields))))


FORMS = {
    form.name: _asking(form)
    for form in (
        Form(
            "person",
            PERSON,
            (
                Step("who", ("name_ar", "name_fr", "sex", "birth_year", "birth_year_approx")),
                Step("where", ("commune_code", "douar", "landmark"), ("commune_code",)),
                Step(
                    "reach", ("phone", "phone_owner", "phone_type", "service_language", "reading")
                ),
                Step(
                    "situation",
                    (
                        "is_farmer",
                        "bank_status",
                        "health_cover",
                        "rna",
                        "national_card",
                        "assistance",
                        "notes",
                    ),
                ),
            ),
            headed=(
                "name_ar",
                "name_fr",
                "sex",
                "birth_year",
                "birth_year_approx",
                "is_farmer",
                "commune_code",
                "douar",
                "landmark",
                "phone_owner",
                "reading",
            ),
            is_consented=True,
        ),
        Form(
            "person_quick",
            PERSON,
            (
                Step(
                    "who", ("name_ar", "name_fr", "phone", "sex", "commune_code"), ("commune_code",)
                ),
            ),
            "quick",
        ),
        Form(
            "enterprise",
            ENTERPRISE,
            (
                Step("who", ("name_ar", "name_fr", "legal_form", "contact_name", "phone")),
                Step("where", ("commune_code", "douar", "landmark"), ("commune_code",)),
                Step(
                    "register",
                    (
                        "ice",
                        "tax_id",
                        "trade_register",
                        "cooperative_number",
                        "cooperative_court",
                        "cnss",
                        "sanitary_authorisation",
                        "rib",
                        "email",
                    ),
                ),
                Step(
                    "size",
                    ("staff_band", "members_total", "members_women", "members_youth", "notes"),
                ),
            ),
            headed=("name_ar", "name_fr", "legal_form", "commune_code", "douar", "landmark"),
            is_consented=True,
        ),
        Form(
            "holding",
            HOLDING,
            (
                Step(
                    "land",
                    ("commune_code", "douar", "area_ha", "irrigated_ha", "tenure", "rna"),
                    ("commune_code",),
                ),
                Step("season", ("season", "crops", "cattle", "sheep", "goats", "hives", "notes")),
            ),
            "",
        ),
        Form(
            "offer",
            OFFER,
            (
                Step(
                    "offer",
                    ("product", "price_mad", "unit", "quantity", "place", "about"),
                    ("product", "price_mad", "unit", "quantity", "place"),
                ),
            ),
            "",
        ),
        Form(
            "task",
            TASK,
            (Step("task", ("kind", "title", "due_on", "priority", "notes"), ("kind", "due_on")),),
            "",
        ),
        Form(
            "incident",
            INCIDENT,
            (
                Step(
                    "incident", ("kind", "severity", "title", "people_affected", "notes"), ("kind",)
                ),
            ),
            "",
        ),
        Form(
            "training_session",
            TRAINING_SESSION,
            (
                Step(
                    "session",
                    (
                        "topic",
                        "title",
                        "commune_code",
                        "place",
                        "language",
                        "level",
                        "places",
                        "is_women_only",
                        "notes",
                    ),
                    ("topic", "commune_code"),
                ),
            ),
            "training",
        ),
        Form(
            "attendance",
            ATTENDANCE,
            (
                Step(
                    "scores",
                    ("score_before_percent", "score_after_percent", "attended_percent", "proof"),
                ),
            ),
            "",
        ),
        Form(
            "contact_point",
            CONTACT_POINT,
            (Step("check", ("power", "connectivity", "phone", "hours", "notes")),),
            "point",
        ),
    )
}


def without_card(form: Form) -> Form:
    """Return a form that asks for no national card: `Context.card_authorisation` is empty."""
    declared = form.entity.field_by_name
    steps = (
        replace(step, fields=tuple(name for name in step.fields if not declared[name].form.subject))
        for step in form.steps
    )
    return replace(form, steps=tuple(steps))
