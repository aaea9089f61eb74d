"""The pages of a request's papers: given page by page, looked at, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from server.db.records import Stored
from server.media.store import BlobFiles
from server.photos.pages import drawn, hash_of, headers_of
from server.photos.thumbnails import PictureBroken, Thumbnails
from server.portal import arriving, arriving_pages, papers
from server.portal.arriving import Arriving
from server.portal.requests import URL as REQUESTS_URL
from server.rights import Right
from server.web.forms import Given
from server.web.site import Site
from sync import limits
from sync.phrases import Phrases

_ONE = REQUESTS_URL + "/{record_id:str}/papers/{code:str}"
_BODY_BYTES_MAX = limits.BLOB_BYTES_MAX + 64 * 1024
_MAKERS, _CLEANERS = 2, 3
_SCRIPT = (
    *("sending", "kept", "amount", "left", "seconds", "close", "waits", "pause", "go_on"),
    *("shrunk", "refused", "not_taken", "signed_out"),
)
_FILLED = {name: f"{{{name}}}" for name in ("done", "total", "kb", "s", "was")}
"""What a script says, `portal.paper.script.NAME`, and what it fills in."""
_NOT_KEPT, _KEPT = "no-store", "private, max-age=600"
"""Telephones are lent: of a paper a browser keeps what is too small to be copied, for a while."""


def routes(site: Site) -> list[Any]:
    """Return the page of a paper, and what is done there."""
    files = BlobFiles.of(site.settings)
    given = papers.Papers(site.database, files)
    # What looks at strangers' files takes a second of a core each, and keeps no form waiting.
    cleaners = ThreadPoolExecutor(_CLEANERS, "cleaners")

    async def take(of: papers.PaperOf, content: bytes) -> bytes:
        work = asyncio.get_running_loop().run_in_executor(cleaners, given.take, of, content)
        return await work

    def draw(request: Request[Any, Any, Any], record_id: str, code: str, given: Given) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        phrases = site.pages.phrases(language)
        found = site.read(
            lambda records: papers.paper_page(
                records, papers.PaperOf(visitor, record_id, code), phrases
            )
        )
        problems = given.problems(phrases, "document", otherwise="page")
        return site.public(
            request,
            "portal/paper.html",
            status=given.status,
            frame={
                "back_url": found["request_url"],
                "bar_title": phrases.say("portal.request"),
                "bar_code": found["number"],
            },
            problem=next(iter(problems.values()), ""),
            csrf=visitor.csrf,
            piece_bytes=arriving.PIECE_BYTES,
            silent_s=arriving.SILENT_S,
            words=_words(phrases),
            **found,
        )

    @get(_ONE, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any], record_id: str, code: str) -> Any:
        return draw(request, record_id, code, Given())

    @post(_ONE, right=Right.REGISTER, request_max_body_size=_BODY_BYTES_MAX)
    async def give(request: Request[Any, Any, Any], record_id: str, code: str) -> Any:
        visitor = site.visitor(request)
        form, content = await site.read_file(request, "page", limits.BLOB_BYTES_MAX)
        site.require_csrf(visitor.csrf, form)
        return await site.lead_on(
            take(papers.PaperOf(visitor, record_id, code), content),
            lambda refusal: draw(request, record_id, code, Given(form, refusal)),
            lambda _: f"{REQUESTS_URL}/{record_id}/papers/{code}",
        )

    @post(_ONE + "/{page_id:str}/take-back", right=Right.REGISTER)
    async def take_back(
        request: Request[Any, Any, Any], record_id: str, code: str, page_id: str
    ) -> Any:
        visitor, form = await site.sent(request)
        return await site.submit(
            lambda work: papers.take_back(work, visitor, page_id),
            lambda refusal: draw(request, record_id, code, Given(form, refusal)),
            lambda _: f"{REQUESTS_URL}/{record_id}/papers/{code}",
        )

    pieces = arriving_pages.routes(site, Arriving(site.database, files, given), cleaners)
    return [page, give, take_back, *pieces, *_picture_routes(site, files)]


def _words(phrases: Phrases) -> str:
    """Return the words of the page's script, as JSON."""
    said = {name: phrases.say(f"portal.paper.script.{name}", **_FILLED) for name in _SCRIPT}
    states = {
        name: phrases.say(f"portal.paper.state.{name}") for name in ("here", "dark", "unclear")
    }
    flaws = {
        f"{flaw}_{part}": phrases.say(code)
        for flaw, codes in papers.FLAWS.items()
        for part, code in zip(("title", "again"), codes, strict=True)
    }
    return msgspec.json.encode(said | states | flaws).decode()


def _picture_routes(site: Site, files: BlobFiles) -> list[Any]:
    """Return what gives somebody the bytes of their own pages, small and whole."""
    thumbnails = Thumbnails(files)
    makers = ThreadPoolExecutor(_MAKERS, "papers")

    async def answer(
        request: Request[Any, Any, Any],
        page_id: str,
        make: Callable[[Stored], tuple[bytes, str]],
        kept: str,
    ) -> Response[bytes]:
        visitor = site.visitor(request)
        page = await site.run(
            lambda: site.read(lambda records: papers.page_of(records, visitor, page_id))
        )
        try:
            content, media_type = await asyncio.get_running_loop().run_in_executor(
                makers, make, page
            )
        except (PictureBroken, FileNotFoundError) as fault:
            phrases = site.pages.phrases(site.language(request))
            content, media_type = drawn(phrases, fault), "image/svg+xml"
        headers = {"cache-control": kept, **headers_of(media_type)}
        return Response(content, headers=headers, media_type=media_type)

    def whole_of(page: Stored) -> tuple[bytes, str]:
        return thumbnails.large(hash_of(page), is_cleaned=page.values["source"] == "portal")

    def small_of(page: Stored) -> tuple[bytes, str]:
        return thumbnails.small(hash_of(page)), "image/webp"

    @get(papers.URL + "/{page_id:str}", right=Right.REGISTER)
    async def whole(request: Request[Any, Any, Any], page_id: str) -> Response[bytes]:
        return await answer(request, page_id, whole_of, _NOT_KEPT)

    @get(papers.URL + "/{page_id:str}/small", right=Right.REGISTER)
    async def small(request: Request[Any, Any, Any], page_id: str) -> Response[bytes]:
        return await answer(request, page_id, small_of, _KEPT)

    return [whole, small]
