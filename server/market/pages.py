"""The market's pages: the public list and an offer, and what buyers, sellers and the desk have."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get

from server.db.records import NotFound, Records
from server.market import buying_pages, desk_pages, selling_pages
from server.market.offers import URL, find_public, list_public, photo_of, rows_of
from server.media.store import BlobFiles
from server.photos.thumbnails import PictureBroken, Thumbnails
from server.portal.pages import TO_COOKIE
from server.rights import Right
from server.web.asked import read_query
from server.web.order import by_name
from server.web.site import Site, see_other

_PHOTO_KEPT = "private, max-age=300"
"""Not for long: what is taken down is gone."""
_MAKERS = 2


def routes(site: Site) -> list[Any]:
    """Return all pages of the market."""
    return [
        *_public_routes(site),
        _photo_route(site),
        *buying_pages.routes(site),
        *selling_pages.routes(site),
        *desk_pages.routes(site),
    ]


def _public_routes(site: Site) -> list[Any]:
    """Return what everybody sees: the list, an offer, and the way to order of it."""

    @get(URL, right=Right.OPEN)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        asked, language = read_query(request.scope["query_string"]), site.language(request)
        phrases, now_ms = site.pages.phrases(language), site.database.clock()
        (found, after), regions = site.read(
            lambda records: (list_public(records, asked, now_ms), _regions(records, language))
        )
        kept = {name: asked.get(name) for name in ("q", "region") if asked.get(name)}
        on = urlencode({**kept, "after": str(UUID(bytes=after))}) if after else ""
        return site.public(
            request,
            "market/list.html",
            frame={"back_url": "/", "bar_title": phrases.say("market.title")},
            rows=site.read(lambda records: rows_of(records, found, phrases)),
            regions=regions,
            region=asked.get("region"),
            text=asked.get("q"),
            next_url=f"{URL}?{on}" if on else "",
        )

    @get(URL + "/{record_id:str}", right=Right.OPEN)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        phrases, now_ms = site.pages.phrases(site.language(request)), site.database.clock()
        (row,) = site.read(
            lambda records: rows_of(records, [find_public(records, record_id, now_ms)], phrases)
        )
        frame = {"back_url": URL, "bar_title": phrases.say("market.title")}
        return site.public(request, "market/one.html", frame=frame, offer=row)

    @get(URL + "/{record_id:str}/begin", right=Right.OPEN)
    @site.threaded
    def begin(record_id: str) -> Any:
        now_ms = site.database.clock()
        offer = site.read(lambda records: find_public(records, record_id, now_ms))
        offer_id = str(UUID(bytes=offer.record_id))
        response = see_other(f"{URL}/{offer_id}/order")
        site.keep(response, TO_COOKIE, offer_id, path="/portal", max_age=15 * 60)
        return response

    return [listed, one, begin]


def _photo_route(site: Site) -> Any:
    """Return what gives the photo of an offer: made small and anew, so without where it was."""
    thumbnails = Thumbnails(BlobFiles.of(site.settings))
    makers = ThreadPoolExecutor(_MAKERS, "offers")

    @get(URL + "/photos/{record_id:str}", right=Right.OPEN)
    async def photo(record_id: str) -> Response[bytes]:
        now_ms = site.database.clock()
        sha256 = await site.run(
            lambda: site.read(lambda records: photo_of(records, record_id, now_ms))
        )
        try:
            content = await asyncio.get_running_loop().run_in_executor(
                makers, thumbnails.small, sha256
            )
        except (PictureBroken, FileNotFoundError) as fault:
            raise NotFound("offer: photo cannot be read", entity="photo") from fault
        headers = {"cache-control": _PHOTO_KEPT}
        return Response(content, headers=headers, media_type="image/webp")

    return photo


def _regions(records: Records, language: str) -> list[tuple[str, str]]:
    """Return the regions as (code, name), by name."""
    name = "name_ar" if language == "ar" else "name_fr"
    found = records.list("region")
    return by_name(language, {str(one.values["code"]): str(one.values[name]) for one in found})
