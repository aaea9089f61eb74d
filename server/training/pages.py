"""The desk's pages of training: the sessions, one with its people, a place for a request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.applications.attestations import attestation_of
from server.db.records import Records
from server.letters.attestation import make_attestation
from server.rights import Right
from server.training import sessions
from server.training.sessions import URL
from server.web.forms import Given
from server.web.headers import pdf_file
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the pages."""
    return [*_sessions(site), *_places(site)]


def _sessions(site: Site) -> list[Any]:
    def draw(reader: Reader, given: Given) -> Any:
        found = site.read(lambda records: sessions.list_page(records, reader))
        problems = given.problems(reader.phrases, "training_session", otherwise="topic")
        record_form = site.read(lambda records: sessions.form_of(records, reader))
        return site.page(
            reader,
            "training/list.html",
            "requests",
            status=given.status,
            form=given.form,
            problems=problems,
            inputs=record_form.inputs(reader.phrases, {}, given.form, problems),
            **found,
        )

    @get(URL, right=Right.SEE_VISITS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        return draw(site.reader(request), Given())

    @post(URL, right=Right.DECIDE)
    async def plan(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: sessions.plan(work, reader, form),
            lambda refusal: draw(reader, Given(form, refusal)),
            lambda session_id: f"{URL}/{UUID(bytes=session_id)}",
        )

    @get(URL + "/{record_id:str}", right=Right.SEE_VISITS)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: sessions.session_page(records, reader, record_id))
        return site.page(reader, "training/one.html", "requests", **found)

    @get(URL + "/{record_id:str}/attestation/{attendance_id:str}", right=Right.SEE_VISITS)
    @site.threaded
    def attestation(request: Request[Any, Any, Any], record_id: str, attendance_id: str) -> Any:
        reader = site.reader(request)
        letter = site.read(
            lambda records: attestation_of(
                records, sessions.attendance_of(records, reader, record_id, attendance_id)
            )
        )
        url = f"{URL}/{record_id}"
        return site.page(
            reader,
            "training/attestation.html",
            "requests",
            letter=letter,
            url=url,
            pdf_url=f"{url}/attestation/{attendance_id}/printed",
        )

    @get(URL + "/{record_id:str}/attestation/{attendance_id:str}/printed", right=Right.SEE_VISITS)
    @site.threaded
    def printed(request: Request[Any, Any, Any], record_id: str, attendance_id: str) -> Any:
        reader, server_url = site.reader(request), site.settings.reached_at(request.scope)

        def make(records: Records) -> bytes:
            seen = sessions.attendance_of(records, reader, record_id, attendance_id)
            return make_attestation(records, seen, server_url)

        return pdf_file(site.read(make), "attestation")

    return [listed, plan, one, attestation, printed]


def _places(site: Site) -> list[Any]:
    address = f"{DESK}/requests/{{record_id:str}}/place"

    def draw(reader: Reader, record_id: str, given: Given) -> Any:
        found = site.read(lambda records: sessions.place_page(records, reader, record_id))
        return site.page(
            reader,
            "training/place.html",
            "requests",
            status=given.status,
            form=given.form,
            problems=given.problems(reader.phrases, "attendance", otherwise="session_id"),
            **found,
        )

    @get(address, name="request_place", right=Right.DECIDE)
    @site.threaded
    def page(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id, Given())

    @post(address, name="request_place_give", right=Right.DECIDE)
    async def give(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: sessions.give_place(work, reader, record_id, form),
            lambda refusal: draw(reader, record_id, Given(form, refusal)),
            lambda _: f"{DESK}/requests/{record_id}",
        )

    return [page, give]
