"""The desk's pages of what waits for a decision: the list, a review, a held record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, get, post

from server.db.records import Records
from server.db.work import Work
from server.desk import waiting
from server.exchange import decide
from server.web.shell import DESK
from server.web.site import Reader, Site, see_other, threaded
from sync.errors import Refusal

_URL = f"{DESK}/reviews"
_DONE = frozenset({"decided", "applied", "dismissed"})
_CONFLICT = 409
_WRONG = 422


def review_routes(site: Site) -> list[Any]:
    """Return the pages on which a coordinator decides."""

    def shown(
        reader: Reader,
        template: str,
        query: Callable[[Records], dict[str, Any]],
        *,
        problem: str = "",
        status: int = 200,
        form: Mapping[str, Any] | None = None,
    ) -> Any:
        found = site.read(query)
        return site.page(
            reader,
            template,
            "reviews",
            status=status,
            problem=problem,
            form=form or {},
            **found,
        )

    def refused(
        reader: Reader,
        template: str,
        query: Callable[[Records], dict[str, Any]],
        refusal: Refusal,
        form: Mapping[str, Any],
    ) -> Any:
        is_late = isinstance(refusal, decide.AlreadyDecided | decide.RecordChanged)
        problem = reader.phrases.say(f"refusal.{refusal.code}", **refusal.values)
        status = _CONFLICT if is_late else _WRONG
        return shown(reader, template, query, problem=problem, status=status, form=form)

    @get(_URL)
    @threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        done = request.query_params.get("done", "")
        found = site.read(lambda records: waiting.waiting(records, reader))
        done = done if done in _DONE else ""
        return site.page(reader, "desk/reviews.html", "reviews", done=done, **found)

    @get(_URL + "/{review_id:str}")
    @threaded
    def review(request: Request[Any, Any, Any], review_id: str) -> Any:
        reader = site.reader(request)
        return shown(
            reader,
            "desk/review.html",
            lambda records: waiting.review_page(records, reader, review_id),
        )

    @post(_URL + "/{review_id:str}")
    async def settle(request: Request[Any, Any, Any], review_id: str) -> Any:
        reader = await site.run(lambda: site.reader(request))
        form = await site.form(request)
        site.require_csrf(reader.session.csrf, form)
        decision = str(form.get("decision", ""))

        def store(work: Work) -> None:
            found = waiting.get_review(work, reader, review_id)
            entity, field = decide.field_of(work, found)
            value = None
            if decision == decide.OTHER:
                value = decide.read_typed(entity, field, str(form.get("value", "")))
            decide.decide(
                work,
                found.record_id,
                decision,
                by=reader.session.agent_id,
                seen_rev=_number(form.get("seen_rev")),
                value=value,
                notes=str(form.get("notes", "")).strip(),
            )

        try:
            await site.run(lambda: site.write(store))
        except Refusal as refusal:
            late = refusal
            return await site.run(
                lambda: refused(
                    reader,
                    "desk/review.html",
                    lambda records: waiting.review_page(records, reader, review_id),
                    late,
                    form,
                )
            )
        return see_other(f"{_URL}?done=decided")

    @get(_URL + "/held/{change_id:str}")
    @threaded
    def held(request: Request[Any, Any, Any], change_id: str) -> Any:
        reader = site.reader(request)
        return shown(
            reader,
            "desk/held.html",
            lambda records: waiting.held_page(records, reader, change_id),
        )

    @post(_URL + "/held/{change_id:str}")
    async def settle_held(request: Request[Any, Any, Any], change_id: str) -> Any:
        reader = await site.run(lambda: site.reader(request))
        form = await site.form(request)
        site.require_csrf(reader.session.csrf, form)
        act = str(form.get("act", ""))
        by = reader.session.agent_id

        def store(work: Work) -> Refusal | None:
            row = waiting.get_held(work, reader, change_id)
            if act == "dismiss":
                decide.dismiss_held(work, row.change_id, by=by, reason=str(form.get("reason", "")))
                return None
            corrections = None
            field = str(form.get("field", ""))
            if act == "correct":
                entity = work.entity_by_name[row.entity]
                if field not in entity.field_by_name:
                    raise decide.DecisionUnknown(f"held: no field {field!r}")
                corrections = {field: decide.read_typed(entity, field, str(form.get("value", "")))}
            elif act != "apply":
                raise decide.DecisionUnknown(f"held: {act!r}")
            return decide.apply_held(
                work,
                row.change_id,
                by=by,
                slice_count=site.settings.slice_count,
                corrections=corrections,
            ).refusal

        try:
            fault = await site.run(lambda: site.write(store))
        except Refusal as refusal:
            fault = refusal
        if fault is not None:
            late = fault
            return await site.run(
                lambda: refused(
                    reader,
                    "desk/held.html",
                    lambda records: waiting.held_page(records, reader, change_id),
                    late,
                    form,
                )
            )
        return see_other(f"{_URL}?done={'dismissed' if act == 'dismiss' else 'applied'}")

    return [listed, review, settle, held, settle_held]


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0
