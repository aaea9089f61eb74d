"""What the office asks of a visit: who, what, until when; in its words or its voice."""

from __future__ import annotations

from mobile_app.screens.parts import voice
from mobile_app.screens.returned import Question
from mobile_app.screens.ui import Ui
from mobile_app.screens.voice import RETURN, Spoken
from mobile_app.ui.kit import ActButton, Card, Text


def tell(ui: Ui, card: Card, visit_id: bytes, asked: Question) -> None:
    """Add a question to a card, each of its recordings as a button."""
    say = ui.context.say
    code = "tablet.returned.by" if asked.label else "tablet.returned.by.whole"
    card.add_widget(Text(say(code, who=asked.by, what=asked.label), bold=True))
    if asked.note or not asked.recordings:
        card.add_widget(Text(asked.note or say("tablet.attention.returned"), own=bool(asked.note)))
    if asked.due:
        card.add_widget(Text(asked.due, "small", "attention" if asked.is_late else "muted"))
    spoken = Spoken(ui.context, "visit", visit_id, RETURN)
    for note in asked.recordings:
        card.add_widget(
            ActButton(
                say("tablet.returned.listen"),
                lambda key=note.key: voice.hear(ui, spoken, key),
                "plain",
                "volume",
            )
        )
