"""The desk's pages of people and enterprises: one way of working for both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get, post

from server.applications.queries import requests_of
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.exchange.history import past_values
from server.rights import Right
from server.visits.pages import rows_of
from server.visits.queries import Filter, list_visits
from server.voice.recordings import spoken
from server.web.asked import Asked, RequestWrong
from server.web.site import (
    PAGE_ROWS,
    Reader,
    Site,
    get_seen,
    name_of,
    search,
    see_other,
    word,
)
from server.web.values import shown
from sync import flat, typed
from sync.entities.enterprise import ENTERPRISE
from sync.entities.person import PERSON
from sync.errors import Refusal
from sync.merge import OVERWRITTEN
from sync.reading import read_typed
from sync.rules.codes import short_code
from sync.spec import Entity, Values

_SEARCH_ROWS = 200
_IN_THE_TITLE = ("name_ar", "name_fr")


@dataclass(frozen=True, slots=True)
class Kindred:
    """What differs between people and enterprises: where they are, and what can be corrected."""

    entity: str
    here: str
    url: str
    shown: tuple[str, ...]
    edited: tuple[str, ...]


PEOPLE = Kindred(
    "person",
    "people",
    "/desk/people",
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
ENTERPRISES = Kindred(
    "enterprise",
    "enterprises",
    "/desk/enterprises",
    ("legal_form", "staff_band", "members_total", "members_women"),
    (
        "name_ar",
        "name_fr",
        "contact_name",
        "phone",
        "ice",
        "douar",
        "status",
        *ENTERPRISE.asked,
        "notes",
    ),
)


def people_routes(site: Site) -> list[Any]:
    """Return the pages of people and enterprises, and the search over both."""

    @get("/desk/search", right=Right.SEE_PEOPLE)
    @site.threaded
    def found(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        text = typed.text(reader.asked.get("q"))
        rows = site.read(
            lambda records: [
                {**row, "sign": sign}
                for kind, sign in ((PEOPLE, "user"), (ENTERPRISES, "building-store"))
                for row in _rows(
                    records,
                    reader,
                    kind,
                    search(records, reader, kind.entity, text, _SEARCH_ROWS) if text else [],
                )
            ]
        )
        return site.page(reader, "people/search.html", "", search_text=text, text=text, rows=rows)

    return [found, *_routes(site, PEOPLE), *_routes(site, ENTERPRISES)]


def _routes(site: Site, kind: Kindred) -> list[Any]:
    @get(kind.url, name=f"{kind.entity}_list", right=Right.SEE_PEOPLE)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        text, after = typed.text(reader.asked.get("q")), _read_place(reader.asked)
        found = site.read(lambda records: _list(records, reader, kind, text, after))
        return site.page(reader, "people/list.html", kind.here, kind=kind, text=text, **found)

    @get(kind.url + "/{record_id:str}", name=f"{kind.entity}_one", right=Right.SEE_PEOPLE)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        is_saved = reader.asked.get("saved") == "1"
        found = site.read(lambda records: _one(records, reader, kind, record_id))
        return site.page(
            reader, "people/one.html", kind.here, kind=kind, is_saved=is_saved, problems={}, **found
        )

    @post(kind.url + "/{record_id:str}", name=f"{kind.entity}_change", right=Right.CHANGE_PEOPLE)
    async def change(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)

        def store(work: Work) -> None:
            record = get_seen(work, reader, kind.entity, record_id, Right.CHANGE_PEOPLE)
            changed = changed_fields(record.entity, kind.edited, form)
            if changed:
                author, base_rev = Author(reader.session.agent_id), form.number("base_rev")
                work.change(
                    kind.entity,
                    record.record_id,
                    changed,
                    author,
                    base_rev=base_rev or record.rev,
                )
                stands = work.held(kind.entity, record.record_id)
                if stands is not None and "ice" in changed:
                    ask_if_known(work, stands, author)

        try:
            await site.store(store)
        except NotFound:
            raise
        except Refusal as refusal:
            problems = {_field(refusal): site.sentence(reader.language, refusal, kind.entity)}
            found = await site.run(
                lambda: site.read(lambda records: _one(records, reader, kind, record_id))
            )
            found["was"] = {name: form.get(f"was_{name}", "") for name in kind.edited}
            found["values"] = {**found["values"], **{name: form.get(name) for name in kind.edited}}
            return site.page(
                reader,
                "people/one.html",
                kind.here,
                status=422,
                kind=kind,
                is_saved=False,
                problems=problems,
                **found,
            )
        return see_other(f"{kind.url}/{record_id}?saved=1")

    return [listed, one, change]


def changed_fields(declared: Entity, names: tuple[str, ...], form: Asked) -> Values:
    """Return what a form changed: fields that differ from what the page had shown.

    Raises:
        Refusal: a phone or ICE that cannot be, a value of the wrong form.
    """
    return {
        name: read_typed(declared, name, form[name])
        for name in names
        if name in form and form[name] != form.get(f"was_{name}")
    }


def _field(refusal: Refusal) -> str:
    return str(refusal.values.get("field") or "name_ar")


def _read_place(asked: Asked) -> tuple[str, bytes] | None:
    """Return commune and id that a list goes on from, or None. Raises RequestWrong."""
    found = re.fullmatch(r"([0-9.]{1,24})~([0-9a-f]{32})", asked.get("after"), re.ASCII)
    if found is None:
        if asked.get("after"):
            raise RequestWrong("people: no place to go on from")
        return None
    return found[1], bytes.fromhex(found[2])


def _list(
    records: Records, reader: Reader, kind: Kindred, text: str, after: tuple[str, bytes] | None
) -> dict[str, Any]:
    if text:
        found = search(records, reader, kind.entity, text, _SEARCH_ROWS)
        return {"rows": _rows(records, reader, kind, found), "next": "", "is_first": True}
    table = records.tables.records[kind.entity]
    where = [reader.covers(records, kind.entity)]
    if after is not None:
        bound = (sa.literal(after[0]), sa.literal(after[1], table.c.id.type))
        where.append(sa.tuple_(table.c.commune_code, table.c.id) > sa.tuple_(*bound))
    found = records.list(
        kind.entity, *where, order=(table.c.commune_code, table.c.id), limit=PAGE_ROWS + 1
    )
    page = found[:PAGE_ROWS]
    following = ""
    if len(found) > PAGE_ROWS:
        key = f"{page[-1].values['commune_code']!s}~{page[-1].record_id.hex()}"
        following = f"{kind.url}?" + urlencode({"after": key})
    rows = _rows(records, reader, kind, page)
    return {"rows": rows, "next": following, "is_first": after is None}


def _rows(
    records: Records, reader: Reader, kind: Kindred, found: list[Stored]
) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language) if found else {}
    return [
        {
            "url": f"{kind.url}/{UUID(bytes=one.record_id)}",
            "latin": one.values["name_fr"] or "",
            "arabic": one.values["name_ar"] or "",
            "place": places.get(str(one.values["commune_code"]), one.values["commune_code"]),
            "douar": one.values["douar"] or "",
            "phone": one.values["phone"] or "",
            "fact": word(reader, "enterprise", "legal_form", one.values.get("legal_form"))
            or word(reader, "person", "sex", one.values.get("sex")),
        }
        for one in found
    ]


def _one(records: Records, reader: Reader, kind: Kindred, record_id: str) -> dict[str, Any]:
    record = get_seen(records, reader, kind.entity, record_id)
    values = record.values
    is_person = kind is PEOPLE
    wanted = Filter(
        person=record.record_id if is_person else b"",
        enterprise=b"" if is_person else record.record_id,
    )
    visits = list_visits(records, reader, wanted, after=None, limit=PAGE_ROWS)
    places = lookup.commune_names(records, reader.language)
    say = reader.phrases.say
    facts = [(say("desk.visits.code"), short_code(record.record_id), "code")]
    facts.append((say("desk.visits.commune"), places.get(str(values["commune_code"]), ""), ""))
    changes = reader.may(Right.CHANGE_PEOPLE)
    for name in (*kind.shown, *(() if changes else kind.edited)):
        value = values.get(name)
        if value is not None and name not in _IN_THE_TITLE:
            facts.append(
                (say(f"{kind.entity}.field.{name}"), shown(reader, record.entity, name, value), "")
            )
    return {
        "record_id": record_id,
        "title": name_of(record, reader.language),
        "values": values,
        "was": values,
        "base_rev": record.rev,
        "facts": facts,
        "requests": requests_of(records, reader, kind.entity, record.record_id),
        "recordings": spoken(records, reader, kind.entity, [record.record_id])[record.record_id],
        "visits": rows_of(records, reader, visits),
        "past": [
            {
                "title": _what_was(reader, record.entity, one),
                "detail": " · ".join(_who_and_how(reader, one)),
                "state": "done" if one["outcome"] == OVERWRITTEN else "attention",
            }
            for one in past_values(records, record)
        ],
        "fields": [_input(reader, record.entity, name) for name in kind.edited],
    }


def _what_was(reader: Reader, entity: Entity, one: Mapping[str, Any]) -> str:
    """Return a field, and a value that it had."""
    name = one["field"]
    value = flat.from_flat(entity, {name: one["value"]})[name]
    field = reader.phrases.say(f"{entity.name}.field.{name}")
    return reader.phrases.say(
        "desk.history.was", field=field, value=shown(reader, entity, name, value)
    )


def _who_and_how(reader: Reader, one: Mapping[str, Any]) -> Iterator[str]:
    """Yield who wrote a value, what became of it, and by whom that stands instead."""
    if one["author"]:
        yield one["author"]
    yield reader.phrases.say(f"desk.history.{one['outcome']}")
    if one["replaced_by"]:
        yield reader.phrases.say("desk.history.instead", who=one["replaced_by"])


def _input(reader: Reader, declared: Entity, name: str) -> dict[str, Any]:
    """Return how a field is edited, from its declaration."""
    spec = declared.field_by_name[name]
    return {
        "name": name,
        "label": reader.phrases.say(f"{declared.name}.field.{name}"),
        "options": [(one, word(reader, declared.name, name, one)) for one in spec.choices],
        "kind": "area" if spec.is_long else "text",
        "form": spec.form,
        "chars_max": spec.chars_max,
    }
