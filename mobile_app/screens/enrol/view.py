"""The form that links the tablet to a server."""

from __future__ import annotations

from mobile_app.ui.kit import Banner, Column, Field, Page, Text


def build(app, presenter):
    say = app.context.say
    column = Column()
    column.add(Text(say("tablet.enrol"), "display"))
    column.add(Text(say("tablet.enrol.about"), color="muted"))
    if presenter.problem:
        column.add(Banner(presenter.problem))
    url = column.add(
        Field(
            say("tablet.enrol.url"),
            app.typed.get("url", presenter.managed.server_url),
            help_text=presenter.remark(),
            is_code=True,
        )
    )
    code = column.add(Field(say("tablet.enrol.code"), app.typed.get("code", ""), is_code=True))

    def submit():
        app.typed = {"url": url.input.text, "code": code.input.text}
        presenter.submit(url.input.text, code.input.text)
        if presenter.is_done:
            app.typed = {}
            app.go("sync")
            app.ask_notices()
        else:
            app.show()

    act = (say("tablet.enrol.act"), submit, "main", "check")
    return Page(column, say("page.product"), acts=(act,))
