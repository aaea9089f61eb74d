"""The answer given back: who asked signs that it was received and read to them.

It is a simple signature (law 43-20): the step keeps the way of signing, its moment, and the hash of
the picture.
"""

from __future__ import annotations

from hashlib import sha256

from mobile_app.screens import signature
from mobile_app.screens.context import Context
from mobile_app.store.visits import Part
from sync import typed
from sync.spec import Values


class Delivering:
    """A signature in the making. `method`: `finger_signature` or `witnessed_mark`."""

    def __init__(self, context: Context) -> None:
        """Begin; nobody has signed."""
        self.context = context
        self.method = "finger_signature"
        self.witness = ""
        self.strokes: list[list[float]] = []

    def problem(self) -> str:
        """Return what the signature lacks; empty for nothing."""
        by_mark = self.method == "witnessed_mark"
        is_signed = bool(typed.text(self.witness)) if by_mark else bool(self.strokes)
        return "" if is_signed else self.context.say(f"tablet.visit.unsigned.{self.method}")

    def step(self) -> tuple[Values, list[Part]]:
        """Return what the step says of the signature, and its picture."""
        values: Values = {"method": self.method, "witness_name": typed.text(self.witness) or None}
        if not self.strokes:
            return values, []
        data, width, height = signature.picture(self.strokes)
        values["document_sha256"] = sha256(data).hexdigest()
        drawn: Values = {"purpose": "signature", "width": width, "height": height}
        return values, [Part("photo", drawn, data)]
