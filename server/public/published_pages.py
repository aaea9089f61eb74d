"""The addresses of data without persons: they stay, a cache may keep them, any site may read."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from server.db.records import NotFound
from server.public.frame import draw
from server.public.published import FILES, FORMATS, LICENCE, LICENCE_URL, File, make
from server.rights import Right
from server.web.kept import Kept
from server.web.reader import CELL_LEAST
from server.web.site import Site
from sync import flat, local_time

URL = "/data"
_HOUR_S = 60 * 60
_HOUR_MS = _HOUR_S * 1000
_FOR_ALL = {
    "cache-control": f"public, max-age={_HOUR_S}",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


def routes(site: Site) -> list[Any]:
    """Return the page that names the files, and the files."""
    kept: Kept[File] = Kept(_HOUR_MS)

    @get(URL, right=Right.OPEN)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        today = local_time.day_of(site.database.clock())
        return draw(
            site,
            request,
            "public/data.html",
            names=tuple(FILES),
            endings=tuple(FORMATS),
            today=today,
            least=CELL_LEAST,
            licence=LICENCE,
            licence_url=LICENCE_URL,
        )

    @get(URL + "/{name:str}", right=Right.OPEN)
    @site.threaded
    def file(request: Request[Any, Any, Any], name: str) -> Any:
        stem, _, ending = name.partition(".")
        if stem not in FILES or ending not in FORMATS:
            raise NotFound("data: no such file", entity="region")
        now = site.database.clock()
        today = local_time.day_of(now)
        _, found = kept.get(
            (stem, ending, today),
            now,
            lambda: site.read(lambda records: make(records, stem, ending, today)),
        )
        day = flat.day_text(today)
        headers = {
            **_FOR_ALL,
            "etag": f'"{found.etag}"',
            "link": f'<{LICENCE_URL}>; rel="license"',
            "content-disposition": f'inline; filename="nuqta-{stem}-{day}.{ending}"',
        }
        is_known = f'"{found.etag}"' in request.headers.get("if-none-match", "")
        return Response(
            b"" if is_known else found.content,
            status_code=304 if is_known else 200,
            headers=headers,
            media_type=found.media_type,
        )

    return [listed, file]
