"""The steps of an application for a service: every way from one state to another, declared once.

Tablet, portal, desk and back offices ask this table for their buttons and their checks; none has a
list of states of its own. The programme never decides for a bank, an insurer or an administration:
it holds the file, the receipt and the answer. Law 55-19 asks for a receipt, for missing pieces to
be asked once, and for the reasons of a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sync.errors import Refusal
from sync.spec import Value


class Actor(StrEnum):
    """Who takes a step. `clock`: nobody; a day passed that the service had named before."""

    APPLICANT = "applicant"
    AGENT = "agent"
    OFFICE = "office"
    COORDINATOR = "coordinator"
    PROGRAMME = "programme"
    CLOCK = "clock"


class Silence(StrEnum):
    """What it means when no answer came in time. It is said to people; nothing is set by it."""

    ACCEPTANCE = "acceptance"
    REFUSAL = "refusal"
    NOTHING = "nothing"


DRAFT, CLOSED = "draft", "closed"
ASKED, REJECTED, REVIEWED, FILED = "info_requested", "rejected", "in_review", "submitted"
GRANTED = "approved"

OUTSIDE = frozenset({"operator", "administration", "bank", "insurer", "adviser"})
"""Deciders that are offices outside the programme, each with its own queue."""
INSIDE = frozenset({"coordinator", "programme", "committee"})
"""Deciders within the programme: the coordinators' desk answers, as an office of its own kind."""
SELF = frozenset({"enterprise"})
"""What an enterprise decides for itself: nobody reviews it, and nobody refuses it."""
DECIDERS = OUTSIDE | INSIDE | SELF
RECEIPTED = frozenset({"operator", "administration", "bank", "insurer"})
"""Who gives a receipt when a request is filed."""

_A, _F = frozenset({Actor.APPLICANT}), frozenset({Actor.AGENT})
_THEIRS = _A | _F
"""The applicant, or the agent for them."""
_OFFICE = frozenset({Actor.OFFICE})
_DESK = frozenset({Actor.COORDINATOR, Actor.PROGRAMME})


@dataclass(frozen=True, slots=True)
class Way:
    """One step that there is.

    Args:
        start: the state it goes from.
        end: the state it leads to.
        actors: who may take it.
        deciders: whose services have it, of DECIDERS.
        needs: fields of the application without which it says too little.
        says: fields that its record, an `application_step`, must have.
        matched: a field of the application, and that of the record which must answer it if it is
            there: a sum asked for, and the sum granted.
        once_for: deciders that may take it once for a request, from whatever state.
        is_appeal: whether it goes against a decision.
    """

    start: str
    end: str
    actors: frozenset[Actor]
    deciders: frozenset[str] = DECIDERS
    needs: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    matched: tuple[str, str] | None = None
    once_for: frozenset[str] = frozenset()
    is_appeal: bool = False


def _answers(start: str) -> tuple[Way, ...]:
    """Return what a decider may answer from a state: an office outside, or the desk within."""
    sum_granted = ("amount_asked", "amount")
    once = frozenset({"administration"})
    ways: list[Way] = []
    for actors, deciders in ((_OFFICE, OUTSIDE), (_DESK, INSIDE)):
        asks = Way(start, ASKED, actors, deciders, says=("pieces",), once_for=once & deciders)
        ways += [
            *(() if start == ASKED else (asks,)),
            Way(start, GRANTED, actors, deciders, matched=sum_granted),
            Way(start, REJECTED, actors, deciders, ("decision_reason",), ("reason", "words")),
            Way(start, "expired", actors | _DESK, deciders),
            Way(start, "referred", actors, deciders, says=("words",)),
        ]
    return tuple(ways)


_REVIEW_NOTED = _F | _OFFICE
"""Who says that a request is being looked at: who does it, or the agent who saw it at the desk."""

