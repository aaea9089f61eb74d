"""One question of consent on a screen: answered, signed, stored with the record it belongs to.

Asked at a registration: who refuses stays known by name and commune alone, with the refusal, so
that nobody asks again. Who is not there is asked at the first visit. Asked before papers are passed
on: who refuses keeps the request.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from mobile_app.screens import signature
from mobile_app.screens.consent import answered
from mobile_app.screens.context import Context
from mobile_app.screens.inputs import Inputs
from mobile_app.store.visits import Part
from sync import typed
from sync.entities.consent import TEXT_VERSION
from sync.rules.offices import Office
from sync.spec import Values

PURPOSE = "programme_record"
_KEPT = ("given", "read_aloud", "method", "witness", "strokes")


class Consenting:
    """One question and its answer. `given`: None while nobody has answered.

    `method`: `finger_signature` or `witnessed_mark`; `strokes` or `witness` belong to it.
    """

    def __init__(
        self,
        context: Context,
        inputs: Inputs,
        purpose: str = PURPOSE,
        key: str = PURPOSE,
        recipient: Office | None = None,
    ) -> None:
        """Ask the one whom some inputs are about; nothing is answered yet.

        Args:
            key: which one it is among the consents of its record.
            recipient: to whom it is passed on, whom the consent names.
        """
        self.context, self._inputs = context, inputs
        self.purpose, self._key, self.recipient = purpose, key, recipient
        self.given: bool | None = None
        self.read_aloud: bool | None = None
        self.method = "finger_signature"
        self.witness = ""
        self.strokes: list[list[float]] = []

    @property
    def language(self) -> str:
        """Return the language it is asked in: theirs, else the screen's."""
        return str(self._inputs.values.get("service_language") or self.context.language)

    @property
    def is_read_aloud(self) -> bool:
        """Whether the text is read to them: as said, else if they do not read."""
        if self.read_aloud is None:
            return self._inputs.values.get("reading") == "none"
        return self.read_aloud

    def about(self) -> str:
        """Return which text it is, and in what language."""
        version = self.context.say("tablet.consent.version", version=TEXT_VERSION)
        spoken = self.context.say(f"visit.language.{self.language}")
        named = self.recipient.names.get(self.context.script, "") if self.recipient else ""
        return self.context.facts(named, version, spoken)

    def problem(self) -> str:
        """Return what an agreement lacks; empty for nothing, and for a refusal."""
        if not self.given or self._is_signed():
            return ""
        return self.context.say(f"tablet.visit.unsigned.{self.method}")

    def _is_signed(self) -> bool:
        if self.method == "witnessed_mark":
            return bool(typed.text(self.witness))
        return bool(self.strokes)

    def left_out(self, values: Values) -> Values:
        """Return what is stored of a record: of who refuses only who and where they are."""
        if self.given is not False:
            return values
        entity = self._inputs.entity
        kept = {*entity.one_of, *(one.name for one in entity.fields if one.required)}
        return {name: value for name, value in values.items() if name in kept}

    def parts(self) -> list[Part]:
        """Return what is stored beside the record; nothing while nobody has answered."""
        if self.given is None:
            return []
        values = answered(
            self.context,
            self.purpose,
            is_given=self.given,
            language=self.language,
            read_aloud=self.is_read_aloud,
            recipient=self.recipient.code if self.recipient else "",
        )
        if not self.given:
            return [Part("consent", values, key=self._key)]
        values |= {"method": self.method, "witness_name": typed.text(self.witness) or None}
        if not self.strokes:
            return [Part("consent", values, key=self._key)]
        data, width, height = signature.picture(self.strokes)
        drawn: Values = {"purpose": "signature", "width": width, "height": height}
        # By its hash the picture is found: there is no visit that both would belong to.
        values["document_sha256"] = sha256(data).hexdigest()
        return [
            Part("consent", values, key=self._key),
            Part("photo", drawn, data, key=self._key),
        ]

    def pack(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        return {name: getattr(self, name) for name in _KEPT}

    def unpack(self, kept: dict[str, Any]) -> None:
        """Go on from a draft."""
        for name in _KEPT:
            if name in kept:
                setattr(self, name, kept[name])
