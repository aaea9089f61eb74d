"""The desk's pages of requests: what was asked for, by whom, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get, post

from server.applications.one import request_page, step_on, write_result
from server.applications.queries import URL, applicants_of, conditions, is_due_list, service_name
from server.db import lookup
from server.db.records import Records, Stored
from server.problems import status_of
from server.rights import Right
from server.web import waiting
from server.web.asked import Asked, RequestWrong
from server.web.lists import Listing, total, total_words
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from server.web.site import Site
from sync.entities.application import APPLICATION_STATES
from sync.errors import Refusal


def routes(site: Site) -> list[Any]:
    """Return the pages of requests."""

    @get(URL, right=Right.SEE_REQUESTS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _list(records, reader))
        return site.page(reader, "applications/list.html", "requests", **found)

    @get(URL + "/{record_id:str}", right=Right.SEE_REQUESTS)
    @site.threaded
    def one(request: Request[Any, Any, Any], record_id: str) -> Any:
        return draw(site.reader(request), record_id)

    @post(URL + "/{record_id:str}/step", right=Right.DECIDE)
    async def step(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: step_on(work, reader, record_id, form),
            lambda refusal: draw(reader, record_id, refusal),
            lambda _: f"{URL}/{record_id}",
        )

    def draw(reader: Reader, record_id: str, refusal: Refusal | None = None) -> Any:
        found = site.read(lambda records: request_page(records, reader, record_id))
        problem = site.sentence(reader.language, refusal) if refusal else ""
        status = status_of(refusal.code) if refusal else 200
        return site.page(
            reader, "applications/one.html", "requests", status=status, problem=problem, **found
        )

    @post(URL + "/{record_id:str}/result", right=Right.DECIDE)
    async def result(request: Request[Any, Any, Any], record_id: str) -> Any:
        reader, form = await site.posted(request)
        return await site.submit(
            lambda work: write_result(work, reader, record_id, form),
            lambda refusal: draw(reader, record_id, refusal),
            lambda _: f"{URL}/{record_id}",
        )

    return [listed, one, step, result]


def _read_place(asked: Asked, name: str) -> bytes | None:
    text = asked.get(name)
    if text and not re.fullmatch("[0-9a-f]{32}", text):
        raise RequestWrong("requests: no place to go on from")
    return bytes.fromhex(text) or None


def _list(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page of the list shows: the newest first, of those due the first due first.

    Raises:
        RequestWrong: the address cannot be read.
    """
    listing, asked = Listing.of(URL, reader), reader.asked
    state, is_due = asked.get("state"), is_due_list(asked)
    say, where = reader.phrases.say, conditions(records, reader, asked)
    page, newer, older = _page(records, asked, where, is_due=is_due)
    table = records.tables.records["application"]
    order = (table.c.due_on, table.c.id) if is_due else (table.c.id.desc(),)
    found = total(records, "application", *where, order=order)
    places = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.SEE_REQUESTS, places)
    states = [(code, word(reader, "application", "state", code)) for code in APPLICATION_STATES]
    words = {
        "due": say("desk.waiting.request"),
        "state": dict(states).get(state, ""),
        "commune": places.get(asked.get("commune"), "…"),
    }
    return {
        "listing": listing,
        "rows": _rows(records, reader, page),
        "total": total_words(reader, "desk.requests.shown", found),
        "is_filtered": bool(listing.carried),
        "is_due": is_due,
        "address": URL,
        "soon_url": "" if is_due else listing.link(due="soon"),
        "newer_url": listing.link(before=page[0].record_id.hex()) if newer and page else "",
        "older_url": listing.link(after=page[-1].record_id.hex()) if older and page else "",
        "chips": listing.chips((name, label, "") for name, label in words.items()),
        "menus": [
            listing.menu("state", say("application.field.state"), states),
            listing.menu("commune", say("desk.visits.commune"), communes, "map-pin"),
        ],
    }


def _page(
    records: Records, asked: Asked, where: Sequence[sa.ColumnElement[bool]], *, is_due: bool
) -> tuple[list[Stored], bool, bool]:
    """Return a page of requests, and whether there are newer ones and older ones."""
    table = records.tables.records["application"]
    key = table.c.id
    if is_due:  # a morning's list: whole, the first due first
        order = (table.c.due_on, key)
        found = records.list("application", *where, order=order, limit=waiting.MORNING_MOST)
        return found, False, False
    after, before = _read_place(asked, "after"), _read_place(asked, "before")
    # Ids begin with the time that they were made at: the newest first.
    if before is not None:
        bound = key > sa.literal(before, key.type)
        found = records.list("application", *where, bound, order=(key,), limit=PAGE_ROWS + 1)
        return found[:PAGE_ROWS][::-1], len(found) > PAGE_ROWS, True
    older = [] if after is None else [key < sa.literal(after, key.type)]
    order_by = (key.desc(),)
    found = records.list("application", *where, *older, order=order_by, limit=PAGE_ROWS + 1)
    return found[:PAGE_ROWS], after is not None, len(found) > PAGE_ROWS


def _rows(records: Records, reader: Reader, page: Sequence[Stored]) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    applicants = applicants_of(records, reader, page)
    rows = []
    for request in page:
        asked_by, values = applicants.get(request.record_id), request.values
        rows.append(
            {
                "id": request.record_id.hex(),
                "service": service_name(reader, request),
                "latin": (asked_by.values["name_fr"] if asked_by else None) or "",
                "arabic": (asked_by.values["name_ar"] if asked_by else None) or "",
                "url": f"{URL}/{UUID(bytes=request.record_id)}",
                "history_url": f"{DESK}/history/application/{UUID(bytes=request.record_id)}",
                "place": places.get(str(values["commune_code"]), ""),
                "state": word(reader, "application", "state", values["state"] or "draft"),
                "due_on": values["due_on"],
                "at": values["created_at"] or request.effective_at,
            }
        )
    return rows
