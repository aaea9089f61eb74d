"""The desk's pages of visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, get

from server.db import lookup
from server.db.records import Records
from server.rights import Right
from server.visits.paper import paper_questions
from server.visits.queries import Filter, Place, list_visits, place_of, read_filter, read_place
from server.visits.rows import URL, rows_of
from server.voice.queries import recordings_of
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS, get_seen, named
from server.web.site import Site
from server.web.team import team
from sync.entities.visit import OUTCOMES, VISIT
from sync.rules.codes import short_code

_CODES = ("type", "outcome", "channel")


def routes(site: Site) -> list[Any]:
    """Return the pages of visits."""

    @get(URL, right=Right.SEE_VISITS)
    @site.threaded
    def visits(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        asked = reader.asked.first()
        wanted, after = read_filter(reader.asked), read_place(reader.asked)
        listed = site.read(lambda records: _list(records, reader, wanted, after))
        return site.page(
            reader,
            "visits/list.html",
            "visits",
            search_text=wanted.text,
            asked=asked,
            filters=_filters(reader, asked, wanted, listed),
            **listed,
        )

    @get(URL + "/paper", right=Right.SEE_VISITS)
    @site.threaded
    def paper_form(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return site.page(reader, "visits/paper.html", "visits", **paper_questions(reader))

    @get(URL + "/{visit_id:str}", right=Right.SEE_VISITS)
    @site.threaded
    def visit(request: Request[Any, Any, Any], visit_id: str) -> Any:
        reader = site.reader(request)
        found = site.read(lambda records: _one(records, reader, visit_id))
        return site.page(reader, "visits/one.html", "visits", **found)

    return [visits, paper_form, visit]


def _list(records: Records, reader: Reader, wanted: Filter, after: Place | None) -> dict[str, Any]:
    visits = list_visits(records, reader, wanted, after=after, limit=PAGE_ROWS + 1)
    page = visits[:PAGE_ROWS]
    last = page[-1] if len(visits) > PAGE_ROWS else None
    places = lookup.commune_names(records, reader.language)
    return {
        "rows": rows_of(records, reader, page),
        "after": str(place_of(last)) if last else "",
        "is_first": after is None,
        "communes": reader.communes(Right.SEE_VISITS, places),
        "agents": [
            (agent_id.hex(), name)
            for agent_id, name in team(records, reader, Right.SEE_VISITS).items()
        ],
    }


def _filters(
    reader: Reader, asked: Mapping[str, str], wanted: Filter, listed: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the menus over the list: links that keep the other filters."""

    def link(**changed: str) -> str:
        kept = {key: value for key, value in asked.items() if key not in ("after", "lang")}
        kept.update(changed)
        return f"{URL}?" + urlencode({key: value for key, value in kept.items() if value})

    def menu(
        name: str, every: str, options: Iterable[tuple[str, str]], chosen: str
    ) -> list[dict[str, Any]]:
        return [
            {"label": every, "url": link(**{name: ""})},
            *(
                {"label": label, "url": link(**{name: code}), "active": code == chosen}
                for code, label in options
            ),
        ]

    say = reader.phrases.say
    outcomes = [(code, say(f"visit.outcome.{code}")) for code in OUTCOMES]
    return {
        "commune": menu(
            "commune", say("desk.visits.all_communes"), listed["communes"], wanted.commune
        ),
        "agent": menu("agent", say("desk.visits.all_agents"), listed["agents"], wanted.agent.hex()),
        "outcome": menu("outcome", say("desk.visits.all_outcomes"), outcomes, wanted.outcome),
        "next": link(after=listed["after"]) if listed["after"] else "",
        "first": "" if listed["is_first"] else link(),
    }


def _one(records: Records, reader: Reader, visit_id: str) -> dict[str, Any]:
    record = get_seen(records, reader, "visit", visit_id)
    (row,) = rows_of(records, reader, [record])
    values = record.values
    needs, urgent = (values[name] or () for name in ("needs", "urgent_needs"))
    assert isinstance(needs, tuple)
    assert isinstance(urgent, tuple)
    subject = "enterprise" if values["enterprise_id"] else "person"
    subject_id = values[f"{subject}_id"]
    return {
        "row": row,
        "ref": short_code(record.record_id),
        "visit_id": visit_id,
        "values": values,
        "needs": [word(reader, "visit", "needs", need) for need in needs if need not in urgent],
        "urgent": [word(reader, "visit", "needs", need) for need in urgent],
        "recordings": recordings_of(records, reader, "visit", [record.record_id])[record.record_id],
        "channel": word(reader, "visit", "channel", values["channel"]),
        "subject_url": (
            f"/desk/{'people' if subject == 'person' else 'enterprises'}/{UUID(bytes=subject_id)}"
            if isinstance(subject_id, bytes) and named(records, reader, subject, [subject_id])
            else ""
        ),
        "received_at": record.received_at,
        "declared": VISIT.name,
        "is_positioned": values["latitude"] is not None,
        "point": _position(values),
    }


def _position(values: Mapping[str, Any]) -> str:
    if values["latitude"] is None or values["longitude"] is None:
        return ""
    return f"{values['latitude'] / 10**6:.5f}, {values['longitude'] / 10**6:.5f}"
