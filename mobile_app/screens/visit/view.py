"""The steps of a visit."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from kivy.clock import Clock
from kivy.core.image import Image as CoreImage
from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.uix.widget import Widget

from mobile_app.device.gps import OFF, REFUSED
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.parts import asked as question
from mobile_app.screens.parts import consent, signing, voice
from mobile_app.screens.parts import inputs as fields
from mobile_app.screens.ui import Ui
from mobile_app.screens.visit.presenter import NO_POSITION, VisitPresenter
from mobile_app.screens.voice import NEED, NOTE
from mobile_app.ui.kit import (
    ActButton,
    Banner,
    Card,
    Column,
    Empty,
    Faces,
    Field,
    Heading,
    IconButton,
    Page,
    Row,
    Rows,
    Segmented,
    Stack,
    Text,
    Tiles,
    lead,
)
from mobile_app.ui.metrics import dp
from mobile_app.ui.mirror import MirrorBox

_LOOK_S = 1.0
_SHOWS_POSITION = ("who", "check")
_CHANNEL_SIGNS = {"home_farm": "home", "at_point": "building-store", "souk": "basket",
                  "phone": "phone", "video": "device-mobile"}  # fmt: skip


def build(ui: Ui, presenter: VisitPresenter) -> Page:
    """Draw the screen as its presenter has it."""
    say = ui.context.say
    column = Column(spacing=16)
    asked = presenter.question if presenter.step == presenter.asked_step else None
    if presenter.problem or (presenter.remark and not asked):
        column.add(Banner(presenter.problem or presenter.remark))
    if asked:
        sent_back = Card(padding=(16, 12), spacing=8)
        question.tell(ui, sent_back, presenter.amends_id, asked)
        column.add(sent_back)

    def changed(*, is_drawn_anew: bool = True) -> None:
        ui.keep_soon(presenter)
        if is_drawn_anew:
            ui.show(keep_scroll=True)

    _STEPS[presenter.step](ui, presenter, column, changed)
    if asked and presenter.step != "end":
        column.add(_reason(ui, presenter, changed))

    number = presenter.steps.index(presenter.step)
    return Page(
        column,
        presenter.title,
        steps=(number + 1, len(presenter.steps), say(f"tablet.visit.step.{presenter.step}")),
        note=presenter.kept_note(),
        acts=_acts(ui, presenter),
        is_closed_by_x=True,
    )


def _acts(ui: Ui, presenter: VisitPresenter) -> tuple[Any, ...]:
    """Return what leads back, on, and to the end."""
    say = ui.context.say

    def back() -> None:
        if presenter.go_back():
            ui.show()
        else:
            ui.leave()

    def onward() -> None:
        presenter.go_on()
        ui.show()

    def save() -> None:
        if presenter.save():
            ui.tell(say("tablet.returned.saved" if presenter.question else "tablet.visit.saved"))
            ui.swap("slip", (presenter.saved_id,))
        else:
            ui.show()

    acts = [(say("tablet.back"), back, "plain", "arrow-left")]
    following = presenter.steps[presenter.steps.index(presenter.step) + 1 :]
    if presenter.question:  # an answer may be a single field
        if following[1:]:
            words = say(f"tablet.visit.step.{following[0]}")
            acts.append((words, onward, "plain", "arrow-right"))
        acts.append((say("tablet.returned.save"), save, "main", "check"))
    elif following:
        words = say("tablet.next", step=say(f"tablet.visit.step.{following[0]}"))
        acts.append((words, onward, "main", "arrow-right"))
    else:
        acts.append((say("tablet.visit.save"), save, "main", "check"))
    return tuple(acts)


def _who(ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]) -> None:
    say, inputs = ui.context.say, presenter.inputs
    _mark(ui, presenter, column, "channel", Heading(say("tablet.visit.where")))

    def choose_channel(code: str) -> None:
        inputs.choose("channel", code)
        presenter.place = ""
        changed()

    channels = [(code, words, _CHANNEL_SIGNS[code]) for code, words in inputs.options("channel")]
    column.add(Segmented(channels, inputs.chosen("channel"), choose_channel, 76))
    _problem(column, inputs, "channel")
    places = presenter.places()
    if places and inputs.values.get("channel") in ("at_point", "souk"):
        wanted = "point:" if inputs.values["channel"] == "at_point" else "stop:"
        here = [one for one in places if one[0].startswith(wanted)]

        def choose_place(code: str) -> None:
            presenter.choose_place(code)
            changed()

        column.add(Tiles(here, {presenter.place}, choose_place))
    _mark(ui, presenter, column, "position", _position(ui, presenter, changed))
    _mark(ui, presenter, column, "type", Heading(say("tablet.visit.type")))

    def choose_type(code: str) -> None:
        inputs.choose("type", code)
        changed()

    column.add(Tiles(inputs.options("type"), inputs.chosen("type"), choose_type))
    _problem(column, inputs, "type")
    language = fields.draw(ui, inputs, "language", changed=changed)
    _mark(ui, presenter, column, "language", language)


def _problem(column: Column, inputs: Inputs, name: str) -> None:
    words = inputs.problems.get(name, inputs.remarks.get(name, ""))
    if words:
        column.add(Text(words, "small", "attention"))


def _position(ui: Ui, presenter: VisitPresenter, changed: Callable[..., object]) -> Widget:
    say, here = ui.context.say, presenter.position
    card = Card(padding=(14, 10), spacing=8)
    line = MirrorBox(size_hint_y=None, height=dp(52), spacing=dp(12))
    line.add_widget(lead("current-location" if here else "current-location-off"))
    if here:
        is_exact = here.accuracy_m is not None
        code = "tablet.visit.position" if is_exact else "tablet.visit.position.inexact"
        title = say(code, metres=here.accuracy_m)
        detail = say("tablet.visit.position.at", time=ui.context.phrases.time(here.at_ms))
    else:
        waits = not presenter.locating.is_done
        code = "tablet.visit.locating" if waits else "tablet.visit.no_position"
        trouble = presenter.locating.trouble
        todo = trouble if trouble in (REFUSED, OFF) and not waits else "todo"
        title, detail = say(code), say(f"{code}.{todo}")
    words = Stack(Text(title, bold=True), Text(detail, "small", "muted"), spacing=0)
    words.pos_hint = {"center_y": 0.5}
    words.bind(height=lambda _me, tall: setattr(line, "height", max(dp(52), tall)))
    line.add_widget(words)

    def again() -> None:
        presenter.locate_again()
        changed()

    def look(_dt: float) -> bool:
        if not ui.is_shown(presenter):
            return False
        had = presenter.position
        is_waiting = presenter.locate()
        if presenter.position != had or not is_waiting:
            ui.keep_soon(presenter)
            if presenter.step in _SHOWS_POSITION:  # elsewhere one may be typing
                ui.redraw(presenter)
            return False
        return True

    if not presenter.locating.is_done:
        Clock.schedule_interval(look, _LOOK_S)

    line.add_widget(IconButton("refresh", again, say("tablet.visit.locate"), framed=True))
    card.add_widget(line)
    if not here and presenter.locating.is_done:

        def choose(code: str) -> None:
            presenter.inputs.choose("position_missing", code)
            changed()

        reasons = [(code, say(f"visit.position_missing.{code}")) for code in NO_POSITION]
        chosen = presenter.inputs.chosen("position_missing")
        card.add_widget(Tiles(reasons, chosen, choose))
    return card


def _needs(
    ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]
) -> None:
    for name in presenter.fields():
        drawn = column.add(fields.draw(ui, presenter.inputs, name, changed=changed))
        ui.lead(presenter, name, drawn)
        if name == "needs":
            urgent = fields.some_of(presenter.inputs, "urgent_needs", "needs", changed=changed)
            if urgent:
                column.add(urgent)
    column.add(Text(ui.context.say("tablet.visit.notes.warning"), "small", "muted"))
    speakers = [(one, ui.context.say(f"tablet.voice.who.{one}")) for one in (NOTE, NEED)]
    column.add(voice.beside(ui, presenter.voice, changed, speakers))


def _maturity(
    ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]
) -> None:
    say, script = ui.context.say, ui.context.script
    form = presenter.maturity
    fact = say("tablet.maturity.of", done=len(presenter.answers), of=len(form.items))
    column.add(Heading(presenter.result(), fact))
    for item in form.items:
        card = Card(padding=(16, 12), spacing=8)
        card.add_widget(Text(item.words[script], "heading"))
        steps = [(step, words[script]) for step, words in enumerate(form.scale)]
        chosen = {presenter.answers[item.code]} if item.code in presenter.answers else set()

        def rate(step: int, code: str = item.code) -> None:
            presenter.rate(code, step)
            changed()

        card.add_widget(Tiles(steps, chosen, rate, cols=1, high=48))
        column.add(card)
    proposed = presenter.proposed()
    if proposed:
        column.add(Heading(say("tablet.maturity.plan")))
        column.add(Rows(*(Row(words) for words in proposed)))


def _proof(
    ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]
) -> None:
    say = ui.context.say
    photos = presenter.photos()
    size = sum(len(one.data) for one in photos)
    fact = ""
    if photos:
        count = ui.context.phrases.count("tablet.photos", len(photos))
        fact = ui.context.facts(count, ui.context.phrases.bytes(size))
    _mark(ui, presenter, column, "photos", Heading(say("tablet.visit.photos"), fact))
    strip = MirrorBox(size_hint_y=None, height=dp(136), spacing=dp(10))
    for photo in photos[-3:]:
        strip.add_widget(_Picture(ui, presenter, photo, changed))
    add = ActButton(
        say("tablet.visit.photo.add"), lambda: _take(ui, presenter, changed), "plain", "camera"
    )
    add.height = dp(136)
    strip.add_widget(add)
    column.add(strip)
    purposes = presenter.purposes()
    cards = Stack(*(_consent(ui, presenter, one, changed) for one in purposes), spacing=16)
    _mark(ui, presenter, column, "consents", cards)
    if not purposes:
        column.add(Text(say("tablet.visit.consented"), "small", "muted"))
    if presenter.is_signed_for:
        _signature(ui, presenter, column, changed)


def _take(ui: Ui, presenter: VisitPresenter, changed: Callable[..., object]) -> None:
    say = ui.context.say

    def chosen(purpose: str) -> None:
        def took(photo: Any) -> None:
            presenter.add_photo(purpose, photo)
            changed()

        ui.device.photograph(took)

    options = [
        (one, say(f"photo.purpose.{one}")) for one in ("evidence", "site", "product", "identity")
    ]
    ui.choose(say("tablet.visit.photo.purpose"), options, chosen)


class _Picture(Widget):
    """A photo of the draft, its purpose and size in a dark band."""

    def __init__(
        self, ui: Ui, presenter: VisitPresenter, photo: Any, changed: Callable[..., object]
    ) -> None:
        super().__init__()
        self._texture = CoreImage(BytesIO(photo.data), ext="webp").texture
        purpose = ui.context.say(f"photo.purpose.{photo.purpose}")
        words = ui.context.facts(purpose, ui.context.phrases.bytes(len(photo.data)))
        self._label = Text(words, "caption", "on_strong", lines=1)
        self._label.tint((1, 1, 1, 1))
        self.bind(pos=self._draw, size=self._draw)
        self.add_widget(self._label)

        def drop() -> None:
            presenter.drop_photo(photo.key)
            changed()

        self._drop = IconButton(
            "trash", drop, ui.context.say("tablet.visit.photo.drop"), framed=True
        )
        self._drop.pos_hint = {}
        self.add_widget(self._drop)

    def _draw(self, *_: object) -> None:
        self.canvas.before.clear()
        wide, high = self._texture.size
        scale = max(self.width / wide, self.height / high) if wide and high else 1
        cut_x, cut_y = self.width / scale / wide, self.height / scale / high
        x, y = (1 - cut_x) / 2, (1 - cut_y) / 2
        coords = (x, 1 - y, x + cut_x, 1 - y, x + cut_x, y, x, y)
        with self.canvas.before:
            Color(1, 1, 1, 1)
            RoundedRectangle(
                pos=self.pos, size=self.size, radius=[dp(10)], texture=self._texture,
                tex_coords=coords,
            )  # fmt: skip
            Color(0, 0, 0, 0.78)
            Rectangle(pos=self.pos, size=(self.width, dp(28)))
        self._label.pos = (self.x + dp(8), self.y + dp(3))
        self._label.width = self.width - dp(16)
        self._drop.pos = (self.right - dp(52), self.top - dp(52))


def _consent(
    ui: Ui, presenter: VisitPresenter, purpose: str, changed: Callable[..., object]
) -> Widget:
    def answer(is_given: bool) -> None:
        presenter.answer(purpose, is_given)
        changed()

    spoken = str(presenter.inputs.values.get("language") or "")
    return consent.card(ui, purpose, presenter.consents.get(purpose), answer, spoken=spoken)


def _signature(
    ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]
) -> None:
    say = ui.context.say
    _mark(ui, presenter, column, "signature", Heading(say("tablet.visit.signature")))

    def signed(*, is_drawn_anew: bool = True) -> None:
        presenter.problem = ""
        changed(is_drawn_anew=is_drawn_anew)

    for widget in signing.draw(ui, presenter, presenter.title, signed):
        column.add(widget)


def _end(ui: Ui, presenter: VisitPresenter, column: Column, changed: Callable[..., object]) -> None:
    say, inputs = ui.context.say, presenter.inputs
    _mark(ui, presenter, column, "outcome", fields.draw(ui, inputs, "outcome", changed=changed))
    _mark(ui, presenter, column, "satisfaction", Heading(say("visit.field.satisfaction")))
    _problem(column, inputs, "satisfaction")

    def choose(number: int) -> None:
        inputs.put("satisfaction", None if inputs.values.get("satisfaction") == number else number)
        changed()

    words = [say(f"visit.satisfaction.{number}") for number in range(1, 6)]
    column.add(Faces(inputs.values.get("satisfaction"), choose, words))
    column.add(Heading(say("tablet.visit.next")))
    for name in ("next_on", "next_action"):
        ui.lead(presenter, name, column.add(fields.draw(ui, inputs, name, changed=changed)))
    if presenter.amends_id:
        column.add(_reason(ui, presenter, changed))
    column.add(voice.beside(ui, presenter.voice, changed, ((NOTE, ""),)))


def _reason(ui: Ui, presenter: VisitPresenter, changed: Callable[..., object]) -> Field:
    """Return why a visit is corrected; to the office it may be said."""

    def reason(text: str) -> None:
        presenter.reason = text
        changed(is_drawn_anew=False)

    code = "tablet.returned.reply" if presenter.question else "visit.field.amend_reason"
    return Field(ui.context.say(code), presenter.reason, on_text=reason)


def _mark(ui: Ui, presenter: VisitPresenter, column: Column, name: str, widget: Widget) -> None:
    """Add what a question of the office may be about; marked and in view where it is."""
    remark = presenter.inputs.remarks.get(name, "")
    if remark and name not in presenter.inputs.entity.field_by_name:
        column.add(Text(remark, "small", "attention"))
    ui.lead(presenter, name, column.add(widget))


def _check(ui: Ui, presenter: VisitPresenter, column: Column, _changed: object) -> None:
    say = ui.context.say
    column.add(Heading(say("tablet.visit.check")))
    summary = presenter.summary()
    rows = Rows()
    for step, what, value in summary:

        def jump(step: str = step) -> None:
            presenter.number = presenter.steps.index(step) + 1
            ui.show()

        rows.add(Row(value, detail=what, done=jump, opens=True, own=True))
    nothing = (say("tablet.visit.check.none"), say("tablet.visit.check.none.todo"))
    column.add(rows if summary else Empty(*nothing))
    if presenter.position is None:
        column.add(Banner(say("tablet.visit.no_position"), "ontablet"))


_STEPS = {
    "who": _who,
    "needs": _needs,
    "maturity": _maturity,
    "proof": _proof,
    "end": _end,
    "check": _check,
}
