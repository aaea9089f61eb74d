"""The card that asks for a consent, in every screen that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.uix.widget import Widget

from mobile_app.screens.consenting import Consenting
from mobile_app.screens.parts import signing
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import ActButton, Card, Heading, Segmented, Stack, Text, Tiles
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox


def card(
    ui: Ui,
    purpose: str,
    given: bool | None,
    answer: Callable[[bool], object],
    *,
    spoken: str = "",
    is_short: bool = False,
) -> Card:
    """Return the question, as it is heard and read, and its two answers.

    Args:
        given: what was answered; None for nothing yet.
        answer: called with what is answered now.
        spoken: the language it is heard in; empty: the screen's.
        is_short: without what a refusal means.
    """
    say = ui.context.say
    asked = Card(_listen(ui, purpose, spoken or ui.context.language), padding=(16, 14), spacing=10)
    asked.add_widget(Text(say(f"consent.text.{purpose}"), "heading"))
    if not is_short:
        asked.add_widget(Text(say(f"consent.refusal.{purpose}"), color="muted"))
    chosen = set() if given is None else {"yes" if given else "no"}
    options = [("yes", say("tablet.consent.yes"), "check"), ("no", say("tablet.consent.no"), "x")]
    asked.add_widget(Tiles(options, chosen, lambda code: answer(code == "yes"), high=64))
    return asked


def ask(ui: Ui, asked: Consenting, name: str, changed: Callable[..., object]) -> Sequence[Widget]:
    """Return a question with its text's version, how it is read, and what signs an agreement.

    Args:
        name: of who signs.
        changed: as of `parts.inputs.draw`.
    """
    say = ui.context.say

    def answer(is_given: bool) -> None:
        asked.given = is_given
        changed()

    def read(code: str) -> None:
        asked.read_aloud = code == "yes"
        changed()

    options = [("yes", say("tablet.yes"), "check"), ("no", say("tablet.no"), "x")]
    label = Text(say("consent.field.read_aloud"), "small", bold=True)
    chosen = {"yes" if asked.is_read_aloud else "no"}
    widgets: list[Widget] = [
        card(ui, asked.purpose, asked.given, answer, spoken=asked.language),
        Text(asked.about(), "small", "muted"),
        Stack(label, Segmented(options, chosen, read, 60), spacing=4),
    ]
    if asked.given:
        widgets += [Heading(say("tablet.visit.signature")), *signing.draw(ui, asked, name, changed)]
    return widgets


def _listen(ui: Ui, purpose: str, spoken: str) -> MirrorBox:
    say = ui.context.say
    line = MirrorBox(size_hint_y=None, height=dp(52), spacing=dp(10))
    listen = ActButton(
        say("tablet.consent.listen"), lambda: ui.device.speak(f"consent.{purpose}", spoken),
        "plain", "volume",
    )  # fmt: skip
    listen.height = dp(52)
    line.add_widget(listen)
    language = Text(say(f"visit.language.{spoken}"), "small", "muted", hug=True)
    language.pos_hint = {"center_y": 0.5}
    line.add_widget(language)
    return line
