"""The desk's queue of records that may be one: a question, its reasons, three answers, an undo."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from server.db.records import NotFound, Records
from server.duplicates import commands, merging, queries
from server.duplicates.pairs import WAITING
from server.duplicates.queries import SIDES, URL
from server.exchange.decide import AlreadyDecided
from server.reviews import asking
from server.rights import Right
from server.web import waiting
from server.web.forms import Given
from server.web.reader import Reader
from server.web.site import Site, see_other
from sync.errors import Refusal

_CONFLICT = 409
_LATE = (AlreadyDecided, merging.MergedAlready, merging.MergeSeen)
_DONE = frozenset({*commands.ANSWERS, "undone"})


def routes(site: Site) -> list[Any]:
    """Return the pages of records that may be one."""

    @get(URL, right=Right.SEE_REVIEWS)
    @site.threaded
    def first(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        number = site.read(lambda records: queries.first_waiting(records, reader))
        return _draw(site, reader, number, Given())

    @get(URL + "/{number:int}", right=Right.SEE_REVIEWS)
    @site.threaded
    def show(request: Request[Any, Any, Any], number: FromPath[int]) -> Any:
        return _draw(site, site.reader(request), number, Given())

    @post(URL + "/{number:int}", right=Right.DECIDE)
    async def answer(request: Request[Any, Any, Any], number: FromPath[int]) -> Any:
        reader, form = await site.posted(request)
        try:
            said = await site.store(lambda work: commands.answer(work, reader, number, form))
        except Refusal as refusal:  # of a pair that there is not, the page says so too
            return await site.run(partial(_draw, site, reader, number, Given(form, refusal)))
        following = await site.run(partial(_after, site, reader, number))
        return see_other(f"{following}?done={said}")

    @post(URL + "/merges/{number:int}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], number: FromPath[int]) -> Any:
        reader, _ = await site.posted(request)
        try:
            done = await site.store(lambda work: commands.undo(work, reader, number))
        except NotFound:
            raise
        except Refusal as refusal:
            given = Given(refusal=refusal)
            return await site.run(partial(_draw, site, reader, None, given))
        pair = await site.run(partial(_pair_of, site, reader, number))
        return see_other(f"{pair or URL}?done=undone&back={done.put_back}&left={done.left}")

    return [first, show, answer, undo]


def _after(site: Site, reader: Reader, number: int) -> str:
    """Return where one goes on: the pair after one that was answered."""
    _, after = site.read(lambda records: queries.neighbours(records, reader, number))
    return after or URL


def _pair_of(site: Site, reader: Reader, merge_id: int) -> str:
    def find(records: Records) -> str:
        row = merging.find(records, merge_id)
        return waiting.pair_url(records, reader, row.survivor_id, row.loser_id)

    return site.read(find)


def _draw(site: Site, reader: Reader, number: int | None, given: Given) -> Any:
    """Return the page of a pair, or that there is none. Raises NotFound."""
    found = site.read(lambda records: _page(records, reader, number, given))
    asked, refusal = reader.asked, given.refusal
    status = 200 if refusal is None else _CONFLICT if isinstance(refusal, _LATE) else given.status
    return site.page(
        reader,
        "duplicates/pair.html",
        "reviews",
        status=status,
        problem=site.sentence(reader.language, refusal) if refusal else "",
        done=asked.one_of("done", _DONE),
        put_back=asked.number("back") or 0,
        left=asked.number("left") or 0,
        **found,
    )


def _page(records: Records, reader: Reader, number: int | None, given: Given) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pair": None,
        "queue": queries.queue(records, reader, number),
        "waiting": queries.count_open(records, reader),
        "merged": queries.last_merge(records, reader),
        "address": URL,
        "before_url": "",
        "after_url": "",
    }
    if number is None:
        return found
    question = queries.get(records, reader, number)
    before, after = queries.neighbours(records, reader, number)
    return {
        **found,
        "pair": _pair(records, reader, question, given),
        "address": f"{URL}/{number}",
        "before_url": before,
        "after_url": after,
    }


def _pair(
    records: Records, reader: Reader, question: queries.Question, given: Given
) -> dict[str, Any]:
    shown = queries.heads(records, reader, question)
    pair: dict[str, Any] = {
        "entity": question.entity,
        "is_open": question.row.state in WAITING,
        "state": question.row.state,
        "since": question.row.found_at,
        "decided_at": question.row.decided_at,
        "hidden": question.hidden,
        "own": shown["high" if question.hidden == "low" else "low"],
        "is_wanted": question.is_wanted,
        # Shown to another who asked, it may be asked for again.
        "wanted_at": None if question.row.shared_at else question.row.wanted_at,
        "reasons": queries.reasons(reader, question),
        "verdict": queries.verdict(reader, question),
    }
    if question.hidden:
        pair["region"] = queries.region_of(reader, question.side(question.hidden))
        return pair
    side = reader.asked.one_of("side", SIDES)
    stays = queries.survivor_side(records, question)
    differing, agreeing = queries.choices(records, reader, question, side)
    for row in differing:  # what was chosen stays, when the page is shown again
        if "chosen" in row and (kept := given.form.one_of(f"keep_{row['name']}", SIDES)):
            row["chosen"] = kept
    loser = question.side("high" if stays == "low" else "low")
    return pair | {
        "heads": shown,
        "stays": stays,
        "seen": {name: question.side(name).rev for name in SIDES},
        "differing": differing,
        "agreeing": agreeing,
        "moves": sorted(queries.moves(records, question, loser).items()),
        "refusals": queries.refusals(records, reader, question),
        "tablets": queries.tablets(records, reader, question),
        "questions": asking.questions_of(
            records, reader, question.entity, question.low.record_id, question.high.record_id
        ),
    }
