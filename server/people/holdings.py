"""Holdings at the desk: those of a person or an enterprise, each with its form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import RecordForm, changed
from server.web.reader import Reader
from server.web.seen import get_seen, seen_of
from server.web.shell import DESK
from sync.checks import Missing
from sync.entities import holding_words
from sync.entities.holding import HOLDING
from sync.reading import read_typed
from sync.spec import Value
from sync.wording import in_words

URL = f"{DESK}/holdings"
EDITED = (
    "commune_code",
    "douar",
    "area_ha",
    "irrigated_ha",
    "tenure",
    "rna",
    "season",
    "crops",
    "cattle",
    "sheep",
    "goats",
    "hives",
    "notes",
)


def holdings_of(records: Records, reader: Reader, entity: str, record_id: bytes) -> list[Stored]:
    """Return the holdings of a person or an enterprise that the reader may see."""
    return seen_of(records, reader, "holding", f"{entity}_id", [record_id])


def rows_of(
    records: Records, reader: Reader, entity: str, record_id: bytes
) -> list[dict[str, Any]]:
    """Return them as the page of their farmer shows them."""
    places = lookup.commune_names(records, reader.language)
    rows = []
    for one in holdings_of(records, reader, entity, record_id):
        place = places.get(str(one.values["commune_code"]), "")
        where = reader.phrases.listed(str(part) for part in (one.values["douar"], place) if part)
        grown = holding_words.grown(reader.phrases, one.values)
        rows.append(
            {
                "url": f"{URL}/{UUID(bytes=one.record_id)}",
                "title": holding_words.headed(reader.phrases, one.values),
                "detail": reader.phrases.facts((where, grown)),
            }
        )
    return rows


def owner_of(records: Records, reader: Reader, holding: Stored) -> Stored:
    """Return whose a holding is. Raises NotFound: nobody's whom the reader may see."""
    for entity in ("person", "enterprise"):
        if isinstance(owner_id := holding.values[f"{entity}_id"], bytes):
            return get_seen(records, reader, entity, str(UUID(bytes=owner_id)))
    raise NotFound(f"holding {holding.record_id.hex()}: nobody's", entity="holding")


def facts_of(reader: Reader, holding: Stored) -> list[tuple[str, str, str]]:
    """Return (label, words, field) of what is known of a holding."""
    return [
        (
            reader.phrases.say(f"holding.field.{name}"),
            in_words(reader.phrases, HOLDING, name, value),
            name,
        )
        for name in EDITED[1:]
        if (value := holding.values[name]) is not None
    ]


def form_of(records: Records, reader: Reader) -> RecordForm:
    """Return the form of a holding."""
    names = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.CHANGE_PEOPLE, names)
    return RecordForm(HOLDING, EDITED, {"commune_code": communes}, required=("commune_code",))


def add(work: Work, reader: Reader, owner: Stored, form: Asked) -> bytes:
    """Store a new holding. Returns its id. Raises NotFound, Refusal: as `change`."""
    values = changed(HOLDING, EDITED, form, _reader_of(work, reader))
    if not values.get("commune_code"):
        raise Missing("holding: commune_code", entity="holding", field="commune_code")
    values[f"{owner.entity.name}_id"] = owner.record_id
    return work.insert("holding", values, Author(reader.session.agent_id)).record_id


def change(work: Work, reader: Reader, holding_id: str, form: Asked) -> Stored:
    """Store what a form changed of a holding. Returns whose it is.

    Args:
        holding_id: as the address has it.

    Raises:
        NotFound: none that the reader may change; or, at its field, a commune of others.
        Refusal: a number or a value that cannot be.
    """
    record = get_seen(work, reader, "holding", holding_id, Right.CHANGE_PEOPLE)
    values = changed(HOLDING, EDITED, form, _reader_of(work, reader))
    if values:
        author, base_rev = Author(reader.session.agent_id), form.number("base_rev")
        work.change("holding", record.record_id, values, author, base_rev=base_rev or record.rev)
    return owner_of(work, reader, record)


def _reader_of(records: Records, reader: Reader) -> Any:
    """Return what reads a field: a commune must be one that the right reaches."""
    communes = dict(form_of(records, reader).options["commune_code"])

    def read(name: str, text: str) -> Value:
        if name == "commune_code" and text not in communes:
            raise NotFound("holding: a commune of others", entity="holding", field=name)
        return read_typed(HOLDING, name, text)

    return read
