"""An office's queue: what is to be answered, the most pressing first; what waits for papers below.

Which requests are its own is the reach of `Right.ANSWER_REQUESTS`, asked at each click.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.applications.clocks import bar_of, clocks_of, left_words
from server.applications.papers import papers_of
from server.applications.queries import applicants_of, number_of, service_name
from server.applications.restating import moved_lately
from server.db import lookup
from server.db.records import Records, Stored
from server.exchange.ends import ABOVE, OFFICE, is_reminded
from server.exchange.passing import WAITING
from server.offices.levels import narrowed
from server.reference.catalogue import names
from server.rights import Reach, Right
from server.web.asked import Asked, RequestWrong
from server.web.lists import Listing, Total, total, total_words
from server.web.order import by_name
from server.web.reader import Reader, name_of, word
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from sync import local_time
from sync.rules.applications import ASKED, GRANTED, Actor

URL = f"{DESK}/queue"
VIEWS = ("all", "mine", "free", "paused", "late", "answered")
"""The filters over the queue, in their order, as keys 1 to 6 choose them."""
_RIGHT = Right.ANSWER_REQUESTS
_NOTICES_MAX = 20
_NEVER = 9_999_999
"""Stands for the day of a request without a delay: after all days, and of as many digits as any."""


def actor_of(reader: Reader) -> Actor:
    """Return as whom a reader answers."""
    if reader.session.standing.reach(_RIGHT) is Reach.ORGANISATION:
        return Actor.OFFICE
    is_manager = reader.session.standing.role == "programme_manager"
    return Actor.PROGRAMME if is_manager else Actor.COORDINATOR


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in the order: paused ones last, then by the day that they are due."""

    is_paused: bool
    due_on: int
    record_id: bytes

    def __str__(self) -> str:
        """Write it as an address has it."""
        return f"{int(self.is_paused)}~{self.due_on}~{self.record_id.hex()}"

    def within(self, records: Records) -> sa.ColumnElement[Any]:
        """Return the place as `order_of` compares it."""
        kind = records.tables.records["application"].c.id.type
        paused, due_on = sa.literal(int(self.is_paused)), sa.literal(self.due_on)
        return sa.tuple_(paused, due_on, sa.literal(self.record_id, kind))


def place_of(request: Stored) -> Place:
    """Return a request's place in the queue."""
    due = request.values["due_on"]
    return Place(
        request.values["state"] == ASKED,
        due if isinstance(due, int) else _NEVER,
        request.record_id,
    )


def read_place(asked: Asked) -> Place | None:
    """Return the place that a page goes on after. Raises RequestWrong."""
    text = asked.get("after")
    found = re.fullmatch(r"([01])~([0-9]{1,7})~([0-9a-f]{32})", text, re.ASCII)
    if found is None:
        if text:
            raise RequestWrong("queue: no place to go on from")
        return None
    return Place(found[1] == "1", int(found[2]), bytes.fromhex(found[3]))


def read_view(asked: Asked) -> str:
    """Return which part of the queue is asked for. Raises RequestWrong."""
    return asked.one_of("view", VIEWS) or VIEWS[0]


