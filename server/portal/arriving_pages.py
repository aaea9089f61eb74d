"""Pages of papers in pieces: tus 1.0 (tus.io/protocols/resumable-upload) for browsers with script.

    POST    /portal/uploads       begin: `Upload-Length`; `Upload-Metadata`: request, paper
    HEAD    /portal/uploads/ID    how far it is
    PATCH   /portal/uploads/ID    go on from there; the last piece is answered once the page is one
    DELETE  /portal/uploads/ID    it is not wanted any more

Each call has the token of our own pages' forms in `X-Csrf-Token`. A refusal is a sentence for the
page to show, as RFC 9457 has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response, delete, patch, post, route

from server.accounts.visitors import Visitor
from server.media import tus
from server.media.commands import Progress
from server.portal.arriving import KEPT_MS, PIECE_BYTES_MAX, Arriving
from server.portal.papers import PaperOf
from server.rights import Right
from server.web.asked import Asked
from server.web.site import Site
from sync.errors import Refusal, SyncError

URL = "/portal/uploads"
_ONE = URL + "/{upload_id:str}"


_Act = Callable[[Visitor], tuple[int, Progress | None]]


def routes(site: Site, arriving: Arriving, threads: Executor) -> list[Any]:
    """Return the calls. `threads`: for what may make a page of what has come."""

    @post(URL, right=Right.REGISTER)
    async def begin(request: Request[Any, Any, Any]) -> Response[bytes]:
        headers = dict(request.headers)

        def act(visitor: Visitor) -> tuple[int, Progress]:
            length = tus.read_number(headers, "upload-length")
            named = tus.read_metadata(headers)
            of = PaperOf(visitor, named.get("request", ""), named.get("paper", ""))
            return tus.CREATED, arriving.begin(of, length)

        return await _answer(site, threads, request, act)

    @route(_ONE, http_method="HEAD", right=Right.REGISTER)
    async def look(request: Request[Any, Any, Any], upload_id: str) -> Response[bytes]:
        def act(visitor: Visitor) -> tuple[int, Progress]:
            return tus.OK, arriving.look(visitor, _id(upload_id))

        return await _answer(site, threads, request, act)

    @patch(_ONE, right=Right.REGISTER, request_max_body_size=PIECE_BYTES_MAX)
    async def go_on(request: Request[Any, Any, Any], upload_id: str) -> Response[bytes]:
        headers, content = dict(request.headers), await request.body()

        def act(visitor: Visitor) -> tuple[int, Progress]:
            tus.require_piece(headers)
            offset = tus.read_number(headers, "upload-offset")
            return tus.NO_CONTENT, arriving.append(visitor, _id(upload_id), offset, content)

        return await _answer(site, threads, request, act)

    @delete(_ONE, right=Right.REGISTER, status_code=tus.OK)
    async def end(request: Request[Any, Any, Any], upload_id: str) -> Response[bytes]:
        def act(visitor: Visitor) -> tuple[int, None]:
            arriving.end(visitor, _id(upload_id))
            return tus.NO_CONTENT, None

        return await _answer(site, threads, request, act)

    return [begin, look, go_on, end]


async def _answer(
    site: Site, threads: Executor, request: Request[Any, Any, Any], act: _Act
) -> Response[bytes]:
    """Do what is asked for in a thread of its own, and say how far the upload is."""
    visitor, language = site.visitor(request), site.language(request)
    try:
        token = request.headers.get("x-csrf-token", "")
        site.require_csrf(visitor.csrf, Asked([("_csrf_token", token)]))
        if request.headers.get("tus-resumable") != tus.VERSION:
            raise tus.VersionWrong("tus: another version")
        status, progress = await asyncio.get_running_loop().run_in_executor(threads, act, visitor)
    except (Refusal, SyncError) as fault:
        told = tus.problem_answer(fault, {"accept-language": language})
        return Response(told.content, status_code=told.status, headers=dict(told.headers))
    site.audit.wake()
    said = {**dict([tus.TUS]), "cache-control": "no-store"}
    if progress is not None:
        expires = datetime.fromtimestamp((site.database.clock() + KEPT_MS) / 1000, UTC)
        said |= dict(tus.progress_headers(progress))
        said["upload-length"] = str(progress.length_bytes)
        said["upload-expires"] = format_datetime(expires, usegmt=True)
    if progress is not None and status == tus.CREATED:
        said["location"] = f"{URL}/{progress.upload_id.hex()}"
    return Response(b"", status_code=status, headers=said)


def _id(text: str) -> bytes:
    return tus.read_name(text, tus.ID_BYTES)
