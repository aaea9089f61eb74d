"""The desk's page of a record's history: why each value is here."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from server.accounts.standing import reading
from server.db.records import Records
from server.history.queries import ENTITIES, get_record, pasts_of
from server.history.words import Words, apart, menu, survivor_of
from server.web.named import entity_word, page_of, titles_of
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site

URL = f"{DESK}/history"
_HERE = {
    "person": "people",
    "enterprise": "enterprises",
    "contact_point": "points",
    "visit": "visits",
    "application": "requests",
    "holding": "people",
}
"""The place of the menu that a kind of record belongs to."""


def routes(site: Site) -> list[Any]:
    """Return the page of each kind of record: each under the right that reads it."""
    return [_route(site, entity) for entity in ENTITIES]


def _route(site: Site, entity: str) -> Any:
    address = f"{URL}/{entity}/{{record_id:str}}"

    @get(address, name=f"history_{entity}", right=reading(entity))
    @site.threaded
    def history(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _history(records, reader, entity, record_id))
        return site.page(reader, "history/one.html", _HERE[entity], **found)

    return history


def _history(records: Records, reader: Reader, entity: str, record_id: str) -> dict[str, Any]:
    """Return what the page shows. Raises NotFound, RequestWrong."""
    names = [spec.name for spec in records.entity_by_name[entity].fields[1:]]
    asked = reader.asked.one_of("field", names)
    record = get_record(records, reader, entity, record_id)
    pasts = pasts_of(records, record, asked)
    words = Words(records, reader, record, pasts)
    fields = words.fields(pasts, asked)
    is_there = record.deleted_at is None
    return {
        "title": titles_of(records, reader, [record])[entity, record.record_id],
        "kind": entity_word(reader, entity),
        **apart(fields, asked),
        "url": f"{URL}/{entity}/{record_id}",
        "asked": asked,
        "menu": menu(
            fields, f"{URL}/{entity}/{record_id}", asked, reader.phrases.say("desk.history.all")
        ),
        "back": (page_of(entity, record.record_id) if is_there else "")
        or f"{DESK}/{_HERE[entity]}",
        "deleted_at": record.deleted_at,
        "survivor": survivor_of(words, record),
        "is_cut": pasts.is_cut,
    }
