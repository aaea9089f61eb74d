"""A request followed: its steps with their days, its clock, what is asked, the answer.

All of it is computed of the records that are here, so it is the same without a network. Nothing is
decided by the clock: what silence may mean is said, and to whom one turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mobile_app.screens.context import Context
from mobile_app.store.records import Record
from sync import local_time
from sync.rules import applications, delays
from sync.rules.applications import ASKED, DRAFT, ENDED, FILED, GRANTED, REJECTED, Actor
from sync.rules.delays import Clock, Delay
from sync.rules.editions import Edition
from sync.wording import in_words

_BEGUN = {"portal": "portal", "web": "office", "import": "office"}
"""Source of an application -> where it was begun."""
_BEFORE_FILING = (DRAFT, "ready")


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step in words. `stage`: `done`, or `next` for what is awaited; `tone`: a state's colour."""

    title: str
    detail: str
    stage: str = "done"
    tone: str = "received"


@dataclass(frozen=True, slots=True)
class Ask:
    """Papers that the applicant is asked for.

    `words`: of who asks; `fact`: that it is once; `whys`: paper -> why, in words.
    """

    step: Record
    codes: tuple[str, ...]
    words: str
    fact: str
    whys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision in words. `facts`: sign, value, and what it is; `until`: how long to appeal."""

    title: str
    reason: str = ""
    words: str = ""
    facts: tuple[tuple[str, str, str], ...] = ()
    until: str = ""


class Following:
    """Where one request stands, read once."""

    def __init__(self, context: Context, record: Record) -> None:
        """Read its steps, in their order."""
        self.context, self.record = context, record
        found = context.opened.list(
            "application_step", "application_id = ?", (record.record_id,), order="at, id"
        )
        self.steps: Sequence[Record] = found
        self.now = str(record.values["state"] or DRAFT)
        self.terms: Edition = context.terms_of(record.values)
        self.today = local_time.day_of(context.now_ms())

    @property
    def before(self) -> tuple[str, ...]:
        """Return the states it has been in, oldest first, as far as they are known here."""
        return tuple(str(step.values["state"]) for step in self.steps)

    @cached_property
    def delay(self) -> Delay:
        """Return how long an answer may take."""
        return self.terms.delay

    @property
    def region(self) -> str:
        """Return the code of the region that it lies in."""
        reference = self.context.reference
        province = reference.parent("communes", self.record.values["commune_code"])
        return reference.parent("provinces", province)

    @cached_property
    def clock(self) -> Clock | None:
        """Return what the clock says today; None where nothing is counted."""
        events = delays.events_of(
            ((step.record_id, step.values) for step in self.steps), self.record.values
        )
        calendar = self.context.reference.calendar
        return delays.clock(self.delay, events, calendar, self.today, self.region)

    def rows(self) -> list[StepRow]:
        """Return what happened, each with its day and by whom, and what is awaited."""
        say = self.context.say
        source = _BEGUN.get(str(self.record.values["source"]), "tablet")
        rows = [StepRow(say(f"tablet.request.began.{source}"), self._when_who(self.record))]
        rows += [self._row(step) for step in self.steps if step.values["state"] != DRAFT]
        if self.now not in ENDED:
            rows.append(StepRow(say(f"tablet.request.awaited.{self.now}"), "", "next"))
        return rows

    def _row(self, step: Record) -> StepRow:
        state, values = str(step.values["state"]), step.values
        title = self.context.choice("application_step", "state", state)
        if values["appealed"]:
            title = self.context.say("application_step.field.appealed")
        said = str(values["receipt_number"] or "")
        bad = state in (ASKED, REJECTED, "expired")
        more = self.context.phrases.code(said) if said else self._decided(step)
        detail = self._when_who(step, more)
        return StepRow(title, detail, tone="attention" if bad else "received")

    def _decided(self, step: Record) -> str:
        """Return the day on which the office decided, where it told of it later."""
        day = step.values["decided_on"]
        if not isinstance(day, int):
            return ""
        return self.context.say("tablet.request.decided_on", day=self.context.phrases.day(day))

    def _when_who(self, record: Record, more: str = "") -> str:
        """Return the day of a step or of the beginning, who took it, and one thing more."""
        at = record.values.get("at") or record.values["created_at"]
        when = ""
        if isinstance(at, int):
            when = self.context.phrases.day(local_time.day_of(at), "short")
        return self.context.facts(when, self._who(record), more)

    def _who(self, record: Record) -> str:
        actor, by = record.values.get("actor"), record.values["created_by"]
        if actor == Actor.OFFICE:
            return self.decider()
        if by and by == self.context.opened.kept.agent_id:
            return self.context.say("tablet.request.you")
        author = self.context.opened.find("agent", by) if isinstance(by, bytes) else None
        if author:
            return self.context.name(author)[0]
        return self.context.choice("application_step", "actor", actor)

    def decider(self) -> str:
        """Return who decides, in words."""
        decided_by = self.terms.decided_by or "programme"
        return self.context.say(f"tablet.request.decided_by.{decided_by}")

    def ask(self) -> Ask | None:
        """Return what is asked of the applicant now; None for nothing."""
        step = self._last(ASKED)
        if self.now != ASKED or step is None:
            return None
        codes = step.values["pieces"]
        wanted = tuple(str(code) for code in codes) if isinstance(codes, tuple) else ()
        is_once = self.terms.decided_by == "administration"
        fact = self.context.say("tablet.request.asked.once") if is_once else ""
        whys = {
            paper: self.context.say(f"application_step.piece.{reason}")
            for paper, reason in applications.piece_reasons(step.values).items()
        }
        return Ask(step, wanted, str(step.values["words"] or ""), fact, whys)

    def answer(self) -> Answer | None:
        """Return the decision that stands; None while there is none."""
        if self.now not in (REJECTED, GRANTED):
            return None
        step, values = self._last(self.now), self.record.values
        said = step.values if step else {}
        at = said.get("at") or values["decided_at"]
        day = local_time.day_of(at) if isinstance(at, int) else None
        words = self.context.phrases.day(day) if day is not None else ""
        title = self.context.say(f"tablet.request.answered.{self.now}", day=words)
        if self.now == GRANTED:
            return Answer(title, words=str(said.get("words") or ""), facts=self._granted(said))
        reason = said.get("reason") or values["reason"]
        return Answer(
            title,
            self.context.choice("application_step", "reason", reason),
            str(said.get("words") or values["decision_reason"] or ""),
            until=self._appeal_until(day),
        )

    def _granted(self, said: object) -> tuple[tuple[str, str, str], ...]:
        entity, values = self.record.entity, dict(self.record.values)
        if isinstance(said, dict) and said.get("amount"):
            values["amount_granted"] = said["amount"]
        rows = (("receipt", "receipt_number"), ("cash", "amount_granted"))
        return tuple(
            (sign, words, self.context.say(f"application.field.{name}"))
            for sign, name in rows
            if (words := in_words(self.context.phrases, entity, name, values[name]))
        )

    def _appeal_until(self, day: int | None) -> str:
        calendar = self.context.reference.calendar
        if day is None:
            return ""
        until = delays.appeal_until(self.delay, day, calendar, self.region)
        if until is None:
            return ""
        past = ".past" if until < self.today else ""
        words = self.context.phrases.day(until)
        return self.context.say(f"tablet.request.appeal_until{past}", day=words)

    def _last(self, state: str) -> Record | None:
        found = (step for step in reversed(self.steps) if step.values["state"] == state)
        return next(found, None)

    def ways(self) -> tuple[applications.Way, ...]:
        """Return where an agent can lead the request from here."""
        decided_by = self.terms.decided_by
        return applications.ways_from(self.record.values, Actor.AGENT, decided_by, self.before)

    @property
    def takes_receipt(self) -> bool:
        """Whether the number of a receipt may still be written down."""
        return self.now not in ENDED and self.now not in (DRAFT, GRANTED)

    @property
    def may_be_passed_on(self) -> bool:
        """Whether its papers may still go to who decides, so that consent is to be asked."""
        return self.now != GRANTED and (self.now not in ENDED or self.now == REJECTED)

    @property
    def is_filed(self) -> bool:
        """Whether it left the applicant's hands."""
        return self.now not in _BEFORE_FILING or FILED in self.before
