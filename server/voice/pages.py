"""A recording's bytes to whoever may hear it; the pages that play it are those of its record."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.media.tus import answer_part
from server.rights import Right
from server.voice.queries import URL, bytes_of
from server.voice.sounds import ADTS, HEAD_BYTES, media_type_of
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return what plays a recording; browsers ask for it in parts."""
    uploads = Uploads(site.database, BlobFiles.of(site.settings))

    @get(URL + "/{record_id:str}", right=Right.SEE_VISITS)
    @site.threaded
    def heard(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        sha256 = site.read(lambda records: bytes_of(records, reader, record_id))
        head = uploads.part(sha256, 0, HEAD_BYTES).content
        answer = answer_part(
            request.headers.get("range", ""),
            media_type_of(head) or ADTS,
            lambda first, end: uploads.part(sha256, first, end),
        )
        # A voice stays in no browser's cache: desks are shared.
        headers = {**dict(answer.headers), "cache-control": "no-store"}
        return Response(answer.content, status_code=answer.status, headers=headers)

    return [heard]
