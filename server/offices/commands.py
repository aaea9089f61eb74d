"""Take a request, hand it over, ask for what lacks, answer it.

Whoever answers does so of what the page showed (`seen_rev`): of two who answer at once the second
sees the first's answer. A step is never taken back: it is asked about before it is sent, and what
was wrong is appealed. Who holds a request can be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.applications.papers import wanted_by
from server.db.records import NotFound, Records, Stored
from server.db.work import Work
from server.exchange import bringing, passing
from server.exchange.decide import AlreadyDecided, RecordChanged
from server.exchange.stepping import Step, decided_by, take
from server.offices.queries import actor_of, colleagues, conditions, order_of
from server.rights import Right
from server.visits.commands import is_family
from server.web import acts
from server.web.asked import Asked
from server.web.forms import Reading
from server.web.reader import Reader
from server.web.seen import get_seen
from sync import limits, typed
from sync.checks import Missing, TooLong
from sync.entities.application import APPLICATION
from sync.errors import Refusal
from sync.merge import INSERT
from sync.reading import read_typed
from sync.rules.applications import (
    ASKED,
    FILED,
    GRANTED,
    PIECE_REASONS,
    REJECTED,
    REVIEWED,
    reasons_for,
)
from sync.spec import Values

ANSWERS = (GRANTED, REJECTED, "referred")
"""What an office may answer, in the order of its buttons."""
_RIGHT = Right.ANSWER_REQUESTS


class OwnRequest(Refusal):
    """Nobody answers a request that they captured themselves."""

    code = "request_own"


class RequestOfFamily(Refusal):
    """Nobody answers a request of somebody of whom they said that they are family."""

    code = "request_of_family"


class RequestTaken(Refusal):
    """A colleague holds the request: it is theirs to answer until they hand it over."""

    code = "request_taken"


class NothingAsked(Refusal):
    """No paper was ticked, or one that the service's list does not have."""

    code = "nothing_asked"


class AnswerMissing(Refusal):
    """None of the answers was chosen."""

    code = "answer_missing"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an office answers, read and checked: the state, and what its step says."""

    state: str
    said: Values


def take_up(work: Work, reader: Reader, text: str) -> bytes:
    """Take a request, also one that a colleague holds. Returns the act that undoes it.

    Raises:
        NotFound: none that the reader may answer.
        OwnRequest, RequestOfFamily, AlreadyDecided: as they say.
    """
    request = _locked(work, reader, text)
    _require_judge(work, reader, request)
    _require_open(request)
    return _hold(work, reader, request, reader.session.agent_id, "request_take")


def take_next(work: Work, reader: Reader) -> bytes | None:
    """Take the most pressing request that nobody holds. Returns its id; None if there is none."""
    where = conditions(work, reader, "free")
    for found in work.list("application", *where, order=order_of(work), limit=_LOOKED_AT):
        request = work.lock("application", found.record_id)
        # Locked now: of two who press at once the second finds it held, and takes the next.
        if request is None or request.values["holder_id"] is not None:
            continue
        if why_not(work, reader, request) is None:
            _hold(work, reader, request, reader.session.agent_id, "request_take")
            return request.record_id
    return None


_LOOKED_AT = 20
"""Requests that are tried before there is nothing to take: the others are of one's own family."""


def hand_over(work: Work, reader: Reader, text: str, form: Asked) -> bytes:
    """Give a request to a colleague, or back to all. Returns the act that undoes it.

    Raises:
        NotFound: no such request, or nobody of those who answer here.
        AlreadyDecided, RequestTaken: as they say.
    """
    request, to = _locked(work, reader, text), form.record_id("colleague")
    _require_open(request)
    _require_held(request, reader.session.agent_id)
    if to is not None and to.hex() not in dict(colleagues(work, reader)):
        raise NotFound("colleague: not of this office", entity="agent", field="colleague")
    return _hold(work, reader, request, to, "request_give")


def _hold(work: Work, reader: Reader, request: Stored, holder: bytes | None, kind: str) -> bytes:
    by = reader.session.agent_id
    if holder is not None and request.values["state"] in (FILED, "acknowledged"):
        take(work, request, Step(REVIEWED, actor_of(reader), by))
    act_id = acts.begin(work, kind, by)
    acts.change(work, act_id, request, {"holder_id": holder}, by)
    return act_id


def read_answer(form: Asked, request: Stored) -> Answer:
    """Return what a form answers.

    Raises:
        AnswerMissing, Missing, TooLong, NumberWrong, ...: each at its field, all at once.
    """
    state = form.one_of("state", ANSWERS)
    if not state:
        raise AnswerMissing("answer: none", field="state")
    reading, reasons = Reading(), reasons_for(decided_by(request))
    said = Values(words=reading.take(lambda: _words(form, is_needed=state != GRANTED)))
    if state == REJECTED:
        said["reason"] = reading.take(lambda: _reason(form, reasons))
    if state == GRANTED and form.get("amount"):
        said["amount"] = reading.take(
            lambda: read_typed(APPLICATION, "amount_granted", form.get("amount"))
        )
    if state == GRANTED and not form.get("amount") and request.values["amount_asked"]:
        reading.take(_no_amount)
    reading.end()
    return Answer(state, Values({name: value for name, value in said.items() if value is not None}))


def _no_amount() -> None:
    raise Missing("answer: no amount", entity="application_step", field="amount")


def _words(form: Asked, *, is_needed: bool) -> str | None:
    words = typed.text(form.get("words"))
    if not words and is_needed:
        raise Missing("answer: no words", entity="application_step", field="words")
    if len(words) > limits.NOTE_CHARS_MAX:
        over = len(words) - limits.NOTE_CHARS_MAX
        raise TooLong("answer", field="words", most=limits.NOTE_CHARS_MAX, over=over)
    return words or None


