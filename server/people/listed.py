"""The lists of people and of enterprises: by commune, or who answers to what was typed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db import lookup
from server.db.records import Records
from server.people.queries import SEARCH_ROWS, rows_of
from server.people.subjects import PEOPLE, Subject
from server.rights import Right
from server.web.asked import Asked
from server.web.lists import Listing, Total, by_commune, page_of, total, total_words
from server.web.reader import Reader, word
from server.web.seen import sought


def conditions(
    records: Records, reader: Reader, subject: Subject, asked: Asked
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of all that a list has, as its address asks: of a search, the best."""
    where = _filtered(records, reader, subject, asked)
    if (by_name := sought(asked)).text:
        entity, within = subject.entity.name, sa.and_(*where)
        found = lookup.search(records, entity, by_name, within, limit=SEARCH_ROWS)
        ids = [record.record_id for record in found]
        where.append(records.tables.records[entity].c.id.in_(ids))
    return where


def _filtered(
    records: Records, reader: Reader, subject: Subject, asked: Asked
) -> list[sa.ColumnElement[bool]]:
    table, kind = records.tables.records[subject.entity.name], _kind_of(subject)
    where = [reader.covers(records, subject.entity.name), table.c.survivor_id.is_(None)]
    for name, column in (("commune", table.c.commune_code), (kind, table.c[kind])):
        if wanted := asked.get(name):
            where.append(column == wanted)
    return where


def _kind_of(subject: Subject) -> str:
    """Return the field by which a list is filtered beside the commune."""
    return "sex" if subject is PEOPLE else "legal_form"


def list_page(records: Records, reader: Reader, subject: Subject) -> dict[str, Any]:
    """Return what the page of a list shows. Raises RequestWrong."""
    listing = Listing.of(subject.url, reader)
    entity, by_name = subject.entity.name, sought(reader.asked)
    kind, where = _kind_of(subject), _filtered(records, reader, subject, reader.asked)
    if by_name.text:
        within, regions = sa.and_(*where), reader.regions(entity)
        found = lookup.search(
            records, entity, by_name, within, limit=SEARCH_ROWS + 1, regions=regions
        )
        number, newer_url, older_url = Total.of_best(len(found), SEARCH_ROWS), "", ""
        found = found[:SEARCH_ROWS]
    else:
        page = page_of(records, listing, entity, *where)
        found, newer_url, older_url = list(page.records), page.newer_url, page.older_url
        number = total(records, entity, *where, order=by_commune(records, entity))
    places = lookup.commune_names(records, reader.language)
    kinds = [
        (code, word(reader, entity, kind, code))
        for code in subject.entity.field_by_name[kind].choices
    ]
    words = {
        "q": by_name.text,
        "alike": reader.phrases.say("desk.search.alike.chip"),
        "commune": places.get(reader.asked.get("commune"), "…"),
        kind: dict(kinds).get(reader.asked.get(kind), "…"),
    }
    return {
        "rows": rows_of(records, reader, subject, found),
        "listing": listing,
        "text": by_name.text,
        "alike_url": listing.link(alike="1") if by_name.is_cut else "",
        "total": total_words(reader, "desk.people.shown", number),
        "newer_url": newer_url,
        "older_url": older_url,
        "chips": listing.chips((name, label, "") for name, label in words.items()),
        "menus": [
            listing.menu(
                "commune",
                reader.phrases.say("desk.visits.commune"),
                reader.communes(Right.SEE_PEOPLE, places),
                "map-pin",
            ),
            listing.menu(kind, reader.phrases.say(f"{entity}.field.{kind}"), kinds),
        ],
    }
