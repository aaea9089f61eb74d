"""How somebody signs what they agreed to: a finger on the glass, or a mark before a witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kivy.uix.widget import Widget

from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Field, Link, Segmented, SignaturePad, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox


class Signed(Protocol):
    """What holds a signature: `method` of a consent, who witnessed, the strokes."""

    method: str
    witness: str
    strokes: list[list[float]]


def draw(ui: Ui, signed: Signed, name: str, changed: Callable[..., object]) -> Sequence[Widget]:
    """Return what one signs with. `name`: of who signs; `changed` as `parts.inputs.draw`."""
    say = ui.context.say

    def choose(code: str) -> None:
        signed.method = code
        changed()

    def witnessed(text: str) -> None:
        signed.witness = text
        changed(is_drawn_anew=False)

    def drawn(strokes: list[list[float]]) -> None:
        signed.strokes = strokes
        changed(is_drawn_anew=False)

    options = [
        ("finger_signature", say("consent.method.finger_signature"), "signature"),
        ("witnessed_mark", say("consent.method.witnessed_mark"), "users"),
    ]
    widgets: list[Widget] = [Segmented(options, {signed.method}, choose, 68)]
    if signed.method == "witnessed_mark":
        witness = Field(say("consent.field.witness_name"), signed.witness, on_text=witnessed)
        widgets.append(witness)
    pad = SignaturePad(signed.strokes, drawn)
    line = MirrorBox(size_hint_y=None, height=dp(48))
    line.add_widget(Text(name, "small", "muted", pos_hint={"center_y": 0.5}))
    line.add_widget(Link(say("tablet.visit.signature.clear"), pad.clear))
    return [*widgets, pad, line]