def _reason(form: Asked, reasons: tuple[str, ...]) -> str:
    if reason := form.one_of("reason", reasons):
        return reason
    raise Missing("answer: no reason", entity="application_step", field="reason")


def answer(work: Work, reader: Reader, text: str, form: Asked) -> Stored:
    """Answer a request. Returns it.

    Raises:
        NotFound: none that the reader may answer.
        OwnRequest, RequestOfFamily, RequestTaken, AlreadyDecided, RecordChanged: as they say.
        StepNotAllowed, StepLacks: the table has no such way. And what `read_answer` raises.
    """
    request = _to_answer(work, reader, text, form)
    give(work, reader, request, read_answer(form, request))
    return request


def give(work: Work, reader: Reader, request: Stored, given: Answer) -> None:
    """Give the answer of a request that is locked. Raises StepNotAllowed, StepLacks."""
    take(work, request, step_of(reader, given))
    bringing.close_tasks(work, request)


def step_of(reader: Reader, given: Answer) -> Step:
    """Return an answer as the step that gives it."""
    return Step(given.state, actor_of(reader), reader.session.agent_id, said=given.said)


def deliver(work: Work, reader: Reader, text: str, form: Asked) -> Stored:
    """Say that what was granted was handed over. Raises as `answer` does."""
    request = _to_answer(work, reader, text, form, (*passing.WAITING, GRANTED))
    take(work, request, Step("delivered", actor_of(reader), reader.session.agent_id))
    return request


def read_pieces(form: Asked, request: Stored) -> Values:
    """Return what a form asks for: papers of the list alone, and why each.

    Raises:
        NothingAsked, TooLong: as they say.
    """
    wanted = wanted_by(request)
    pieces = tuple(code for code in wanted if code in form.several("pieces"))
    if not pieces or set(form.several("pieces")) - set(wanted):
        raise NothingAsked("ask: no paper of the list", field="pieces")
    whys = {code: form.one_of(f"why_{code}", PIECE_REASONS) for code in pieces}
    # What no reason of the list says, the words do.
    is_unsaid = any(why in ("", "other") for why in whys.values())
    said = Values(pieces=tuple(sorted(pieces)), words=_words(form, is_needed=is_unsaid))
    if reasons := tuple(sorted(f"{code}:{why}" for code, why in whys.items() if why)):
        said["piece_reasons"] = reasons
    return Values({name: value for name, value in said.items() if value is not None})


def ask(work: Work, reader: Reader, text: str, form: Asked) -> Stored:
    """Ask the applicant for papers; the agent of the request has a task by it. Returns the request.

    Raises:
        NotFound: none that the reader may answer.
        AskedTwice: law 55-19, of an administration.
        NothingAsked, and what `answer` raises of who may.
    """
    request = _to_answer(work, reader, text, form)
    said, by = read_pieces(form, request), reader.session.agent_id
    step = take(work, request, Step(ASKED, actor_of(reader), by, said=said))
    bringing.make_task(work, request, step, None)
    return request


def why_not(records: Records, reader: Reader, request: Stored) -> Refusal | None:
    """Return why the reader is no judge of a request, None if they are."""
    by, reference = reader.session.agent_id, f"application {request.record_id.hex()}"
    if by in (request.values["agent_id"], request.writers[INSERT].agent_id):
        return OwnRequest(f"{reference}: own")
    if any(is_family(records, by, request.values[name]) for name in ("person_id", "enterprise_id")):
        return RequestOfFamily(f"{reference}: of family")
    return None


def _require_judge(records: Records, reader: Reader, request: Stored) -> None:
    if refusal := why_not(records, reader, request):
        raise refusal


def _require_open(
    request: Stored, states: Sequence[str | None] = (*passing.WAITING, GRANTED)
) -> None:
    if request.values["state"] not in states:
        raise AlreadyDecided(f"application {request.record_id.hex()}: over")


def _require_held(request: Stored, by: bytes) -> None:
    """Raise RequestTaken where another holds a request."""
    if request.values["holder_id"] not in (None, by):
        raise RequestTaken(f"application {request.record_id.hex()}: held")


def _to_answer(
    work: Work,
    reader: Reader,
    text: str,
    form: Asked,
    states: Sequence[str | None] = passing.WAITING,
) -> Stored:
    """Return a request locked for its answer; nobody's becomes the reader's by it."""
    request = _locked(work, reader, text)
    require_may_answer(work, reader, request, form.number("seen_rev") or 0, states)
    if request.values["holder_id"] is None:
        by = reader.session.agent_id
        acts.change(work, acts.begin(work, "request_take", by), request, {"holder_id": by}, by)
    return request


def require_may_answer(
    records: Records,
    reader: Reader,
    request: Stored,
    seen_rev: int,
    states: Sequence[str | None] = passing.WAITING,
) -> None:
    """Do nothing if the reader may answer a request of their queue, as they saw it.

    Args:
        states: in which there is something to answer.

    Raises:
        OwnRequest, RequestOfFamily, AlreadyDecided, RequestTaken, RecordChanged: as they say.
    """
    _require_judge(records, reader, request)
    _require_open(request, states)
    _require_held(request, reader.session.agent_id)
    if request.rev > seen_rev:
        raise RecordChanged(f"application {request.record_id.hex()}: written since")


def _locked(work: Work, reader: Reader, text: str) -> Stored:
    seen = get_seen(work, reader, "application", text, _RIGHT)
    request = work.lock("application", seen.record_id)
    if request is None or request.deleted_at is not None:
        raise NotFound(f"application {seen.record_id.hex()}: deleted", entity="application")
    return request
