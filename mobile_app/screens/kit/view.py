"""Every part of the kit in all its looks, to be checked in each theme and language."""

from __future__ import annotations

from typing import Any

from mobile_app.qr import qr
from mobile_app.screens.kit.presenter import KitPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Bar,
    Card,
    Chip,
    Chips,
    Column,
    Empty,
    Faces,
    Facts,
    Field,
    Heading,
    Page,
    Row,
    Rows,
    Segmented,
    SignaturePad,
    Stack,
    State,
    Text,
    Tiles,
    Toggle,
    history_rows,
    lead,
)
from mobile_app.ui.kit.qr import QrCode
from sync.entities.visit import VISIT_TYPES

_STATES = ("on_tablet", "received", "reviewed", "attention", "held")
_TONES = ("attention", "held", "ontablet", "received", "primary")


def build(ui: Ui, presenter: KitPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say

    def set_(name: str, value: Any) -> None:
        setattr(presenter, name, value)
        ui.show(keep_scroll=True)

    column = Column()
    for role in ("display", "title", "heading", "body", "small", "caption"):
        column.add(Text(f"{say('tablet.kit.sample')} 25,5", role))
    column.add(Heading(say("tablet.kit.states")))
    column.add(Card(*(State(one, say(f"tablet.state.{one}")) for one in _STATES), padding=12))
    for tone in _TONES:
        column.add(Banner(say("tablet.visit.saved"), tone))
    column.add(Heading(say("tablet.kit.acts"), link=(say("tablet.correct"), lambda: None)))
    buttons = [
        ActButton(say("tablet.visit.save"), lambda: None, kind, "check")
        for kind in ("main", "plain", "alternative", "quiet", "danger")
    ]
    column.add(Stack(*buttons))
    types = [(one, say(f"visit.type.{one}")) for one in VISIT_TYPES[:6]]
    column.add(Tiles(types, {presenter.chosen}, lambda code: set_("chosen", code)))
    needs = [(one, say(f"visit.needs.{one}")) for one in ("access", "finance", "water", "market")]
    column.add(Tiles(needs, {"access", "water"}, lambda _code: None, many=True))
    sides = [("yes", say("tablet.yes"), "check"), ("no", say("tablet.no"), "x")]
    column.add(Segmented(sides, {"yes"}, lambda _code: None))
    column.add(Chips(*(Chip(words, is_on=at == 0) for at, (_, words) in enumerate(types))))
    flip = lambda: set_("is_on", not presenter.is_on)  # noqa: E731 - the shortest way to say it
    column.add(Card(Toggle(say("tablet.sync.wifi"), presenter.is_on, flip, "wifi")))
    words = [say(f"visit.satisfaction.{number}") for number in range(1, 6)]
    column.add(Faces(presenter.face, lambda number: set_("face", number), words))
    column.add(Field(say("person.field.phone"), "06 12 34 56 78", is_code=True))
    column.add(
        Field(
            say("enterprise.field.ice"),
            "12345",
            problem=say("refusal.ice_length", wanted=15, had=5),
            is_code=True,
        )
    )
    column.add(Field(say("visit.field.notes"), say("tablet.kit.sample"), rows=3))
    rows = [
        Row(say("tablet.kit.name"), say("tablet.kit.other"), say("tablet.kit.sample"),
            lead=lead("user"), state=state, word=say(f"tablet.state.{state}"))
        for state in _STATES
    ]  # fmt: skip
    column.add(Rows(*rows))
    steps = [(one, "", say("tablet.kit.sample"), "", "", None) for _, one in types[:3]]
    column.add(Rows(*history_rows(steps)))
    facts = [
        ("phone", ui.context.phrases.phone("+212612345678"), say("person.field.phone")),
        ("map-pin", say("tablet.kit.sample"), say("person.field.douar")),
    ]
    column.add(Card(Facts(facts)))
    column.add(Bar(0.4))
    column.add(SignaturePad([[0.2, 0.4, 0.3, 0.7, 0.4, 0.3, 0.5, 0.6]], lambda _strokes: None))
    column.add(Card(QrCode(qr("nuqta")), padding=12))
    column.add(Empty(say("tablet.today.none"), say("tablet.today.none.todo")))
    return Page(column, say("tablet.kit"))
