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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TypeAlias

from sync import limits, typed
from sync.errors import Refusal, SpecError

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


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    `since` is the schema version that brought it: a peer on an older version neither sends nor is
    sent it. `searched` fields make up a record's search terms, `personal` ones are erased on
    request (law 09-08), `fixed` ones cannot change after insert, `is_year` ones are written
    without grouping. From a tablet, `office` choices and an agent who is not the tablet's, where
    the field is the `own` agent, wait for the office.

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
    own: bool = False
    is_year: bool = False


def key() -> Field:
    """The record's own id, first in each entity."""
    return Field("id", Kind.KEY, required=True, fixed=True)


def text(name: str, *, chars_max: int = limits.LINE_CHARS_MAX, **more: object) -> Field:
    """A text of at most `chars_max` characters."""
    return Field(name, Kind.TEXT, chars_max=chars_max, **more)  # type: ignore[arg-type]


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
    """A number with `places` decimals, held times 10**places; bounds in whole units.

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

    def __post_init__(self) -> None:
        """Check the declaration, and index the fields by name."""
        by_name = {spec.name: spec for spec in self.fields}
        object.__setattr__(self, "field_by_name", by_name)
        numbers = {spec.name: number for number, spec in enumerate(self.fields)}
        object.__setattr__(self, "number_by_name", numbers)
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
                raise SpecError(f"{self.name}.{spec.name}: later fields go to the end")
            since = spec.since
            came = [since, *(spec.newer.get(one, since) for one in spec.choices)]
            if came != sorted(came) or not set(spec.newer) <= set(spec.choices):
                raise SpecError(f"{self.name}.{spec.name}: later choices go to the end, in `newer`")


class UnknownField(Refusal):
    """The record has a field that its entity does not declare."""

    code = "field_unknown"


class WrongType(Refusal):
    """A value is not of its field's kind."""

    code = "field_wrong_type"


class UnknownChoice(Refusal):
    """A value is none of the declared choices."""

    code = "field_unknown_choice"


class TooLong(Refusal):
    """A text or set is longer than its field takes."""

    code = "field_too_long"


class OutOfRange(Refusal):
    """A number is outside its field's bounds."""

    code = "field_out_of_range"


class DateWrong(OutOfRange):
    """A day or moment of a year that no calendar here shows."""

    code = "field_date_wrong"


class Missing(Refusal):
    """A required field has no value."""

    code = "field_missing"


class OfficeOnly(Refusal):
    """A value that the office alone sets: a choice of its own, or another agent's name."""

    code = "office_only"


class FieldFixed(Refusal):
    """A field that cannot change after the record was made."""

    code = "field_fixed"


_TYPES: dict[Kind, type] = {
    Kind.KEY: bytes,
    Kind.REF: bytes,
    Kind.REFS: bytes,
    Kind.TEXT: str,
    Kind.CODE: str,
    Kind.CODES: str,
    Kind.CHOICE: str,
    Kind.CHOICES: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: int,
    Kind.FLAG: bool,
    Kind.DAY: int,
    Kind.MOMENT: int,
}
SETS = frozenset({Kind.REFS, Kind.CODES, Kind.CHOICES})
WORDS = frozenset({Kind.CODE, Kind.CODES, Kind.CHOICE, Kind.CHOICES})
"""Kinds whose texts hold no white space, so that a set of them can be kept as one text."""
ID_BYTES = 16
CODE_CHARS_MAX = 64


def check_value(entity: Entity, name: str, value: Value, *, choices: bool = True) -> Value:
    """Return `value` as it is stored, or refuse it.

    Args:
        choices: refuse undeclared choices. The server does not for a newer app's change.

    Raises:
        UnknownField, WrongType, UnknownChoice, TooLong, OutOfRange, Missing: as they say.
    """
    spec = entity.field_by_name.get(name)
    if spec is None:
        raise UnknownField(f"{entity.name}: no field {name!r}", entity=entity.name, field=name)
    where = f"{entity.name}.{name}"
    if value is None or value in ((), ""):
        if spec.required:
            raise Missing(f"{where}: required", entity=entity.name, field=name)
        return None
    if spec.required and is_empty(value):
        raise Missing(f"{where}: nothing that is seen", entity=entity.name, field=name)
    try:
        return _check(spec, where, value, choices=choices)
    except Refusal as refusal:
        refusal.values["entity"] = entity.name
        raise


def _check(spec: Field, where: str, value: Value, *, choices: bool) -> Value:
    if spec.kind not in SETS:
        return _check_one(spec, where, value, choices=choices)
    if not isinstance(value, (tuple, list, set, frozenset)):
        raise WrongType(f"{where}: a set wanted, got {type(value).__name__}", field=spec.name)
    if len(value) > limits.SET_ITEMS_MAX:
        raise TooLong(f"{where}: {len(value)} items", field=spec.name, most=limits.SET_ITEMS_MAX)
    items = {_check_one(spec, where, item, choices=choices) for item in value}
    return tuple(sorted(items))  # type: ignore[type-var, return-value]


