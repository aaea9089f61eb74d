"""What records a service at the desk, and what plays it there and on the pages for everybody."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from litestar import Request, Response, get, post

from server.db.work import Work
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.media.tus import answer_part
from server.rights import Right
from server.services import recordings
from server.voice import keeping
from server.voice.keeping import Recording
from server.voice.sounds import ADTS, HEAD_BYTES, media_type_of
from server.web.asked import Asked
from server.web.forms import FormWrong, Given
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site
from server.web.uploaded import BODY_BYTES_MAX
from sync.errors import Refusal
from sync.rules.spoken import PROPOSED, PUBLISHED

_DESK = f"{DESK}/services/{{service:str}}/recordings"
_PUBLIC = "/services/{service:str}/recordings"
_SECONDS_MAX = 3_600
_KEPT = "public, max-age=600"
"""What is heard by everybody may lie in a browser; what is taken away is gone soon."""
Draw = Callable[[Reader, str, Given], Any]
Deciding = Callable[[Work, str, str, bytes], None]


def routes(site: Site, draw: Draw) -> list[Any]:
    """Return what is done with recordings; `draw` draws the page of a service at the desk."""
    files = BlobFiles.of(site.settings)

    def url(service: str) -> str:
        return f"{DESK}/services/{service}#recordings"

    @post(_DESK, right=Right.PROPOSE_SERVICES, request_max_body_size=BODY_BYTES_MAX)
    async def record(request: Request[Any, Any, Any], service: str) -> Any:
        reader, form, content = await site.uploaded(request, "recording")

        async def stored() -> bytes:
            kept, by = await _keep(site, files, form, content), reader.session.agent_id
            language = form.get("language")
            return await site.store(
                lambda work: recordings.propose(work, service, language, kept, by)
            )

        return await site.lead_on(
            stored(),
            lambda refusal: draw(reader, service, Given(form, refusal)),
            lambda _: url(service),
        )

    async def decide(request: Request[Any, Any, Any], service: str, decision: Deciding) -> Any:
        reader, form = await site.posted(request)
        named, by = form.get("recording"), reader.session.agent_id
        return await site.submit(
            lambda work: decision(work, service, named, by),
            lambda refusal: draw(reader, service, Given(form, refusal)),
            lambda _: url(service),
        )

    @post(_DESK + "/publish", right=Right.PUBLISH_SERVICES)
    async def publish(request: Request[Any, Any, Any], service: str) -> Any:
        return await decide(request, service, recordings.publish)

    @post(_DESK + "/remove", right=Right.PROPOSE_SERVICES)
    async def remove(request: Request[Any, Any, Any], service: str) -> Any:
        return await decide(request, service, recordings.remove)

    return [record, publish, remove, *_playing(site)]


async def _keep(site: Site, files: BlobFiles, form: Asked, content: bytes) -> Recording:
    """Keep the recording of a form.

    Raises:
        LanguageMissing, RecordingMissing, NoSound, FormWrong: as they say.
    """
    wrong: list[Refusal] = []
    try:
        recordings.require_language(form.get("language"))
    except recordings.LanguageMissing as refusal:
        wrong.append(refusal)
    if not content:
        wrong.append(recordings.RecordingMissing("recording: none", field="recording"))
    if wrong:
        raise wrong[0] if len(wrong) == 1 else FormWrong(wrong)
    seconds, upload_id = form.number("seconds", _SECONDS_MAX), site.database.ids()
    return await site.change(lambda: keeping.keep(files, upload_id, content, seconds))


def _playing(site: Site) -> list[Any]:
    uploads = Uploads(site.database, BlobFiles.of(site.settings))

    def played(
        request: Request[Any, Any, Any],
        service: str,
        record_id: str,
        states: Collection[str],
        kept: str,
    ) -> Response[bytes]:
        find = partial(recordings.bytes_of, service=service, text=record_id, states=states)
        sha256 = site.read(find)
        head = uploads.part(sha256, 0, HEAD_BYTES).content
        answer = answer_part(
            request.headers.get("range", ""),
            media_type_of(head) or ADTS,
            lambda first, end: uploads.part(sha256, first, end),
        )
        headers = {**dict(answer.headers), "cache-control": kept}
        return Response(answer.content, status_code=answer.status, headers=headers)

    @get(_DESK + "/{record_id:str}", right=Right.PROPOSE_SERVICES)
    @site.threaded
    def tried(request: Request[Any, Any, Any], service: str, record_id: str) -> Any:
        return played(request, service, record_id, (PROPOSED, PUBLISHED), "no-store")

    @get(_PUBLIC + "/{record_id:str}", right=Right.OPEN)
    @site.threaded
    def heard(request: Request[Any, Any, Any], service: str, record_id: str) -> Any:
        return played(request, service, record_id, (PUBLISHED,), _KEPT)

    return [tried, heard]
