"""The pages that everybody may read, in every language, without a sign-in and without script."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.db import lookup
from server.db.records import NotFound, Records
from server.points.near import Place, places
from server.points.position import position_of
from server.points.queries import degrees
from server.points.stops import StopNear, nearest_stops, stop_row
from server.public import published_pages
from server.public.frame import draw, phrases_of
from server.public.points import Near, nearest, provinces_shown, row_of
from server.reference import files
from server.reference.catalogue import catalogue
from server.rights import Right
from server.services.recordings import sounds
from server.services.shown import cost_of, delay_in_words, sign_of
from server.web.asked import read_query
from server.web.headers import with_device
from server.web.maps import Point, View
from server.web.order import by_name
from server.web.site import Site
from sync import local_time, scopes
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.eligibility import Facts

POINTS_URL, SERVICES_URL = "/points", "/services"
_MAY_LOCATE = with_device("geolocation")
_RIGHTS = (("data", 6), ("office", 7))
"""Parts of the page of rights, each with how many sentences it has."""


def routes(site: Site) -> list[Any]:
    """Return the pages."""

    @get("/rights", right=Right.OPEN)
    @site.threaded
    def rights(request: Request[Any, Any, Any]) -> Any:
        return draw(site, request, "public/rights.html", parts=_RIGHTS)

    @get("/accessibility", right=Right.OPEN)
    @site.threaded
    def accessibility(request: Request[Any, Any, Any]) -> Any:
        return draw(site, request, "public/accessibility.html")

    return [
        *_point_routes(site),
        *_service_routes(site),
        *published_pages.routes(site),
        rights,
        accessibility,
    ]


def _point_routes(site: Site) -> list[Any]:
    """Return the points near a commune that is chosen, or near where a browser says it is."""

    def page(request: Request[Any, Any, Any], origin: Place | None, **shown: Any) -> Any:
        asked, phrases = read_query(request.scope["query_string"]), phrases_of(site, request)
        commune, service = asked.get("commune"), asked.get("service")
        province = scopes.province_of(commune) if commune else asked.get("province")
        values = site.read(
            lambda records: _points(records, phrases, origin, service, site.database.clock())
        )
        near, stops = values.pop("near"), values.pop("stops_near")
        response = draw(
            site,
            request,
            "public/points.html",
            drawn=_map(site, phrases, (near, stops), values, commune) if near or stops else "",
            provinces=site.read(lambda records: _named(records, "province", phrases)),
            communes=site.read(lambda records: _communes(records, phrases, province)),
            services=[(one.code, one.name(phrases.language.code)) for one in catalogue().newest()],
            province=province,
            commune=commune,
            service=service,
            is_asked=origin is not None,
            **values,
            **shown,
        )
        response.headers["permissions-policy"] = _MAY_LOCATE
        return response

    @get(POINTS_URL, right=Right.OPEN)
    @site.threaded
    def points(request: Request[Any, Any, Any]) -> Any:
        commune = read_query(request.scope["query_string"]).get("commune")
        if commune and commune not in places():
            raise NotFound("points: no such commune", entity="commune")
        return page(request, places()[commune] if commune else None, problem="", is_here=False)

    @post(POINTS_URL, right=Right.OPEN, status_code=200)
    async def here(request: Request[Any, Any, Any]) -> Any:
        # In the body and not in the address: no log, no history and no other page gets to know it.
        form = await site.form(request)
        problem, origin = "", None
        try:
            found = position_of(form)
            latitude, longitude = (degrees(found.get(name)) for name in ("latitude", "longitude"))
            if latitude is not None and longitude is not None:
                origin = (latitude, longitude)
        except Refusal:
            problem = phrases_of(site, request).say("public.points.no_position")
        shown = {
            "problem": problem,
            "is_here": origin is not None,
            "frame": {"address": POINTS_URL},
        }
        return await site.run(lambda: page(request, origin, **shown))

    return [points, here]


def _points(
    records: Records, phrases: Phrases, origin: Place | None, service: str, now_ms: int
) -> dict[str, Any]:
    near = nearest(records, origin, service) if origin else []
    communes = lookup.commune_names(records, phrases.language.code)
    stops = nearest_stops(records, origin, now_ms, service) if origin else []
    return {
        "near": near,
        "rows": [row_of(phrases, one, communes, now_ms) for one in near],
        "stops_near": stops,
        "stops": [stop_row(phrases, one, communes) for one in stops],
    }


def _map(
    site: Site,
    phrases: Phrases,
    found: tuple[list[Near], list[StopNear]],
    rows: dict[str, Any],
    commune: str,
) -> Any:
    near, stops = found
    marks = [
        Point(one.place[0], one.place[1], "point", f"{at}. {row['name']}", f"#point-{at}")
        for at, (one, row) in enumerate(zip(near, rows["rows"], strict=True), 1)
    ]
    marks += [
        Point(one.place[0], one.place[1], "stop", row["name"], f"#stop-{at}")
        for at, (one, row) in enumerate(zip(stops, rows["stops"], strict=True), 1)
    ]
    view = View(phrases.say("public.points.map"), points=marks)
    shown = provinces_shown([one.point for one in near] + [one.stop for one in stops], commune)
    return site.maps(phrases.language.code).provinces(shown, view)


def _named(records: Records, entity: str, phrases: Phrases) -> list[tuple[str, str]]:
    names = lookup.place_names(records, entity, phrases.language.code)
    return by_name(phrases.language.code, names)


def _communes(records: Records, phrases: Phrases, province: str) -> list[tuple[str, str]]:
    if not province:
        return []
    names = lookup.commune_names(records, phrases.language.code)
    own = {code: name for code, name in names.items() if scopes.province_of(code) == province}
    if not own:
        raise NotFound("points: no such province", entity="province")
    return by_name(phrases.language.code, own)


def _service_routes(site: Site) -> list[Any]:
    """Return the services, each in plain words."""

    @get(SERVICES_URL, right=Right.OPEN)
    @site.threaded
    def services(request: Request[Any, Any, Any]) -> Any:
        today = local_time.day_of(site.database.clock())
        rows = [(one, sign_of(one.code)) for one in catalogue().on(today)]
        return draw(site, request, "public/services.html", rows=rows)

    @get(SERVICES_URL + "/{service:str}", right=Right.OPEN)
    @site.threaded
    def service_page(request: Request[Any, Any, Any], service: str) -> Any:
        phrases, today = phrases_of(site, request), local_time.day_of(site.database.clock())
        edition = catalogue().holding(service, today)
        if edition is None:
            raise NotFound(f"services: no {service!r}", entity="application")
        return draw(
            site,
            request,
            "public/service.html",
            frame={"back_url": SERVICES_URL},
            edition=edition,
            papers=[files.documents()[code] for code in edition.documents],
            delay=delay_in_words(phrases, edition, Facts("enterprise", {}, today)),
            cost=cost_of(phrases, edition),
            points_url=f"{POINTS_URL}?service={service}",
            sounds=site.read(lambda records: sounds(records, edition, phrases)),
        )

    return [services, service_page]
