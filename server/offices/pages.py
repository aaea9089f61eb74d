"""The back offices' pages: the queue, one request, what is asked for, the letter."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.applications.queries import applicant_of
from server.db.records import Records
from server.db.work import Work
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.letters.papers import make_pdf
from server.letters.words import letter_of
from server.offices import commands, levels, seen
from server.offices.one import one_page
from server.offices.queries import URL, neighbours, queue_page
from server.problems import status_of
from server.rights import Right
from server.visits.commands import declare
from server.web import acts
from server.web.asked import Asked
from server.web.forms import Given
from server.web.headers import csv_file, pdf_file
from server.web.lists import Listing, read_from
from server.web.reader import Reader
from server.web.seen import get_seen, read_id
from server.web.site import Site, see_other
from sync.errors import Refusal
from sync.rules.applications import ASKED

_RIGHT = Right.ANSWER_REQUESTS
_LATE = (AlreadyDecided, RecordChanged, commands.RequestTaken)
_ONE = URL + "/{record_id:str}"


def routes(site: Site) -> list[Any]:
    """Return the pages of the back offices."""

    @get(URL, right=_RIGHT)
    @site.threaded
    def queue(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found, act, noted = site.read(
            lambda records: (
                queue_page(records, reader),
                _act_of(records, reader),
                [] if reader.asked.get("after") else seen.seen_for(records, reader),
            )
        )
        for row in found["rows"]:
            row["is_next"] = row is found["rows"][0]
        is_none = reader.asked.get("none") == "1"
        return site.page(
            reader, "offices/queue.html", "queue", act=act, is_none=is_none, noted=noted, **found
        )

    @post(f"{URL}/next", right=_RIGHT)
    async def take_next(request: Request[Any, Any, Any]) -> Any:
        reader, _ = await site.posted(request)
        taken = await site.store(lambda work: commands.take_next(work, reader))
        return see_other(f"{URL}/{UUID(bytes=taken)}" if taken else f"{URL}?none=1")

    @post(f"{URL}/acts/{{act:str}}/undo", right=_RIGHT)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, _ = await site.posted(request)
        act_id, by = read_id("act", act), reader.session.agent_id
        await site.change(lambda: acts.undo_all(site.database, act_id, by))
        return see_other(URL)

    @get(levels.URL, right=_RIGHT)
    @site.threaded
    def levels_listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: levels.levels_page(records, reader))
        return site.page(reader, "offices/levels.html", "queue", **found)

    @get(levels.URL + ".csv", right=_RIGHT, media_type="text/csv")
    @site.threaded
    def levels_table(request: Request[Any, Any, Any]) -> Any:
        return csv_file(levels.level_lines(site, site.reader(request)), "levels")

    return [
        queue,
        take_next,
        undo,
        levels_listed,
        levels_table,
        *_routes_of_one(site),
        *_routes_of_answers(site),
    ]


def _routes_of_one(site: Site) -> list[Any]:
    """Return the page of a request, and who holds it."""

    @get(_ONE, right=_RIGHT)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        return _draw(site, site.reader(request), record_id, Given())

    @get(_ONE + "/letter", right=_RIGHT)
    @site.threaded
    def letter(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: one_page(records, reader, record_id))
        return site.page(reader, "offices/letter.html", "queue", **found)

    @get(_ONE + "/printed/{paper:str}", right=_RIGHT)
    @site.threaded
    def paper(request: Request[Any, Any, Any], record_id: str, paper: str) -> Any:
        reader, url = site.reader(request), site.settings.reached_at(request.scope)

        def make(records: Records) -> bytes:
            seen = get_seen(records, reader, "application", record_id, _RIGHT)
            return make_pdf(records, seen, applicant_of(records, reader, seen), paper, url)

        return pdf_file(site.read(make), paper)

    @post(_ONE + "/take", right=_RIGHT)
    async def take(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, _ = await site.posted(request)
        return await site.submit(
            lambda work: commands.take_up(work, reader, record_id),
            lambda refusal: _draw(site, reader, record_id, Given(Asked(), refusal)),
            lambda act: f"{URL}/{record_id}?act={UUID(bytes=act)}",
        )

    @post(_ONE + "/give", right=_RIGHT)
    async def give(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: commands.hand_over(work, reader, record_id, form),
            lambda refusal: _draw(site, reader, record_id, Given(form, refusal)),
            lambda act: f"{URL}?act={UUID(bytes=act)}",
        )

    @post(_ONE + "/family", right=_RIGHT)
    async def family(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        await site.store(lambda work: _declare_family(work, reader, record_id, form))
        return see_other(f"{URL}/{record_id}")

    @post(_ONE + "/seen", right=_RIGHT)
    async def settle_seen(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await _store(site, reader, record_id, form, (seen.settle, "offices/one.html"))

    return [one, letter, paper, take, give, family, settle_seen]


def _routes_of_answers(site: Site) -> list[Any]:
    """Return what leads a request on: each is shown as it will be read, and then sent."""

    @get(_ONE + "/ask", right=_RIGHT)
    @site.threaded
    def ask_page(request: Request[Any, Any, Any], record_id: str) -> Any:
        return _draw(site, site.reader(request), record_id, Given(), "offices/ask.html")

    @post(_ONE + "/ask", right=_RIGHT)
    async def ask(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await send(reader, record_id, form, commands.ask, "offices/ask.html")

    @post(_ONE + "/answer", right=_RIGHT)
    async def answer(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await send(reader, record_id, form, commands.answer, "offices/one.html")

    @post(_ONE + "/deliver", right=_RIGHT)
    async def deliver(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await _store(site, reader, record_id, form, (commands.deliver, "offices/one.html"))

    async def send(
        reader: Reader, record_id: str, form: Asked, command: _Command, template: str
    ) -> Any:
        if form.get("back") == "1":  # to what was typed
            return await site.run(lambda: _draw(site, reader, record_id, Given(form), template))
        if form.get("sure") == "1":
            return await _store(site, reader, record_id, form, (command, template))
        return await site.run(lambda: _draw_sure(site, reader, record_id, form, template))

    return [ask_page, ask, answer, deliver]


_Command = Callable[[Work, Reader, str, Asked], Any]


async def _store(
    site: Site, reader: Reader, record_id: str, form: Asked, act: tuple[_Command, str]
) -> Any:
    """Store what an office does by a form; `act`: the command, and the page that it is of."""
    command, template = act
    here = Listing.of(URL, reader, read_from(reader))
    return await site.submit(
        lambda work: command(work, reader, record_id, form),
        lambda refusal: _draw(site, reader, record_id, Given(form, refusal), template),
        lambda _: here.row_url(f"{URL}/{record_id}"),
    )


def _draw_sure(site: Site, reader: Reader, record_id: str, form: Asked, template: str) -> Any:
    """Return the page that asks once more, with what will be read; or the form, and what lacks."""
    is_ask = template == "offices/ask.html"
    try:
        preview = site.read(
            partial(_preview, reader=reader, text=record_id, form=form, is_ask=is_ask)
        )
    except Refusal as refusal:
        return _draw(site, reader, record_id, Given(form, refusal), template)
    return _draw(
        site, reader, record_id, Given(form), "offices/sure.html", is_ask=is_ask, **preview
    )


def _preview(
    records: Records, *, reader: Reader, text: str, form: Asked, is_ask: bool
) -> dict[str, Any]:
    request = get_seen(records, reader, "application", text, _RIGHT)
    if is_ask:
        state, said = ASKED, commands.read_pieces(form, request)
    else:
        given = commands.read_answer(form, request)
        state, said = given.state, given.said
    asked_by = applicant_of(records, reader, request)
    return {
        "preview": letter_of(request, asked_by, state, said, reader.now_ms),
        "typed": [pair for pair in form.pairs() if pair[0] not in ("_csrf_token", "sure", "back")],
    }


def _draw(
    site: Site,
    reader: Reader,
    record_id: str,
    given: Given,
    template: str = "offices/one.html",
    **more: Any,
) -> Any:
    """Return the page of a request. Raises NotFound: none that the reader may answer."""
    refusal = given.refusal
    found, act = site.read(
        lambda records: (one_page(records, reader, record_id), _act_of(records, reader))
    )
    asked, request = read_from(reader), found["request"]
    listing = Listing.of(URL, reader, asked)
    noted, (before, after) = site.read(
        lambda records: (
            seen.seen_of(records, reader, request),
            neighbours(records, reader, asked, request),
        )
    )
    return site.page(
        reader,
        template,
        "queue",
        status=status_of(refusal.code) if refusal else 200,
        problems=given.problems(reader.phrases, "application_step", otherwise="state"),
        is_late=isinstance(refusal, _LATE),
        form=given.form,
        listing=listing,
        before_url=listing.row_url(f"{URL}/{UUID(bytes=before)}") if before else "",
        after_url=listing.row_url(f"{URL}/{UUID(bytes=after)}") if after else "",
        act=act,
        noted=noted,
        **{**found, **more},
    )


def _act_of(records: Records, reader: Reader) -> acts.Act | None:
    act_id = reader.asked.record_id("act")
    return acts.find(records, act_id, reader.session.agent_id, now_ms=reader.now_ms)


def _declare_family(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Say, or take back, that who made a request is of the reader's family."""
    request = get_seen(work, reader, "application", text, _RIGHT)
    for entity in ("person", "enterprise"):
        record_id = request.values[f"{entity}_id"]
        if isinstance(record_id, bytes):
            declare(work, reader, entity, record_id, form)