def is_empty(value: Value) -> bool:
    """Whether a value says nothing: none, or a text in which nothing is seen."""
    return value is None or value in ((), "") or (isinstance(value, str) and not typed.text(value))


def _is_choice(spec: Field, value: str) -> bool:
    """Whether a choice is declared, or one of a newer version, told by its number (`?12`)."""
    return value in spec.choices or (
        value[:1] == "?" and value[1:].isascii() and value[1:].isdigit()
    )


def _check_one(spec: Field, where: str, value: Value, *, choices: bool) -> Value:
    wanted = _TYPES[spec.kind]
    if type(value) is not wanted:
        raise WrongType(
            f"{where}: {wanted.__name__} wanted, got {type(value).__name__}",
            field=spec.name,
            wanted=spec.kind.value,
        )
    if isinstance(value, bytes) and len(value) != ID_BYTES:
        raise WrongType(f"{where}: an id has 16 bytes, not {len(value)}", field=spec.name)
    if isinstance(value, str):
        if "\0" in value:
            raise WrongType(f"{where}: U+0000 in the text", field=spec.name)
        if spec.chars_max and len(value) > spec.chars_max:
            raise TooLong(
                f"{where}: {len(value)} characters, at most {spec.chars_max}",
                field=spec.name,
                most=spec.chars_max,
                over=len(value) - spec.chars_max,
            )
        if spec.choices and choices and not _is_choice(spec, value):
            raise UnknownChoice(f"{where}: not a declared choice", field=spec.name)
        if spec.kind in WORDS and (value.split() != [value] or len(value) > CODE_CHARS_MAX):
            raise WrongType(f"{where}: a code is one word", field=spec.name, wanted="code")
        _require_encodable(where, spec, value)
    elif (
        isinstance(value, int)
        and spec.low is not None
        and spec.high is not None
        and not spec.low <= value <= spec.high
    ):
        if spec.kind in (Kind.DAY, Kind.MOMENT):
            raise DateWrong(f"{where}: of no year that is taken", field=spec.name)
        raise OutOfRange(
            f"{where}: outside {spec.low} to {spec.high}",
            field=spec.name,
            **_bounds(spec),
        )
    return value


def _bounds(spec: Field) -> dict[str, object]:
    """Return the bounds as their sentence says them: in whole units, a year without grouping."""
    assert spec.low is not None
    assert spec.high is not None
    bounds = {"low": spec.low // 10**spec.places, "high": spec.high // 10**spec.places}
    return {name: str(one) if spec.is_year else one for name, one in bounds.items()}


def _require_encodable(where: str, spec: Field, value: str) -> None:
    """Refuse lone surrogates: JSON can bring them, UTF-8 cannot carry them."""
    try:
        value.encode()
    except UnicodeEncodeError as lone:
        raise WrongType(f"{where}: a lone surrogate in the text", field=spec.name) from lone


def check_record(entity: Entity, values: Mapping[str, Value], *, choices: bool = True) -> Values:
    """Return a whole new record as it is stored: every field checked, the required present.

    Raises:
        Missing: a required field, or all of `one_of`, has no value.
        UnknownField, WrongType, UnknownChoice, TooLong, OutOfRange: as `check_value`.
    """
    checked = {
        name: check_value(entity, name, value, choices=choices) for name, value in values.items()
    }
    for spec in entity.fields:
        if spec.required and checked.get(spec.name) is None:
            raise Missing(
                f"{entity.name}.{spec.name}: required", entity=entity.name, field=spec.name
            )
    require_one_of(entity, checked)
    return checked


def require_one_of(entity: Entity, values: Mapping[str, Value]) -> None:
    """Refuse values in which all fields of `one_of` are empty. Raises Missing."""
    if entity.one_of and all(is_empty(values.get(name)) for name in entity.one_of):
        raise Missing(
            f"{entity.name}: one of {', '.join(entity.one_of)} is required",
            entity=entity.name,
            field=entity.one_of[0],
        )


def require_agents_own(
    entity: Entity, values: Mapping[str, Value], before: Mapping[str, Value], agent_id: bytes
) -> None:
    """Refuse what an agent may not say of a record; what stands there already is no news.

    Args:
        before: the record's values; empty for a new one.

    Raises:
        OfficeOnly: an `office` choice, or another agent in an `own` field.
    """
    for name, value in values.items():
        spec = entity.field_by_name.get(name)
        if spec is None or value is None or value == before.get(name):
            continue
        if value in spec.office or (spec.own and value != agent_id):
            raise OfficeOnly(f"{entity.name}.{name}: for the office to say", field=name)


def by_name(entities: Iterable[Entity]) -> dict[str, Entity]:
    """Index entities by name."""
    return {entity.name: entity for entity in entities}
