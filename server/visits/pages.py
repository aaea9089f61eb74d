"""The desk's pages of visits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from markupsafe import Markup

from server.db import lookup
from server.db.records import NotFound, Records
from server.db.work import Work
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.problems import status_of
from server.rights import Right
from server.visits import commands
from server.visits.flags import flag_name
from server.visits.one import visit_page
from server.visits.paper import paper_questions
from server.visits.queries import (
    FLAGGED,
    NOT_FLAGGED,
    STATES,
    Filter,
    Place,
    count_visits,
    list_before,
    list_visits,
    next_to_decide,
    place_of,
    read_filter,
    read_place,
)
from server.visits.rows import URL, rows_of
from server.web import acts
from server.web.acts import Act
from server.web.asked import Asked
from server.web.forms import Given
from server.web.frame import place_name
from server.web.lists import Listing, in_words, read_from
from server.web.maps import Point, View
from server.web.reader import Reader, name_of
from server.web.seen import PAGE_ROWS
from server.web.site import Site, see_other
from server.web.team import team
from sync import scopes
from sync.entities.visit import OUTCOMES
from sync.rules.flags import CODES

_LATE = (AlreadyDecided, RecordChanged)


def routes(site: Site) -> list[Any]:
    """Return the pages of visits."""

    @get(URL, right=Right.SEE_VISITS)
    @site.threaded
    def visits(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _list(records, reader))
        return site.page(
            reader, "visits/list.html", "visits", search_text=reader.asked.get("q"), **found
        )

    @get(URL + "/paper", right=Right.SEE_VISITS)
    @site.threaded
    def paper_form(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return site.page(reader, "visits/paper.html", "visits", **paper_questions(reader))

    return [visits, paper_form, *_routes_of_one(site), _undo_route(site)]


def _routes_of_one(site: Site) -> list[Any]:
    """Return the page of a visit, and what can be done there."""
    address = URL + "/{visit_id:str}"

    def draw(reader: Reader, visit_id: str, given: Given) -> Any:
        refusal = given.refusal
        wanted = read_filter(read_from(reader))
        found, act = site.read(
            lambda records: (
                visit_page(records, reader, visit_id, wanted),
                _act(records, reader),
            )
        )
        listing = Listing.of(URL, reader, read_from(reader))
        return site.page(
            reader,
            "visits/one.html",
            "visits",
            status=status_of(refusal.code) if refusal else 200,
            problem=site.sentence(reader.language, refusal, "visit") if refusal else "",
            problem_field=str(refusal.values.get("field", "")) if refusal else "",
            is_late=isinstance(refusal, _LATE),
            form=given.form,
            listing=listing,
            before_url=_row_url(listing, found["before"]),
            after_url=_row_url(listing, found["after"]),
            map=_map(site, reader, found["place"], found["values"]),
            act=act,
            address=f"{URL}/{visit_id}",
            **found,
        )

    @get(address, right=Right.SEE_VISITS)
    @site.threaded
    def visit(request: Request[Any, Any, Any], visit_id: str) -> Any:
        return draw(site.reader(request), visit_id, Given())

    async def settle(
        request: Request[Any, Any, Any],
        visit_id: str,
        command: Callable[[Work, Reader, str, Asked], commands.Decided],
    ) -> Any:
        reader, form = await site.posted(request)
        wanted = read_filter(read_from(reader))

        def run(work: Work) -> str:
            decided = command(work, reader, visit_id, form)
            return _onward(work, reader, wanted, decided)

        return await site.submit(
            run, lambda refusal: draw(reader, visit_id, Given(form, refusal)), lambda url: url
        )

    @post(address + "/accept", right=Right.DECIDE)
    async def accept(request: Request[Any, Any, Any], visit_id: str) -> Any:
        return await settle(request, visit_id, commands.accept)

    @post(address + "/return", right=Right.DECIDE)
    async def give_back(request: Request[Any, Any, Any], visit_id: str) -> Any:
        return await settle(request, visit_id, commands.give_back)

    @post(address + "/family", right=Right.DECIDE)
    async def family(request: Request[Any, Any, Any], visit_id: str) -> Any:
        reader, form = await site.posted(request)
        await site.store(lambda work: commands.declare_family(work, reader, visit_id, form))
        here = Listing.of(URL, reader, read_from(reader))
        return see_other(here.row_url(f"{URL}/{visit_id}"))

    return [visit, accept, give_back, family]


def _undo_route(site: Site) -> Any:
    @post(URL + "/acts/{act:str}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, _ = await site.posted(request)
        act_id = _id(act)
        back = left = 0
        while True:
            given, kept = await site.store(lambda work: commands.undo(work, reader, act_id))
            back, left = back + given, left + kept
            if given + kept < acts.RECORDS_PER_TURN:
                break
        here = Listing.of(URL, reader, read_from(reader))
        return see_other(here.link(back=str(back), left=str(left)))

    return undo


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


def _act(records: Records, reader: Reader) -> Act | None:
    act_id = reader.asked.record_id("act")
    return acts.find(records, act_id, reader.session.agent_id, now_ms=reader.now_ms)


def _id(text: str) -> bytes:
    try:
        return UUID(text).bytes
    except ValueError as fault:
        raise NotFound("act: not an id", entity="act") from fault


def _list(records: Records, reader: Reader) -> dict[str, Any]:
    wanted, listing = read_filter(reader.asked), Listing.of(URL, reader)
    after, before = read_place(reader.asked), read_place(reader.asked, "before")
    page, newer, older = _page(records, reader, wanted, after, before)
    rows = rows_of(records, reader, page)
    for row in rows:
        row["url"] = listing.row_url(row["url"])
    return {
        "rows": rows,
        "listing": listing,
        "total": in_words(reader, "desk.visits.shown", count_visits(records, reader, wanted)),
        "older_url": listing.link(after=str(place_of(page[-1]))) if older and page else "",
        "newer_url": listing.link(before=str(place_of(page[0]))) if newer and page else "",
        "act": _act(records, reader),
        "is_through": reader.asked.get("through") == "1",
        "undone": _undone(reader),
        "is_filtered": bool(listing.carried),
        **_filters(records, reader, listing, wanted),
    }


def _page(
    records: Records, reader: Reader, wanted: Filter, after: Place | None, before: Place | None
) -> tuple[list[Any], bool, bool]:
    """Return a page of visits, and whether there are newer ones and older ones."""
    if before is not None:
        found = list_before(records, reader, wanted, before=before, limit=PAGE_ROWS + 1)
        return found[-PAGE_ROWS:], len(found) > PAGE_ROWS, True
    found = list_visits(records, reader, wanted, after=after, limit=PAGE_ROWS + 1)
    return found[:PAGE_ROWS], after is not None, len(found) > PAGE_ROWS


def _undone(reader: Reader) -> tuple[int, int] | None:
    """Return how many an undo gave back and how many it left, as the address has it."""
    back, left = reader.asked.number("back"), reader.asked.number("left")
    return None if back is None else (back, left or 0)


def _filters(records: Records, reader: Reader, listing: Listing, wanted: Filter) -> dict[str, Any]:
    """Return the menus over the list, and the chips of those that are on."""
    say = reader.phrases.say
    places = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.SEE_VISITS, places)
    agents = [
        (agent_id.hex(), name) for agent_id, name in team(records, reader, Right.SEE_VISITS).items()
    ]
    outcomes = [(code, say(f"visit.outcome.{code}")) for code in OUTCOMES]
    states = [(code, say(f"desk.visits.filter.{code}")) for code in STATES]
    remarks = [(code, say(f"desk.visits.remark.{code}")) for code in (FLAGGED, NOT_FLAGGED)]
    remarks += [(code, flag_name(reader, code)) for code in CODES]
    words = {
        "state": dict(states).get(wanted.state, ""),
        "commune": places.get(wanted.commune, wanted.commune),
        "agent": dict(agents).get(wanted.agent.hex(), "…"),
        "outcome": dict(outcomes).get(wanted.outcome, ""),
        "flag": dict(remarks).get(wanted.flag, ""),
        "only": say(f"desk.visits.only.{wanted.only}") if wanted.only else "",
        "place": place_name(records, reader, wanted.place) if wanted.place else "",
        "q": wanted.text,
        "since": say("desk.visits.chip.since", day=_day(reader, wanted.since)),
        "until": say("desk.visits.chip.until", day=_day(reader, wanted.until)),
        "person": say("desk.visits.chip.person"),
        "enterprise": say("desk.visits.chip.enterprise"),
    }
    signs = {"commune": "map-pin", "agent": "user", "flag": "flag", "since": "calendar"}
    return {
        "chips": listing.chips((name, words[name], signs.get(name, "")) for name in words),
        "menus": [
            listing.menu("state", say("desk.visits.state"), states),
            listing.menu("commune", say("desk.visits.commune"), communes, "map-pin"),
            listing.menu("agent", say("desk.visits.agent"), agents, "user"),
            listing.menu("outcome", say("desk.visits.outcome"), outcomes),
            listing.menu("flag", say("desk.visits.remark"), remarks, "flag"),
        ],
    }


def _day(reader: Reader, day: int | None) -> str:
    return "" if day is None else reader.phrases.day(day, "short")
