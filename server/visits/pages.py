"""The desk's pages of visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from markupsafe import Markup

from server.db.work import Work
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.media.store import BlobFiles
from server.problems import status_of
from server.rights import Right
from server.visits import commands, jobs, many
from server.visits.listed import act_of, list_page
from server.visits.one import visit_page
from server.visits.paper import paper_questions
from server.visits.queries import (
    Filter,
    next_to_decide,
    read_filter,
)
from server.visits.rows import URL
from server.voice import keeping
from server.voice.sounds import NoSound
from server.web import acts
from server.web.asked import Asked
from server.web.forms import Given
from server.web.headers import with_device
from server.web.lists import Listing, read_from, total_words
from server.web.maps import Point, View
from server.web.reader import Reader, name_of
from server.web.seen import PAGE_ROWS, read_id
from server.web.shell import DESK
from server.web.site import Site, see_other
from server.web.uploaded import BODY_BYTES_MAX
from sync import scopes

_LATE = (AlreadyDecided, RecordChanged)


_JOBS_URL = f"{DESK}/jobs"
_TIME_MAX = 2**53
_MAY_SPEAK = with_device("microphone")
"""Of the page on which a question may be spoken."""


def routes(site: Site) -> list[Any]:
    """Return the pages of visits."""

    @get(URL, right=Right.SEE_VISITS)
    @site.threaded
    def visits(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: list_page(records, reader))
        return site.page(
            reader, "visits/list.html", "visits", search_text=reader.asked.get("q"), **found
        )

    @get(URL + "/paper", right=Right.SEE_VISITS)
    @site.threaded
    def paper_form(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return site.page(reader, "visits/paper.html", "visits", **paper_questions(reader))

    return [visits, paper_form, *_routes_of_many(site), *_routes_of_one(site)]


def _routes_of_one(site: Site) -> list[Any]:
    """Return the page of a visit, and what can be done there."""
    address = URL + "/{visit_id:str}"
    files = BlobFiles.of(site.settings)

    draw = partial(_draw, site)

    @get(address, right=Right.SEE_VISITS)
    @site.threaded
    def visit(request: Request[Any, Any, Any], visit_id: str) -> Any:
        return draw(site.reader(request), visit_id, Given())

    async def settle(
        reader: Reader,
        visit_id: str,
        form: Asked,
        command: Callable[[Work, Reader, str, Asked], commands.Decided],
    ) -> Any:
        wanted = read_filter(read_from(reader))

        def run(work: Work) -> str:
            decided = command(work, reader, visit_id, form)
            return _onward(work, reader, wanted, decided)

        return await site.submit(
            run, lambda refusal: draw(reader, visit_id, Given(form, refusal)), lambda url: url
        )

    @post(address + "/accept", right=Right.DECIDE)
    async def accept(request: Request[Any, Any, Any], visit_id: str) -> Any:
        reader, form = await site.posted(request)
        return await settle(reader, visit_id, form, commands.accept)

    @post(address + "/return", right=Right.DECIDE, request_max_body_size=BODY_BYTES_MAX)
    async def give_back(request: Request[Any, Any, Any], visit_id: str) -> Any:
        reader, form, content = await site.uploaded(request, "recording")
        recording = None
        if content:
            seconds = form.number("seconds", _TIME_MAX)
            try:
                recording = await site.change(
                    lambda: keeping.keep(files, site.database.ids(), content, seconds)
                )
            except NoSound as refusal:
                given = Given(form, refusal)
                return await site.run(lambda: draw(reader, visit_id, given))
        return await settle(
            reader, visit_id, form, partial(commands.give_back, recording=recording)
        )

    @post(address + "/family", right=Right.DECIDE)
    async def family(request: Request[Any, Any, Any], visit_id: str) -> Any:
        reader, form = await site.posted(request)
        await site.store(lambda work: commands.declare_family(work, reader, visit_id, form))
        here = Listing.of(URL, reader, read_from(reader))
        return see_other(here.row_url(f"{URL}/{visit_id}"))

    return [visit, accept, give_back, family]


def _draw(site: Site, reader: Reader, visit_id: str, given: Given) -> Any:
    """Return the page of a visit. Raises NotFound: none that the reader may see."""
    refusal = given.refusal
    wanted = read_filter(read_from(reader))
    found, act = site.read(
        lambda records: (
            visit_page(records, reader, visit_id, wanted),
            act_of(records, reader),
        )
    )
    listing = Listing.of(URL, reader, read_from(reader))
    page = site.page(
        reader,
        "visits/one.html",
        "visits",
        status=status_of(refusal.code) if refusal else 200,
        problems=given.problems(reader.phrases, "visit", otherwise="visit"),
        is_late=isinstance(refusal, _LATE),
        form=given.form,
        listing=listing,
        before_url=_row_url(listing, found["before"]),
        after_url=_row_url(listing, found["after"]),
        map=_map(site, reader, found["place"], found["values"]),
        act=act,
        address=f"{URL}/{visit_id}",
        visit_id=visit_id,
        **found,
    )
    if found["judging"]["may"]:
        page.headers["permissions-policy"] = _MAY_SPEAK
    return page


def _routes_of_many(site: Site) -> list[Any]:
    """Return what can be done to the visits of a list, and undone."""

    @post(URL + "/choose", right=Right.DECIDE)
    async def choose(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(reader, form, reader.now_ms)
        counted = await site.run(
            lambda: site.read(lambda records: many.count(records, reader, choice))
        )
        return await site.run(
            lambda: site.page(
                reader,
                "visits/many.html",
                "visits",
                listing=Listing.of(URL, reader, read_from(reader)),
                counted=counted,
                total=total_words(reader, "desk.visits.many.count", counted.total),
                left_out=total_words(reader, "desk.visits.many.left_out", counted.left_out),
                press_most=many.PRESS_MOST,
                choice=choice,
                ids=[one.hex() for one in choice.chosen or ()],
            )
        )

    @post(URL + "/accept", right=Right.DECIDE)
    async def accept(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(reader, form, form.number("counted_at", _TIME_MAX) or 0)
        here = Listing.of(URL, reader, read_from(reader))
        found = await site.run(
            lambda: site.read(lambda records: many.count(records, reader, choice).total)
        )
        if found.count > many.PRESS_MOST:
            total = None if found.is_more else found.count
            await site.store(lambda work: jobs.order(work, reader, choice, here.state, total))
            return see_other(_JOBS_URL)
        act_id, _ = await site.change(lambda: many.accept(site.database, reader, choice))
        return see_other(here.link(act=str(UUID(bytes=act_id)) if act_id else ""))

    @post(URL + "/acts/{act:str}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, _ = await site.posted(request)
        act_id, by = read_id("act", act), reader.session.agent_id
        if await site.store(lambda work: _is_ordered(work, reader, act_id)):
            return see_other(_JOBS_URL)
        back, left = await site.change(lambda: acts.undo_all(site.database, act_id, by))
        here = Listing.of(URL, reader, read_from(reader))
        return see_other(here.link(back=str(back), left=str(left)))

    return [choose, accept, undo]


def _is_ordered(work: Work, reader: Reader, act_id: bytes) -> bool:
    """Order that an act of many be taken back; whether it is one."""
    by = reader.session.agent_id
    act = acts.find(work, act_id, by, now_ms=reader.now_ms)
    if act is None or not jobs.is_large(work, act):
        return False
    jobs.order_undo(work, act, by)
    return True


def _choice(reader: Reader, form: Asked, counted_at: int) -> many.Choice:
    """Return which visits a form is about. Raises RequestWrong."""
    wanted = read_filter(read_from(reader))
    if form.one_of("scope", ("all", "chosen")) == "all":
        return many.Choice(wanted, None, counted_at)
    return many.Choice(wanted, tuple(form.record_ids("id", PAGE_ROWS)), counted_at)


def _onward(work: Work, reader: Reader, wanted: Filter, decided: commands.Decided) -> str:
    """Return the page after a decision: the next visit of the list, or the list when it is through.

    The decided one is not written yet, but is no more in question: it is passed over.
    """
    here = Listing.of(URL, reader, read_from(reader))
    act = str(UUID(bytes=decided.act_id))
    following = next_to_decide(work, reader, wanted, decided.visit)
    if following is None:
        return here.link(act=act, through="1")
    url = _row_url(here, following)
    return f"{url}{'&' if '?' in url else '?'}act={act}"


def _row_url(listing: Listing, visit_id: bytes | None) -> str:
    return listing.row_url(f"{URL}/{UUID(bytes=visit_id)}") if visit_id else ""


def _map(
    site: Site, reader: Reader, place: Mapping[str, Any], values: Mapping[str, Any]
) -> Markup | None:
    """Return where a visit was, within its province; None where there is nothing to draw."""
    if not place["is_known"]:
        return None
    say = reader.phrases.say
    points = [Point(place["latitude"], place["longitude"], "visit", say("desk.visits.visit"))]
    commune = place["commune"]
    if commune is not None and commune.values["latitude"] is not None:
        centre = commune.values["latitude"] / 10**6, commune.values["longitude"] / 10**6
        label = name_of(commune, reader.language)
        points.insert(0, Point(*centre, "place", label, named=True))
    view = View(say("desk.visits.position"), place["words"], points=points)
    try:
        code = scopes.province_of(str(values["commune_code"]))
        return site.maps(reader.language).provinces([code], view)
    except KeyError:  # of a commune that has no outline
        return None
