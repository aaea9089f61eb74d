"""Accept a visit, return it to its agent, or say that one is no judge of it.

Whoever decides does so of what the page showed (`seen_rev`): who comes second sees the first's
decision, and what an agent corrected meanwhile is looked at before it is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.exchange import reach
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.exchange.returns import CORRECTED, RETURNED
from server.rights import Right
from server.visits import spoken
from server.voice.keeping import Recording
from server.web import acts
from server.web.asked import Asked
from server.web.forms import Reading
from server.web.reader import Reader
from server.web.seen import get_seen
from sync import limits, typed
from sync.checks import TooLong
from sync.entities.visit import VISIT
from sync.errors import Refusal
from sync.local_time import day_of
from sync.merge import INSERT, last_writer
from sync.rules.returns import returnable
from sync.spec import Values

ACCEPTED = "accepted"
OPEN = (None, "submitted", CORRECTED)
"""States of a visit that somebody is to look at."""
RETURNABLE = returnable(VISIT)
DUE_WORKING_DAYS = 3
_SATURDAY = 5


class OwnVisit(Refusal):
    """Nobody accepts a visit that they made."""

    code = "visit_own"


class VisitOfFamily(Refusal):
    """Nobody accepts a visit to somebody of whom they said that they are family."""

    code = "visit_of_family"


class VisitNotMade(Refusal):
    """A visit that is only planned: there is nothing to accept or to ask about yet."""

    code = "visit_not_made"


class QuestionMissing(Refusal):
    """A return without a field, or with neither a sentence nor a recording."""

    code = "question_missing"


class DuePast(Refusal):
    """A return that is to be answered by a day that is over."""

    code = "due_past"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of a visit: the act that undoes it."""

    visit: Stored
    act_id: bytes


def accept(work: Work, reader: Reader, text: str, form: Asked) -> Decided:
    """Accept a visit.

    Args:
        text: the visit's id as the address has it.

    Raises:
        NotFound: none that the reader may decide.
        OwnVisit, VisitOfFamily, VisitNotMade, AlreadyDecided, RecordChanged: as they say.
    """
    visit = _locked(work, reader, text)
    by = reader.session.agent_id
    if refusal := why_not(work, visit, by):
        raise refusal
    _require_as_seen(visit, form, ACCEPTED)
    act_id = acts.begin(work, "visit_accept", by)
    acts.change(work, act_id, visit, {"review_state": ACCEPTED}, by)
    return Decided(visit, act_id)


def give_back(
    work: Work, reader: Reader, text: str, form: Asked, recording: Recording | None = None
) -> Decided:
    """Return a visit to its agent with a question.

    Args:
        text: the visit's id as the address has it.
        recording: the question as it was spoken; then it needs no sentence.

    Raises:
        NotFound: none that the reader may decide.
        VisitNotMade, AlreadyDecided, RecordChanged: as they say.
        QuestionMissing, TooLong, DayWrong, DuePast, FormWrong: as `read_return`.
    """
    visit = _locked(work, reader, text)
    by = reader.session.agent_id
    if visit.values["started_at"] is None:
        raise VisitNotMade(f"visit {visit.record_id.hex()}: planned")
    values = read_return(form, work.now_ms, is_spoken=recording is not None)
    _require_as_seen(visit, form, RETURNED)
    values |= {"review_state": RETURNED, "returned_by": by, "returned_at": work.now_ms}
    act_id = acts.begin(work, "visit_return", by)
    acts.change(work, act_id, visit, values, by)
    asked = [("visit", visit.record_id)]
    if recording is not None:
        asked.append(("voice_note", spoken.say(work, visit, recording, by)))
    if isinstance(agent_id := visit.values["agent_id"], bytes):
        for entity, record_id in asked:
            reach.bring(work, entity, record_id, agent_id)
    return Decided(visit, act_id)


def read_return(form: Asked, now_ms: int, *, is_spoken: bool) -> Values:
    """Return what a form asks of the agent.

    Raises:
        QuestionMissing, TooLong, DayWrong, DuePast: all of them at once, each at its field.
    """
    reading, today = Reading(), day_of(now_ms)
    values: Values = {
        "returned_field": reading.take(lambda: _named(form)),
        "returned_note": reading.take(lambda: _note(form, is_spoken=is_spoken)),
        "returned_due_on": reading.take(lambda: _due(form, today)),
    }
    reading.end()
    return values


