"""What an agent saw at the counter of an office, and wrote for it: the office says if it is so.

The coordinators have the same question among their reviews; whoever is first settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.applications.queries import FLAG, number_of, service_name
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.exchange import decide
from server.exchange.steps import OF_OFFICE, StepSeen, step_fault
from server.offices.queries import URL, actor_of
from server.rights import Right
from server.web.asked import Asked
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen

_SHOWN_MAX = 20
DECISIONS = (decide.THEIRS, decide.MINE)
"""It is so; it is not, and the request stands where it stood."""


def seen_for(records: Records, reader: Reader) -> list[dict[str, Any]]:
    """Return the requests of a reader's office of which an agent wrote an answer, oldest first."""
    table = records.tables.records["application"]
    own = reader.covers(records, "application", Right.ANSWER_REQUESTS)
    return [
        {**_shown(reader, request, flag), "url": f"{URL}/{UUID(bytes=request.record_id)}"}
        for request, flag in _flagged(records, own, table.c.deleted_at.is_(None))
    ]


def seen_of(records: Records, reader: Reader, request: Stored) -> dict[str, Any] | None:
    """Return what an agent wrote of a request for its office; None: nothing is to be said of it."""
    table = records.tables.records["application"]
    found = _flagged(records, table.c.id == request.record_id)
    if not found:
        return None
    flag, agent_id = found[0][1], found[0][1].values["mine_by"]
    agents = lookup.agents(records, [agent_id] if isinstance(agent_id, bytes) else [])
    agent = agents.get(agent_id) if isinstance(agent_id, bytes) else None
    return {
        **_shown(reader, request, flag),
        "agent": name_of(agent, reader.language),
        "at": flag.values["mine_at"],
    }


def settle(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Say whether what an agent wrote for the reader's office is so.

    Raises:
        NotFound: none that the reader may answer, or nothing is to be said of it.
        AlreadyDecided, RecordChanged, DecisionUnknown: as `decide`.
    """
    request = get_seen(work, reader, "application", text, Right.ANSWER_REQUESTS)
    table = work.tables.records["application"]
    found = _flagged(work, table.c.id == request.record_id)
    if not found:
        raise NotFound("application: nothing seen", entity="review")
    decide.decide(
        work,
        found[0][1].record_id,
        form.one_of("decision", DECISIONS),
        by=reader.session.agent_id,
        seen_rev=form.number("seen_rev") or 0,
        actor=actor_of(reader),
    )


def _flagged(records: Records, *where: sa.ColumnElement[bool]) -> Sequence[tuple[Stored, Stored]]:
    """Return requests and their open questions, those alone that are still of what was seen."""
    review, table = records.tables.records["review"], records.tables.records["application"]
    query = (
        sa.select(review.c.id, table.c.id)
        .join(table, table.c.id == review.c.record_id)
        .where(review.c.state == "open", review.c.kind == FLAG, review.c.deleted_at.is_(None))
        .where(review.c.theirs.in_(OF_OFFICE), review.c.theirs == table.c.state, *where)
        .order_by(review.c.id)
        .limit(_SHOWN_MAX)
    )
    ids = [(bytes(one), bytes(of)) for one, of in records.connection.execute(query)]
    flags = records.load("review", [one for one, _ in ids])
    requests = records.load("application", [of for _, of in ids])
    return [
        (requests[of], flags[one]) for one, of in ids if _is_seen(records, requests[of], flags[one])
    ]


def _is_seen(records: Records, request: Stored, flag: Stored) -> bool:
    fault = step_fault(records, request, flag.values[decide.MINE], flag.values[decide.THEIRS])
    return isinstance(fault, StepSeen)


def _shown(reader: Reader, request: Stored, flag: Stored) -> dict[str, Any]:
    return {
        "number": number_of(request),
        "service": service_name(reader, request),
        "state": word(reader, "application", "state", request.values["state"]),
        "was": word(reader, "application", "state", flag.values[decide.MINE]),
    }
