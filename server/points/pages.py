"""The desk's pages of contact points: list, map, add, change, open, suspend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.reference import files
from server.rights import Right
from server.voice.recordings import spoken
from server.web.asked import Asked
from server.web.maps import Point, View
from server.web.order import by_name
from server.web.site import PAGE_ROWS, Reader, Site, get_seen, name_of, see_other, word
from server.web.values import shown
from sync import scopes
from sync.entities.contact_point import CONTACT_POINT
from sync.errors import Refusal
from sync.reading import read_typed
from sync.spec import SETS, Kind, Values
from sync.wording import as_typed, in_words

URL = "/desk/points"
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


def point_routes(site: Site) -> list[Any]:
    """Return the pages of contact points."""

    @get(URL, right=Right.SEE_POINTS)
    @site.threaded
    def points(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _list(records, reader))
        places = [
            Point(row["lat"], row["lon"], "point", row["name"], row["url"], named=False)
            for row in found
            if row["lat"] is not None
        ]
        standing = reader.session.standing
        reach = standing.places(Right.SEE_POINTS, [row["commune"] for row in found])
        codes = sorted({scopes.province_of(code) for code in {*standing.communes, *reach}})
        view = View(reader.phrases.say("desk.nav.points"), key="points", points=places, names=False)
        drawn = site.maps(reader.language).provinces(codes, view) if codes else ""
        return site.page(reader, "points/list.html", "points", rows=found, drawn=drawn)

    @get(URL + "/new", right=Right.CHANGE_POINTS)
    @site.threaded
    def new(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return _form(site, reader, None, Asked(), {})

    @get(URL + "/{point_id:str}", right=Right.SEE_POINTS)
    @site.threaded
    def one(request: Request[Any, Any, Any], point_id: str) -> Any:
        reader = site.reader(request)
        record = site.read(lambda records: get_seen(records, reader, "contact_point", point_id))
        is_saved = reader.asked.get("saved") == "1"
        return _form(site, reader, record, Asked(), {}, is_saved=is_saved)

    @post(URL, right=Right.CHANGE_POINTS)
    async def add(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)

        def store(work: Work) -> bytes:
            values = _given(work, reader, form)
            commune = work.list(
                "commune", work.tables.records["commune"].c.code == values.get("commune_code")
            )
            if commune:
                values.setdefault("latitude", commune[0].values["latitude"])
                values.setdefault("longitude", commune[0].values["longitude"])
            author = Author(reader.session.agent_id)
            return work.insert("contact_point", values, author).record_id

        try:
            made = await site.store(store)
        except Refusal as refusal:
            problems = _problems(reader, refusal)
            return await site.run(lambda: _form(site, reader, None, form, problems))
        return see_other(f"{URL}/{UUID(bytes=made)}?saved=1")

    @post(URL + "/{point_id:str}", right=Right.CHANGE_POINTS)
    async def change(request: Request[Any, Any, Any], point_id: str) -> Any:
        reader, form = await site.posted(request)
        record = await site.run(
            lambda: site.read(
                lambda records: get_seen(
                    records, reader, "contact_point", point_id, Right.CHANGE_POINTS
                )
            )
        )

        def store(work: Work) -> None:
            changed = _given(work, reader, form)
            if changed:
                work.change(
                    "contact_point",
                    record.record_id,
                    changed,
                    Author(reader.session.agent_id),
                    base_rev=form.number("base_rev") or record.rev,
                )

        try:
            await site.store(store)
        except Refusal as refusal:
            problems = _problems(reader, refusal)
            return await site.run(lambda: _form(site, reader, record, form, problems))
        return see_other(f"{URL}/{point_id}?saved=1")

    return [points, new, one, add, change]


def _list(records: Records, reader: Reader) -> list[dict[str, Any]]:
    table = records.tables.records["contact_point"]
    found = records.list(
        "contact_point",
        reader.covers(records, "contact_point"),
        order=(table.c.commune_code, table.c.id),
    )
    places = lookup.commune_names(records, reader.language)
    return [
        {
            "url": f"{URL}/{UUID(bytes=one.record_id)}",
            "commune": str(one.values["commune_code"]),
            "name": name_of(one, reader.language),
            "latin": one.values["name_fr"] or "",
            "arabic": one.values["name_ar"] or "",
            "kind": word(reader, "contact_point", "kind", one.values["kind"]),
            "modality": word(reader, "contact_point", "modality", one.values["modality"]),
            "status": one.values["status"] or "planned",
            "status_word": word(
                reader, "contact_point", "status", one.values["status"] or "planned"
            ),
            "place": places.get(str(one.values["commune_code"]), ""),
            "served": len(one.values["commune_codes"] or ()),  # type: ignore[arg-type]
            "hours": in_words(reader.phrases, CONTACT_POINT, "hours", one.values["hours"]),
            "lat": _degrees(one.values["latitude"]),
            "lon": _degrees(one.values["longitude"]),
        }
        for one in found
    ]


def _degrees(value: object) -> float | None:
    return value / 10**6 if isinstance(value, int) else None


_TOLD = {
    "incident": ("opened_at", "kind", ("severity", "state")),
    "training_session": ("starts_at", "topic", ("level", "state")),
}
"""Entity -> when it was, what it is unless it has a title, and what else is said in a word."""


def _happened(records: Records, reader: Reader, point: Stored) -> dict[str, list[dict[str, Any]]]:
    """Return the latest incidents and trainings of a point, with what was written and said."""
    told = {}
    for entity, (moment, kind, others) in _TOLD.items():
        table = records.tables.records[entity]
        found = records.list(
            entity,
            table.c.point_id == point.record_id,
            reader.covers(records, entity),
            order=(table.c[moment].desc(), table.c.id.desc()),
            limit=PAGE_ROWS,
        )
        said = spoken(records, reader, entity, [one.record_id for one in found])
        told[entity] = [
            {
                "title": one.values["title"] or word(reader, entity, kind, one.values[kind]),
                "at": one.values[moment],
                "facts": [word(reader, entity, name, one.values[name]) for name in others],
                "notes": one.values["notes"] or "",
                "recordings": said[one.record_id],
            }
            for one in found
        ]
    return told


def _texts(reader: Reader, record: Stored) -> dict[str, str]:
    """Return a record's values as a form shows them: sets joined by spaces."""
    values = record.values
    return {
        name: as_typed(reader.phrases, CONTACT_POINT, name, values.get(name)) for name in EDITED
    }


