"""Whose turn it is: the agents who share this tablet."""

from __future__ import annotations

from pathlib import Path

from mobile_app import seats
from mobile_app.exchange import relay
from mobile_app.screens.context import Context


class AgentsPresenter:
    """Names alone: nothing of anybody's is open yet."""

    def __init__(self, context: Context) -> None:
        """Look who is there."""
        self.context = context
        self.seats = seats.seats(context.root)

    def rows(self) -> list[tuple[Path, str, str]]:
        """Return each agent's folder, name, and login or what waits; in the order they came."""
        rows = []
        for number, seat in enumerate(self.seats, 1):
            name, login = named(self.context, seat.card, number)
            waits = relay.is_waiting(seat.folder)
            rows.append(
                (seat.folder, name, self.context.say("tablet.agents.waiting") if waits else login)
            )
        return rows


def named(context: Context, card: seats.Card, number: int) -> tuple[str, str]:
    """Return an agent's name in the reader's script, and login; a number before they are linked."""
    arabic, latin = card.name_ar, card.name_fr
    name = (arabic or latin) if context.script == "ar" else (latin or arabic)
    login = card.login if card.login != name else ""
    return name or card.login or context.say("tablet.agents.unlinked", number=number), login
