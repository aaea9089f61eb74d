"""The desk's list of tasks that are not done: the first due first."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get, post

from server.db import lookup
from server.db.records import Records, Stored
from server.reviews.asking import titles_of
from server.rights import Right
from server.tasks import many
from server.web import acts, waiting
from server.web.asked import Asked, RequestWrong
from server.web.forms import Given
from server.web.lists import total_words
from server.web.reader import Reader, name_of, word
from server.web.seen import PAGE_ROWS, named, read_id
from server.web.shell import DESK
from server.web.site import Site, see_other
from server.web.team import AgentNotChosen
from server.web.values import due
from sync import local_time

URL = f"{DESK}/tasks"
_UNDONE_AT = {many.CLOSE: URL, many.ASSIGN: URL, "task_make": f"{DESK}/chosen"}
"""Kind of an act, as this list tells it -> where it is undone."""
_NEVER = 9_999_999
"""Stands for the day of a task that has none: after all days, and of as many digits as any."""
_TIME_MAX = 2**53
_FOLDERS = {"person": "people", "enterprise": "enterprises", "contact_point": "points"}
_FIELDS = {"person": "person_id", "enterprise": "enterprise_id", "contact_point": "point_id"}
"""Of a task: what it is about."""


def routes(site: Site) -> list[Any]:
    """Return the list, and what can be done to the tasks of it."""

    @get(URL, right=Right.SEE_VISITS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        is_late = _is_late(reader.asked)
        after = _read_place(reader.asked)
        found = site.read(lambda records: _list(records, reader, after, is_late=is_late))
        return site.page(reader, "tasks/list.html", "tasks", **found)

    return [listed, *_routes_of_many(site)]


def _routes_of_many(site: Site) -> list[Any]:
    """Return what can be done to many tasks, and undone."""

    @post(f"{URL}/choose", right=Right.DECIDE)
    async def choose(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(form, reader.now_ms)
        return await site.run(partial(_draw_many, site, reader, choice, Given()))

    def after(choice: many.Choice, act_id: bytes | None) -> Any:
        act = str(UUID(bytes=act_id)) if act_id else ""
        return see_other(_url(is_late=choice.is_late, act=act))

    @post(f"{URL}/close", right=Right.DECIDE)
    async def close(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice = _choice(form, form.number("counted_at", _TIME_MAX) or 0)
        act_id = await site.change(lambda: many.close(site.database, reader, choice))
        return after(choice, act_id)

    @post(f"{URL}/assign", right=Right.DECIDE)
    async def assign(request: Request[Any, Any, Any]) -> Any:
        reader, form = await site.posted(request)
        choice, agent = _choice(form, form.number("counted_at", _TIME_MAX) or 0), form.get("agent")
        try:
            act_id = await site.change(lambda: many.assign(site.database, reader, choice, agent))
        except AgentNotChosen as refusal:
            return await site.run(partial(_draw_many, site, reader, choice, Given(form, refusal)))
        return after(choice, act_id)

    @post(f"{URL}/acts/{{act:str}}/undo", right=Right.DECIDE)
    async def undo(request: Request[Any, Any, Any], act: str) -> Any:
        reader, form = await site.posted(request)
        act_id, by = read_id("act", act), reader.session.agent_id
        back, left = await site.change(lambda: acts.undo_all(site.database, act_id, by))
        return see_other(_url(is_late=_is_late(form), back=str(back), left=str(left)))

    return [choose, close, assign, undo]


def _draw_many(site: Site, reader: Reader, choice: many.Choice, given: Given) -> Any:
    """Return the page of what can be done to chosen tasks, counted."""
    counted, agents = site.read(
        lambda records: (
            many.count(records, reader, choice),
            many.agents(records, reader),
        )
    )
    return site.page(
        reader,
        "tasks/many.html",
        "tasks",
        status=given.status,
        problems=given.problems(reader.phrases, "task", otherwise="agent"),
        counted=counted,
        total=total_words(reader, "desk.tasks.shown", counted),
        agents=agents,
        press_most=many.PRESS_MOST,
        choice=choice,
        ids=[one.hex() for one in choice.chosen or ()],
        list_url=_url(is_late=choice.is_late),
    )


def _is_late(asked: Asked) -> bool:
    return bool(asked.one_of("due", {"over"}))


def _choice(form: Asked, counted_at: int) -> many.Choice:
    """Return which tasks a form is about. Raises RequestWrong."""
    is_all = form.one_of("scope", ("all", "chosen")) == "all"
    chosen = None if is_all else tuple(form.record_ids("id", PAGE_ROWS))
    return many.Choice(_is_late(form), chosen, counted_at)


def _url(*, is_late: bool, **more: str) -> str:
    asked = {"due": "over" if is_late else "", **more}
    query = urlencode({name: text for name, text in asked.items() if text})
    return f"{URL}?{query}" if query else URL


def _read_place(asked: Asked) -> tuple[int, bytes] | None:
    """Return the day and id that a list goes on from, or None. Raises RequestWrong."""
    found = re.fullmatch(r"(\d{1,7})\.([0-9a-f]{32})", asked.get("after"), re.ASCII)
    if found is None:
        if asked.get("after"):
            raise RequestWrong("tasks: no place to go on from")
        return None
    return int(found[1]), bytes.fromhex(found[2])


def _list(
    records: Records, reader: Reader, after: tuple[int, bytes] | None, *, is_late: bool
) -> dict[str, Any]:
    table = records.tables.records["task"]
    where = [reader.covers(records, "task"), table.c.state.in_(waiting.TASK_OPEN)]
    where.append(waiting.is_no_complaint(records))
    if is_late:
        where = waiting.overdue_tasks(records, reader)
    # Without a day it comes last: a key that may be null is none to page by.
    due_on = sa.func.coalesce(table.c.due_on, _NEVER)
    if after is not None:
        place = (sa.literal(after[0]), sa.literal(after[1], table.c.id.type))
        where.append(sa.tuple_(due_on, table.c.id) > sa.tuple_(*place))
    found = records.list("task", *where, order=(due_on, table.c.id), limit=PAGE_ROWS + 1)
    page = found[:PAGE_ROWS]
    kept = "due=over&" if is_late else ""
    last = page[-1] if len(found) > PAGE_ROWS else None
    asked, by = reader.asked, reader.session.agent_id
    done = acts.find(records, asked.record_id("act"), by, now_ms=reader.now_ms)
    return {
        "done": done if done and done.kind in _UNDONE_AT else None,
        "undo_url": _UNDONE_AT.get(done.kind, "") if done else "",
        "back": asked.number("back"),
        "left": asked.number("left") or 0,
        "rows": _rows(records, reader, page),
        "is_late": is_late,
        "late": [
            {
                "label": reader.phrases.say("desk.waiting.task"),
                "url": URL if is_late else f"{URL}?due=over",
                "active": is_late,
            }
        ],
        "address": URL,
        "first": URL + ("?due=over" if is_late else "") if after is not None else "",
        "next": f"{URL}?{kept}after={_place(last)}" if last else "",
    }


def _place(task: Stored) -> str:
    due_on = task.values["due_on"]
    return f"{due_on if isinstance(due_on, int) else _NEVER}.{task.record_id.hex()}"


def _rows(records: Records, reader: Reader, page: list[Stored]) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    owners = lookup.agents(records, (task.values["owner_id"] for task in page))
    about = {
        entity: named(records, reader, entity, (task.values[_FIELDS[entity]] for task in page))
        for entity in _FOLDERS
    }
    today = local_time.day_of(reader.now_ms)
    titles = titles_of(records, reader, [task.record_id for task in page])
    rows = []
    for task in page:
        values = task.values
        found = ((entity, about[entity].get(_key(values[_FIELDS[entity]]))) for entity in _FOLDERS)
        entity, who = next((pair for pair in found if pair[1]), ("", None))
        due_on = values["due_on"]
        rows.append(
            {
                "id": task.record_id.hex(),
                "title": titles.get(task.record_id)
                or values["title"]
                or word(reader, "task", "kind", values["kind"]),
                # Of what a person is asked by a task, its title says all.
                "notes": "" if task.record_id in titles else values["notes"] or "",
                "latin": (who.values["name_fr"] if who else None) or "",
                "arabic": (who.values["name_ar"] if who else None) or "",
                "url": f"{DESK}/{_FOLDERS[entity]}/{UUID(bytes=who.record_id)}" if who else "",
                "place": places.get(str(values["commune_code"]), values["commune_code"]),
                "owner": name_of(owners.get(_key(values["owner_id"])), reader.language),
                "due_on": due_on,
                "late": due(reader, due_on) if isinstance(due_on, int) and due_on < today else "",
                "state": word(reader, "task", "state", values["state"]),
            }
        )
    return rows


def _key(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
