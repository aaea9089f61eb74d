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

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from server.web.asked import Asked
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.reading import read_typed
from sync.spec import SETS, Entity, Form, Values
from sync.wording import in_words

_WRONG = 422
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a form as `kit.inputs` draws it.

    `kind` is that of `kit.field`, `form` the field's; `options` are (value, words), of which one is
    chosen, or several where it `is_set`. A set's `value` and `was` are joined by spaces.
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


def changed(entity: Entity, names: Collection[str], form: Asked) -> Values:
    """Return what a form changed, read by each field's declaration.

    Raises:
        Refusal: a value that cannot be; it names the field.
        RequestWrong: a field came twice.
    """
    given = touched(entity, names, form)
    return {name: read_typed(entity, name, text) for name, text in given.items()}


@dataclass(frozen=True, slots=True)
class Given:
    """What a page was given: nothing at first; what was typed, and why not, when it was refused."""

    form: Asked = field(default_factory=Asked)
    refusal: Refusal | None = None

    @property
    def status(self) -> int:
        """The status of the page."""
        return _WRONG if self.refusal else 200

    def problems(self, phrases: Phrases, entity: str, *, otherwise: str) -> dict[str, str]:
        """Return what the refusal says, by the field that it is said at.

        Args:
            entity: whose fields the form shows.
            otherwise: the field of a refusal that names none.
        """
        if self.refusal is None:
            return {}
        values = {"entity": entity, **self.refusal.values}
        return {str(values.get("field") or otherwise): phrases.sentence(self.refusal.code, values)}


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