def _given(records: Records, reader: Reader, form: Asked) -> Values:
    """Return what a form says that differs from what its page had shown.

    Not from what stands by now: what nobody touched would take back what came in between.

    Raises:
        Refusal: hours or a phone that cannot be read, or a commune of others.
    """
    found: Values = {}
    for name in EDITED:
        spec = CONTACT_POINT.field_by_name[name]
        is_set, was = spec.kind in SETS, f"was_{name}"
        if name not in form and not (is_set and was in form):  # of a set all may be unticked
            continue
        text = " ".join(sorted(form.several(name))) if is_set else form.get(name)
        if text == form.get(was):
            continue
        if name == "commune_code":
            _require_place(records, reader, text)
        found[name] = read_typed(CONTACT_POINT, name, text)
    return found


def _require_place(records: Records, reader: Reader, code: str) -> None:
    """Raise NotFound: no commune, or one that the right to change points does not reach."""
    places = lookup.commune_names(records, reader.language)
    if code not in dict(reader.communes(Right.CHANGE_POINTS, places)):
        raise NotFound("contact_point: a commune of others", entity="commune")


def _problems(reader: Reader, refusal: Refusal) -> dict[str, str]:
    by_code = {"record_unknown": "commune_code"}
    field = str(refusal.values.get("field") or by_code.get(refusal.code) or "name_fr")
    values = {"entity": "contact_point", "field": field, **refusal.values}
    return {field: reader.phrases.sentence(refusal.code, values)}


def _fact(reader: Reader, record: Stored, one: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a field is called and says, codes by their names."""
    value, named = record.values[one["name"]], dict(one["options"])
    if not named:
        return one["label"], shown(reader, CONTACT_POINT, one["name"], value)
    codes = value if isinstance(value, tuple) else (value,)
    return one["label"], reader.phrases.listed(named.get(code, str(code)) for code in codes)


def _form(
    site: Site,
    reader: Reader,
    record: Stored | None,
    typed: Asked,
    problems: Mapping[str, str],
    *,
    is_saved: bool = False,
) -> Any:
    values: dict[str, Any] = _texts(reader, record) if record else {}
    was = {name: typed.get(f"was_{name}") or values.get(name, "") for name in EDITED}
    values.update({name: " ".join(typed.several(name)) for name in EDITED if name in typed})
    names = site.read(lambda records: lookup.commune_names(records, reader.language))
    communes = reader.communes(Right.CHANGE_POINTS, names)
    fields: list[dict[str, Any]] = []
    for name in EDITED:
        spec = CONTACT_POINT.field_by_name[name]
        options: list[tuple[str, str]] = []
        if spec.kind is Kind.CHOICE:
            options = [(one, word(reader, "contact_point", name, one)) for one in spec.choices]
        elif name in ("commune_code", "commune_codes"):
            options = list(communes)
            # Those out of the reader's reach that stand: a box not shown would be a box unticked.
            stand = set(str(values.get(name) or "").split()) - dict(communes).keys()
            options += by_name(reader.language, {code: names.get(code, code) for code in stand})
        elif name == "services":
            options = [(one.code, one.names[reader.language]) for one in files.services()]
        fields.append(
            {
                "name": name,
                "label": reader.phrases.say(f"contact_point.field.{name}"),
                "options": options,
                "is_set": spec.kind in SETS,
                "kind": "area" if spec.is_long else "text",
                "form": spec.form,
                "chars_max": spec.chars_max,
            }
        )
    known = [
        (one["is_set"], _fact(reader, record, one))
        for one in fields
        if record
        and record.values.get(one["name"])
        and not one["name"].startswith("name_")  # in the title
        # What is written freely may name people.
        and (one["name"] != "notes" or reader.may(Right.SEE_VISITS))
    ]
    return site.page(
        reader,
        "points/one.html",
        "points",
        status=422 if problems else 200,
        title=name_of(record, reader.language),
        happened=(
            site.read(lambda records: _happened(records, reader, record))
            if record and reader.may(Right.SEE_VISITS)
            else {}
        ),
        point_id=str(UUID(bytes=record.record_id)) if record else "",
        base_rev=record.rev if record else 0,
        values=values,
        was=was,
        latin=(record.values["name_fr"] if record else None) or "",
        arabic=(record.values["name_ar"] if record else None) or "",
        facts=[one for is_set, one in known if not is_set],
        lists=[one for is_set, one in known if is_set],
        fields=fields,
        problems=problems,
        is_saved=is_saved,
    )
