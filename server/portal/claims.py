"""A code for an agent: given out on the portal, joined when it comes back from a tablet.

Its enterprise and the one that the agent wrote down under it become one record with two histories,
by the merging that coordinators have, which can be undone.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

import sqlalchemy as sa

from server.accounts import proxies, throttle
from server.accounts.visitors import Visitor
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Database, Work
from server.duplicates import merging
from server.phrases import SPOKEN, load_phrases
from server.portal.queries import enterprise_of
from sync import local_time, scopes
from sync.errors import Refusal
from sync.merge import INSERT
from sync.rules.codes import claim_code, claim_mark, short_code
from sync.spec import Values

CLAIM_DAYS = 30
TYPED_A_DAY_MAX = 40
"""Codes that lead nowhere, of one agent in a day: more than a market day's misreadings."""
_AUTHOR = Author(None, source="portal")
_AT_ONCE = 20
_CHECK_DAYS = 7


def issue(database: Database, visitor: Visitor, enterprise_id: bytes) -> str:
    """Give an enterprise of the visitor's phone a new code; the one before ends. Returns it.

    Raises:
        NotFound: not of this phone.
        TooManyTries: too many codes for this phone.
    """
    code = claim_code(secrets.token_bytes(5))
    mark = claim_mark(code)  # slow on purpose, so outside of the transaction

    def store(work: Work) -> None:
        throttle.take(work, [throttle.Count(throttle.Limit.CLAIM_TO, visitor.phone)])
        known = enterprise_of(work, visitor, enterprise_id)
        enterprise = work.lock("enterprise", known.record_id)  # two taps wait for one another
        if enterprise is None:
            raise NotFound("portal: gone meanwhile", entity="enterprise")
        table = work.tables.records["claim"]
        before = work.list(
            "claim",
            table.c.enterprise_id == enterprise.record_id,
            table.c.kind == "issued",
            table.c.expires_at > work.now_ms,
        )
        for claim in before:
            work.change("claim", claim.record_id, Values(expires_at=work.now_ms), _AUTHOR)
        work.insert(
            "claim",
            {
                "commune_code": enterprise.values["commune_code"],
                "enterprise_id": enterprise.record_id,
                "mark": mark,
                "kind": "issued",
                "expires_at": work.now_ms + CLAIM_DAYS * scopes.DAY_MS,
            },
            _AUTHOR,
        )
        proxies.note(work, visitor.phone, enterprise, "claim", enterprise.record_id)

    database.write(store)
    return code


def waiting(records: Records) -> list[tuple[bytes, bytes]]:
    """Return the claims typed on tablets whose code is known here: their ids, and the issued's."""
    typed = records.tables.records["claim"].alias("typed")
    issued = records.tables.records["claim"].alias("issued")
    query = (
        sa.select(typed.c.id, issued.c.id)
        .join(issued, sa.and_(issued.c.mark == typed.c.mark, issued.c.kind == "issued"))
        .where(
            typed.c.kind == "typed",
            typed.c.joined_at.is_(None),
            typed.c.deleted_at.is_(None),
            # As it was when the agent typed it: a tablet may have been away for days since.
            issued.c.expires_at > typed.c.effective_at,
        )
        .order_by(typed.c.effective_at, typed.c.id)
        .limit(_AT_ONCE)
    )
    return [(bytes(mine), bytes(theirs)) for mine, theirs in records.connection.execute(query)]


def join(work: Work, typed_id: bytes, issued_id: bytes) -> bool:
    """Make the enterprise of a typed claim that of the code. Returns whether two became one.

    What cannot be merged, since one is gone, stands for a third by now, or is another agent's, is
    left as it is, and a person is asked to see to it; so is what somebody may have guessed, who
    typed one code after the other.
    """
    found = work.load("claim", [typed_id, issued_id])
    typed, issued = found[typed_id], found[issued_id]
    by = typed.writers[INSERT].agent_id
    own, begun = typed.values["enterprise_id"], issued.values["enterprise_id"]
    is_joined = False
    if isinstance(own, bytes) and isinstance(begun, bytes) and own != begun:
        both = work.load("enterprise", [own, begun])
        # A code opens one's own work alone: nobody joins what another agent wrote down.
        if (
            both.keys() == {own, begun}
            and both[own].writers[INSERT].agent_id == by
            and not (_is_guessed(work, typed, by))
        ):
            lacking = [
                name
                for name in merging.comparable(both[own])
                if both[begun].values[name] is None and both[own].values[name] is not None
            ]
            with suppress(Refusal):
                merging.merge(work, "enterprise", begun, own, lacking, by=by)
                is_joined = True
        if not is_joined:
            _ask_person(work, begun, own)
    work.change("claim", typed_id, Values(joined_at=work.now_ms), Author(None))
    return is_joined


def _is_guessed(records: Records, typed: Stored, by: bytes | None) -> bool:
    """Whether whoever typed a code typed many that led nowhere, in the day before it came."""
    table = records.tables.records["claim"]
    # By the server's clock, since a tablet's is its holder's to set.
    query = sa.select(sa.func.count()).where(
        table.c.kind == "typed",
        table.c.created_by == by,
        table.c.joined_at.is_(None),
        table.c.received_at > typed.received_at - scopes.DAY_MS,
        table.c.received_at <= typed.received_at,
    )
    return (records.connection.scalar(query) or 0) > TYPED_A_DAY_MAX


def _ask_person(work: Work, begun: bytes, own: bytes) -> None:
    """Make a task of a code whose two enterprises could not become one."""
    enterprise = work.load("enterprise", [begun]).get(begun)
    if enterprise is None:
        return
    work.insert(
        "task",
        {
            "commune_code": enterprise.values["commune_code"],
            "enterprise_id": begun,
            "kind": "verification",
            # Who reads it is not known yet: in both languages.
            "title": " · ".join(load_phrases(one).say("portal.claim.refused") for one in SPOKEN),
            "notes": f"{short_code(begun)} · {short_code(own)}",
            "due_on": local_time.day_of(work.now_ms) + _CHECK_DAYS,
            "state": "open",
        },
        Author(None),
    )
