"""Draw a field of a form as its kind asks: choices as tiles, texts typed, days picked."""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.widget import Widget

from mobile_app.screens.inputs import Inputs
from mobile_app.screens.ui import Ui
from mobile_app.ui.kit import Field, Picker, Segmented, Stack, Text, Tiles
from sync.spec import Kind

_SEGMENTS_MAX, _TILES_MAX = 3, 12
_KEYBOARDS = {"numeric": "number", "email": "mail"}
"""Keys of a form -> what the kit calls them, where it has a name of its own."""


def draw(
    ui: Ui, inputs: Inputs, name: str, *, changed: Callable[..., object], label: str = ""
) -> Widget:
    """Return the widget of one field. `changed(is_drawn_anew=…)` is called after each change.

    What is wrong with a text is said when one leaves it, or goes on: a year is no year yet while
    one types it. Its `settle` takes back what is not wrong any more.
    """
    spec = inputs.spec(name)
    label = label or inputs.label(name)
    help_text = ui.context.say(spec.form.hint) if spec.form.hint else ""
    remark = inputs.remarks.get(name, "")
    problem = inputs.problems.get(name, remark)
    if spec.kind in (Kind.CHOICE, Kind.CHOICES):
        return _choices(ui, inputs, name, label=label, problem=problem, changed=changed)
    if spec.kind is Kind.FLAG:
        return _flag(ui, inputs, name, label=label, changed=changed)
    if spec.kind is Kind.DAY:
        return _day(ui, inputs, name, label=label, problem=problem, changed=changed)
    if name == "commune_code":
        return _commune(ui, inputs, name, label=label, problem=problem, changed=changed)

    def tell() -> None:
        field.tell(inputs.problems.get(name, remark), help_text)

    def settle() -> None:
        if name not in inputs.problems:
            tell()

    def typed(text: str) -> None:
        inputs.type(name, text)
        settle()
        changed(is_drawn_anew=False)

    number = spec.kind in (Kind.INTEGER, Kind.DECIMAL)
    field = Field(
        label,
        inputs.text(name),
        rows=4 if spec.is_long else 1,
        problem=problem,
        help_text=help_text,
        is_code=number or spec.form.is_left_to_right,
        kind="number" if number else _KEYBOARDS.get(spec.form.keys, spec.form.keys),
        on_text=typed,
        on_leave=tell,
        name=name,
    )
    field.settle = settle
    return field


def some_of(
    inputs: Inputs, name: str, whole: str, *, changed: Callable[..., object]
) -> Widget | None:
    """Return which of the values chosen in `whole` the field `name` marks; None if none is."""
    options = [
        (code, words, "flag")
        for code, words in inputs.options(whole)
        if code in inputs.chosen(whole)
    ]
    if not options:
        return None

    def choose(code: str) -> None:
        inputs.choose(name, code)
        changed()

    return _labelled(inputs.label(name), Tiles(options, inputs.chosen(name), choose, many=True))


def _labelled(label: str, widget: Widget, problem: str = "") -> Stack:
    stack = Stack(Text(label, "small", bold=True), widget, spacing=4)
    if problem:
        stack.add_widget(Text(problem, "small", "attention"))
    return stack


def _choices(
    ui: Ui, inputs: Inputs, name: str, *, label: str, problem: str, changed: Callable[..., object]
) -> Stack:
    def choose(code: str) -> None:
        inputs.choose(name, code)
        changed()

    options, chosen = inputs.options(name), inputs.chosen(name)
    is_many = inputs.spec(name).kind is Kind.CHOICES
    short = all(len(words) <= 14 for _, words in options)
    if not is_many and len(options) <= _SEGMENTS_MAX and short:
        return _labelled(label, Segmented(options, chosen, choose, 52), problem)
    if is_many or len(options) <= _TILES_MAX:
        return _labelled(label, Tiles(options, chosen, choose, many=is_many), problem)
    words = dict(options).get(next(iter(chosen), ""), ui.context.say("tablet.choose"))
    picker = Picker(label, words, lambda: ui.choose(label, options, choose), problem=problem)
    return _labelled(label, picker, problem)


def _flag(
    ui: Ui, inputs: Inputs, name: str, *, label: str, changed: Callable[..., object]
) -> Stack:
    say = ui.context.say

    def choose(code: str) -> None:
        inputs.put(name, code == "yes")
        changed()

    value = inputs.values.get(name)
    chosen = set() if value is None else {"yes" if value else "no"}
    options = [("yes", say("tablet.yes"), "check"), ("no", say("tablet.no"), "x")]
    return _labelled(label, Segmented(options, chosen, choose, 60))


def _day(
    ui: Ui, inputs: Inputs, name: str, *, label: str, problem: str, changed: Callable[..., object]
) -> Stack:
    def choose(code: str) -> None:
        inputs.put(name, int(code) if code else None)
        changed()

    value = inputs.values.get(name)
    words = (
        ui.context.phrases.day(value, "weekday")
        if isinstance(value, int)
        else ui.context.say("tablet.choose")
    )
    options = ui.context.days_ahead()
    picker = Picker(
        label, words, lambda: ui.choose(label, options, choose), "calendar", problem=problem
    )
    return _labelled(label, picker, problem)


def _commune(
    ui: Ui, inputs: Inputs, name: str, *, label: str, problem: str, changed: Callable[..., object]
) -> Stack:
    def choose(code: str) -> None:
        inputs.put(name, code)
        changed()

    value = inputs.values.get(name)
    words = ui.context.commune(value) if value else ui.context.say("tablet.choose")
    options = ui.context.communes()
    picker = Picker(label, words, lambda: ui.choose(label, options, choose), problem=problem)
    return _labelled(label, picker, problem)