def _named(form: Asked) -> str:
    named = form.one_of("returned_field", RETURNABLE)
    if not named:
        raise QuestionMissing("return: no field", field="returned_field")
    return named


def _note(form: Asked, *, is_spoken: bool) -> str | None:
    note = typed.text(form.get("returned_note"))
    if not note and not is_spoken:
        raise QuestionMissing("return: nothing asked", field="returned_note")
    if len(note) > limits.NOTE_CHARS_MAX:
        over = len(note) - limits.NOTE_CHARS_MAX
        raise TooLong("return: note", field="returned_note", most=limits.NOTE_CHARS_MAX, over=over)
    return note or None


def _due(form: Asked, today: int) -> int:
    text = form.get("returned_due_on")
    if not text:
        return due_day(today)
    try:
        due = typed.day(text)
    except typed.DayWrong as fault:
        raise typed.DayWrong("return: due", field="returned_due_on") from fault
    if due < today:
        raise DuePast("return: due", field="returned_due_on")
    return due


def due_day(today: int) -> int:
    """Return the day by which an answer is expected, when nobody says another."""
    day, left = today, DUE_WORKING_DAYS
    while left:
        day += 1
        left -= (day + 3) % 7 < _SATURDAY  # days since 1970, which began on a Thursday
    return day


def why_not(records: Records, visit: Stored, by: bytes) -> Refusal | None:
    """Return why somebody does not accept a visit, None if they may."""
    reference = f"visit {visit.record_id.hex()}"
    if visit.values["started_at"] is None:
        return VisitNotMade(f"{reference}: planned")
    if by in (visit.values["agent_id"], visit.writers[INSERT].agent_id):
        return OwnVisit(f"{reference}: own")
    if is_family(records, by, _subject(visit)[1]):
        return VisitOfFamily(f"{reference}: of family")
    return None


def is_family(records: Records, by: bytes, record_id: object) -> bool:
    """Whether somebody said that a person, or who an enterprise is of, is of their family."""
    table = records.tables.declared_interest
    query = sa.select(table.c.record_id).where(
        table.c.agent_id == by, table.c.record_id == record_id
    )
    return isinstance(record_id, bytes) and records.connection.execute(query).first() is not None


def declare_family(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Say, or take back, that whom a visit was to is of the reader's family.

    Raises:
        NotFound: no such visit, or it was to nobody.
    """
    visit = get_seen(work, reader, "visit", text)
    entity, record_id = _subject(visit)
    if record_id is None:
        raise NotFound("visit: to nobody", entity="person")
    declare(work, reader, entity, record_id, form)


def declare(work: Work, reader: Reader, entity: str, record_id: bytes, form: Asked) -> None:
    """Say, or take back, that a person or an enterprise is of the reader's family."""
    table, by = work.tables.declared_interest, reader.session.agent_id
    if form.get("is_family") == "1":
        row = {"agent_id": by, "record_id": record_id, "entity": entity}
        query = work.insert_or_skip(table).values(**row, declared_at=work.now_ms)
        work.connection.execute(query)
        return
    here = (table.c.agent_id == by, table.c.record_id == record_id)
    work.connection.execute(sa.delete(table).where(*here))


def _locked(work: Work, reader: Reader, text: str) -> Stored:
    seen = get_seen(work, reader, "visit", text, Right.DECIDE)
    visit = work.lock("visit", seen.record_id)
    if visit is None or visit.deleted_at is not None:  # since it was found: a write would revive it
        raise NotFound(f"visit {seen.record_id.hex()}: deleted", entity="visit")
    return visit


def _require_as_seen(visit: Stored, form: Asked, goal: str) -> None:
    """Raise AlreadyDecided, or RecordChanged where the visit was written since the page."""
    seen_rev = form.number("seen_rev") or 0
    state = visit.values["review_state"]
    decided = last_writer(visit.entity, visit.writers, "review_state").rev
    reference = f"visit {visit.record_id.hex()}"
    if state == goal == ACCEPTED or (decided > seen_rev and state not in OPEN):
        raise AlreadyDecided(f"{reference}: {state!r}")
    if visit.rev > seen_rev:
        raise RecordChanged(f"{reference}: written since rev {seen_rev}", field="review_state")


def _subject(visit: Stored) -> tuple[str, bytes | None]:
    for entity in ("person", "enterprise"):
        record_id = visit.values[f"{entity}_id"]
        if isinstance(record_id, bytes):
            return entity, record_id
    return "person", None
