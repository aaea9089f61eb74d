"""Declare a synced entity once; tables, wire, merge, limits and reference pages derive from it.

An `Entity` is a name, a rule for its scope, and fields in the order of their wire numbers. A
derivation is a table from `Kind` to something and a loop over the entities it is given: no
module beside `sync/entities` names a field in order to store, send or merge it
(`tests/test_house.py` holds every derivation to every kind).

Evolution is additive. New fields go to the end and carry `since`; they cannot be required, since
records stored before them do not have them. New choices go to the end and are named in `newer`.
Numbers on the wire are places in the declaration. `tests/schemas/` holds what each version had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TypeAlias

from sync import limits
from sync.errors import SpecError
from sync.phrases import Phrases

Value: TypeAlias = bool | int | str | bytes | tuple[str, ...] | tuple[bytes, ...] | None
"""A field's value, plain on both sides; `Kind` says which type it is."""
Values: TypeAlias = dict[str, Value]


_EPOCH = date(1970, 1, 1)
_DAY_LOW = (date(limits.YEAR_LEAST, 1, 1) - _EPOCH).days
_DAY_HIGH = (date(limits.YEAR_MOST, 12, 31) - _EPOCH).days
_DAY_MS = 86_400_000


class Kind(Enum):
    """What a field holds, and the plain value that stands for it everywhere inside."""

    KEY = "key"  # 16 bytes, made where the record is made
    REF = "ref"  # 16 bytes, the key of another record
    REFS = "refs"  # tuple of 16-byte keys, sorted, without repeats
    TEXT = "text"  # str, never with U+0000 (PostgreSQL refuses it, and blocks join by it)
    CODE = "code"  # str, an official key: commune, service, language
    CODES = "codes"  # tuple of str, sorted, without repeats
    CHOICE = "choice"  # str of `choices`; from another version perhaps a value unknown here
    CHOICES = "choices"  # tuple of str of `choices`, sorted, without repeats
    INTEGER = "integer"  # int, 63 bits
    DECIMAL = "decimal"  # int, the number times 10**places
    FLAG = "flag"  # bool
    DAY = "day"  # int, days since 1970-01-01
    MOMENT = "moment"  # int, Unix time in milliseconds


SETS = frozenset({Kind.REFS, Kind.CODES, Kind.CHOICES})
WORDS = frozenset({Kind.CODE, Kind.CODES, Kind.CHOICE, Kind.CHOICES})
"""Kinds whose texts hold no white space, so that a set of them can be kept as one text."""


class Merge(Enum):
    """What becomes of a field that two people changed without seeing each other."""

    LATEST = "latest"  # the later one by effective time; the other goes to the history
    KEEP_BOTH = "keep_both"  # both texts stay
    FURTHEST = "furthest"  # the choice further on in the declared order
    SET = "set"  # (now | added) - removed
    REVIEW = "review"  # the server's stays, the other becomes a review for a person


class ScopeKind(Enum):
    """Which devices receive a record."""

    CORE = "core"  # one scope a commune
    VISITS = "visits"  # one scope a commune and half-year, that of the effective time at insert
    PROVINCE = "province"  # one scope a province: what moves between its communes
    USER = "user"  # one scope a person
    GENERAL = "general"  # everybody


@dataclass(frozen=True, slots=True)
class Scope:
    """How a record finds its scope.

    Args:
        kind: the kind of scope.
        field: the field that names the commune (of the province) or the user; empty for GENERAL.
    """

    kind: ScopeKind
    field: str = ""


