"""A photo's bytes to whoever may see its visit; the page that shows it is that of the visit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar import Request, Response, get
from markupsafe import Markup

from server.db.records import Records, Stored
from server.media.queries import named_hash
from server.media.store import BlobFiles
from server.photos.queries import PAPERS_URL, SIDE, URL, paper_of, picture_of
from server.photos.thumbnails import PDF, PaperWhole, PictureBroken, Thumbnails
from server.rights import Right
from server.web.reader import Reader
from server.web.site import Site
from sync.phrases import Phrases

_KEPT = "private, max-age=31536000, immutable"
"""A photo's bytes never change: its record names their hash once."""
_MAKERS = 2


def routes(site: Site) -> list[Any]:
    """Return what gives photos, small and large."""
    thumbnails = Thumbnails(BlobFiles.of(site.settings))
    # Apart from the pages' threads: who opens twenty photos keeps no list waiting.
    makers = ThreadPoolExecutor(_MAKERS, "photos")

    async def answer(
        request: Request[Any, Any, Any],
        record_id: str,
        make: Callable[[Stored], tuple[bytes, str]],
        find: Callable[[Records, Reader, str], Stored] = picture_of,
    ) -> Response[bytes]:
        reader = site.reader(request)
        photo = await site.run(lambda: site.read(lambda records: find(records, reader, record_id)))
        tag = f'"{photo.values["sha256"]!s:.16}"'
        headers = {"cache-control": _KEPT, "etag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers)
        try:
            content, media_type = await asyncio.get_running_loop().run_in_executor(
                makers, make, photo
            )
            headers |= headers_of(media_type)
        except (PictureBroken, FileNotFoundError) as fault:
            headers = {"cache-control": "no-store"}
            content, media_type = drawn(reader.phrases, fault), "image/svg+xml"
        return Response(content, headers=headers, media_type=media_type)

    def small_of(photo: Stored) -> tuple[bytes, str]:
        return thumbnails.small(hash_of(photo)), "image/webp"

    def large_of(photo: Stored) -> tuple[bytes, str]:
        return thumbnails.large(hash_of(photo), is_cleaned=photo.values["source"] == "portal")

    @get(URL + "/{record_id:str}", right=Right.SEE_VISITS)
    async def large(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, large_of)

    @get(URL + "/{record_id:str}/small", right=Right.SEE_VISITS)
    async def small(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, small_of)

    @get(PAPERS_URL + "/{record_id:str}", right=Right.ANSWER_REQUESTS)
    async def paper(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, large_of, paper_of)

    @get(PAPERS_URL + "/{record_id:str}/small", right=Right.ANSWER_REQUESTS)
    async def small_paper(request: Request[Any, Any, Any], record_id: str) -> Response[bytes]:
        return await answer(request, record_id, small_of, paper_of)

    return [large, small, paper, small_paper]


def hash_of(photo: Stored) -> bytes:
    """Return the hash that a photo or a paper whose bytes are here names."""
    return named_hash(photo) or b""


def headers_of(media_type: str) -> dict[str, str]:
    """Return what a browser is told beside the kind of a file: a PDF is opened outside of it."""
    if media_type != PDF:
        return {}
    return {
        "content-disposition": 'attachment; filename="nuqta.pdf"',
        "content-security-policy": "sandbox; default-src 'none'",
    }


def drawn(phrases: Phrases, fault: Exception) -> bytes:
    """Return a picture that says, in the place of one, what there is instead."""
    words = "desk.photos.pdf" if isinstance(fault, PaperWhole) else "desk.photos.unreadable"
    return (
        Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{down}" '
            'viewBox="0 0 320 240"><rect width="320" height="240" fill="#ece8dd"/>'
            '<text x="160" y="124" text-anchor="middle" font-family="Noto Sans Arabic, '
            'Noto Sans, sans-serif" font-size="17" fill="#5d5648">{words}</text></svg>'
        )
        .format(side=SIDE, down=SIDE * 3 // 4, words=phrases.say(words))
        .encode()
    )
