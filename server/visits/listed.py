"""The list of visits: its page, its filters, the act that was just done."""

from __future__ import annotations

from typing import Any

from server.db import lookup
from server.db.records import Records
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.rights import Right
from server.visits.flags import flag_name
from server.visits.queries import (
    FLAGGED,
    NOT_FLAGGED,
    STATES,
    Filter,
    Place,
    count_visits,
    is_cut,
    list_before,
    list_visits,
    place_of,
    read_filter,
    read_place,
)
from server.visits.rows import URL, rows_of
from server.web import acts
from server.web.acts import Act
from server.web.frame import place_name
from server.web.lists import Listing, total_words
from server.web.reader import Reader
from server.web.seen import PAGE_ROWS
from server.web.team import team
from sync.entities.visit import OUTCOMES
from sync.rules.flags import CODES

_LATE = (AlreadyDecided, RecordChanged)


def list_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page of the list shows. Raises RequestWrong."""
    wanted, listing = read_filter(reader.asked), Listing.of(URL, reader)
    after, before = read_place(reader.asked), read_place(reader.asked, "before")
    page, newer, older = _page(records, reader, wanted, after, before)
    rows = rows_of(records, reader, page)
    for row in rows:
        row["url"] = listing.row_url(row["url"])
    return {
        "rows": rows,
        "listing": listing,
        "total": total_words(reader, "desk.visits.shown", count_visits(records, reader, wanted)),
        "older_url": listing.link(after=str(place_of(page[-1]))) if older and page else "",
        "newer_url": listing.link(before=str(place_of(page[0]))) if newer and page else "",
        "act": act_of(records, reader),
        "is_through": reader.asked.get("through") == "1",
        "undone": _undone(reader),
        "alike_url": listing.link(alike="1") if is_cut(records, reader, wanted) else "",
        "is_filtered": bool(listing.carried),
        **_filters(records, reader, listing, wanted),
    }


def _page(
    records: Records, reader: Reader, wanted: Filter, after: Place | None, before: Place | None
) -> tuple[list[Any], bool, bool]:
    """Return a page of visits, and whether there are newer ones and older ones."""
    if before is not None:
        found = list_before(records, reader, wanted, before=before, limit=PAGE_ROWS + 1)
        return found[-PAGE_ROWS:], len(found) > PAGE_ROWS, True
    found = list_visits(records, reader, wanted, after=after, limit=PAGE_ROWS + 1)
    return found[:PAGE_ROWS], after is not None, len(found) > PAGE_ROWS


def _undone(reader: Reader) -> tuple[int, int] | None:
    """Return how many an undo gave back and how many it left, as the address has it."""
    back, left = reader.asked.number("back"), reader.asked.number("left")
    return None if back is None else (back, left or 0)


def _filters(records: Records, reader: Reader, listing: Listing, wanted: Filter) -> dict[str, Any]:
    """Return the menus over the list, and the chips of those that are on."""
    say = reader.phrases.say
    places = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.SEE_VISITS, places)
    agents = [
        (agent_id.hex(), name) for agent_id, name in team(records, reader, Right.SEE_VISITS).items()
    ]
    outcomes = [(code, say(f"visit.outcome.{code}")) for code in OUTCOMES]
    states = [(code, say(f"desk.visits.filter.{code}")) for code in STATES]
    remarks = [(code, say(f"desk.visits.remark.{code}")) for code in (FLAGGED, NOT_FLAGGED)]
    remarks += [(code, flag_name(reader, code)) for code in CODES]
    words = {
        "state": dict(states).get(wanted.state, ""),
        "commune": places.get(wanted.commune, wanted.commune),
        "agent": dict(agents).get(wanted.agent.hex(), "…"),
        "outcome": dict(outcomes).get(wanted.outcome, ""),
        "flag": dict(remarks).get(wanted.flag, ""),
        "only": say(f"desk.visits.only.{wanted.only}") if wanted.only else "",
        "place": place_name(records, reader, wanted.place) if wanted.place else "",
        "q": wanted.text,
        "alike": say("desk.search.alike.chip"),
        "since": say("desk.visits.chip.since", day=_day(reader, wanted.since)),
        "until": say("desk.visits.chip.until", day=_day(reader, wanted.until)),
        "person": say("desk.visits.chip.person"),
        "enterprise": say("desk.visits.chip.enterprise"),
    }
    signs = {"commune": "map-pin", "agent": "user", "flag": "flag", "since": "calendar"}
    return {
        "chips": listing.chips((name, words[name], signs.get(name, "")) for name in words),
        "menus": [
            listing.menu("state", say("desk.visits.state"), states),
            listing.menu("commune", say("desk.visits.commune"), communes, "map-pin"),
            listing.menu("agent", say("desk.visits.agent"), agents, "user"),
            listing.menu("outcome", say("desk.visits.outcome"), outcomes),
            listing.menu("flag", say("desk.visits.remark"), remarks, "flag"),
        ],
    }


def _day(reader: Reader, day: int | None) -> str:
    return "" if day is None else reader.phrases.day(day, "short")


def act_of(records: Records, reader: Reader) -> Act | None:
    """Return what the reader just did, as the address names it; None if it cannot be undone."""
    act_id = reader.asked.record_id("act")
    return acts.find(records, act_id, reader.session.agent_id, now_ms=reader.now_ms)
