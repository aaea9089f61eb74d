"""Fill in a form step by step: a draft is kept while one types, the record is stored at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mobile_app.screens.consenting import Consenting
from mobile_app.screens.context import Context
from mobile_app.screens.form.forms import CONSENT, FORMS, Step, without_card
from mobile_app.screens.guided import Guided
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.voice import NOTE, VoiceNotes
from mobile_app.store.duplicates import likely_duplicates
from mobile_app.store.visits import put_with_parts
from sync.errors import Refusal
from sync.spec import Values

_LIKELY_MAX = 3


class FormPresenter(Guided):
    """A new record, or one to correct. `given`: values that the form does not ask."""

    draft_kind = "form"

    def __init__(  # noqa: PLR0917 - in their order, as the way back keeps them
        self,
        context: Context,
        form: str,
        record_id: bytes = b"",
        given: Values | None = None,
        field: str = "",
        remark: str = "",
    ) -> None:
        """Go on from the draft, if there is one. Raises NotFound.

        Args:
            field: where to begin; `remark` stands beside it.
        """
        self.context = context
        self.form = FORMS[form]
        self.is_card_locked = not context.card_authorisation()
        if self.is_card_locked:
            self.form = without_card(self.form)
        self.record_id = record_id
        self.number = 1
        self.problem = ""
        self.given = dict(given or {})
        store = context.opened
        values = (
            store.get(self.form.entity.name, record_id).values if record_id else dict(self.given)
        )
        self.before = dict(values)
        self.inputs = Inputs(context, self.form.entity, values)
        self.consenting: Consenting | None = None
        if self.form.is_consented and not record_id:
            self.consenting = Consenting(context, self.inputs)
            self.form = replace(self.form, steps=(*self.form.steps, Step(CONSENT, ())))
        self.voice = VoiceNotes(context, f"{self.draft_kind}:{self.draft_key}")
        if not record_id and "commune_code" in self.form.entity.field_by_name:
            self.inputs.values.setdefault("commune_code", context.usual_commune())
        self.resume()
        self.begin_at(field, remark, (step.fields for step in self.form.steps))
        self.begin()

    @property
    def draft_key(self) -> str:
        """Return which draft of its kind this is."""
        return f"{self.form.name}:{self.record_id.hex()}"

    @property
    def step(self) -> Step:
        """Return where one is."""
        return self.form.steps[self.number - 1]

    @property
    def is_last(self) -> bool:
        """Whether the next act is to save."""
        return self.number == len(self.form.steps)

    def drafted(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        kept = {**self.inputs.pack(), "number": self.number, "given": self.given}
        return {**kept, "consent": self.consenting.pack()} if self.consenting else kept

    def take(self, kept: dict[str, Any]) -> None:
        """Go on with what a draft kept."""
        self.inputs.unpack(kept)
        self.number = int(kept["number"])
        self.given = kept.get("given", self.given)
        if self.consenting:
            self.consenting.unpack(kept.get("consent", {}))

    def duplicates(self) -> list[tuple[bytes, str, str, str]]:
        """Return who is likely the same: (id, name, other name, reasons in words)."""
        if self.record_id or self.form.entity.name not in ("person", "enterprise"):
            return []
        found = likely_duplicates(self.context.opened, self.form.entity.name, self.inputs.values)
        return [
            (one.record.record_id, *self.context.name(one.record), self._why(one.reasons))
            for one in found[:_LIKELY_MAX]
        ]

    def _why(self, reasons: Iterable[str]) -> str:
        return self.context.listed(self.context.say(f"duplicate.reason.{one}") for one in reasons)

    def is_whole(self) -> bool:
        """Whether the step one is at may be left."""
        return self._is_whole(self.step)

    def _is_whole(self, step: Step) -> bool:
        self.problem = ""
        if step.name == CONSENT and self.consenting:
            self.problem = self.consenting.problem()
            return not self.problem
        self.inputs.missing(*step.required)
        one_of = [name for name in self.form.entity.one_of if name in step.fields]
        if one_of:
            self.inputs.missing_all(*one_of)
        return not any(name in self.inputs.problems for name in step.fields)

    def store(self) -> bool:
        """Store the record and all that belongs to it, as `Drafted`."""
        self.voice.stop()
        for number, step in enumerate(self.form.steps, 1):
            if not self._is_whole(step):
                self.number = number
                return False
        asked = [name for step in self.form.steps for name in step.fields]
        values: Values = {name: self.inputs.values.get(name) for name in (*self.given, *asked)}
        parts = self.voice.parts(NOTE)
        if self.consenting:
            values = self.consenting.left_out(values)
            kept = [] if self.consenting.given is False else parts
            parts = [*kept, *self.consenting.parts()]
        if self.record_id:
            values = {k: v for k, v in values.items() if v != self.before.get(k)}
        try:
            saved = put_with_parts(
                self.context.opened,
                self.form.entity.name,
                values,
                parts,
                record_id=self.record_id,
                made_id=self.made_id,
                within=self.put_away,
            )
            self.saved_id = saved.record_id
        except Refusal as refusal:
            self.problem = self.context.sentence(refusal)
            return False
        return True
