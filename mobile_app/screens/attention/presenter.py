"""What the office decides, what it did not keep, what it sent back, and what two know differently.

Each row says why, and leads to the field that it is about.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from mobile_app.screens import returned
from mobile_app.screens.changes import value_in_words
from mobile_app.screens.context import Context
from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.today.presenter import (
    Way,
    about,
    open_reviews,
    request_way,
    subject_of,
    way_to,
)
from mobile_app.screens.visit.presenter import ASKED
from mobile_app.store.outbox import HeldChange
from mobile_app.store.records import Record
from sync import flat
from sync.errors import Refusal
from sync.spec import Value, Values

_OF_PLACE = "commune_"
"""Codes that begin so are about where the record lies."""
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that asks for the agent. `opens`: the screen that helps, and its arguments.

    `asked`: of a visit that was sent back, `visit_id`.
    """

    title: str
    reason: str
    state: str
    word: str
    since: str = ""
    opens: Way | None = None
    visit_id: bytes = b""
    asked: returned.Question | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two values of a question: the value, and who wrote it when, in words."""

    code: str
    value: str
    by: str


@dataclass(frozen=True, slots=True)
class Question:
    """Two values of one field, written by two who did not see each other's.

    `may_decide`: it is this agent's to say which one stands; else the office does.
    """

    review_id: bytes
    title: str
    field: str
    sides: tuple[Side, Side]
    may_decide: bool


class AttentionPresenter:
    """The records that wait, in words.

    `settled`: what was decided here just now; each leads to where its value is written anew.
    """

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context
        self.problem = ""
        self.settled: list[Waiting] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing needs this agent: then there is nothing to choose."""
        return not self.rows() and not self.questions() and not self.settled

    def rows(self) -> list[Waiting]:
        """Return what was sent back, then what is held, then what was not kept."""
        store = self.context.opened
        return (
            [self._returned(one) for one in returned.waiting(self.context)]
            + [self._held(one, "held") for one in store.outbox.held()]
            + [self._held(one, "dismissed") for one in store.outbox.dismissed()]
        )

    def _returned(self, visit: Record) -> Waiting:
        say, asked = self.context.say, returned.question(self.context, visit)
        at = visit.values["started_at"]
        assert asked is not None
        return Waiting(
            about(self.context, visit) or say("tablet.visit"),
            asked.note or say("tablet.attention.returned"),
            "attention",
            say("tablet.due.late") if asked.is_late else say("tablet.attention.returned.word"),
            self.context.phrases.moment(int(at), "short") if isinstance(at, int) else "",
            way_to(visit),
            visit.record_id,
            asked,
        )

    def _held(self, change: HeldChange, state: str) -> Waiting:
        say = self.context.say
        reason = (
            say(f"refusal.{change.code}")
            if state == "held"
            else say("tablet.attention.dismissed", reason=change.reason)
        )
        record = self._record(change)
        return Waiting(
            self._title(change.entity, record),
            reason,
            state,
            say(f"tablet.state.{state}"),
            opens=self._opens(change, record, reason) if record else None,
        )

    def _opens(self, change: HeldChange, record: Record, reason: str) -> Way | None:
        """Return what helps with a record: its form or a correction, at the field concerned."""
        values, name = record.values, change.entity
        wrote = ("commune_code",) if change.code.startswith(_OF_PLACE) else change.fields
        if name in FORMS:
            asked = (field for step in FORMS[name].steps for field in step.fields)
            return "form", (name, record.record_id, None, _first(asked, wrote), reason)
        if name == "visit":
            return way_to(record, _first(ASKED, wrote), reason)
        request = record.record_id if name == "application" else values.get("application_id")
        if name in ("application", "application_step") and isinstance(request, bytes):
            return request_way(self.context, request)
        for field, screen, arguments in (
            ("session_id", "training", ("training_session",)),
            ("visit_id", "slip", ()),
        ):
            if isinstance(values.get(field), bytes):
                return screen, (*arguments, values[field])
        return None

    def _record(self, change: HeldChange) -> Record | None:
        store = self.context.opened
        is_known = change.entity in store.entity_by_name
        return store.find(change.entity, change.record_id) if is_known else None

    def _title(self, entity: str, record: Record | None) -> str:
        kind = self.context.say(f"desk.entity.{entity}")
        if record is None:
            return kind
        name = self.context.name(record)[0]
        if not name and entity in ("visit", "task", "application"):
            _, subject = subject_of(self.context, record)
            name = self.context.name(subject)[0] if subject else ""
        return self.context.facts(kind, name)

    # Questions

    def questions(self) -> list[Question]:
        """Return what this agent and another wrote differently, those to decide first."""
        found = [
            self._question(review, may_decide=may_decide)
            for review, may_decide in open_reviews(self.context)
        ]
        return sorted(found, key=lambda one: not one.may_decide)

    def _question(self, review: Record, *, may_decide: bool) -> Question:
        values, context = review.values, self.context
        entity, field = str(values["entity"]), str(values["field"])
        record_id = values["record_id"]
        record = context.opened.find(entity, record_id) if isinstance(record_id, bytes) else None
        return Question(
            review.record_id,
            self._title(entity, record),
            context.say(f"{entity}.field.{field}"),
            (self._side(review, MINE), self._side(review, THEIRS)),
            may_decide and record is not None,
        )

    def _side(self, review: Record, code: str) -> Side:
        context, values = self.context, review.values
        by, at = values[f"{code}_by"], values[f"{code}_at"]
        agent = context.opened.find("agent", by) if isinstance(by, bytes) else None
        when = context.phrases.moment(int(at), "short") if isinstance(at, int) else ""
        author = context.name(agent)[0] or str(agent.values["login"]) if agent else ""
        name = author or context.say("tablet.question.office")
        return Side(code, self._words(review, code), self.context.facts(name, when))

    def _words(self, review: Record, code: str) -> str:
        """Return the value of a side; as it was kept, if this version cannot read it."""
        kept, field = str(review.values[code] or ""), str(review.values["field"])
        try:
            entity = self.context.opened.entity(str(review.values["entity"]))
            return value_in_words(self.context, entity, field, flat.from_text(entity, field, kept))
        except (Refusal, KeyError):
            return kept

    def decide(self, review_id: bytes, code: str) -> bool:
        """Say which value stands: an ordinary change of the record, and the answer beside it.

        Returns whether both are on disk; else `problem` says why not.
        """
        store = self.context.opened
        review = store.get("review", review_id).values
        entity, field = store.entity(str(review["entity"])), str(review["field"])
        record_id = review["record_id"]
        assert isinstance(record_id, bytes)
        answer: Values = {
            "state": "decided",
            "decision": code,
            "decided_by": store.kept.agent_id,
            "decided_at": self.context.now_ms(),
        }
        try:
            chosen: Value = flat.from_text(entity, field, str(review[code] or ""))
            store.put_group(
                [(entity.name, {field: chosen}, record_id), ("review", answer, review_id)]
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.problem = ""
        self.settled.insert(0, self._settled(entity.name, record_id, field, chosen))
        return True

    def _settled(self, entity: str, record_id: bytes, field: str, value: Value) -> Waiting:
        say, store = self.context.say, self.context.opened
        record = store.get(entity, record_id)
        words = value_in_words(self.context, store.entity(entity), field, value)
        told = say("tablet.question.decided", value=words or say("tablet.question.nothing"))
        change = HeldChange(entity, record_id, "", fields=(field,))
        return Waiting(
            self._title(entity, record),
            told,
            "on_tablet",
            say("tablet.state.on_tablet"),
            opens=self._opens(change, record, told),
        )


def _first(asked: Iterable[str], wrote: Container[str]) -> str:
    """Return the first field of a form that a change wrote; empty for none."""
    return next((one for one in asked if one in wrote), "")
