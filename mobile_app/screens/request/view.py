"""A request for a service."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.graphics import Color, Rectangle
from kivy.uix.widget import Widget

from mobile_app.screens.parts import consent, voice
from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.request import delivery, standing
from mobile_app.screens.request.delivering import Delivering
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.request.said import Said
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Heading,
    IconButton,
    Page,
    Reason,
    Row,
    Rows,
    Stack,
    Text,
    lead,
)
from mobile_app.ui.metrics import dp
from mobile_app.ui.theme import THEME
from sync.rules import applications
from sync.rules.codes import short_code
from sync.rules.eligibility import Verdict

_OUT_OF_ANSWER = {applications.GRANTED: "delivered", applications.REJECTED: applications.REVIEWED}
"""State of an answer -> the state that it is led on to: the screen's act."""


def build(ui: Ui, presenter: RequestPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column()
    if presenter.problem:
        column.add(Banner(presenter.problem))
    if not presenter.record_id:
        return _choose(ui, presenter, column)
    if presenter.delivering:
        return delivery.build(ui, presenter, presenter.delivering)
    if presenter.warning:
        column.add(Banner(presenter.warning, "ontablet"))
    following = presenter.following()
    column.add(
        Stack(
            Text(presenter.service(), "title"),
            Text(ui.context.facts(presenter.title, presenter.state()), color="muted"),
            spacing=2,
        )
    )
    acts = standing.draw(ui, presenter, following, column)
    _papers(ui, presenter, column)
    if following.may_be_passed_on:
        _share(ui, presenter, column)

    def changed(*, is_drawn_anew: bool = True) -> None:
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    if following.takes_receipt:
        column.add(fields.draw(ui, presenter.inputs, "receipt_number", changed=changed))
        if following.now == "ready" and (own := presenter.own_receipt()):
            words = say("tablet.request.own_receipt", code=ui.context.phrases.code(own))
            column.add(Text(words, "small", "muted"))
    acts = acts or _ways_on(ui, presenter, column)
    code = say("tablet.code", code=short_code(presenter.record_id))
    return Page(column, say("desk.entity.application"), other=code, acts=acts)


def _ways_on(ui: Ui, presenter: RequestPresenter, column: Column) -> tuple[Any, ...]:
    """Add where the request can be led. Returns the way out of an answer, for the bottom."""
    say, steps = ui.context.say, presenter.ways_on()
    main = _OUT_OF_ANSWER.get(str(presenter.record.values["state"]), "")
    others = [(state, words) for state, words in steps if state != main]
    if others:
        column.add(Heading(say("tablet.request.next")))
    for state, words in others:
        kind = "plain" if state == "withdrawn" else "alternative"
        column.add(ActButton(words, partial(_lead, ui, presenter, state), kind))
    return tuple(
        (words, partial(_lead, ui, presenter, state), "main", "arrow-right")
        for state, words in steps
        if state == main
    )


def _lead(ui: Ui, presenter: RequestPresenter, state: str) -> None:
    """Lead the request on; let a delivery be signed for before, and a withdrawal be meant."""
    say = ui.context.say

    def go() -> None:
        if presenter.go_to(state):
            ui.tell(say("tablet.saved"))
        ui.show()

    if state == "delivered":
        presenter.delivering = Delivering(ui.context)
        ui.show()
    elif state == "withdrawn":
        options = [(True, say("tablet.request.withdraw.yes")), (False, say("tablet.back"))]
        title, about = say("tablet.request.withdraw"), say("tablet.request.withdraw.about")
        ui.choose(title, options, lambda sure: go() if sure else None, about)
    else:
        go()


def _choose(ui: Ui, presenter: RequestPresenter, column: Column) -> Page:
    say = ui.context.say
    column.add(Text(presenter.title, "title"))
    if presenter.wanted:
        return _confirm(ui, presenter, column)

    def open_one(code: str) -> None:
        presenter.choose(code)
        ui.show()

    for verdict, services in presenter.offered():
        rows = [
            Row(
                name,
                detail=why,
                lead=lead("file-text"),
                opens=True,
                done=lambda code=code: open_one(code),
            )
            for code, name, why in services
        ]
        if rows:
            column.add(Heading(say(f"tablet.request.{verdict.value}")))
            column.add(Rows(*rows))
    return Page(column, say("tablet.person.request.open"))


def _confirm(ui: Ui, presenter: RequestPresenter, column: Column) -> Page:
    """Say what a request means, for whom it is, and let it be opened: or what is open already."""
    say, going = ui.context.say, presenter.going()
    column.add(Text(ui.context.service(presenter.wanted), "heading"))
    lines = Stack(spacing=10)
    for what, value in presenter.terms():
        lines.add_widget(Stack(Text(what, "small", "muted"), Text(value), spacing=0))
    column.add(Card(lines, padding=(16, 14)))
    _heard(ui, presenter, column)
    _conditions(ui, presenter, column)
    if going:
        column.add(Banner(say("tablet.request.going"), "ontablet"))
    else:
        column.add(Text(say("tablet.request.means"), color="muted"))

    def back() -> None:
        presenter.choose("")
        ui.show()

    def open_it() -> None:
        presenter.open(presenter.wanted)
        ui.show()

    def go_on() -> None:
        ui.swap("request", (presenter.entity, presenter.subject.record_id, going))

    main = (
        (say("tablet.attention.open.request"), go_on, "main", "arrow-right")
        if going
        else (say("tablet.request.confirm"), open_it, "main", "check")
    )
    acts = ((say("tablet.back"), back, "plain", "arrow-left"), main)
    return Page(column, say("tablet.person.request.open"), acts=acts)


def _heard(ui: Ui, presenter: RequestPresenter, column: Column) -> None:
    """Let the service be heard in each language that it was recorded in; a touch fetches it."""
    said = Said(ui.context)
    rows = [
        Row(name, lead=lead("volume"), done=partial(voice.hear, ui, said, key))
        for key, name in said.of(presenter.wanted, presenter.subject)
    ]
    if rows:
        column.add(Heading(ui.context.say("portal.service.listen")))
        column.add(Rows(*rows))


def _conditions(ui: Ui, presenter: RequestPresenter, column: Column) -> None:
    """Say what the service asks, what is known of it, and where to begin; nothing stops here."""
    say, (verdict, told) = ui.context.say, presenter.conditions()
    if not told:
        return

    def begin(code: str) -> None:
        presenter.choose(code)
        ui.show()

    rows = Rows()
    for one in told:
        rows.add(Reason(one.sign, one.title, one.reason))
        if one.way:
            first = say("tablet.request.first", service=one.way_name)
            sign, act = lead("arrow-right"), partial(begin, one.way)
            rows.add(Row(first, lead=sign, opens=True, done=act))
    column.add(Heading(say(f"eligibility.{verdict.value}.title")))
    column.add(rows)
    if verdict is Verdict.NOT_YET:
        column.add(Text(say("tablet.request.file_anyway"), color="muted"))


def _share(ui: Ui, presenter: RequestPresenter, column: Column) -> None:
    """Ask whether the papers may be passed on; the answer is stored by an act of its own."""
    asked = presenter.sharing()
    if asked is None:
        return

    def changed(*, is_drawn_anew: bool = True) -> None:
        presenter.problem = ""
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    def store() -> None:
        if presenter.store_sharing():
            ui.tell(ui.context.say("tablet.saved"))
        ui.show(keep_scroll=True)

    for widget in consent.ask(ui, asked, presenter.title, changed):
        column.add(widget)
    if asked.given is not None:
        column.add(ActButton(ui.context.say("tablet.consent.store"), store, "main", "check"))


def _papers(ui: Ui, presenter: RequestPresenter, column: Column) -> None:
    say = ui.context.say
    papers = presenter.papers()
    column.add(Heading(say("tablet.request.papers")))
    if not papers:
        column.add(Text(say("tablet.request.no_papers"), color="muted"))
        return
    rows = Rows()
    for paper in papers:
        if paper.is_blurred:
            state, word = "attention", say("tablet.request.blurred.word")
        else:
            state, word = "", ""
        count = ui.context.phrases.count("tablet.request.pages", paper.pages)
        row = Row(
            paper.name, detail=count, lead=lead("check" if paper.pages else "circle-dashed"),
            state=state, word=word,
        )  # fmt: skip

        def take(code: str = paper.code) -> None:
            def took(photo: Any) -> None:
                presenter.add_page(code, photo)
                ui.show()

            ui.device.photograph(took)

        row.add_widget(IconButton("camera", take, f"{say('tablet.request.page')}: {paper.name}"))
        rows.add(row)
        for page in presenter.pages(paper.code):
            rows.add(_page(ui, presenter, paper, page))
    column.add(rows)


def _page(ui: Ui, presenter: RequestPresenter, paper: Any, page: Any) -> Widget:
    say = ui.context.say
    state, word = ("attention", say("tablet.request.blurred.word")) if page.is_blurred else ("", "")
    row = Row(
        say("tablet.request.page.number", number=page.number),
        detail=ui.context.phrases.bytes(page.size_bytes),
        lead=_Thumbnail(presenter.thumbnail(page.record_id)),
        state=state,
        word=word,
    )

    def take() -> None:
        def took(photo: Any) -> None:
            presenter.add_page(paper.code, photo, page.record_id)
            ui.show()

        ui.device.photograph(took)

    def drop() -> None:
        presenter.drop_page(page.record_id)
        ui.show(keep_scroll=True)

    acts = [("refresh", take, "retake")]
    if not page.is_sent:
        acts.append(("trash", drop, "drop"))
    for sign, act, code in acts:
        words = say(f"tablet.request.page.{code}", number=page.number)
        row.add_widget(IconButton(sign, act, f"{words}: {paper.name}"))
    return row


class _Thumbnail(Widget):
    """A page in small before its row; an empty sheet where its picture is not here."""

    def __init__(self, picture: Any) -> None:
        super().__init__(size_hint=(None, None), size=(dp(44), dp(56)))
        self.pos_hint = {"center_y": 0.5}
        self._texture = CoreImage(BytesIO(picture), ext="png").texture if picture else None
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_: object) -> None:
        self.canvas.clear()
        wide, high = self._texture.size if self._texture else self.size
        scale = min(self.width / wide, self.height / high)
        size = (wide * scale, high * scale)
        pos = (self.x + (self.width - size[0]) / 2, self.y + (self.height - size[1]) / 2)
        with self.canvas:
            Color(*((1, 1, 1, 1) if self._texture else THEME.color("sunken")))
            Rectangle(pos=pos, size=size, texture=self._texture)
