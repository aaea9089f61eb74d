"""Add a contact point, and change one."""

from __future__ import annotations

from server.db import lookup
from server.db.records import NotFound, Records
from server.db.work import Author, Work
from server.points.fields import EDITED
from server.points.position import position_of
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Reading, changed
from server.web.reader import Reader
from server.web.seen import get_seen
from sync.entities.contact_point import CONTACT_POINT
from sync.reading import read_typed
from sync.spec import Value, Values


def add(work: Work, reader: Reader, form: Asked) -> bytes:
    """Store a new point, at the middle of its commune until it has a place of its own.

    Returns:
        Its id.

    Raises:
        NotFound: the commune is not one of the reader's.
        Refusal: hours or a phone that cannot be read, or what a point must have is missing.
    """
    values = _read(work, reader, form)
    # A point without a place would be on no map and near nobody.
    table = work.tables.records["commune"]
    for commune in work.list("commune", table.c.code == values.get("commune_code"), limit=1):
        if values.get("latitude") is None:
            values |= {name: commune.values[name] for name in ("latitude", "longitude")}
    return work.insert("contact_point", values, Author(reader.session.agent_id)).record_id


def change(work: Work, reader: Reader, point_id: str, form: Asked) -> None:
    """Store what a form changed of a point.

    Args:
        point_id: as the address has it.

    Raises:
        NotFound: no point that the reader may change; or, at its field, a commune of others.
        Refusal: as `add`.
    """
    point = get_seen(work, reader, "contact_point", point_id, Right.CHANGE_POINTS)
    values = _read(work, reader, form)
    if values:
        author, base_rev = Author(reader.session.agent_id), form.number("base_rev")
        work.change(
            "contact_point", point.record_id, values, author, base_rev=base_rev or point.rev
        )


def _read(records: Records, reader: Reader, form: Asked) -> Values:
    def read(name: str, text: str) -> Value:
        if name == "commune_code":
            _require_place(records, reader, text)
        return read_typed(CONTACT_POINT, name, text)

    reading = Reading()
    values = reading.take(lambda: changed(CONTACT_POINT, EDITED, form, read))
    position = reading.take(lambda: position_of(form))
    reading.end()
    return {**(values or {}), **(position or {})}


def _require_place(records: Records, reader: Reader, code: str) -> None:
    """Raise NotFound: no commune, or one that the right to change points does not reach."""
    places = lookup.commune_names(records, reader.language)
    if code not in dict(reader.communes(Right.CHANGE_POINTS, places)):
        raise NotFound(
            "contact_point: a commune of others", entity="contact_point", field="commune_code"
        )
