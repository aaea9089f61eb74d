"""The page on which the answer to a request is given back, and signed for."""

from __future__ import annotations

from mobile_app.screens.parts import signing
from mobile_app.screens.request.delivering import Delivering
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.request.standing import decided
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Banner, Column, Heading, Page, Row, Rows, Stack, Text, lead


def build(ui: Ui, presenter: RequestPresenter, signed: Delivering) -> Page:
    """Draw it: the answer, the sentence that is signed, the signature, and who disagrees."""
    say, column = ui.context.say, Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    names = Stack(Text(presenter.title, "title"), Text(presenter.service(), color="muted"))
    column.add(names)
    answer = presenter.following().answer()
    if answer:
        column.add(decided(answer, is_granted=True))

    def changed(*, is_drawn_anew: bool = True) -> None:
        presenter.problem = ""
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    column.add(Text(say("tablet.request.delivery.sentence"), "heading"))
    column.add(Heading(say("tablet.visit.signature")))
    for widget in signing.draw(ui, signed, presenter.title, changed):
        column.add(widget)
    column.add(_disagrees(ui, presenter))

    def back() -> None:
        presenter.delivering, presenter.problem = None, ""
        ui.show()

    def done() -> None:
        if presenter.go_to("delivered"):
            ui.tell(say("tablet.saved"))
        ui.show()

    acts = (
        (say("tablet.back"), back, "plain", "arrow-left"),
        (say("tablet.request.delivery.done"), done, "main", "check"),
    )
    return Page(column, say("tablet.request.delivery"), acts=acts)


def _disagrees(ui: Ui, presenter: RequestPresenter) -> Rows:
    say = ui.context.say

    def tell() -> None:
        if presenter.disagree():
            ui.tell(say("tablet.request.disagrees.done"))
        ui.show(keep_scroll=True)

    about = say("tablet.request.disagrees.about")
    row = Row(
        say("tablet.request.disagrees"), detail=about, lead=lead("flag"), opens=True, done=tell
    )
    return Rows(row)
