"""The form that links the tablet to a server."""

from __future__ import annotations

from mobile_app.screens.enrol.presenter import EnrolPresenter
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import ActButton, Banner, Column, Field, Page, Text


def build(ui: Ui, presenter: EnrolPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    column.add(Text(say("tablet.enrol"), "display"))
    column.add(Text(say("tablet.enrol.about"), color="muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    url = column.add(
        Field(
            say("tablet.enrol.url"),
            ui.typed.get("url", presenter.managed.server_url),
            help_text=presenter.remark(),
            is_code=True,
        )
    )
    code = column.add(Field(say("tablet.enrol.code"), ui.typed.get("code", ""), is_code=True))

    def submit() -> None:
        typed = {"url": url.input.text, "code": code.input.text}
        ui.typed.update(typed)
        presenter.is_running = True
        ui.beside(lambda: presenter.submit(*typed.values()), lambda: ui.after_touch(answered))
        ui.show()

    def answered() -> None:
        if not ui.is_shown(presenter):
            return
        if presenter.is_done:
            ui.typed.clear()
            ui.go("sync")
            ui.device.ask_notices()
        else:
            ui.show()

    def scanned(text: str) -> None:
        url.input.text, code.input.text = text, ""
        submit()

    if ui.device.can_scan and not presenter.is_running:
        scan = ActButton(
            say("tablet.scan.link"), lambda: ui.device.scan(scanned), "plain", "qrcode"
        )
        column.add(scan)
    if presenter.is_running:
        column.add(Banner(say("tablet.enrol.running"), "held"))
        return Page(column, say("page.product"))
    act = (say("tablet.enrol.act"), submit, "main", "check")
    return Page(column, say("page.product"), acts=(act,))
