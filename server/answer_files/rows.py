"""What a row of a file answers, by the same checks as the page, and how its columns are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache

import sqlalchemy as sa

from server.answer_files.sheet import Line
from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange.stepping import check, decided_by
from server.offices.commands import ANSWERS, Answer, read_answer, require_may_answer, step_of
from server.phrases import load_phrases
from server.rights import Right
from server.web.asked import Asked
from server.web.reader import Reader
from sync import limits, local_time, typed
from sync.errors import Refusal
from sync.rules.applications import GRANTED, REJECTED, reasons_for
from sync.rules.codes import CodeWrong, parse_short_code, short_code
from sync.spec import Values

COLUMNS = ("reference", "decision", "reason", "words", "amount", "date")
"""What an office fills in, in the order of the list. Words: `desk.answers.column.NAME`."""
NEEDED = COLUMNS[:2]
_LANGUAGES = ("fr", "ar")
_RIGHT = Right.ANSWER_REQUESTS


class Stage(StrEnum):
    """Where a row is."""

    NEW = "new"
    READY = "ready"
    WRONG = "wrong"
    DONE = "done"


class ReferenceUnknown(Refusal):
    """No request of the reader's queue is called so: mistyped, another office's, or withdrawn."""

    code = "answer_reference_unknown"


class ReferenceUnclear(Refusal):
    """A receipt's number that several requests have."""

    code = "answer_reference_unclear"


class RowTwice(Refusal):
    """Another row of the file answers the same request."""

    code = "answer_row_twice"


class RowWide(Refusal):
    """A row of more cells than the table has columns."""

    code = "answer_row_wide"


class RowDecisionMissing(Refusal):
    """A row that says why, or how much, and not what."""

    code = "answer_decision_missing"


class RowDecisionUnknown(Refusal):
    """A decision that is none of the answers."""

    code = "answer_decision_unknown"


class RowReasonUnknown(Refusal):
    """A reason that is not of the list of who decides."""

    code = "answer_reason_unknown"


class RowContradicts(Refusal):
    """A sum without an approval, or a reason without a refusal."""

    code = "answer_contradicts"


class DateNotPossible(Refusal):
    """A decision of a day to come, or of before the request was filed."""

    code = "answer_date_not_possible"


@cache
def column_words() -> Mapping[str, tuple[str, ...]]:
    """Return what each column may be called, in the languages of the desk."""
    return {
        name: tuple(load_phrases(one).say(f"desk.answers.column.{name}") for one in _LANGUAGES)
        for name in COLUMNS
    }


def requests_called(
    records: Records, reader: Reader, references: Iterable[str]
) -> dict[str, list[bytes]]:
    """Return the requests of a reader's reach by each reference: a short code, a receipt's number.

    A short code cannot be asked for, it is computed: of an office's own requests once a file.
    """
    table = records.tables.records["application"]
    query = sa.select(table.c.id, table.c.receipt_number).where(
        table.c.deleted_at.is_(None), reader.covers(records, "application", _RIGHT)
    )
    wanted: dict[str, list[bytes]] = {_plain(one): [] for one in references}
    for row in records.connection.execute(query):
        names = {short_code(bytes(row.id)), _plain(row.receipt_number or "")} - {""}
        for name in names & wanted.keys():
            wanted[name].append(bytes(row.id))
    return wanted


def request_of(line: Line, found: Mapping[str, Sequence[bytes]]) -> bytes:
    """Return the request that a row's reference names. Raises ReferenceUnknown, RowWide, ..."""
    if line.is_wide:
        raise RowWide("row: too many cells")
    ids = found.get(_plain(line.cells.get("reference", "")), ())
    if not ids:
        raise ReferenceUnknown("row: no such request")
    if len(ids) > 1:
        raise ReferenceUnclear("row: several requests", count=len(ids))
    return ids[0]


def _plain(reference: str) -> str:
    line = typed.line(reference)
    try:
        return parse_short_code(line)
    except CodeWrong:
        return line.casefold()


def get_request(work: Work, reader: Reader, record_id: bytes) -> Stored:
    """Return a request that the reader may answer still, locked. Raises ReferenceUnknown."""
    table = work.tables.records["application"]
    within = reader.covers(work, "application", _RIGHT)
    request = work.lock("application", record_id)
    if request is None or not work.list("application", table.c.id == record_id, within, limit=1):
        raise ReferenceUnknown("row: out of reach by now")
    return request


def answer_of(
    work: Work, reader: Reader, request: Stored, cells: Mapping[str, str], seen_rev: int
) -> Answer:
    """Return what a row answers, after every check that the page makes.

    Raises:
        Refusal: who may not, or what cannot be; several at once as FormWrong.
    """
    require_may_answer(work, reader, request, seen_rev)
    state = _one_of(cells["decision"], ANSWERS, ("desk.queue.answer.", "application.state."))
    if not state:
        raise RowDecisionUnknown("row: no such decision", decision=_short(cells["decision"]))
    reason = cells.get("reason", "")
    if (cells.get("amount") and state != GRANTED) or (reason and state != REJECTED):
        raise RowContradicts(f"row: {state} with a sum or a reason")
    code = _one_of(reason, reasons_for(decided_by(request)), ("application_step.reason.",))
    if reason and not code:
        raise RowReasonUnknown("row: no such reason", reason=_short(reason))
    form = {"state": state, "reason": code, "words": cells.get("words", "")}
    given = read_answer(Asked({**form, "amount": cells.get("amount", "")}.items()), request)
    if cells.get("date"):
        day = _day(cells["date"], request, work.now_ms)
        given = Answer(state, Values({**given.said, "decided_on": day}))
    check(work, request, step_of(reader, given))
    return given


def require_decision(line: Line) -> bool:
    """Whether a row answers at all. Raises RowDecisionMissing: it says something without."""
    if line.cells.get("decision"):
        return True
    if any(line.cells.get(name) for name in COLUMNS[2:]):
        raise RowDecisionMissing("row: no decision")
    return False


def _one_of(text: str, codes: Sequence[str], words: Sequence[str]) -> str:
    """Return the code that a cell says, itself or by its words in a language; "" if none.

    Args:
        words: with what the codes of its words begin.
    """
    plain = typed.line(text).casefold()
    for code in codes:
        called = {load_phrases(one).say(word + code) for word in words for one in _LANGUAGES}
        if plain in {code, *(typed.line(one).casefold() for one in called)}:
            return code
    return ""


def _short(text: str) -> str:
    return typed.line(text)[: limits.LINE_CHARS_MAX // 4]


def _day(text: str, request: Stored, now_ms: int) -> int:
    try:
        day = typed.day(text)
    except typed.DayWrong as fault:
        fault.values |= {"entity": "application_step", "field": "decided_on"}
        raise
    filed_at = request.values["submitted_at"]
    first = local_time.day_of(filed_at) if isinstance(filed_at, int) else day
    if not first <= day <= local_time.day_of(now_ms):
        raise DateNotPossible("row: no day for a decision")
    return day
