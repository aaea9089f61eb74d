"""What complaints wait, and all that is shown of one. What is due first stands first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from server.applications.clocks import NEAR_DAYS
from server.applications.queries import number_of, service_name
from server.applications.restating import moved_lately, restated_words
from server.applications.told import steps_in_words, tellers, tellings_in_words
from server.complaints.commands import RIGHT, appeal_of, why_not
from server.complaints.reminders import reminded_of
from server.complaints.titles import title_in
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.exchange import telling
from server.exchange.complaints import KIND
from server.exchange.stepping import steps_of
from server.web import waiting
from server.web.asked import RequestWrong
from server.web.named import page_of
from server.web.reader import Reader, name_of, word
from server.web.seen import PAGE_ROWS, get_seen, named
from server.web.shell import DESK
from server.web.values import due
from sync import local_time

URL = f"{DESK}/complaints"
VIEWS = ("open", "answered")
_FROM_MAX = 1_000


def list_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return the queue. Raises RequestWrong: no such place to go on from."""
    view = reader.asked.one_of("view", VIEWS) or VIEWS[0]
    table = records.tables.records["task"]
    if view == "open":
        where, first = waiting.open_complaints(records, reader), table.c.due_on.asc()
    else:
        where = [table.c.kind == KIND, table.c.answer.is_not(None)]
        where.append(reader.covers(records, "task", RIGHT))
        first = table.c.done_at.desc()
    page = reader.asked.number("page") or 1
    if not 1 <= page <= _FROM_MAX:
        raise RequestWrong("complaints: no such page")
    # Few are complained of at once: a queue of fifty is a story for the newspapers.
    found = records.list("task", *where, order=(first, table.c.id), limit=page * PAGE_ROWS + 1)
    shown = found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    rows = _rows(records, reader, shown)
    return {
        "view": view,
        "views": [(one, f"{URL}?view={one}") for one in VIEWS],
        "rows": rows,
        "near": _rows(records, reader, reminded_of(records, reader)) if view == "open" else [],
        "moved": _moved(records, reader) if view == "open" else [],
        "next": f"{URL}?view={view}&page={page + 1}" if len(found) > page * PAGE_ROWS else "",
        "first": f"{URL}?view={view}" if page > 1 else "",
    }


def _moved(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the complaints whose day was moved lately, each with the day that it was due on."""
    found = moved_lately(records, "task", reader.now_ms, reader.covers(records, "task", RIGHT))
    rows = _rows(records, reader, [one for one, _ in found])
    return [{**row, "was_on": was_on} for row, (_, was_on) in zip(rows, found, strict=True)]


def _rows(records: Records, reader: Reader, page: list[Stored]) -> list[dict[str, Any]]:
    places = lookup.commune_names(records, reader.language)
    subjects: dict[bytes, Stored] = {}
    for entity in ("person", "enterprise"):
        subjects |= named(records, reader, entity, [one.values[f"{entity}_id"] for one in page])
    owners = lookup.agents(
        records, {one for task in page if isinstance(one := task.values["owner_id"], bytes)}
    )
    today, rows = local_time.day_of(reader.now_ms), []
    for task in page:
        values = task.values
        whose = values["person_id"] or values["enterprise_id"]
        subject = subjects.get(whose) if isinstance(whose, bytes) else None
        owner_id, day = values["owner_id"], values["due_on"]
        rows.append(
            {
                "url": f"{URL}/{UUID(bytes=task.record_id)}",
                "latin": (subject.values["name_fr"] if subject else None) or "",
                "arabic": (subject.values["name_ar"] if subject else None) or "",
                "title": title_in(reader.phrases, values["title"]),
                "is_appeal": values["appeal_of"] is not None,
                "place": places.get(str(values["commune_code"]), ""),
                "owner": name_of(owners.get(owner_id), reader.language)
                if isinstance(owner_id, bytes)
                else "",
                "due_on": day,
                "late": due(reader, day)
                if isinstance(day, int) and day - today <= NEAR_DAYS
                else "",
                "is_over": isinstance(day, int) and day < today,
                "state": state_of(reader, task),
            }
        )
    return rows


def state_of(reader: Reader, complaint: Stored) -> str:
    """Return how far a complaint is, in words: answered alone ends it."""
    if complaint.values["answer"]:
        return reader.phrases.say("portal.complaint.answered")
    state = complaint.values["state"]
    return word(reader, "task", "state", state if state in waiting.TASK_OPEN else "open")


def one_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a complaint shows. Raises NotFound: none that the reader may see."""
    complaint = get_seen(records, reader, "task", text, RIGHT)
    values = complaint.values
    if values["kind"] != KIND:
        raise NotFound(f"task {complaint.record_id.hex()}: no complaint", entity="task")
    (row,) = _rows(records, reader, [complaint])
    first_id, application_id = values["appeal_of"], values["application_id"]
    first = records.find("task", first_id) if isinstance(first_id, bytes) else None
    refusal, later = why_not(records, reader, complaint), appeal_of(records, complaint)
    requests = named(records, reader, "application", [application_id], RIGHT)
    request = next(iter(requests.values()), None)
    told = [task] if (task := telling.of_complaint(records, complaint)) else []
    people = lookup.agents(records, tellers(told))
    names = {one: name_of(agent, reader.language) for one, agent in people.items()}
    subject = next(
        (
            page_of(entity, record_id)
            for entity in ("person", "enterprise")
            if isinstance(record_id := values[f"{entity}_id"], bytes)
        ),
        "",
    )
    return {
        **row,
        "complaint": complaint,
        "words": str(values["notes"] or ""),
        "restated": restated_words(records, reader.phrases, complaint),
        "answer": str(values["answer"] or ""),
        "answered_at": values["done_at"],
        "subject_url": subject,
        "tellings": tellings_in_words(reader.phrases, told, names),
        "first": (f"{URL}/{UUID(bytes=first.record_id)}", str(first.values["answer"] or ""))
        if first
        else None,
        "appealed": f"{URL}/{UUID(bytes=later.record_id)}" if later else "",
        "request": {
            "url": f"{DESK}/requests/{UUID(bytes=request.record_id)}",
            "number": number_of(request),
            "service": service_name(reader, request),
            "steps": steps_in_words(reader.phrases, steps_of(records, request)),
        }
        if request
        else None,
        "is_open": not values["answer"],
        "is_mine": values["owner_id"] == reader.session.agent_id,
        "why_not": reader.phrases.sentence(refusal.code, refusal.values) if refusal else "",
    }
