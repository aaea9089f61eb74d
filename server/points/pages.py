"""The desk's pages of contact points: the list with its map, a point with its form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import Stored
from server.points import commands
from server.points.fields import EDITED, form_of, texts_of
from server.points.position import input_of
from server.points.queries import URL, happened_at, list_page
from server.rights import Right
from server.web.forms import Given, Input, typed_of
from server.web.maps import Point, View
from server.web.reader import Reader, name_of
from server.web.seen import get_seen
from server.web.site import Site
from server.web.values import shown
from sync import scopes
from sync.entities.contact_point import CONTACT_POINT

_BEFORE_PLACE = EDITED.index("commune_code") + 1
"""Where is asked for behind which commune."""


def routes(site: Site) -> list[Any]:
    """Return the pages of contact points."""

    @get(URL, right=Right.SEE_POINTS)
    @site.threaded
    def points(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: list_page(records, reader))
        drawn = _map(site, reader, found["rows"])
        return site.page(reader, "points/list.html", "points", drawn=drawn, **found)

    @get(URL + "/new", right=Right.CHANGE_POINTS)
    @site.threaded
    def new(request: Request[Any, Any, Any]) -> Any:
        return _draw(site, site.reader(request), "")

    @get(URL + "/{point_id:str}", right=Right.SEE_POINTS)
    @site.threaded
    def show(request: Request[Any, Any, Any], point_id: str) -> Any:
        return _draw(site, site.reader(request), point_id)

    @post(URL, right=Right.CHANGE_POINTS)
    async def add(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.add(work, reader, form),
            lambda refusal: _draw(site, reader, "", Given(form, refusal)),
            lambda point_id: f"{URL}/{UUID(bytes=point_id)}?saved=1",
        )

    @post(URL + "/{point_id:str}", right=Right.CHANGE_POINTS)
    async def change(request: Request[Any, Any, Any], point_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.change(work, reader, point_id, form),
            lambda refusal: _draw(site, reader, point_id, Given(form, refusal)),
            lambda _: f"{URL}/{point_id}?saved=1",
        )

    return [points, new, show, add, change]


def _map(site: Site, reader: Reader, rows: Sequence[dict[str, Any]]) -> str:
    """Return the map of the reader's provinces and those of the points; nothing where are none."""
    codes = {*reader.session.standing.communes, *(row["commune"] for row in rows)}
    provinces = sorted({scopes.province_of(code) for code in codes})
    if not provinces:
        return ""
    places = [
        Point(row["lat"], row["lon"], "point", row["name"], row["url"], named=False)
        for row in rows
        if row["lat"] is not None
    ]
    view = View(reader.phrases.say("desk.nav.points"), key="points", points=places, names=False)
    return site.maps(reader.language).provinces(provinces, view)


def _map_of(site: Site, reader: Reader, point: Stored | None) -> str:
    """Return the map of a point's province with the point; nothing where it has no place."""
    if point is None or not isinstance(latitude := point.values["latitude"], int):
        return ""
    longitude = point.values["longitude"]
    assert isinstance(longitude, int)
    name, province = name_of(point, reader.language), str(point.values["commune_code"])
    mark = Point(latitude / 10**6, longitude / 10**6, "point", name, named=True)
    view = View(name, key="point", points=[mark], names=False)
    return site.maps(reader.language).provinces([scopes.province_of(province)], view)


def _draw(site: Site, reader: Reader, point_id: str, given: Given | None = None) -> Any:
    """Return the page of a point, or of a new one.

    Args:
        point_id: as the address has it; empty for a new point.

    Raises:
        NotFound: no point that the reader may see.
    """
    given = given or Given()
    sees_visits = reader.may(Right.SEE_VISITS)
    point, happened = site.read(
        lambda records: (
            point := get_seen(records, reader, "contact_point", point_id) if point_id else None,
            happened_at(records, reader, point) if point and sees_visits else {},
        )
    )
    problems = given.problems(reader.phrases, "contact_point", otherwise="name_fr")
    texts = texts_of(reader, point)
    values = {**texts, **typed_of(CONTACT_POINT, EDITED, given.form)}
    record_form = site.read(lambda records: form_of(records, reader, values))
    inputs = record_form.inputs(reader.phrases, texts, given.form, problems)
    place = input_of(reader.phrases, point.values if point else {}, given.form, problems)
    facts = list(_facts(reader, point, inputs)) if point else []
    return site.page(
        reader,
        "points/one.html",
        "points",
        status=given.status,
        title=name_of(point, reader.language),
        happened=happened,
        point_id=str(UUID(bytes=point.record_id)) if point else "",
        base_rev=point.rev if point else 0,
        point_status=values.get("status", ""),
        was_status=given.form.get("was_status", texts.get("status", "")),
        latin=(point.values["name_fr"] if point else None) or "",
        arabic=(point.values["name_ar"] if point else None) or "",
        facts=[fact for is_set, fact in facts if not is_set],
        lists=[fact for is_set, fact in facts if is_set],
        inputs=[*inputs[:_BEFORE_PLACE], place, *inputs[_BEFORE_PLACE:]],
        drawn=_map_of(site, reader, point),
        place=place.value,
        problems=problems,
        is_saved=given.refusal is None and reader.asked.get("saved") == "1",
    )


def _facts(
    reader: Reader, point: Stored, inputs: Sequence[Input]
) -> Iterator[tuple[bool, tuple[str, str, str]]]:
    """Yield what is known, for who may change nothing: if it is a set, its label, words, name."""
    for field in inputs:
        value = point.values.get(field.name)
        # What is written freely may name people.
        is_hidden = field.name == "notes" and not reader.may(Right.SEE_VISITS)
        if not value or field.name.startswith("name_") or is_hidden:  # names are in the title
            continue
        words, codes = dict(field.options), value if isinstance(value, tuple) else (value,)
        yield (
            field.is_set,
            (
                field.label,
                reader.phrases.listed(words.get(str(code), str(code)) for code in codes)
                if words
                else shown(reader, CONTACT_POINT, field.name, value),
                field.name,
            ),
        )