WAYS: tuple[Way, ...] = (
    Way(DRAFT, "ready", _THEIRS),
    Way(DRAFT, "withdrawn", _THEIRS),
    Way(DRAFT, "referred", _DESK, says=("words",)),
    Way(DRAFT, "expired", frozenset({Actor.CLOCK}) | _DESK),
    Way("ready", FILED, _THEIRS, RECEIPTED, needs=("receipt_number",)),
    Way("ready", FILED, _THEIRS, DECIDERS - RECEIPTED),
    Way("ready", DRAFT, _A | _DESK),
    Way("ready", "withdrawn", _THEIRS),
    Way("ready", "referred", _DESK, says=("words",)),
    Way("ready", "expired", frozenset({Actor.CLOCK}) | _DESK),
    Way(FILED, "acknowledged", _OFFICE, OUTSIDE),
    Way(FILED, "acknowledged", _DESK, INSIDE),
    Way(FILED, REVIEWED, _REVIEW_NOTED, OUTSIDE),
    Way(FILED, REVIEWED, _F | _DESK, INSIDE),
    *_answers(FILED),
    Way(FILED, GRANTED, _THEIRS, SELF),
    Way(FILED, "withdrawn", _THEIRS),
    Way("acknowledged", REVIEWED, _REVIEW_NOTED, OUTSIDE),
    Way("acknowledged", REVIEWED, _F | _DESK, INSIDE),
    *_answers("acknowledged"),
    Way("acknowledged", "withdrawn", _THEIRS),
    *_answers(REVIEWED),
    Way(REVIEWED, "withdrawn", _THEIRS),
    Way(ASKED, REVIEWED, _THEIRS | _OFFICE, OUTSIDE),
    Way(ASKED, REVIEWED, _THEIRS | _DESK, INSIDE),
    *_answers(ASKED),
    Way(ASKED, "withdrawn", _THEIRS),
    Way(GRANTED, "delivered", _F | _OFFICE, OUTSIDE),
    Way(GRANTED, "delivered", _F | _DESK, INSIDE),
    Way(GRANTED, "delivered", _THEIRS, SELF),
    Way(GRANTED, "withdrawn", _THEIRS),
    Way(GRANTED, "expired", _OFFICE | _DESK, OUTSIDE),
    Way(GRANTED, "expired", _DESK, INSIDE | SELF),
    Way(REJECTED, REVIEWED, _THEIRS, OUTSIDE | INSIDE, is_appeal=True),
    Way(REJECTED, CLOSED, _DESK),
    Way("delivered", CLOSED, _DESK),
    Way("withdrawn", CLOSED, _DESK),
    Way("expired", CLOSED, _DESK),
    Way("referred", CLOSED, _DESK),
)
"""Every step that there is; buttons stand in this order."""

STATES = tuple(dict.fromkeys(state for way in WAYS for state in (way.start, way.end)))
NEXT: Mapping[str, tuple[str, ...]] = {
    state: tuple(dict.fromkeys(way.end for way in WAYS if way.start == state)) for state in STATES
}
"""State -> the states that may follow it, whoever leads there and whoever decides."""
ENDED = frozenset(
    state
    for state in STATES
    if all(way.end == CLOSED or way.is_appeal for way in WAYS if way.start == state)
)
"""Nothing more comes of it: who wants the service again asks anew."""

REASONS: Mapping[str, frozenset[str]] = {
    "not_eligible": OUTSIDE | INSIDE,
    "outside_area": OUTSIDE | INSIDE,
    "outside_season": frozenset({"administration", "insurer", "operator"}),
    "papers_lacking": OUTSIDE | INSIDE,
    "papers_not_valid": OUTSIDE | INSIDE,
    "identity_unsure": OUTSIDE | INSIDE,
    "has_it_already": OUTSIDE | INSIDE,
    "asked_too_late": frozenset({"administration", "insurer", "committee"}),
    "before_approval": frozenset({"administration"}),
    "funds_spent": frozenset({"administration", "programme", "committee"}),
    "no_capacity": frozenset({"bank"}),
    "risk_not_covered": frozenset({"insurer"}),
    "not_convincing": frozenset({"committee", "bank"}),
    "other": OUTSIDE | INSIDE,
}
"""Why a request may be refused -> whose refusals say so. Words: `application_step.reason.CODE`."""


PIECE_REASONS = (
    "lacking",
    "unreadable",
    "expired",
    "incomplete",
    "not_theirs",
    "not_the_one",
    "other",
)
"""Why a paper is asked for; `other` is said in words. Words: `application_step.piece.CODE`."""


class StepNotAllowed(Refusal):
    """One state does not follow from the other, or not by this one's hand."""

    code = "application_step"


