"""Enter a visit from its paper form: the line of codes, the day, and what was written."""

from __future__ import annotations

from typing import Any

from mobile_app.screens.context import Context
from mobile_app.screens.drafted import Drafted
from mobile_app.screens.find.presenter import FindPresenter, Found
from mobile_app.screens.voice import NOTE, VoiceNotes
from mobile_app.store.records import Record
from mobile_app.store.visits import put_visit
from sync import local_time, typed
from sync.errors import Refusal
from sync.rules import paper
from sync.spec import Values

_DAYS_BACK = 30
_NOON_MS = 12 * 3_600_000
"""A form without an hour: the middle of its day."""
_WANTED = ("channel", "type", "outcome")


class PaperPresenter(Drafted):
    """One form at a time; after Save the next."""

    draft_kind, draft_key = "paper", ""

    def __init__(self, context: Context) -> None:
        """Begin with an empty form of today."""
        self.context = context
        self.find = FindPresenter(context)
        self.day = local_time.day_of(context.now_ms())
        self.subject: Record | None = None
        self.codes = ""
        self.notes = ""
        self.problem = ""
        self.entered = 0
        self.saved_id = b""
        self.voice = VoiceNotes(context, self.draft_kind)
        self.resume()
        self.begin()

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        subject = self.subject and (self.subject.entity.name, self.subject.record_id)
        return {"whose": subject, "day": self.day, "codes": self.codes, "notes": self.notes}

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        self.subject = self.context.opened.find(*kept["whose"]) if kept["whose"] else None
        self.day, self.codes, self.notes = kept["day"], kept["codes"], kept["notes"]

    def search(self, text: str) -> list[Found]:
        """Return who answers to a name, phone or code; nobody before something is typed."""
        if not typed.text(text):
            return []
        self.find.search(text)
        return [one for one in self.find.rows if one.entity != "contact_point"]

    def choose(self, entity: str, record_id: bytes) -> None:
        """Say whose form it is. Raises NotFound."""
        self.subject = self.context.opened.get(entity, record_id)

    def days(self) -> list[tuple[str, str]]:
        """Return the days a form can be of, today first."""
        today = local_time.day_of(self.context.now_ms())
        return [
            (str(day), self.context.phrases.day(day, "weekday"))
            for day in range(today, today - _DAYS_BACK, -1)
        ]

    def read(self) -> list[tuple[str, str]]:
        """Return what the codes say: question and answers in words; `problem` if they cannot be."""
        self.problem = ""
        try:
            values = paper.read(self.context.opened.entity("visit"), self.codes)
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return []
        return [
            (self.context.say(f"visit.field.{name}"), self._in_words(name, value))
            for name, value in values.items()
        ]

    def _in_words(self, name: str, value: object) -> str:
        answers = value if isinstance(value, tuple) else (value,)
        return self.context.listed(self.context.choice("visit", name, one) for one in answers)

    def save(self) -> bool:
        """Store the visit. Returns whether it is on disk; else `problem` says why not."""
        self.voice.stop()
        if self.subject is None:
            self.problem = self.context.say("tablet.paper.nobody")
            return False
        try:
            values = paper.read(self.context.opened.entity("visit"), self.codes)
            for name in _WANTED:
                if name not in values:
                    label = self.context.say(f"visit.field.{name}")
                    self.problem = self.context.say("refusal.field_missing", field=label)
                    return False
            saved = put_visit(
                self.context.opened,
                {**values, **self._around(self.subject)},
                self.voice.parts(NOTE),
                made_id=self.made_id,
                within=self.put_away,
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.entered += 1
        self.saved_id, self.kept_ms, self._made_id = saved.record_id, 0, b""
        self.subject, self.codes, self.notes, self.problem = None, "", "", ""
        self.begin()
        return True

    def _around(self, subject: Record) -> Values:
        at = min(local_time.day_start(self.day) + _NOON_MS, self.context.now_ms())
        return {
            f"{subject.entity.name}_id": subject.record_id,
            "commune_code": subject.values["commune_code"],
            "agent_id": self.context.opened.kept.agent_id,
            "state": "ended",
            "started_at": at,
            "notes": typed.text(self.notes) or None,
            "position_missing": "no_device",
            "review_state": "submitted",
        }
