"""A photo's bytes to whoever may see its visit; the page that shows it is that of the visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar import Request, Response, get
from markupsafe import Markup

from server.db.records import Records
from server.media.store import BlobFiles
from server.photos.queries import PAPERS_URL, SIDE, URL, bytes_of, bytes_of_paper
from server.photos.thumbnails import PictureBroken, Thumbnails
from server.rights import Right
from server.web.reader import Reader
from server.web.site import Site

_KEPT = "private, max-age=31536000, immutable"
"""A photo's bytes never change: its record names their hash once."""
_MAKERS = 2


def routes(site: Site) -> list[Any]:
    """Return what gives photos, small and large."""
    thumbnails = Thumbnails(site.settings.data_dir, BlobFiles(site.settings.data_dir))
    # Apart from the pages' threads: who opens twenty photos keeps no list waiting.
    makers = ThreadPoolExecutor(_MAKERS, "photos")

    async def answer(
        request: Request[Any, Any, Any],
        record_id: str,
        picture_of: Callable[[bytes], tuple[bytes, str]],
        find: Callable[[Records, Reader, str], bytes] = bytes_of,
    ) -> Response[bytes]:
        reader = site.reader(request)
        sha256 = await site.run(lambda: site.read(lambda records: find(records, reader, record_id)))
        tag = f'"{sha256.hex()[:16]}"'
        headers = {"cache-control": _KEPT, "etag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers)
        try:
            content, media_type = await asyncio.get_running_loop().run_in_executor(
                makers, picture_of, sha256
            )
        except (PictureBroken, FileNotFoundError):
            headers = {"cache-control": "no-store"}
            content, media_type = _unreadable(reader), "image/svg+xml"
        return Response(content, headers=headers, media_type=media_type)

    def small_of(key: bytes) -> tuple[bytes, str]:
        return thumbnails.small(key), "image/webp"

    @get(URL + "/{record_id:str}", right=Right.SEE_VISITS)
    async def large(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, thumbnails.large)

    @get(URL + "/{record_id:str}/small", right=Right.SEE_VISITS)
    async def small(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, small_of)

    @get(PAPERS_URL + "/{record_id:str}", right=Right.ANSWER_REQUESTS)
    async def paper(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, thumbnails.large, bytes_of_paper)

    @get(PAPERS_URL + "/{record_id:str}/small", right=Right.ANSWER_REQUESTS)
    async def small_paper(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, small_of, bytes_of_paper)

    return [large, small, paper, small_paper]


def _unreadable(reader: Reader) -> bytes:
    """Return a picture that says, in the place of one, that it cannot be read."""
    return (
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{down}" '
            'viewBox="0 0 320 240"><rect width="320" height="240" fill="#ece8dd"/>'
            '<text x="160" y="124" text-anchor="middle" font-family="Noto Sans Arabic, '
            'Noto Sans, sans-serif" font-size="17" fill="#5d5648">{words}</text></svg>'
        )
        .format(side=SIDE, down=SIDE * 3 // 4, words=reader.phrases.say("desk.photos.unreadable"))
        .encode()
    )
