"""What a request for a service is called, whose it is, and which of its steps are flagged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.exchange import decide
from server.exchange.steps import step_fault
from server.reference import catalogue
from server.rights import Right
from server.web import waiting
from server.web.asked import Asked
from server.web.reader import Reader, word
from server.web.seen import named, seen_of
from server.web.shell import DESK
from sync.entities.application import APPLICATION_STATES
from sync.rules.codes import short_code

URL = f"{DESK}/requests"
FLAG = "flag"
"""The kind of a review that asks about a step, not about two values."""


def is_due_list(asked: Asked) -> bool:
    """Whether a list is of those whose day is near or past. Raises RequestWrong."""
    return bool(asked.one_of("due", {"soon"}))


def conditions(records: Records, reader: Reader, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of the requests that a list has, as its address asks.

    Raises:
        RequestWrong: the address cannot be read.
    """
    table, state = records.tables.records["application"], asked.one_of("state", APPLICATION_STATES)
    where = [reader.covers(records, "application")]
    if is_due_list(asked):
        where += waiting.due_requests(records, reader)
    for column, wanted in ((table.c.state, state), (table.c.commune_code, asked.get("commune"))):
        if wanted:
            where.append(column == wanted)
    return where


def requests_of(
    records: Records, reader: Reader, entity: str, record_id: bytes
) -> list[dict[str, Any]]:
    """Return the requests of a person or enterprise, newest first, with their open flags."""
    field, order = f"{entity}_id", ("-id",)
    found = seen_of(records, reader, "application", field, [record_id], order=order)
    ids = [request.record_id for request in found]
    flag_by_record = {
        one.values["record_id"]: one
        for one in seen_of(records, reader, "review", "record_id", ids)
        if (one.values["kind"], one.values["state"]) == (FLAG, "open")
    }
    return [
        {
            "service": service_name(reader, request),
            "state": word(reader, "application", "state", request.values["state"]),
            "url": f"{DESK}/requests/{UUID(bytes=request.record_id)}",
            "flag_url": review_url(flag) if flag else "",
            "reason": flag_reason(reader, flag, records, request) if flag else "",
        }
        for request in found
        for flag in [flag_by_record.get(request.record_id)]
    ]


def flag_of(records: Records, reader: Reader, request: Stored) -> str:
    """Return the page on which a flagged step of a request is decided; empty for none."""
    review = records.tables.records["review"]
    found = records.list(
        "review",
        review.c.kind == FLAG,
        review.c.state == "open",
        review.c.record_id == request.record_id,
        reader.covers(records, "review"),
        limit=1,
    )
    return review_url(found[0]) if found else ""


def service_name(reader: Reader, application: Stored) -> str:
    """Return what is asked for; a service of a newer catalogue by its code."""
    return catalogue.name_of(application.values, reader.language)


def number_of(application: Stored) -> str:
    """Return by which number a request is called: its receipt's, before that its own reference."""
    return str(application.values["receipt_number"] or short_code(application.record_id))


def applicants_of(
    records: Records, reader: Reader, applications: Sequence[Stored]
) -> dict[bytes, Stored]:
    """Return who asked, by the application's id; nobody whom the reader may not know."""
    asked = {}
    for entity in ("person", "enterprise"):
        field = f"{entity}_id"
        ids = [application.values[field] for application in applications]
        found = named(records, reader, entity, ids, Right.SEE_REQUESTS)
        for application in applications:
            subject_id = application.values[field]
            if isinstance(subject_id, bytes) and subject_id in found:
                asked[application.record_id] = found[subject_id]
    return asked


def applicant_of(records: Records, reader: Reader, application: Stored) -> Stored | None:
    """Return the person or enterprise who asked; None if the reader may not know."""
    return applicants_of(records, reader, [application]).get(application.record_id)


def flag_reason(reader: Reader, flag: Stored, records: Records, application: Stored) -> str:
    """Return what is wrong with a flagged step, as the application stands now."""
    was, state = flag.values[decide.MINE], flag.values[decide.THEIRS]
    fault = step_fault(records, application, was, state)
    if fault is None:
        return reader.phrases.say("desk.flag.settled")
    field = reader.phrases.say(f"application.field.{fault.values.get('field', 'state')}")
    return reader.phrases.say(f"desk.flag.{fault.code}", field=field)


def review_url(review: Stored) -> str:
    """Return the page on which a review is decided."""
    return f"{DESK}/reviews/{UUID(bytes=review.record_id)}"
