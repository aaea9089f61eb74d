"""The page that counts what is chosen of a list, and what is pressed there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, post

from server.chosen import jobs, many, table
from server.chosen.kinds import KINDS, Kind
from server.db.records import Records
from server.db.work import Work
from server.rights import Right
from server.visits.commands import DuePast
from server.visits.jobs import is_large, order_undo
from server.web import acts
from server.web.asked import Asked
from server.web.forms import Given, Reading
from server.web.headers import csv_file
from server.web.lists import Listing, Total, read_from, total_words
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS, read_id
from server.web.shell import DESK
from server.web.site import Site, see_other
from sync import local_time, typed
from sync.checks import Missing
from sync.errors import Refusal

URL = f"{DESK}/chosen"
_TASKS_URL, _JOBS_URL = f"{DESK}/tasks", f"{DESK}/jobs"
_TIME_MAX = 2**53


def routes(site: Site) -> list[Any]:
    """Return what can be done to many records of each list, and undone."""

    @post(f"{URL}/acts/{{act:str}}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, _ = await site.posted(request)
        act_id, by = read_id("act", act), reader.session.agent_id

        def is_ordered(work: Work) -> bool:
            found = acts.find(work, act_id, by, now_ms=reader.now_ms)
            if found is None or not is_large(work, found):
                return False
            order_undo(work, found, by, jobs.UNDOING)
            return True

        if await site.store(is_ordered):
            return see_other(_JOBS_URL)
        back, left = await site.change(lambda: acts.undo_all(site.database, act_id, by))
        return see_other(f"{_TASKS_URL}?back={back}&left={left}")

    return [*(route for kind in KINDS.values() for route in _routes(site, kind)), undo]


def _routes(site: Site, kind: Kind) -> list[Any]:
    @post(f"{kind.url}/choose", name=f"{kind.entity}_choose", right=kind.right)
    async def choose(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(reader, kind, form, reader.now_ms)
        return await site.run(lambda: _draw(site, reader, choice, Given()))

    @post(f"{kind.url}/tasks", name=f"{kind.entity}_tasks", right=Right.DECIDE)
    async def tasks(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(reader, kind, form, form.number("counted_at", _TIME_MAX) or 0)
        try:
            order, found = await site.run(lambda: _ordered(site, reader, choice, form))
        except Refusal as refusal:
            given = Given(form, refusal)
            return await site.run(lambda: _draw(site, reader, choice, given))
        if found.count > many.PRESS_MOST:
            await site.store(lambda work: jobs.enqueue(work, reader, choice, order, found))
            return see_other(_JOBS_URL)
        act_id = await site.change(lambda: many.make(site.database, reader, choice, order))
        return see_other(f"{_TASKS_URL}?act={UUID(bytes=act_id)}" if act_id else _TASKS_URL)

    @post(f"{kind.url}/export.csv", name=f"{kind.entity}_export", right=kind.right)
    async def export(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(reader, kind, form, form.number("counted_at", _TIME_MAX) or 0)
        return csv_file(table.lines(site, reader, choice), kind.here)

    return [choose, tasks, export]


def _ordered(
    site: Site, reader: Reader, choice: many.Choice, form: Asked
) -> tuple[many.Order, Total]:
    """Return what a form orders, and how many tasks that makes. Raises what `_read` does."""

    def read(records: Records) -> tuple[many.Order, Total]:
        reading = Reading()
        task_kind = reading.take(lambda: _kind(choice.kind, form))
        agent_id = reading.take(lambda: many.agent_of(records, reader, form.get("owner_id")))
        due_on = reading.take(lambda: _due(form, local_time.day_of(reader.now_ms)))
        reading.end()
        assert task_kind is not None
        assert agent_id is not None
        order = many.Order(task_kind, agent_id, due_on)
        return order, many.count_left(records, reader, choice, order)

    return site.read(read)


def _kind(kind: Kind, form: Asked) -> str:
    found = form.one_of("kind", kind.task_kinds)
    if not found:
        raise Missing("task: no kind", field="kind")
    return found


def _due(form: Asked, today: int) -> int | None:
    text = form.get("due_on")
    if not text:
        return None
    try:
        due = typed.day(text)
    except typed.DayWrong as fault:
        raise typed.DayWrong("task: due", field="due_on") from fault
    if due < today:
        raise DuePast("task: due", field="due_on")
    return due


def _choice(reader: Reader, kind: Kind, form: Asked, counted_at: int) -> many.Choice:
    """Return which records a form is about. Raises RequestWrong."""
    listed, is_all = read_from(reader), form.one_of("scope", ("all", "chosen")) == "all"
    chosen = None if is_all else tuple(form.record_ids("id", PAGE_ROWS))
    return many.Choice(kind, listed, chosen, counted_at)


def _draw(site: Site, reader: Reader, choice: many.Choice, given: Given) -> Any:
    kind, may_order = choice.kind, reader.may(Right.DECIDE)
    counted, agents = site.read(
        lambda records: (
            many.count(records, reader, choice),
            many.agents(records, reader) if may_order else [],
        )
    )
    listing = Listing.of(kind.url, reader, read_from(reader))
    form = given.form
    return site.page(
        reader,
        "chosen/many.html",
        kind.here,
        status=given.status,
        kind=kind,
        listing=listing,
        counted=counted,
        total=total_words(reader, kind.counted, counted),
        agents=agents,
        task_kinds=[(code, word(reader, "task", "kind", code)) for code in kind.task_kinds],
        chosen_kind=form.get("kind") or kind.task_kinds[0],
        chosen_agent=form.get("owner_id"),
        due_on=form.get("due_on"),
        problems=given.problems(reader.phrases, "task", otherwise="owner_id"),
        choice=choice,
        ids=[one.hex() for one in choice.chosen or ()],
        press_most=many.PRESS_MOST,
        file_most=table.FILE_MOST,
    )
