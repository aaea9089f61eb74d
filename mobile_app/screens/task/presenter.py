"""A task, opened: what is to be done or is asked, about whom, and the answer that goes back.

The answer follows the question in the notes of the task, which both sides keep; so the desk reads
it where it asked (`server/reviews/asking.py`).
"""

from __future__ import annotations

from typing import Any

from mobile_app.screens.context import Context
from mobile_app.screens.drafted import Drafted
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.today.presenter import subject_of, task_in_words
from mobile_app.screens.voice import NOTE, Spoken, VoiceNotes
from mobile_app.store.visits import put_with_parts
from sync.errors import Refusal
from sync.spec import Values

ANSWER, TOLD = "notes", "told"
_OVER = ("done", "dropped")


class TaskPresenter(Drafted):
    """One task. `inputs`: what is answered, and how it was told, under the names of its fields."""

    draft_kind = "task"

    def __init__(self, context: Context, task_id: bytes) -> None:
        """Go on from the draft of the answer, if there is one. Raises NotFound."""
        self.context = context
        self.task = context.opened.get("task", task_id)
        self.entity, self.subject = subject_of(context, self.task)
        point_id = self.task.values["point_id"]
        if self.subject is None and isinstance(point_id, bytes):
            self.entity = "contact_point"
            self.subject = context.opened.find(self.entity, point_id)
        self.what, self.due, self.is_late = task_in_words(context, self.task)
        self.asked = str(self.task.values[ANSWER] or "")
        self.kind = context.choice("task", "kind", self.task.values["kind"])
        self.problem = ""
        self.inputs = Inputs(context, self.task.entity)
        self.spoken = Spoken(context, "task", task_id)
        self.voice = VoiceNotes(context, f"{self.draft_kind}:{self.draft_key}")
        self.resume()
        self.begin()

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        return self.task.record_id.hex()

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.task.values["state"] in _OVER

    @property
    def is_question(self) -> bool:
        """Whether the office waits for an answer, and not only for it to be done."""
        return self.task.values["kind"] == "verification"

    @property
    def is_telling(self) -> bool:
        """Whether somebody is to be told an answer: the task's notes are its words."""
        return self.task.values["kind"] == "tell"

    def asker(self) -> str:
        """Return the name of who gave the task; empty where it is this agent's own."""
        by = self.task.values["created_by"]
        if not isinstance(by, bytes) or by == self.context.opened.kept.agent_id:
            return ""
        agent = self.context.opened.find("agent", by)
        return (self.context.name(agent)[0] if agent else "") or self.context.say(
            "tablet.question.office"
        )

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return self.inputs.pack()

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        self.inputs.unpack(kept)

    def store(self) -> bool:
        """Store that it is done, with the answer, as `Drafted`."""
        self.voice.stop()
        self.problem = self.inputs.unread()
        said, answer = self.voice.parts(NOTE), self.inputs.values.get(ANSWER)
        if self.is_question and not (said or answer or self.problem):
            self.problem = self.context.say("tablet.task.unanswered")
        told = self.inputs.values.get(TOLD)
        if self.is_telling and not (told or self.problem):
            self.problem = self.context.say("tablet.task.untold")
        if self.problem:
            return False
        values: Values = {"state": "done", "done_at": self.context.now_ms()}
        if told:
            values[TOLD] = told
        if answer:
            values[ANSWER] = f"{self.asked}\n{answer!s}".lstrip()
        try:
            put_with_parts(
                self.context.opened,
                "task",
                values,
                said,
                record_id=self.task.record_id,
                within=self.put_away,
            )
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        self.saved_id = self.task.record_id
        return True
