"""The card that asks for a consent, in every screen that does."""

from __future__ import annotations

from mobile_app.ui.kit import Card, Text, Tiles


def card(app, purpose, given, answer, *, above=None, is_short=False):
    """Return the question and its two answers.

    Args:
        given: what was answered; None for nothing yet.
        answer: called with what is answered now.
        above: a widget over the question.
        is_short: without what a refusal means.
    """
    say = app.context.say
    asked = Card(padding=(16, 14), spacing=10)
    if above:
        asked.add_widget(above)
    asked.add_widget(Text(say(f"consent.text.{purpose}"), "heading"))
    if not is_short:
        asked.add_widget(Text(say(f"consent.refusal.{purpose}"), "small", "muted"))
    chosen = set() if given is None else {"yes" if given else "no"}
    options = [("yes", say("tablet.consent.yes"), "check"), ("no", say("tablet.consent.no"), "x")]
    asked.add_widget(Tiles(options, chosen, lambda code: answer(code == "yes"), high=64))
    return asked
