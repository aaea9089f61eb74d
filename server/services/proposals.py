"""What the next edition of a service is to say: proposed, published by another, taken back in time.

Running requests keep the edition that they were filed under; nobody is told anything by a proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from server.db.events import Action
from server.db.records import NotFound, Records
from server.db.work import Author, Work
from server.reference.catalogue import catalogue
from server.services.checking import check, content_of
from sync import local_time
from sync.entities.service_edition import PUBLISHED, SERVICE_EDITION, WITHDRAWN
from sync.errors import Refusal
from sync.rules.editions import read_edition

_AUDITED = "edition_proposal"


class State(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    PUBLISHED = "published"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"  # after it was published, before its first day


class ProposalOwn(Refusal):
    """Who proposed an edition does not publish it: another pair of eyes does."""

    code = "proposal_own"


class ProposalOver(Refusal):
    """It was decided already, or its first day has come."""

    code = "proposal_over"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it stands. `declared`: what the edition says, as a file of the catalogue.

    `number`: of the edition that it became; `proposed_by` None: whoever sits at the server.
    """

    id: bytes
    service: str
    number: int | None
    declared: Mapping[str, Any]
    state: State
    proposed_by: bytes | None
    proposed_at: int
    decided_by: bytes | None
    decided_at: int | None


def propose(work: Work, declared: Mapping[str, Any], by: bytes | None) -> bytes:
    """Keep what a service is to say from some day on. Returns the proposal's id.

    Raises:
        Refusal: as `server.services.checking.check`.
    """
    edition, proposal_id = check(declared, local_time.day_of(work.now_ms)), work.ids()
    work.connection.execute(
        sa.insert(work.tables.edition_proposal).values(
            id=proposal_id,
            service=edition.code,
            content=content_of(declared),
            state=State.OPEN,
            proposed_by=by,
            proposed_at=work.now_ms,
        )
    )
    work.note(Action.MAKE, by, _AUDITED, proposal_id, edition.code)
    return proposal_id


def publish(work: Work, proposal_id: bytes, by: bytes) -> None:
    """Make a proposal the next edition of its service: everybody is sent it, tablets too.

    Raises:
        NotFound: no such proposal.
        ProposalOver, ProposalOwn: it is no longer open; it is their own.
        Refusal: its first day has come meanwhile, or what it names is gone.
    """
    found = _decide(work, proposal_id, State.OPEN, State.PUBLISHED, by)
    if found.proposed_by == by:
        raise ProposalOwn(f"proposal {proposal_id.hex()}: their own")
    check(found.declared, local_time.day_of(work.now_ms))
    work.lock_name("service_edition", found.service)
    table = work.tables.records[SERVICE_EDITION.name]
    of_it = work.list(SERVICE_EDITION.name, table.c.service == found.service)
    known = [*catalogue().known(found.service), *(int(str(one.values["number"])) for one in of_it)]
    number = max(known, default=0) + 1
    work.insert(
        SERVICE_EDITION.name,
        {
            "service": found.service,
            "number": number,
            "content": content_of({**found.declared, "edition": number}),
            "state": PUBLISHED,
        },
        Author(by),
        record_id=proposal_id,
    )
    proposals = work.tables.edition_proposal
    numbered = sa.update(proposals).where(proposals.c.id == proposal_id).values(number=number)
    work.connection.execute(numbered)


def drop(work: Work, proposal_id: bytes, by: bytes) -> None:
    """Leave a proposal aside. Raises NotFound, ProposalOver."""
    _decide(work, proposal_id, State.OPEN, State.DROPPED, by)


def withdraw(work: Work, proposal_id: bytes, by: bytes) -> None:
    """Take a published edition back before its first day. Raises NotFound, ProposalOver."""
    found = _decide(work, proposal_id, State.PUBLISHED, State.WITHDRAWN, by)
    if read_edition(found.declared).valid_from <= local_time.day_of(work.now_ms):
        raise ProposalOver(f"proposal {proposal_id.hex()}: its first day has come")
    work.change(SERVICE_EDITION.name, proposal_id, {"state": WITHDRAWN}, Author(by))


def find(records: Records, proposal_id: bytes) -> Proposal:
    """Return a proposal. Raises NotFound."""
    table = records.tables.edition_proposal
    row = records.connection.execute(sa.select(table).where(table.c.id == proposal_id)).first()
    if row is None:
        raise NotFound(f"proposal {proposal_id.hex()}", entity=SERVICE_EDITION.name)
    return _of(row)


def listed(records: Records, service: str = "") -> Sequence[Proposal]:
    """Return the proposals of a service, the last first; without one the open ones of all."""
    table = records.tables.edition_proposal
    wanted = table.c.service == service if service else table.c.state == State.OPEN
    query = sa.select(table).where(wanted).order_by(table.c.proposed_at.desc(), table.c.id.desc())
    return [_of(row) for row in records.connection.execute(query)]


def _decide(work: Work, proposal_id: bytes, was: State, to: State, by: bytes) -> Proposal:
    table = work.tables.edition_proposal
    changed = work.connection.execute(
        sa.update(table)
        .where(table.c.id == proposal_id, table.c.state == was)
        .values(state=to, decided_by=by, decided_at=work.now_ms)
    )
    found = find(work, proposal_id)
    if not changed.rowcount:
        raise ProposalOver(f"proposal {proposal_id.hex()}: {found.state}")
    work.note(Action.DECIDE, by, _AUDITED, proposal_id, f"{found.service} {to}")
    return found


def _of(row: sa.Row[Any]) -> Proposal:
    declared = msgspec.json.decode(row.content, type=dict[str, Any])
    return Proposal(
        row.id,
        row.service,
        row.number,
        declared,
        State(row.state),
        row.proposed_by,
        row.proposed_at,
        row.decided_by,
        row.decided_at,
    )
