"""A person or enterprise: what is known, open requests, consents, and what happened when."""

from __future__ import annotations

from mobile_app.screens.changes import Changes, value_in_words
from mobile_app.screens.context import Context
from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.person import holdings, offers
from mobile_app.screens.today.presenter import (
    VisitRow,
    Way,
    task_in_words,
    task_way,
    visit_row,
)
from mobile_app.screens.voice import Spoken
from mobile_app.store.merged import standing
from mobile_app.store.records import Record
from mobile_app.store.visits import planned_visits
from sync import local_time
from sync.entities import maturity_words
from sync.rules import codes
from sync.spec import Values

_CLOSED = ("closed", "withdrawn", "expired", "rejected", "delivered")
_SIGNS = {
    "phone": "phone",
    "service_language": "language",
    "legal_form": "building-community",
    "ice": "id",
    "bank_status": "building-bank",
    "health_cover": "heartbeat",
    "rna": "plant",
    "rib": "building-bank",
    "national_card": "id",
    "notes": "message",
}
_SMALL = {"phone": "phone_owner", "service_language": "reading"}
"""Fact -> the field that is said under it."""
_ENTERED_DAYS = 7
"""Until when the desk is asked to enter who speaks for somebody."""


class PersonPresenter:
    """One record; `entity` is `person` or `enterprise`. Read anew at each drawing.

    Of one that was merged at the office, the one that stands for it is shown.
    """

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Read the record. Raises NotFound."""
        self.context = context
        self.entity = entity
        self.record_id = standing(context.opened, entity, record_id)
        self.is_merged = self.record_id != record_id
        record_id = self.record_id
        self.spoken = Spoken(context, entity, record_id)
        self.changes = Changes(context, context.opened.get(entity, record_id))
        self.unfolded: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Read the record again, as after a correction. Raises NotFound."""
        self.record = self.context.opened.get(self.entity, self.record_id)
        self.changes.record = self.record
        self.title, self.other = self.context.name(self.record)

    @property
    def code(self) -> str:
        """Return the short code, as it is printed."""
        return self.context.phrases.code(codes.short_code(self.record_id))

    @property
    def phone(self) -> str:
        """Return the number to call, E.164; empty for none."""
        return str(self.record.values.get("phone") or "")

    def kind(self) -> str:
        """Return what it is, in a word."""
        if self.entity == "enterprise":
            form = self.record.values.get("legal_form")
            form = self.context.choice("enterprise", "legal_form", form)
            return form or self.context.say("tablet.enterprise")
        sex = self.record.values.get("sex") or "unknown"
        kind = "farmer" if self.record.values.get("is_farmer") else "person"
        return self.context.choice("tablet", kind, sex)

    def subtitle(self) -> str:
        """Return the other script's name and the year of birth."""
        born = self.record.values.get("birth_year")
        parts = [self.other]
        if born:
            code = "about" if self.record.values.get("birth_year_approx") else "in"
            sex = self.record.values.get("sex") or "male"
            parts.append(self.context.say(f"tablet.born.{code}.{sex!s}", year=str(born)))
        return self.context.facts(*parts)

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what is known: sign, value in words, and what it is."""
        values = self.record.values
        place = self.context.commune(values["commune_code"])
        douar = values.get("douar")
        where = self.context.listed(str(part) for part in (douar, place) if part)
        facts = [
            (
                "map-pin",
                where,
                str(values.get("landmark") or self._label("commune_code")),
            )
        ]
        form = FORMS[self.entity]
        for name in (name for step in form.steps for name in step.fields):
            value = values.get(name)
            if value is not None and name not in form.headed:
                sign = _SIGNS.get(name, "info-circle")
                words = value_in_words(self.context, self.record.entity, name, value)
                facts.append((sign, words, self._small(name)))
        return facts

    def _label(self, name: str) -> str:
        return self.context.say(f"{self.entity}.field.{name}")

    def _small(self, name: str) -> str:
        under = _SMALL.get(name, "")
        value = self.record.values.get(under)
        if value is None:
            return self._label(name)
        return self.context.choice("tablet", under, value)

    def visits(self) -> list[VisitRow]:
        """Return the latest visits, newest first."""
        return [visit_row(self.context, one) for one in self._visits()]

    def _visits(self) -> list[Record]:
        found = self.context.opened.list(
            "visit",
            f"{self.entity}_id = ? AND state IS NOT 'planned'",
            (self.record.record_id,),
            order="started_at DESC",
        )
        return list(found)

    def history(self) -> list[tuple[bytes, str, str, str, str, str]]:
        """Return the visits as they happened: id, kind, outcome, when and who, state, its word."""
        rows = []
        for visit in self._visits():
            values, context = visit.values, self.context
            kind = context.choice("visit", "type", values["type"])
            done = context.choice("visit", "outcome", values["outcome"])
            at = values["started_at"]
            when = context.phrases.moment(int(at), "short") if isinstance(at, int) else ""
            agent = values["agent_id"]
            author = context.opened.find("agent", agent) if isinstance(agent, bytes) else None
            name = context.name(author)[0] if author else ""
            rows.append(
                (
                    visit.record_id,
                    kind or context.say("tablet.visit"),
                    done,
                    self.context.facts(when, name),
                    context.state(visit),
                    context.state_word(visit),
                )
            )
        return rows

    def requests(self) -> list[tuple[bytes, str, str, str, str]]:
        """Return the open requests for services: id, service, where it stands, state, its word."""
        found = self.context.opened.list(
            "application",
            f"{self.entity}_id = ?",
            (self.record.record_id,),
            order="id DESC",
        )
        rows = []
        for application in found:
            if application.values["state"] in _CLOSED:
                continue
            name = self.context.service(application.values["service"])
            step = self.context.choice(
                "application", "state", application.values["state"] or "draft"
            )
            state = self.context.state(application)
            word = "" if state == "received" else self.context.state_word(application)
            rows.append(
                (application.record_id, name, step, "" if state == "received" else state, word)
            )
        return rows

    def maturity(self) -> tuple[str, list[tuple[str, str]], list[str]] | None:
        """Return level, results beside those of before, and the plan; None: no assessment."""
        context = self.context
        found = context.opened.list(
            "maturity_assessment",
            f"{self.entity}_id = ?",
            (self.record_id,),
            order="created_at, id",
        )
        last, before = maturity_words.last_two([one.values for one in found])
        if last is None:
            return None
        plan = maturity_words.actions(context.reference.maturity_forms(), last, context.script)
        results = maturity_words.results(context.phrases, last, before)
        return maturity_words.level(context.phrases, last), results, plan

    def holdings(self) -> list[tuple[bytes, str, str]]:
        """Return the holdings: id, area and tenure, where it is and what grows there."""
        return holdings.rows_of(self.context, self.entity, self.record_id)

    def new_holding(self) -> Values:
        """Return what a new holding begins with."""
        return holdings.given_of(self.context, self.entity, self.record)

    def offers(self) -> list[tuple[bytes, str, str]]:
        """Return what an enterprise offers: id, product, and its price, quantity and state."""
        return offers.rows_of(self.context, self.record_id)

    def new_offer(self) -> Values:
        """Return what a new offer begins with."""
        return offers.given_of(self.record)

    def new_speaker(self) -> Values:
        """Return the task that asks the desk to enter who speaks for them, by a paper seen here."""
        return {
            f"{self.entity}_id": self.record.record_id,
            "commune_code": self.record.values["commune_code"],
            "kind": "follow_up",
            "title": self.context.say("tablet.person.speaker.title"),
            "notes": self.context.say("tablet.person.speaker.notes"),
            "due_on": self._today + _ENTERED_DAYS,
            "state": "open",
        }

    def planned(self) -> list[tuple[bytes, str, bool]]:
        """Return the visits that this agent is to make here: id, kind and day, whether late."""
        context, rows = self.context, []
        for visit, day in self._planned():
            kind = context.choice("visit", "type", visit.values["type"])
            when = context.phrases.day(day, "weekday")
            if day == self._today:
                when = context.say("tablet.day.today")
            rows.append((visit.record_id, context.facts(kind, when), day < self._today))
        return rows

    @property
    def _today(self) -> int:
        return local_time.day_of(self.context.now_ms())

    def _planned(self) -> list[tuple[Record, int]]:
        found = planned_visits(self.context.opened, self.entity, self.record_id)
        return [(one, day) for one in found if isinstance(day := one.values["planned_on"], int)]

    def tasks(self) -> list[tuple[bytes, str, str, bool, str]]:
        """Return what is still to be done: id, what, by when, whether it is late, its notes."""
        found = self.context.opened.list(
            "task",
            f"{self.entity}_id = ? AND state IN ('open', 'started')",
            (self.record.record_id,),
            order="due_on, id",
        )
        return [
            (one.record_id, *task_in_words(self.context, one), str(one.values["notes"] or ""))
            for one in found
        ]

    def task_way(self, task_id: bytes) -> Way:
        """Return where a task is done: a screen, and its arguments."""
        return task_way(self.context, self.context.opened.get("task", task_id))

    def consents(self) -> list[tuple[str, bool, str]]:
        """Return what was answered last for each purpose: its words, whether given, and when."""
        found = self.context.opened.list(
            "consent",
            f"{self.entity}_id = ?",
            (self.record.record_id,),
            order="given_at, id",
        )
        latest = {str(one.values["purpose"]): one.values for one in found}
        return [
            (self.context.say(f"consent.purpose.{purpose}"), *self._answer(latest[purpose]))
            for purpose in latest
        ]

    def _answer(self, consent: Values) -> tuple[bool, str]:
        """Return whether a consent holds, and since when it does or does not, in words."""
        given, at, code = bool(consent["given"]), consent["given_at"], "refused"
        if consent["withdrawn_at"] is not None:
            given, at, code = False, consent["withdrawn_at"], "withdrawn"
        elif given:
            code = "given"
        if not isinstance(at, int):
            return given, self.context.say(f"tablet.consent.{code}")
        day = self.context.phrases.day(local_time.day_of(at), "short")
        return given, self.context.facts(self.context.say(f"tablet.consent.{code}"), day)

    def has_draft(self) -> bool:
        """Whether a visit was begun and not finished."""
        return self.context.has_draft("visit", f"{self.entity}:{self.record_id.hex()}")
