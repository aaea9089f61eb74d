"""The desk's pages of what waits for a decision: the list, a review, a held record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Request, get, post

from server.applications.queries import review_url
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.exchange import decide
from server.reviews import commands
from server.reviews.held import held_page
from server.reviews.queries import (
    held_by_record,
    is_duplicate,
    is_flag,
    open_held,
    open_reviews,
)
from server.reviews.review import review_page
from server.reviews.words import (
    agent_names,
    duplicate_row,
    flag_row,
    held_reason,
    held_title,
    question,
    side_words,
)
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Given
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site, see_other
from sync.errors import Refusal

_URL = f"{DESK}/reviews"
_DONE = frozenset({"decided", "applied", "dismissed"})
_CONFLICT = 409
_LATE = (decide.AlreadyDecided, decide.RecordChanged)
"""What was asked changed while the page stood open: somebody else decided, or went on."""


def routes(site: Site) -> list[Any]:
    """Return the pages on which a coordinator decides."""

    @get(_URL, right=Right.SEE_REVIEWS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        done = reader.asked.one_of("done", _DONE)
        found = site.read(lambda records: _list(records, reader))
        return site.page(reader, "reviews/list.html", "reviews", done=done, **found)

    settle_held = partial(commands.settle_held, slice_count=site.settings.slice_count)
    review = _Question("", "review.html", review_page, commands.settle_review, lambda _: "decided")
    held = _Question("/held", "held.html", held_page, settle_held, _end_of_held)
    return [listed, *_routes_of(site, review), *_routes_of(site, held)]


@dataclass(frozen=True, slots=True)
class _Question:
    """What differs between the two kinds of question.

    `settle` raises a refusal, nothing written; or returns one, and what was written stays.
    `end` is what the list then says was done.
    """

    folder: str
    template: str
    page: Callable[[Records, Reader, str], dict[str, Any]]
    settle: Callable[[Work, Reader, str, Asked], Refusal | None]
    end: Callable[[Asked], str]


def _end_of_held(form: Asked) -> str:
    return "dismissed" if form.get("act") == "dismiss" else "applied"


def _routes_of(site: Site, question: _Question) -> list[Any]:
    """Return the routes that show one thing that waits, and that settle it."""
    address = f"{_URL}{question.folder}/{{text:str}}"

    def draw(reader: Reader, text: str, given: Given) -> Any:
        found = site.read(lambda records: question.page(records, reader, text))
        refusal, is_late = given.refusal, isinstance(given.refusal, _LATE)
        return site.page(
            reader,
            f"reviews/{question.template}",
            "reviews",
            status=_CONFLICT if is_late else given.status,
            problem=site.sentence(reader.language, refusal) if refusal else "",
            form=given.form,
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
        return see_other(f"{_URL}?done={question.end(form)}")

    return [show, settle]


def _list(records: Records, reader: Reader) -> dict[str, Any]:
    """Return all that waits: what is held by record, flagged steps, doubles, two values."""
    reviews = open_reviews(records, reader)
    return {
        "held": _held_rows(records, reader),
        "flags": [flag_row(records, reader, review) for review in reviews if is_flag(review)],
        "duplicates": [
            duplicate_row(records, reader, review) for review in reviews if is_duplicate(review)
        ],
        "reviews": [
            _review_row(records, reader, review)
            for review in reviews
            if not is_flag(review) and not is_duplicate(review)
        ],
    }


def _held_rows(records: Records, reader: Reader) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    held = open_held(records, reader)
    names = agent_names(records, reader, (row.agent_id for row in held))

    def row_of(rows: Sequence[Any]) -> dict[str, Any]:
        first = rows[0]
        place = places.get(first.commune_code or "", first.commune_code or "")
        facts = (names.get(first.agent_id, ""), place, held_reason(reader, first))
        return {
            "title": held_title(records, reader, rows),
            "detail": " · ".join(filter(None, facts)),
            "received_at": first.received_at,
            "url": f"{_URL}/held/{bytes(first.change_id).hex()}",
        }

    return [row_of(rows) for rows in held_by_record(held).values()]


def _review_row(records: Records, reader: Reader, review: Stored) -> dict[str, Any]:
    return {
        "title": question(reader, *decide.field_of(records, review)),
        "mine": side_words(records, reader, review, decide.MINE),
        "theirs": side_words(records, reader, review, decide.THEIRS),
        "mine_at": review.values["mine_at"],
        "url": review_url(review),
    }