def conditions(records: Records, reader: Reader, view: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a part of the reader's queue."""
    table, me = records.tables.records["application"], reader.session.agent_id
    own, today = reader.covers(records, "application", _RIGHT), local_time.day_of(reader.now_ms)
    if view == "answered":
        return [own, table.c.state.not_in((*WAITING, "draft", "ready"))]
    parts: Mapping[str, list[sa.ColumnElement[bool]]] = {
        "mine": [table.c.holder_id == me],
        "free": [table.c.holder_id.is_(None), table.c.state != ASKED],
        "paused": [table.c.state == ASKED],
        "late": [table.c.state != ASKED, table.c.due_on < today],
    }
    return [own, table.c.state.in_(WAITING), *parts.get(view, [])]


def order_of(records: Records) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the order of the queue: the most pressing first, what waits for papers below."""
    table = records.tables.records["application"]
    is_paused = sa.case((table.c.state == ASKED, 1), else_=0)
    return is_paused, sa.func.coalesce(table.c.due_on, _NEVER), table.c.id


def queue_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page of the queue shows. Raises RequestWrong."""
    view, after, listing = (
        read_view(reader.asked),
        read_place(reader.asked),
        Listing.of(URL, reader),
    )
    where = [*conditions(records, reader, view), *narrowed(records, reader.asked)]
    order = order_of(records)
    if after is not None:
        where.append(sa.tuple_(*order) > after.within(records))
    found = records.list("application", *where, order=order, limit=PAGE_ROWS + 1)
    page, is_more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    counts = {code: _counted(records, reader, code) for code in VIEWS}
    rows = rows_of(records, reader, page)
    for row in rows:
        row["url"] = listing.row_url(row["url"])
    return {
        "rows": rows,
        "reminders": _reminders(records, reader) if after is None else [],
        "moved": _moved(records, reader) if after is None else [],
        "view": view,
        "views": _views(reader, listing, view, counts),
        "narrowed": listing.chips(
            [
                ("service", names(reader.language).get(reader.asked.get("service"), "…"), ""),
                ("month", reader.phrases.code(reader.asked.get("month")), ""),
            ]
        ),
        "total": total_words(reader, "desk.queue.shown", counts[view]),
        "next_due": _next_due(records, reader) if not rows else None,
        "older_url": listing.link(after=str(place_of(page[-1]))) if is_more else "",
        "newer_url": listing.link() if after is not None else "",
        "is_free": bool(counts["free"].count),
    }


def _reminders(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return what a reader is reminded of: requests that still wait, the most pressing first."""
    table, today = records.tables.records["application"], local_time.day_of(reader.now_ms)
    is_office = reader.session.standing.reach(_RIGHT) is Reach.ORGANISATION
    whose = is_reminded(records, "application", OFFICE, ABOVE) & reader.covers(
        records, "application", _RIGHT
    )
    if not is_office:
        seen = reader.covers(records, "application", Right.SEE_REQUESTS)
        whose |= is_reminded(records, "application", ABOVE) & seen
    found = records.list(
        "application",
        table.c.state.in_(WAITING),
        table.c.state != ASKED,
        whose,
        order=(table.c.due_on, table.c.id),
        limit=_NOTICES_MAX,
    )
    base = URL if is_office else f"{DESK}/requests"
    return [
        {
            **_named(reader, base, request),
            "due_on": due_on,
            "is_over": due_on < today,
        }
        for request in found
        if isinstance(due_on := request.values["due_on"], int)
    ]


def _moved(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the requests of a reader's queue whose end was moved lately, the last first."""
    own = reader.covers(records, "application", _RIGHT)
    return [
        {**_named(reader, URL, request), "was_on": was_on, "now_on": request.values["due_on"]}
        for request, was_on in moved_lately(records, "application", reader.now_ms, own)
    ]


def _named(reader: Reader, base: str, request: Stored) -> dict[str, Any]:
    return {
        "url": f"{base}/{UUID(bytes=request.record_id)}",
        "number": number_of(request),
        "service": service_name(reader, request),
    }


def neighbours(
    records: Records, reader: Reader, asked: Asked, request: Stored
) -> list[bytes | None]:
    """Return the requests before and after one in a part of the queue, None where there is none.

    Args:
        asked: the address of that part.
    """
    here, order = place_of(request).within(records), order_of(records)
    backwards = tuple(one.desc() for one in order)
    found = []
    for beyond, way in ((sa.tuple_(*order) < here, backwards), (sa.tuple_(*order) > here, order)):
        part = conditions(records, reader, read_view(asked))
        where = [*part, *narrowed(records, asked), beyond]
        (one, *_) = [*records.list("application", *where, order=way, limit=1), None]
        found.append(one.record_id if one else None)
    return found


def _counted(records: Records, reader: Reader, view: str) -> Total:
    by_index = (records.tables.records["application"].c.due_on,)
    where = [*conditions(records, reader, view), *narrowed(records, reader.asked)]
    return total(records, "application", *where, order=by_index)


def _views(
    reader: Reader, listing: Listing, view: str, counts: Mapping[str, Total]
) -> list[dict[str, Any]]:
    say = reader.phrases.say
    return [
        {
            "code": code,
            "label": say(f"desk.queue.view.{code}"),
            "url": listing.link(view="" if code == VIEWS[0] else code),
            "is_on": code == view,
            "count": counts[code],
            "key": f"Digit{number}",
        }
        for number, code in enumerate(VIEWS, 1)
    ]


def _next_due(records: Records, reader: Reader) -> int | None:
    """Return the next day on which something of the queue is due."""
    table = records.tables.records["application"]
    where = conditions(records, reader, "all")
    query = sa.select(sa.func.min(table.c.due_on)).where(table.c.deleted_at.is_(None), *where)
    found = records.connection.scalar(query)
    return found if isinstance(found, int) else None


def rows_of(records: Records, reader: Reader, page: Sequence[Stored]) -> list[dict[str, Any]]:
    """Return requests as the rows of the queue."""
    places = lookup.commune_names(records, reader.language)
    applicants = applicants_of(records, reader, page)
    holders = lookup.agents(
        records, {one for r in page if isinstance(one := r.values["holder_id"], bytes)}
    )
    papers, clocks = papers_of(records, page), clocks_of(records, page, reader.now_ms)
    rows = []
    for request in page:
        values, asked_by = request.values, applicants.get(request.record_id)
        here = [paper.is_here for paper in papers[request.record_id]]
        clock = clocks[request.record_id]
        rows.append(
            {
                "url": f"{URL}/{UUID(bytes=request.record_id)}",
                "number": number_of(request),
                "latin": (asked_by.values["name_fr"] if asked_by else None) or "",
                "arabic": (asked_by.values["name_ar"] if asked_by else None) or "",
                "place": places.get(str(values["commune_code"]), ""),
                "service": service_name(reader, request),
                "bar": bar_of(clock, reader.now_ms),
                "left": left_words(reader.phrases, request, clock),
                "holder": _holder(reader, request, holders),
                "is_mine": values["holder_id"] == reader.session.agent_id
                and values["state"] != ASKED,
                "papers": reader.phrases.say("desk.queue.papers_of", n=sum(here), total=len(here))
                if here
                else "",
                "is_lacking": not all(here),
                "state": word(reader, "application", "state", values["state"]),
                "at": values["decided_at"] or values["submitted_at"],
            }
        )
    return rows


def _holder(reader: Reader, request: Stored, holders: Mapping[bytes, Stored]) -> str:
    say, holder_id = reader.phrases.say, request.values["holder_id"]
    if request.values["state"] == ASKED:
        return say("desk.queue.holder.applicant")
    if request.values["state"] == GRANTED:
        return say("desk.queue.holder.to_deliver")
    if not isinstance(holder_id, bytes):
        return say("desk.queue.holder.nobody")
    if holder_id == reader.session.agent_id:
        return say("desk.queue.holder.you")
    return name_of(holders.get(holder_id), reader.language)


def colleagues(records: Records, reader: Reader) -> list[tuple[str, str]]:
    """Return to whom a request may be handed over: (id, name), those who answer the same queue."""
    account, standing = records.tables.account, reader.session.standing
    where = [account.c.status == "active", account.c.agent_id != reader.session.agent_id]
    if standing.reach(_RIGHT) is Reach.ORGANISATION:
        where.append(account.c.organisation == standing.organisation)
    else:
        where.append(account.c.role.in_(("regional_coordinator", "programme_manager")))
    ids = list(records.connection.scalars(sa.select(account.c.agent_id).where(*where)))
    found = lookup.agents(records, ids)
    language = reader.language
    return by_name(language, {one.hex(): name_of(found.get(one), language) for one in ids})
