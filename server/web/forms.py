"""Forms of records: read, bounded, and given back as they were typed, for desk and portal alike.

A page shows each field twice: its value in an input, and beside it, hidden as `was_NAME`, what the
input began with. What differs was meant. What does not is left alone: the record may have got
another value since, and who did not touch a field must not take that back. So when a form is shown
again, its `was_NAME` stay what they were, and not what the record has by now:

    shown           landmark=""  was_landmark=""
    meanwhile       another sets the landmark to "well"
    came            landmark=""  was_landmark=""  phone="12"
    shown again     landmark=""  was_landmark=""  and the sentence at the phone
    came            landmark=""  was_landmark=""  phone="0612345678": the well stays

How a field is read is its declaration's business (`sync.reading`); how much may come at all is
`server.web.asked`'s. `Site.submit` stores a form, or shows its page again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from server import problems
from server.web.asked import Asked
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.spec import SETS, Entity, Form, Value, Values
from sync.wording import in_words

_WRONG, _SERVER_FAULTS = 422, 500
T = TypeVar("T")
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a form as `kit.inputs` draws it.

    `kind` is that of `kit.field`, `form` the field's; `options` are (value, words), of which one is
    chosen, or several where it `is_set`. A set's `value` and `was` are joined by spaces. One that
    stands for several fields has no history of its own.
    """

    name: str
    label: str
    value: str
    was: str
    error: str
    options: Options
    kind: str
    form: Form
    is_set: bool
    is_optional: bool
    chars_max: int
    has_history: bool = True


class FormWrong(Refusal):
    """Several fields of a form cannot be: `refusals` says why, of each its own."""

    code = "form_wrong"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Take what was refused, in the form's order."""
        super().__init__("; ".join(map(str, refusals)))
        self.refusals = tuple(refusals)


class Reading:
    """A form being read to its end, whatever is wrong on the way.

    Who mends one field at a time sends the form as often as fields are wrong, on EDGE.
    """

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._refusals: list[Refusal] = []

    def take(self, read: Callable[[], T]) -> T | None:
        """Return what a field is, or None: refused, which `end` says."""
        try:
            return read()
        except FormWrong as wrong:
            self._refusals += wrong.refusals
        except Refusal as refusal:
            self._refusals.append(refusal)
        return None

    def end(self) -> None:
        """Raise what was refused: a Refusal by itself, or FormWrong of several."""
        if len(self._refusals) > 1:
            raise FormWrong(self._refusals)
        if self._refusals:
            raise self._refusals[0]


def typed_of(entity: Entity, names: Collection[str], form: Asked) -> dict[str, str]:
    """Return what a form brought, by field; of a set its values, joined by spaces.

    Raises:
        RequestWrong: a field came twice.
    """
    found: dict[str, str] = {}
    for name in names:
        is_set = entity.field_by_name[name].kind in SETS
        # Boxes that are not ticked are not sent: `was_` says that they were there to be ticked.
        if name in form or (is_set and f"was_{name}" in form):
            found[name] = " ".join(sorted(form.several(name))) if is_set else form[name]
    return found


def touched(entity: Entity, names: Collection[str], form: Asked) -> dict[str, str]:
    """Return what differs from what the page had shown, by field, as `typed_of`."""
    typed = typed_of(entity, names, form)
    return {name: text for name, text in typed.items() if text != form.get(f"was_{name}")}


def changed(
    entity: Entity,
    names: Collection[str],
    form: Asked,
    read: Callable[[str, str], Value] | None = None,
) -> Values:
    """Return what a form changed.

    Args:
        read: makes a value of a field's name and text; else its declaration does.

    Raises:
        Refusal: values that cannot be, all of them (`Reading`); each names its field.
        RequestWrong: a field came twice.
    """
    read = read or partial(read_typed, entity)
    reading, values = Reading(), Values()
    for name, text in touched(entity, names, form).items():
        values[name] = reading.take(partial(read, name, text))
    reading.end()
    return values


@dataclass(frozen=True, slots=True)
class Given:
    """What a page was given: nothing at first; what was typed, and why not, when it was refused."""

    form: Asked = field(default_factory=Asked)
    refusal: Refusal | None = None

    @property
    def status(self) -> int:
        """The status of the page: that of the server, where it is not the form's fault."""
        if self.refusal is None:
            return 200
        status = problems.status_of(self.refusal.code)
        return status if status >= _SERVER_FAULTS else _WRONG

    def problems(self, phrases: Phrases, entity: str, *, otherwise: str) -> dict[str, str]:
        """Return what each refusal says, by the field that it is said at.

        Args:
            entity: whose fields the form shows.
            otherwise: the field of a refusal that names none.
        """
        refused = self.refusal
        refusals = refused.refusals if isinstance(refused, FormWrong) else filter(None, [refused])
        return {
            str(refusal.values.get("field") or otherwise): phrases.sentence(
                refusal.code, {"entity": entity, **refusal.values}
            )
            for refusal in refusals
        }


@dataclass(frozen=True, slots=True)
class RecordForm:
    """How some fields of an entity are asked for.

    `options` are of fields whose values are not in the declaration; `required` must be chosen,
    though a record may lack them.
    """

    entity: Entity
    names: tuple[str, ...]
    options: Mapping[str, Options] = field(default_factory=dict)
    required: Collection[str] = ()

    def inputs(
        self,
        phrases: Phrases,
        texts: Mapping[str, str],
        form: Asked,
        problems: Mapping[str, str],
    ) -> list[Input]:
        """Return the form's inputs, in order.

        Args:
            texts: what the record has, as an input shows it; of a field without, nothing.
            form: what was typed, when it is shown again; else an empty one.
            problems: a sentence by field.
        """
        values = {**texts, **typed_of(self.entity, self.names, form)}
        return [
            self._input(
                phrases,
                name,
                value=values.get(name, ""),
                was=form.get(f"was_{name}", texts.get(name, "")),
                error=problems.get(name, ""),
            )
            for name in self.names
        ]

    def _input(self, phrases: Phrases, name: str, *, value: str, was: str, error: str) -> Input:
        spec = self.entity.field_by_name[name]
        choices = [(code, in_words(phrases, self.entity, name, code)) for code in spec.choices]
        return Input(
            name=name,
            label=phrases.say(f"{self.entity.name}.field.{name}"),
            value=value,
            was=was,
            error=error,
            options=self.options.get(name, choices),
            kind="area" if spec.is_long else "text",
            form=spec.form,
            is_set=spec.kind in SETS,
            is_optional=not spec.required and name not in self.required,
            chars_max=spec.chars_max,
        )
