"""A form becomes an answer: the two are one, they are not, or somebody who knows is asked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db.events import Action
from server.db.work import Author, Work
from server.duplicates import merging, pairs
from server.duplicates.merging import Undone
from server.duplicates.queries import SIDES, Question, get
from server.exchange.decide import AlreadyDecided, DecisionUnknown
from server.reviews import asking
from server.rights import Right
from server.web.asked import Asked
from server.web.reader import Reader, name_of
from sync import local_time
from sync.rules.codes import short_code

ANSWERS = ("merge", "differ", "ask", "want", "share", "deny")
_DAYS_TO_ANSWER = 7


def answer(work: Work, reader: Reader, number: int, form: Asked) -> str:
    """Do what a form of a pair's page says. Returns which answer it was.

    Raises:
        NotFound: no such pair, or one of the records is not the reader's to see.
        AlreadyDecided: somebody else was faster.
        Refusal: as `merging.merge`.
    """
    said = form.one_of("answer", ANSWERS)
    # Before the pair, as in a merge: who waits for merges to end must hold no pair of theirs.
    work.leads.lock(alone=said == "merge")
    pairs.lock(work, number)
    question = get(work, reader, number)
    if question.row.state not in pairs.WAITING:
        raise AlreadyDecided(f"pair {number}: {question.row.state}")
    if not said:
        raise DecisionUnknown(f"pair {number}: no answer")
    by = reader.session.agent_id
    work.note(Action.DECIDE, by, question.entity, question.low.record_id, said)
    if said in ("want", "share", "deny"):
        _between_regions(work, question, said, by)
        return said
    if question.hidden:
        raise DecisionUnknown(f"pair {number}: one of the two is not shown")
    if said == "merge":
        _merge(work, reader, question, form)
    elif said == "differ":
        pairs.settle(work, question.low.record_id, question.high.record_id, pairs.DISMISSED, by)
    else:
        _ask_agent(work, reader, question)
    return said


def undo(work: Work, reader: Reader, merge_id: int) -> Undone:
    """Undo a merge of the reader's communes. Raises as `merging.undo`."""
    bound = reader.session.standing.bound(Right.DECIDE)
    return merging.undo(work, merge_id, by=reader.session.agent_id, communes=bound)


def _merge(work: Work, reader: Reader, question: Question, form: Asked) -> None:
    stays = form.one_of("stays", SIDES) or "low"
    goes = "high" if stays == "low" else "low"
    survivor, loser = question.side(stays), question.side(goes)
    chosen = [
        name for name in merging.comparable(loser) if form.one_of(f"keep_{name}", SIDES) == goes
    ]
    bound = reader.session.standing.bound(Right.DECIDE)
    if bound is not None and question.row.shared_at is not None:
        bound = (*bound, *(str(one.values["commune_code"]) for one in (survivor, loser)))
    merging.merge(
        work,
        question.entity,
        survivor.record_id,
        loser.record_id,
        chosen,
        by=reader.session.agent_id,
        seen={question.side(side).record_id: form.number(f"seen_{side}") or 0 for side in SIDES},
        communes=bound,
    )


def _between_regions(work: Work, question: Question, said: str, by: bytes) -> None:
    """Ask the other region to show its record, show one's own, or say that it is another's."""
    row, table = question.row, work.tables.duplicate_pair
    values: dict[str, Any]
    if said == "want" and question.hidden:
        # What was shown to another who asked is not shown to this one yet.
        values = {"wanted_at": work.now_ms, "wanted_by": by, "shared_at": None, "shared_by": None}
    elif said == "share" and question.is_wanted:
        values = {"shared_at": work.now_ms, "shared_by": by}
    elif said == "deny" and question.is_wanted:
        values = {"state": pairs.DISMISSED, "decided_at": work.now_ms, "decided_by": by}
    else:
        raise DecisionUnknown(f"pair {row.id}: {said}")
    work.connection.execute(sa.update(table).where(table.c.id == row.id).values(**values))


def _ask_agent(work: Work, reader: Reader, question: Question) -> None:
    """Give whoever registered the later of the two a task: to find out if they are one."""
    earlier, later = sorted((question.low, question.high), key=lambda one: one.effective_at)
    owner = later.values.get("created_by")
    phrases = asking.phrases_of(work, owner if isinstance(owner, bytes) else b"")
    names = [
        name_of(one, phrases.language.code) or short_code(one.record_id) for one in (later, earlier)
    ]
    task = work.insert(
        "task",
        {
            "commune_code": later.values["commune_code"],
            "kind": "verification",
            "title": phrases.say("desk.duplicates.task", name=names[0]),
            f"{question.entity}_id": later.record_id,
            "owner_id": owner,
            "due_on": local_time.day_of(work.now_ms) + _DAYS_TO_ANSWER,
            "priority": "normal",
            "state": "open",
            "notes": phrases.say(
                "desk.duplicates.task.about",
                name=names[0],
                other=names[1],
                code=short_code(earlier.record_id),
            ),
        },
        Author(reader.session.agent_id),
    )
    of_both = (question.entity, question.low.record_id, question.high.record_id)
    asking.keep(work, task, of_both, reader.session.agent_id)
    pairs.settle(
        work,
        question.low.record_id,
        question.high.record_id,
        pairs.ASKED,
        reader.session.agent_id,
    )
