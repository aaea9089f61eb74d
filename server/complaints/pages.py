"""The desk's pages of complaints: the queue, one complaint, its answer."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.complaints import commands
from server.complaints.queries import URL, list_page, one_page
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.problems import status_of
from server.web.asked import Asked
from server.web.forms import Given
from server.web.reader import Reader
from server.web.site import Site

_ONE = URL + "/{record_id:str}"
_LATE = (AlreadyDecided, RecordChanged)


def routes(site: Site) -> list[Any]:
    """Return the pages of complaints."""

    def draw(reader: Reader, record_id: str, given: Given) -> Any:
        found = site.read(lambda records: one_page(records, reader, record_id))
        return site.page(
            reader,
            "complaints/one.html",
            "complaints",
            status=status_of(given.refusal.code) if given.refusal else 200,
            form=given.form,
            problems=given.problems(reader.phrases, "task", otherwise="answer"),
            is_late=isinstance(given.refusal, _LATE),
            **found,
        )

    @get(URL, right=commands.RIGHT)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: list_page(records, reader))
        return site.page(reader, "complaints/list.html", "complaints", **found)

    @get(_ONE, right=commands.RIGHT)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id, Given())

    @post(_ONE + "/take", right=commands.RIGHT)
    async def take(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, _ = await site.posted(request)
        return await site.submit(
            lambda work: commands.take(work, reader, record_id),
            lambda refusal: draw(reader, record_id, Given(Asked(), refusal)),
            lambda _: f"{URL}/{record_id}",
        )

    @post(_ONE, right=commands.RIGHT)
    async def answer(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.answer(work, reader, record_id, form),
            lambda refusal: draw(reader, record_id, Given(form, refusal)),
            lambda _: f"{URL}/{record_id}",
        )

    return [listed, one, take, answer]
