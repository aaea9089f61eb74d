"""A person or enterprise: what is known, and the visits."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.screens.today.presenter import VisitRow, visit_row

_SHOWN = ("phone", "douar", "landmark", "sex", "legal_form", "ice", "service_language", "notes")
_VISITS_MAX = 30


class PersonPresenter:
    """One record; `entity` is `person` or `enterprise`."""

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Read the record. Raises NotFound."""
        self.context = context
        self.entity = entity
        self.record = context.opened.get(entity, record_id)
        self.title, self.other = context.name(self.record)

    def facts(self) -> list[tuple[str, str]]:
        """Return what is known, in words."""
        say, values = self.context.say, self.record.values
        language = self.context.phrases.language.code
        place = self.context.reference.name("communes", values["commune_code"], language)
        facts = [(say(f"{self.entity}.field.commune_code"), place)]
        for name in _SHOWN:
            value = values.get(name)
            if value is None:
                continue
            text = str(value)
            if name == "phone":
                text = self.context.phrases.phone(text)
            elif self.record.entity.field_by_name[name].choices:
                text = say(f"{self.entity}.{name}.{text}")
            facts.append((say(f"{self.entity}.field.{name}"), text))
        return facts

    def visits(self) -> list[VisitRow]:
        """Return the latest visits."""
        found = self.context.opened.list(
            "visit",
            f"{self.entity}_id = ?",
            (self.record.record_id,),
            order="started_at DESC",
            limit=_VISITS_MAX,
        )
        return [visit_row(self.context, one) for one in found]
