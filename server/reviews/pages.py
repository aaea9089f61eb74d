"""The desk's pages of what waits for a decision: the list, a review, a held record.

A page of one thing knows its list by the filter in its address: it leads to the one before and
the one after, and a decision leads on to the next by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Request, get, post

from server.db.records import NotFound, Records
from server.db.work import Work
from server.exchange import decide
from server.reviews import commands
from server.reviews.commands import Settled
from server.reviews.held import held_next, held_page
from server.reviews.list import URL, list_page
from server.reviews.many import (
    MANY_URL,
    Done,
    accept_one,
    decide_turn,
    many_page,
    rule_note,
    turns,
)
from server.reviews.queries import HELD, read_filter
from server.reviews.review import review_next, review_page
from server.reviews.rules import RULES
from server.rights import Right
from server.web import acts
from server.web.asked import Asked, RequestWrong
from server.web.forms import Given
from server.web.reader import Reader
from server.web.seen import read_id
from server.web.site import Site, see_other
from sync.errors import Refusal

_DONE = frozenset({"decided", "applied", "dismissed", "asked"})
_CONFLICT = 409
_LATE = (decide.AlreadyDecided, decide.RecordChanged)
"""What was asked changed while the page stood open: somebody else decided, or went on."""


def routes(site: Site) -> list[Any]:
    """Return the pages on which a coordinator decides."""

    @get(URL, right=Right.SEE_REVIEWS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        return _draw_list(site, site.reader(request))

    settle_held = partial(commands.settle_held, slice_count=site.settings.slice_count)
    review = _Question("", review_page, review_next, commands.settle_review, lambda _: "decided")
    held = _Question("/held", held_page, held_next, settle_held, _end_of_held)
    return [
        listed,
        *_routes_of(site, review),
        *_routes_of(site, held),
        *_routes_of_many(site),
        _undo_route(site),
    ]


def _draw_list(site: Site, reader: Reader, refusal: Refusal | None = None) -> Any:
    """Return the list; `refusal`: why an undo cannot be done any more."""
    wanted, after = read_filter(reader.asked), _read_place(reader.asked)
    found, act = site.read(
        lambda records: (list_page(records, reader, wanted, after), find_act(records, reader))
    )
    return site.page(
        reader,
        "reviews/list.html",
        "reviews",
        status=200 if refusal is None else _CONFLICT,
        problem=site.sentence(reader.language, refusal) if refusal else "",
        done=reader.asked.one_of("done", _DONE),
        act=act,
        counts=[reader.asked.number(name) for name in ("decided", "left", "back")],
        **found,
    )


def _read_place(asked: Asked) -> bytes:
    """Return the id that a list goes on from; empty: from its beginning. Raises RequestWrong."""
    after = asked.get("after")
    if after and not re.fullmatch("[0-9a-f]{32}", after):
        raise RequestWrong("reviews: no place to go on from")
    return bytes.fromhex(after)


@dataclass(frozen=True, slots=True)
class _Question:
    """What differs between the two kinds of question.

    `page` returns what a page shows, its `template` among it; `next` the address of the one after.
    `settle` raises a refusal, nothing written; or returns one, and what was written stays.
    `end` is what the next page then says was done.
    """

    folder: str
    page: Callable[[Records, Reader, str], dict[str, Any]]
    next: Callable[[Records, Reader, str], tuple[str, str]]
    settle: Callable[[Work, Reader, str, Asked], Settled]
    end: Callable[[Asked], str]


def _end_of_held(form: Asked) -> str:
    return {"dismiss": "dismissed", "ask": "asked"}.get(form.get("act"), "applied")


def _routes_of(site: Site, question: _Question) -> list[Any]:
    """Return the routes that show one thing that waits, and that settle it."""
    address = f"{URL}{question.folder}/{{text:str}}"

    def draw(reader: Reader, text: str, given: Given) -> Any:
        found = site.read(lambda records: question.page(records, reader, text))
        refusal, is_late = given.refusal, isinstance(given.refusal, _LATE)
        return site.page(
            reader,
            f"reviews/{found.pop('template')}",
            "reviews",
            status=_CONFLICT if is_late else given.status,
            problem=site.sentence(reader.language, refusal) if refusal else "",
            form=given.form,
            done=reader.asked.one_of("done", _DONE),
            act=site.read(lambda records: find_act(records, reader)),
            **found,
        )

    @get(address, right=Right.SEE_REVIEWS)
    @site.threaded
    def show(request: Request[Any, Any, Any], text: str) -> Any:
        return draw(site.reader(request), text, Given())

    @post(address, right=Right.DECIDE)
    async def settle(request: Request[Any, Any, Any], text: str) -> Any:
        reader, form = await site.posted(request)
        try:
            settled = await site.store(lambda work: question.settle(work, reader, text, form))
        except NotFound:
            raise  # of the question itself: there is no page to show again
        except Refusal as raised:
            settled = Settled(raised)
        if settled.refusal is not None:
            return await site.run(partial(draw, reader, text, Given(form, settled.refusal)))
        path, query = await site.run(
            lambda: site.read(lambda records: question.next(records, reader, text))
        )
        act = f"act={settled.act_id.hex()}" if settled.act_id else ""
        parts = (f"done={question.end(form)}", query, act)
        return see_other(f"{path}?{'&'.join(filter(None, parts))}")

    return [show, settle]


def _routes_of_many(site: Site) -> list[Any]:
    """Return the page of what a rule would do, or of held records alike, and its doing."""

    @get(MANY_URL, right=Right.DECIDE)
    @site.threaded
    def shown(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        wanted, rule = read_filter(reader.asked), reader.asked.one_of("rule", RULES)
        found = site.read(lambda records: many_page(records, reader, wanted, rule))
        return site.page(reader, "reviews/many.html", "reviews", **found)

    @post(MANY_URL, right=Right.DECIDE)
    async def done(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        wanted, rule = read_filter(reader.asked), form.one_of("rule", RULES)
        accept = partial(accept_one, slice_count=site.settings.slice_count)
        notes = rule_note(rule) if rule else ""
        result = Done()
        for rows in turns(form, wanted.kind):
            if wanted.kind == HELD:  # each for itself: what is bound to it may be many changes
                for row in rows:
                    command = partial(accept, reader=reader, text=row)
                    result = result.plus(await site.store(command))
            else:
                command = partial(
                    decide_turn, reader=reader, rows=rows, act_id=result.act_id, notes=notes
                )
                result = result.plus(await site.store(command))
        told = f"decided={result.decided}&left={result.left}"
        act = f"act={result.act_id.hex()}" if result.decided and result.act_id else ""
        return see_other(f"{URL}?{'&'.join(filter(None, (wanted.query, told, act)))}")

    return [shown, done]


def _undo_route(site: Site) -> Any:
    @post(f"{URL}/acts/{{act:str}}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, _ = await site.posted(request)
        act_id = read_id("act", act)
        by = reader.session.agent_id
        kind = await site.run(lambda: site.read(lambda records: acts.kind_of(records, act_id, by)))
        if kind not in (commands.RECORD, commands.HELD):
            back, left = await site.change(lambda: acts.undo_all(site.database, act_id, by))
            return see_other(f"{URL}?kind=conflict&back={back}&left={left}")
        try:
            await site.store(lambda work: commands.undo(work, reader, act_id))
        except (acts.ActChanged, acts.ActOver) as refusal:
            return await site.run(partial(_draw_list, site, reader, refusal))
        return see_other(f"{URL}?kind={HELD if kind == commands.HELD else 'conflict'}&back=1")

    return undo


def find_act(records: Records, reader: Reader) -> acts.Act | None:
    """Return the act that the address names, if the reader can still undo it."""
    act_id = reader.asked.record_id("act")
    return acts.find(records, act_id, reader.session.agent_id, now_ms=reader.now_ms)
