"""Training: the sessions of the province, and who was there."""

from __future__ import annotations

from dataclasses import dataclass

from mobile_app.screens.context import Context
from mobile_app.screens.find.presenter import FindPresenter, Found
from mobile_app.screens.voice import Spoken
from mobile_app.store.records import Record
from sync import typed
from sync.rules.applications import ENDED
from sync.spec import Values

_SESSIONS_MAX = 40


@dataclass(frozen=True, slots=True)
class Attending:
    """One person of a session. `state`: enrolled, absent, present; `scores`: in words."""

    attendance_id: bytes
    title: str
    other: str
    state: str
    word: str
    scores: str


class TrainingsPresenter:
    """The sessions, those to come first."""

    def __init__(self, context: Context) -> None:
        """Read nothing yet."""
        self.context = context

    def rows(self) -> list[tuple[bytes, str, str, str]]:
        """Return the sessions: id, what, when and where, state in words."""
        found = self.context.opened.list(
            "training_session",
            order="state IN ('held', 'cancelled'), starts_at DESC, id DESC",
            limit=_SESSIONS_MAX,
        )
        return [
            (
                session.record_id,
                session_title(self.context, session),
                session_detail(self.context, session),
                self.context.choice("training_session", "state", session.values["state"]),
            )
            for session in found
        ]


class TrainingPresenter:
    """One session and its people."""

    def __init__(self, context: Context, entity: str, record_id: bytes) -> None:
        """Read the session. Raises NotFound."""
        self.context = context
        self.entity, self.record_id = entity, record_id
        self.spoken = Spoken(context, entity, record_id)
        self.find = FindPresenter(context)
        self.refresh()

    def refresh(self) -> None:
        """Read the session again. Raises NotFound."""
        self.session = self.context.opened.get("training_session", self.record_id)
        self.title = session_title(self.context, self.session)
        self.detail = session_detail(self.context, self.session)

    def people(self) -> list[Attending]:
        """Return who is on the list."""
        store, context = self.context.opened, self.context
        found = store.list("attendance", "session_id = ?", (self.record_id,), order="id")
        rows = []
        for attendance in found:
            person_id = attendance.values["person_id"]
            person = store.find("person", person_id) if isinstance(person_id, bytes) else None
            name, other = (
                context.name(person) if person else (context.say("desk.entity.person"), "")
            )
            state = str(attendance.values["state"] or "enrolled")
            word = context.choice("attendance", "state", state)
            scores = self._scores(attendance.values)
            rows.append(Attending(attendance.record_id, name, other, state, word, scores))
        return rows

    def _scores(self, values: Values) -> str:
        """Return what was known before and after, in words; empty where nobody was asked."""
        known = [
            (values[name], self.context.say(f"attendance.field.{name}"))
            for name in ("score_before_percent", "score_after_percent")
        ]
        percent = self.context.phrases.percent
        return self.context.facts(
            *(f"{words} {percent(of / 100, 0)}" for of, words in known if isinstance(of, int))
        )

    def present_count(self) -> int:
        """Return how many are there."""
        return self.context.opened.count(
            "attendance", "session_id = ? AND state = 'present'", (self.record_id,)
        )

    def search(self, text: str) -> list[Found]:
        """Return people to add; nobody before something is typed."""
        if not typed.text(text):
            return []
        self.find.filter("person")
        self.find.search(text)
        return self.find.rows

    def add(self, person_id: bytes) -> None:
        """Put a person on the list as present, once. Raises StoreFull."""
        store = self.context.opened
        known = store.list(
            "attendance", "session_id = ? AND person_id = ?", (self.record_id, person_id)
        )
        if known:
            store.put("attendance", {"state": "present"}, known[0].record_id)
            return
        person = store.get("person", person_id)
        store.put(
            "attendance",
            {
                "commune_code": person.values["commune_code"],
                "session_id": self.record_id,
                "person_id": person_id,
                "state": "present",
                "proof": "none",
                "application_id": self._request_of(person_id),
            },
        )

    def _request_of(self, person_id: bytes) -> bytes | None:
        """Return the person's request for a training that has not ended, if there is one."""
        found = self.context.opened.list(
            "application", "person_id = ? AND service = 'training'", (person_id,), order="id DESC"
        )
        return next((one.record_id for one in found if one.values["state"] not in ENDED), None)

    def mark(self, attendance_id: bytes, state: str) -> None:
        """Say whether somebody was there. Raises StoreFull, NotFound."""
        self.context.opened.put("attendance", {"state": state}, attendance_id)

    def confirm(self) -> None:
        """Say that the session took place. Raises StoreFull, NotFound."""
        self.context.opened.put("training_session", {"state": "held"}, self.record_id)


def session_title(context: Context, session: Record) -> str:
    """Return what a session is about."""
    title = str(session.values["title"] or "")
    topic = context.choice("training_session", "topic", session.values["topic"])
    return title or topic or context.say("desk.entity.training_session")


def session_detail(context: Context, session: Record) -> str:
    """Return when and where a session is."""
    values = session.values
    at = values["starts_at"]
    when = context.phrases.moment(int(at), "short") if isinstance(at, int) else ""
    place = str(values["place"] or context.commune(values["commune_code"]))
    return context.facts(when, place)
