"""The desk's page of requests: what was asked for, by whom, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get

from server.applications.queries import applicants_of, service_name
from server.db import lookup
from server.db.records import Records, Stored
from server.rights import Right
from server.web import waiting
from server.web.asked import Asked, RequestWrong
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from server.web.site import Site
from sync.entities.application import APPLICATION_STATES

URL = f"{DESK}/requests"
_FOLDERS = {"person": "people", "enterprise": "enterprises"}


def routes(site: Site) -> list[Any]:
    """Return the page of requests."""

    @get(URL, right=Right.SEE_REQUESTS)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        state = reader.asked.one_of("state", APPLICATION_STATES)
        is_due = bool(reader.asked.one_of("due", {"soon"}))
        after = _read_place(reader.asked)
        found = site.read(lambda records: _list(records, reader, state, after, is_due=is_due))
        return site.page(reader, "applications/list.html", "requests", **found)

    return [listed]


def _read_place(asked: Asked) -> bytes | None:
    after = asked.get("after")
    if after and not re.fullmatch("[0-9a-f]{32}", after):
        raise RequestWrong("requests: no place to go on from")
    return bytes.fromhex(after) or None


def _list(
    records: Records, reader: Reader, state: str, after: bytes | None, *, is_due: bool
) -> dict[str, Any]:
    """Return a page of requests, the newest first; of those that `is_due` the first due first."""
    table = records.tables.records["application"]
    where = [reader.covers(records, "application")]
    if is_due:
        where += waiting.due_requests(records, reader)
    if state:
        where.append(table.c.state == state)
    if after is not None:
        where.append(table.c.id < sa.literal(after, table.c.id.type))
    # Ids begin with the time that they were made at: the newest first.
    order = (table.c.due_on, table.c.id) if is_due else (table.c.id.desc(),)
    most = waiting.MORNING_MOST if is_due else PAGE_ROWS
    found = records.list("application", *where, order=order, limit=most + 1)
    page = found[:most]
    kept = f"state={state}&" if state else ""
    states = [(code, word(reader, "application", "state", code)) for code in APPLICATION_STATES]
    return {
        "rows": _rows(records, reader, page),
        "is_filtered": bool(state) or is_due,
        "is_due": is_due,
        "address": URL,
        "soon": [
            {
                "label": reader.phrases.say("desk.waiting.request"),
                "url": URL if is_due else f"{URL}?due=soon",
                "active": is_due,
            }
        ],
        "states": [
            {"label": reader.phrases.say("desk.requests.all"), "url": URL},
            *(
                {"label": name, "url": f"{URL}?state={code}", "active": code == state}
                for code, name in states
            ),
        ],
        "first": URL + (f"?state={state}" if state else "") if after is not None else "",
        "next": (
            f"{URL}?{kept}after={page[-1].record_id.hex()}"
            if len(found) > most and not is_due
            else ""
        ),
    }


def _rows(records: Records, reader: Reader, page: Sequence[Stored]) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    applicants = applicants_of(records, reader, page)
    rows = []
    for request in page:
        asked_by, values = applicants.get(request.record_id), request.values
        folder = _FOLDERS[asked_by.entity.name] if asked_by else ""
        is_open = asked_by is not None and reader.may(Right.SEE_PEOPLE)
        rows.append(
            {
                "service": service_name(reader, request),
                "latin": (asked_by.values["name_fr"] if asked_by else None) or "",
                "arabic": (asked_by.values["name_ar"] if asked_by else None) or "",
                "url": f"{DESK}/{folder}/{UUID(bytes=asked_by.record_id)}"
                if asked_by and is_open
                else "",
                "history_url": f"{DESK}/history/application/{UUID(bytes=request.record_id)}",
                "place": places.get(str(values["commune_code"]), ""),
                "state": word(reader, "application", "state", values["state"] or "draft"),
                "due_on": values["due_on"],
                "at": values["submitted_at"] or request.effective_at,
            }
        )
    return rows
