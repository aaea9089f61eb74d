"""Many at once: conflicts by a rule, held records of one reason; shown first, then done.

What is done is what was shown: each row of the form names its thing, as the page had it, and what
somebody changed since is left. It goes in transactions of a few rows, lest a push waits for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.db.records import NotFound, Records
from server.db.work import Work
from server.exchange import decide, settle
from server.reviews import commands
from server.reviews.list import URL, held_rows, review_rows
from server.reviews.queries import (
    HELD,
    Filter,
    get_held,
    list_held,
    list_reviews,
    subject_of,
)
from server.reviews.rules import RULES, SIDES
from server.reviews.words import side_words
from server.rights import Right
from server.web import acts
from server.web.asked import Asked, RequestWrong
from server.web.reader import Reader
from server.web.seen import get_seen
from server.web.shell import DESK
from server.web.values import RULE_NOTE
from sync.errors import Refusal

MANY_URL = f"{DESK}/decisions"
ROWS_MOST = 200
ROWS_PER_TURN = 25


@dataclass(frozen=True, slots=True)
class Done:
    """What became of many: how many were decided, how many left, and the act that undoes it."""

    decided: int = 0
    left: int = 0
    act_id: bytes = b""

    def plus(self, other: Done) -> Done:
        """Return both together."""
        return Done(
            self.decided + other.decided, self.left + other.left, other.act_id or self.act_id
        )


def many_page(records: Records, reader: Reader, wanted: Filter, rule: str) -> dict[str, Any]:
    """Return what would be decided: of conflicts what a rule keeps, of what is held each record."""
    rows = (
        _held(records, reader, wanted)
        if wanted.kind == HELD
        else _conflicts(records, reader, replace(wanted, kind="conflict"), rule)
    )
    return {
        "wanted": wanted,
        "rule": rule,
        "rules": [
            {
                "label": reader.phrases.say(f"desk.rule.{code}"),
                "url": f"{MANY_URL}?{wanted.query}&rule={code}",
                "active": code == rule,
            }
            for code in RULES
        ]
        if wanted.kind != HELD
        else [],
        "rows": rows,
        "told": sum(bool(row["value"]) for row in rows),
        "most": ROWS_MOST,
        "list_url": f"{URL}?{wanted.query}",
        "address": f"{MANY_URL}?{wanted.query}",
    }


def _conflicts(records: Records, reader: Reader, wanted: Filter, rule: str) -> list[dict[str, Any]]:
    found = [
        review
        for review in list_reviews(records, reader, wanted, limit=ROWS_MOST)
        if review.values["field"]  # whether a record stays is not for a rule
    ]
    kept = RULES[rule](records, found, reader.now_ms) if rule else {}
    rows = review_rows(records, reader, wanted, found)
    for review, row in zip(found, rows, strict=True):
        side = kept.get(review.record_id, "")
        record = subject_of(records, reader, review) if side else None
        row["kept"] = side_words(records, reader, review, side) if side else ""
        row["value"] = f"{row['key']}.{record.rev}.{side}" if record else ""
    return rows


def _held(records: Records, reader: Reader, wanted: Filter) -> list[dict[str, Any]]:
    groups = list_held(records, reader, wanted, limit=ROWS_MOST)
    rows = held_rows(records, reader, wanted, groups)
    for row in rows:
        row["kept"], row["value"] = "", row["key"]
    return rows


_ROW = re.compile(r"([0-9a-f]{32})\.(\d{1,10})\.(mine|theirs)", re.ASCII)
_HELD_ROW = re.compile(r"[0-9a-f]{32}", re.ASCII)


def turns(form: Asked, kind: str) -> list[list[str]]:
    """Return the rows that a form names, by transaction. Raises RequestWrong."""
    rows = form.several("row")
    pattern = _HELD_ROW if kind == HELD else _ROW
    if len(rows) > ROWS_MOST or not all(pattern.fullmatch(row) for row in rows):
        raise RequestWrong("decisions: no rows of ours")
    return [rows[at : at + ROWS_PER_TURN] for at in range(0, len(rows), ROWS_PER_TURN)]


def decide_turn(work: Work, reader: Reader, rows: Sequence[str], act_id: bytes, notes: str) -> Done:
    """Decide some conflicts as the page showed them; what changed since is left.

    Args:
        rows: each `review.rev.side`.
        act_id: of the turns before; empty in the first.
        notes: why, kept with each.
    """
    by = reader.session.agent_id
    act_id = acts.begin(work, "review_rule", by, act_id)
    named = [row.split(".") for row in rows]
    found = []
    for text, rev, side in named:
        assert side in SIDES
        try:
            review = get_seen(work, reader, "review", text, Right.DECIDE)
        except NotFound:
            continue
        found.append((review, int(rev), side))
    # All at once and in the order in which pushes lock, before the first is decided.
    keys = [("review", review.record_id) for review, _, _ in found]
    for review, _, _ in found:
        record_id = review.values["record_id"]
        assert isinstance(record_id, bytes)
        keys.append((str(review.values["entity"]), record_id))
    work.lock_in_order(keys)
    decided = 0
    for review, seen_rev, side in found:
        try:
            commands.decide_one(
                work, reader, review, side, act_id=act_id, seen_rev=seen_rev, notes=notes
            )
        except Refusal:  # changed since, gone, or a value that cannot be: a person looks at it
            continue
        decided += 1
    return Done(decided, len(rows) - decided, act_id)


def accept_one(work: Work, reader: Reader, text: str, *, slice_count: int) -> Done:
    """Accept one held record as it was captured; what is refused still stays held.

    Args:
        slice_count: as `Settings` has it.
    """
    try:
        row = get_held(work, reader, text)
        replayed = settle.apply_held(
            work,
            row.change_id,
            by=reader.session.agent_id,
            slice_count=slice_count,
            communes=reader.session.standing.bound(Right.DECIDE),
        )
    except (NotFound, decide.AlreadyDecided):  # with one before, or by somebody else
        return Done(left=1)
    return Done(left=1) if replayed.refusal else Done(decided=1)


def rule_note(code: str) -> str:
    """Return what is kept with each decision of a rule; `shown` has it in a reader's words."""
    return f"{RULE_NOTE}{code}"
