"""The fields of a contact point's form, and from what each is chosen."""

from __future__ import annotations

from collections.abc import Mapping

from server.db import lookup
from server.db.records import Records, Stored
from server.reference import catalogue
from server.rights import Right
from server.web.forms import RecordForm
from server.web.order import by_name
from server.web.reader import Reader
from sync.entities.contact_point import CONTACT_POINT
from sync.wording import as_typed

EDITED = (
    "name_ar",
    "name_fr",
    "kind",
    "modality",
    "status",
    "commune_code",
    "commune_codes",
    "hours",
    "services",
    "phone",
    "web_address",
    "landmark",
    *CONTACT_POINT.asked,
    "notes",
)


def texts_of(reader: Reader, point: Stored | None) -> dict[str, str]:
    """Return a point's values as inputs show them; of a new one none."""
    if point is None:
        return {}
    return {
        name: as_typed(reader.phrases, CONTACT_POINT, name, point.values.get(name))
        for name in EDITED
    }


def form_of(records: Records, reader: Reader, values: Mapping[str, str]) -> RecordForm:
    """Return the form of a point.

    Args:
        values: what its inputs show.
    """
    names = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.CHANGE_POINTS, names)

    def places(field: str) -> list[tuple[str, str]]:
        # Those out of the reader's reach that the point has: a box not shown is a box unticked.
        beyond = set(values.get(field, "").split()) - dict(communes).keys()
        return communes + by_name(reader.language, {code: names.get(code, code) for code in beyond})

    return RecordForm(
        CONTACT_POINT,
        EDITED,
        options={
            "commune_code": places("commune_code"),
            "commune_codes": places("commune_codes"),
            "services": list(catalogue.names(reader.language).items()),
        },
        required=("kind", "modality"),
    )