def _as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class Form:
    """How a text is typed, read and written: on the tablet, on the desk and in the portal alike.

    Nothing that is stored or sent tells a field's form, so one may be given at any time. Those of
    our fields are `sync.entities.forms`.

    Args:
        name: of the form; several fields may have it.
        read: makes of what was typed the value that is kept. Raises a Refusal with the sentence.
        written: a value as people read it.
        typed: a value as an input shows it; `read` makes the same value of it.
        keys: the keyboard, by its name in HTML: text, tel, numeric, email.
        is_left_to_right: its letters and digits run from left to right in every language.
        is_place: it says where, not who: a search weighs it beside a name.
        hint: id of the words that say how it is written; empty for none.
        subject: of the authorisation without which it may not be asked for; empty for none.
    """

    name: str
    read: Callable[[str], str] = _as_it_is
    written: Callable[[Phrases, str], str] = lambda _phrases, value: value
    typed: Callable[[str], str] = _as_it_is
    keys: str = "text"
    is_left_to_right: bool = False
    is_place: bool = False
    hint: str = ""
    subject: str = ""


PLAIN = Form("plain")
"""Of a text that has no form of its own, and of what is not a text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    `since` is the schema version that brought it: a peer on an older version neither sends nor is
    sent it. `searched` fields make up a record's search terms, `personal` ones are erased on
    request (law 09-08), `fixed` ones cannot change after insert, `is_year` ones are written
    without grouping. From a tablet, fields `of_office`, `office` choices and an agent who is not
    the tablet's, where the field is the `own` agent, wait for the office. The entity's forms on
    tablet and desk ask for `asked` fields after those that they name, and show them.

    `newer` gives the choices at the end that came after the field the version that brought each:
    an older peer reads such a choice by its place alone (`?12`), and by its word once upgraded.
    """

    name: str
    kind: Kind
    merge: Merge = Merge.LATEST
    required: bool = False
    since: int = 1
    refers_to: str = ""
    choices: tuple[str, ...] = ()
    newer: Mapping[str, int] = field(default_factory=dict, hash=False)
    chars_max: int = 0
    places: int = 0
    low: int | None = None
    high: int | None = None
    searched: bool = False
    personal: bool = False
    fixed: bool = False
    office: tuple[str, ...] = ()
    of_office: bool = False
    own: bool = False
    is_year: bool = False
    form: Form = PLAIN
    asked: bool = False

    @property
    def is_long(self) -> bool:
        """Whether a text takes several lines, beside which one may speak."""
        return self.chars_max >= limits.NOTE_CHARS_MAX


def key() -> Field:
    """The record's own id, first in each entity."""
    return Field("id", Kind.KEY, required=True, fixed=True)


def text(
    name: str, *, chars_max: int = limits.LINE_CHARS_MAX, form: Form = PLAIN, **more: object
) -> Field:
    """A text of at most `chars_max` characters, typed and written as its form says."""
    return Field(name, Kind.TEXT, chars_max=chars_max, form=form, **more)  # type: ignore[arg-type]


def code(name: str, *, chars_max: int = 24, **more: object) -> Field:
    """An official key: few different values, compared as they are."""
    return Field(name, Kind.CODE, chars_max=chars_max, **more)  # type: ignore[arg-type]


def codes(name: str, *, chars_max: int = 24, **more: object) -> Field:
    """A set of official keys; merged as a set."""
    return Field(name, Kind.CODES, Merge.SET, chars_max=chars_max, **more)  # type: ignore[arg-type]


def choice(name: str, *choices: str, **more: object) -> Field:
    """One of `choices`, from first to furthest."""
    return Field(name, Kind.CHOICE, choices=choices, **more)  # type: ignore[arg-type]


def some(name: str, *choices: str, **more: object) -> Field:
    """Any of `choices`; merged as a set."""
    return Field(name, Kind.CHOICES, Merge.SET, choices=choices, **more)  # type: ignore[arg-type]


def ref(name: str, entity: str, **more: object) -> Field:
    """The id of a record of `entity`. No database key: the parent may lie outside the scope."""
    return Field(name, Kind.REF, refers_to=entity, **more)  # type: ignore[arg-type]


def refs(name: str, entity: str, **more: object) -> Field:
    """Ids of records of `entity`; merged as a set."""
    return Field(name, Kind.REFS, Merge.SET, refers_to=entity, **more)  # type: ignore[arg-type]


