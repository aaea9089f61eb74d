"""The desk's pages of what waits for a decision: the list, a review, a held record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, get, post

from server.db.records import NotFound, Records
from server.db.work import Work
from server.desk import waiting
from server.exchange import decide, settle
from server.rights import Right
from server.web.asked import Asked
from server.web.shell import DESK
from server.web.site import Reader, Site, get_seen, see_other
from sync import typed
from sync.errors import Refusal
from sync.reading import read_typed

_URL = f"{DESK}/reviews"
_DONE = frozenset({"decided", "applied", "dismissed"})
_CONFLICT = 409
_WRONG = 422


def review_routes(site: Site) -> list[Any]:
    """Return the pages on which a coordinator decides."""

    @get(_URL, right=Right.SEE_REVIEWS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        done = reader.asked.one_of("done", _DONE)
        found = site.read(lambda records: waiting.waiting(records, reader))
        return site.page(reader, "desk/reviews.html", "reviews", done=done, **found)

    def settle_review(work: Work, reader: Reader, text: str, form: Asked) -> None:
        found = get_seen(work, reader, "review", text, Right.DECIDE)
        entity, field = decide.field_of(work, found)
        decision, value = form.get("decision"), None
        if decision == decide.OTHER:
            value = read_typed(entity, field, form.get("value"))
        decide.decide(
            work,
            found.record_id,
            decision,
            by=reader.session.agent_id,
            seen_rev=form.number("seen_rev") or 0,
            value=value,
            notes=typed.text(form.get("notes")),
            communes=reader.session.standing.bound(Right.DECIDE),
        )

    def settle_held(work: Work, reader: Reader, text: str, form: Asked) -> Refusal | None:
        row = waiting.get_held(work, reader, text)
        act, by = form.get("act"), reader.session.agent_id
        if act == "dismiss":
            settle.dismiss_held(work, row.change_id, by=by, reason=form.get("reason"))
            return None
        corrections = None
        field = form.get("field")
        if act == "correct":
            entity = work.entity_by_name.get(row.entity)
            if entity is None or field != settle.field_in_question(entity, row):
                raise decide.CorrectionWrong("held: of another field")
            corrections = {field: read_typed(entity, field, form.get("value"))}
        elif act != "apply":
            raise decide.DecisionUnknown(f"held: {act!r}")
        return settle.apply_held(
            work,
            row.change_id,
            by=by,
            slice_count=site.settings.slice_count,
            corrections=corrections,
            communes=reader.session.standing.bound(Right.DECIDE),
        ).refusal

    def held_end(form: Asked) -> str:
        return "dismissed" if form.get("act") == "dismiss" else "applied"

    return [
        listed,
        *_question(
            site,
            "",
            "desk/review.html",
            waiting.review_page,
            settle_review,
            lambda _form: "decided",
        ),
        *_question(site, "/held", "desk/held.html", waiting.held_page, settle_held, held_end),
    ]


def _question(
    site: Site,
    folder: str,
    template: str,
    page: Callable[[Records, Reader, str], dict[str, Any]],
    settle: Callable[[Work, Reader, str, Asked], Refusal | None],
    end: Callable[[Asked], str],
) -> list[Any]:
    """Return the routes that show one thing that waits, and that settle it.

    Args:
        settle: raises a refusal, nothing written; or returns one, and what was written stays.
        end: what the list says was done.
    """

    def shown(reader: Reader, text: str, **more: Any) -> Any:
        found = site.read(lambda records: page(records, reader, text))
        more = {"problem": "", "form": Asked(), **more}
        return site.page(reader, template, "reviews", **more, **found)

    def refused(reader: Reader, text: str, refusal: Refusal, form: Asked) -> Any:
        is_late = isinstance(refusal, decide.AlreadyDecided | decide.RecordChanged)
        problem = site.sentence(reader.language, refusal)
        status = _CONFLICT if is_late else _WRONG
        return shown(reader, text, problem=problem, status=status, form=form)

    @get(f"{_URL}{folder}/{{text:str}}", right=Right.SEE_REVIEWS)
    @site.threaded
    def show(request: Request[Any, Any, Any], text: str) -> Any:
        return shown(site.reader(request), text)

    @post(f"{_URL}{folder}/{{text:str}}", right=Right.DECIDE)
    async def decided(request: Request[Any, Any, Any], text: str) -> Any:
        reader, form = await site.posted(request)
        try:
            fault = await site.store(lambda work: settle(work, reader, text, form))
        except NotFound:
            raise
        except Refusal as refusal:
            fault = refusal
        if fault is not None:
            late = fault
            return await site.run(lambda: refused(reader, text, late, form))
        return see_other(f"{_URL}?done={end(form)}")

    return [show, decided]
