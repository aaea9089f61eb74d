"""The code, what it leads to, and the way on."""

from __future__ import annotations

from typing import TypeAlias

from mobile_app.screens.claim.presenter import ClaimPresenter
from mobile_app.screens.ui import Act, Ui
from mobile_app.ui.kit import Banner, Column, Field, Page, Row, Rows, Text, lead

_Act: TypeAlias = tuple[str, Act, str, str]
"""Words, what is done, kind and sign of an act at the bottom."""


def build(ui: Ui, presenter: ClaimPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    column.add(Text(say("tablet.claim.code"), "title"))
    column.add(Text(say("tablet.claim.where"), "small", "muted"))
    label, typed = say("tablet.claim.field"), presenter.code or ui.typed.get("claim", "")
    code = column.add(Field(label, typed, is_code=True, problem=presenter.problem, name="code"))

    def look() -> None:
        ui.typed["claim"] = code.input.text
        presenter.look(code.input.text)
        ui.show(keep_scroll=True)

    acts: list[_Act] = [(say("tablet.claim.look"), look, "main", "search")]
    if presenter.used:
        column.add(Banner(say("tablet.claim.used"), detail=presenter.used))
    if presenter.found is not None:
        acts = [_found(ui, presenter, column)]
    elif presenter.is_unknown:
        acts = [_unknown(ui, presenter, column)]
    if presenter.code:
        acts.insert(
            0, (say("tablet.claim.other"), lambda: _again(ui, presenter), "plain", "refresh")
        )
    column.add(Text(say("tablet.claim.never"), "small", "muted"))
    return Page(column, say("tablet.more.claim"), acts=tuple(acts))


def _again(ui: Ui, presenter: ClaimPresenter) -> None:
    ui.typed.pop("claim", None)
    presenter.code, presenter.found, presenter.used, presenter.problem = "", None, "", ""
    ui.show()


def _found(ui: Ui, presenter: ClaimPresenter, column: Column) -> _Act:
    say = ui.context.say
    title, other = presenter.title()
    detail = say("tablet.claim.found")
    rows = [Row(title, other, detail, lead=lead("users-group"), is_now=True, own=True)]
    rows += [Row(service, detail=state) for service, state in presenter.begun()]
    column.add(Rows(*rows))
    column.add(Banner(say("tablet.claim.both"), "received", say("tablet.claim.both.detail")))

    def go_on() -> None:
        ui.typed.pop("claim", None)
        ui.go("person", ("enterprise", presenter.take()))

    return (say("tablet.claim.act"), go_on, "main", "arrow-right")


def _unknown(ui: Ui, presenter: ClaimPresenter, column: Column) -> _Act:
    say = ui.context.say
    column.add(Banner(say("tablet.claim.unknown"), "held", say("tablet.claim.unknown.detail")))
    label, typed = say("tablet.claim.name"), ui.typed.get("claim_name", "")
    name = column.add(Field(label, typed, problem=presenter.name_problem, name="name"))

    def keep() -> None:
        ui.typed["claim_name"] = name.input.text
        made = presenter.keep(name.input.text)
        if not made:
            ui.show(keep_scroll=True)
            return
        ui.typed.pop("claim", None)
        ui.typed.pop("claim_name", None)
        ui.go("person", ("enterprise", made))

    return (say("tablet.claim.keep"), keep, "main", "arrow-right")