def integer(name: str, *, low: int = 0, high: int = 2**53, **more: object) -> Field:
    """A whole number within bounds, both included."""
    return Field(name, Kind.INTEGER, low=low, high=high, **more)  # type: ignore[arg-type]


def year(name: str, *, low: int, high: int, **more: object) -> Field:
    """A year of the calendar."""
    return integer(name, low=low, high=high, is_year=True, **more)


def decimal(name: str, *, places: int, low: int, high: int, **more: object) -> Field:
    """A number with `places` decimals, kept times 10**places; bounds in whole units.

    Raises:
        SpecError: three decimals, which nobody could tell from thousands: `sync.typed`.
    """
    if places == 3:
        raise SpecError(f"{name}: three decimals look like thousands")
    scale = 10**places
    return Field(name, Kind.DECIMAL, places=places, low=low * scale, high=high * scale, **more)  # type: ignore[arg-type]


def flag(name: str, **more: object) -> Field:
    """Yes or no."""
    return Field(name, Kind.FLAG, **more)  # type: ignore[arg-type]


def day(name: str, **more: object) -> Field:
    """A calendar day, of the years `YEAR_LEAST` to `YEAR_MOST`."""
    return Field(name, Kind.DAY, low=_DAY_LOW, high=_DAY_HIGH, **more)  # type: ignore[arg-type]


def moment(name: str, **more: object) -> Field:
    """An instant, UTC, of the years `YEAR_LEAST` to `YEAR_MOST`."""
    low, high = _DAY_LOW * _DAY_MS, (_DAY_HIGH + 1) * _DAY_MS - 1
    return Field(name, Kind.MOMENT, low=low, high=high, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Entity:
    """All there is to know about one synced entity.

    Args:
        name: in code, tables, wire and docs alike.
        scope: how a record finds the devices that receive it.
        fields: `id` first, then in the order of their wire numbers.
        one_of: fields of which at least one must have a value.
        append_only: a record that cannot change once stored.
        since: the schema version that brought it; an older peer is told its records' ids alone.

    Raises:
        SpecError: the fields contradict one another or the rules of evolution.
    """

    name: str
    scope: Scope
    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()
    append_only: bool = False
    since: int = 1
    field_by_name: Mapping[str, Field] = field(init=False, repr=False, compare=False)
    number_by_name: Mapping[str, int] = field(init=False, repr=False, compare=False)
    asked: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the declaration, and index the fields by name."""
        by_name = {spec.name: spec for spec in self.fields}
        object.__setattr__(self, "field_by_name", by_name)
        numbers = {spec.name: number for number, spec in enumerate(self.fields)}
        object.__setattr__(self, "number_by_name", numbers)
        object.__setattr__(self, "asked", tuple(spec.name for spec in self.fields if spec.asked))
        if len(by_name) != len(self.fields):
            raise SpecError(f"{self.name}: a field is declared twice")
        if self.fields[0].kind is not Kind.KEY:
            raise SpecError(f"{self.name}: its first field must be its key")
        for named in (self.scope.field, *self.one_of):
            if named and named not in by_name:
                raise SpecError(f"{self.name}: {named!r} is not one of its fields")
        since = 1
        for spec in self.fields:
            if not set(spec.office) <= set(spec.choices):
                raise SpecError(f"{self.name}.{spec.name}: the office chooses what is no choice")
            if spec.required and spec.since > 1:
                raise SpecError(f"{self.name}.{spec.name}: new in {spec.since}, so not required")
            if spec.since < since:
                raise SpecError(
                    f"{self.name}.{spec.name}: of version {spec.since}, so it goes before those of "
                    f"version {since}, which go to the end"
                )
            since = spec.since
            came = [since, *(spec.newer.get(choice_word, since) for choice_word in spec.choices)]
            if came != sorted(came) or not set(spec.newer) <= set(spec.choices):
                raise SpecError(f"{self.name}.{spec.name}: later choices go to the end, in `newer`")


def by_name(entities: Iterable[Entity]) -> dict[str, Entity]:
    """Index entities by name."""
    return {entity.name: entity for entity in entities}
