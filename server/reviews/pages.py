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
from server.reviews.held import held_next, held_page
from server.reviews.list import URL, list_page
from server.reviews.queries import read_filter
from server.reviews.review import review_next, review_page
from server.rights import Right
from server.web.asked import Asked, RequestWrong
from server.web.forms import Given
from server.web.reader import Reader
from server.web.site import Site, see_other
from sync.errors import Refusal

_DONE = frozenset({"decided", "applied", "dismissed"})
_CONFLICT = 409
_LATE = (decide.AlreadyDecided, decide.RecordChanged)
"""What was asked changed while the page stood open: somebody else decided, or went on."""


def routes(site: Site) -> list[Any]:
    """Return the pages on which a coordinator decides."""

    @get(URL, right=Right.SEE_REVIEWS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        done = reader.asked.one_of("done", _DONE)
        wanted, after = read_filter(reader.asked), _read_place(reader.asked)
        found = site.read(lambda records: list_page(records, reader, wanted, after))
        return site.page(reader, "reviews/list.html", "reviews", done=done, **found)

    settle_held = partial(commands.settle_held, slice_count=site.settings.slice_count)
    review = _Question("", review_page, review_next, commands.settle_review, lambda _: "decided")
    held = _Question("/held", held_page, held_next, settle_held, _end_of_held)
    return [listed, *_routes_of(site, review), *_routes_of(site, held)]


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
    settle: Callable[[Work, Reader, str, Asked], Refusal | None]
    end: Callable[[Asked], str]


def _end_of_held(form: Asked) -> str:
    return "dismissed" if form.get("act") == "dismiss" else "applied"


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
            refusal = await site.store(lambda work: question.settle(work, reader, text, form))
        except NotFound:
            raise  # of the question itself: there is no page to show again
        except Refusal as raised:
            refusal = raised
        if refusal is not None:
            return await site.run(partial(draw, reader, text, Given(form, refusal)))
        path, query = await site.run(
            lambda: site.read(lambda records: question.next(records, reader, text))
        )
        done = f"done={question.end(form)}"
        return see_other(f"{path}?{'&'.join(filter(None, (done, query)))}")

    return [show, settle]