class StepLacks(Refusal):
    """A step without what it must say: a receipt's number, the reason of a refusal."""

    code = "application_step_lacks"


class AskedTwice(Refusal):
    """An administration may ask for missing pieces once (law 55-19)."""

    code = "application_asked_twice"


class PapersLacking(Refusal):
    """Papers that the service takes are not there yet."""

    code = "application_papers_lacking"


def reasons_for(decided_by: str) -> tuple[str, ...]:
    """Return the reasons that a decider may give for a refusal, in their order."""
    return tuple(code for code, deciders in REASONS.items() if decided_by in deciders)


def piece_reasons(said: Mapping[str, Value]) -> dict[str, str]:
    """Return why a step asks for each paper: its code -> of PIECE_REASONS; of some nothing."""
    given = said.get("piece_reasons")
    pairs = (str(one).rpartition(":") for one in given) if isinstance(given, tuple) else ()
    return {paper: reason for paper, _, reason in pairs if reason in PIECE_REASONS}


def ways_from(
    values: Mapping[str, Value],
    actor: Actor | None,
    decided_by: str = "",
    before: Iterable[str] = (),
) -> tuple[Way, ...]:
    """Return the steps that may be taken now, in their order.

    Args:
        values: of the application.
        actor: who asks; anybody when None.
        decided_by: as the catalogue says of its service; of a service that it does not have,
            nothing is known, and every way is open.
        before: the states it has been in, oldest first, as far as they are known.
    """
    been = set(before)
    return tuple(
        way
        for way in _between(values, decided_by)
        if (actor is None or actor in way.actors)
        and not (way.end in been and decided_by in way.once_for)
    )


def _between(values: Mapping[str, Value], decided_by: str, end: str = "") -> list[Way]:
    now = str(values.get("state") or DRAFT)
    return [
        way
        for way in WAYS
        if way.start == now
        and (not end or way.end == end)
        and (decided_by in way.deciders or decided_by not in DECIDERS)
    ]


def check_step(
    values: Mapping[str, Value],
    state: str,
    *,
    before: Iterable[str] = (),
    decided_by: str = "",
    actor: Actor | None = None,
    step: Mapping[str, Value] | None = None,
) -> Way:
    """Return the way by which an application may go on to a state.

    Args:
        values: as they will be after the step, but for `state`, which is still the present one.
        before: the states it has been in, oldest first, as far as they are known.
        decided_by: as the catalogue says of its service.
        actor: who takes the step; where None, it is not asked who may.
        step: the fields of the step's record; where None, there is none to be looked at: what was
            written before steps were records.

    Raises:
        StepNotAllowed, StepLacks, AskedTwice: as they say.
    """
    now = str(values.get("state") or DRAFT)
    ways = [
        way for way in _between(values, decided_by, state) if actor is None or actor in way.actors
    ]
    if not ways:
        raise StepNotAllowed(f"application: {now} to {state}", now=now, state=state)
    way = ways[0]
    for field in way.needs:
        if not values.get(field):
            raise _lacks("application", state, field)
    if step is not None:
        _check_said(way, values, step)
    if decided_by in way.once_for and state in before:
        raise AskedTwice(f"application: {state} a second time")
    return way


def _check_said(way: Way, values: Mapping[str, Value], step: Mapping[str, Value]) -> None:
    said = way.says
    if way.matched and values.get(way.matched[0]):
        said = (*said, way.matched[1])
    for field in said:
        if not step.get(field):
            raise _lacks("application_step", way.end, field)


def _lacks(entity: str, state: str, field: str) -> StepLacks:
    return StepLacks(f"{entity}: {state} without {field}", state=state, entity=entity, field=field)


def lacking(wanted: Iterable[str], present: Iterable[str]) -> tuple[str, ...]:
    """Return the papers that a service takes and that are not there, in the catalogue's order.

    Args:
        wanted: codes of the service's papers.
        present: codes of the applicant's; one copy serves several applications.
    """
    have = set(present)
    return tuple(code for code in wanted if code not in have)


def require_papers(wanted: Iterable[str], present: Iterable[str]) -> None:
    """Do nothing if all papers are there, as `ready` needs. Raises PapersLacking."""
    if missing := lacking(wanted, present):
        raise PapersLacking(f"application: lacks {', '.join(missing)}", count=len(missing))
