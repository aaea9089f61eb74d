"""Three-way merge of a change into a record, field by field.

The server holds the record as it is now and who last wrote each field. A change says which rev
its author saw. A field that nobody wrote since then is simply taken; one that others wrote
meanwhile follows the policy of its declaration. Different fields never conflict, and whatever is
not kept goes to the history with its author: nobody's input vanishes.

Pure: no clock, no database. Merging the same change again changes nothing (its values are there
already), which `tests/sync/test_merge.py` holds for every policy and pair of values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sync.spec import Entity, Field, Merge, Value, Values

INSERT = 0
"""The key in `writers` that stands for the insert, and so for all fields unchanged since."""

OVERWRITTEN, LOST = "overwritten", "lost"
"""What became of a value that does not stand: it stood once, or never did."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a field, and when: `at` is effective time, Unix milliseconds; device 0 the web."""

    rev: int
    device_id: int
    inc: int
    seq: int
    agent_id: bytes | None
    at: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that stands no longer, or never stood. `writer` is its author.

    `outcome`: `overwritten` by one who had seen it; `lost` in a conflict.
    """

    field: str
    value: Value
    writer: Writer
    outcome: str


@dataclass(frozen=True, slots=True)
class Clash:
    """A conflict that only a person may decide: the record keeps `theirs`.

    Without a field it is about the record itself, which one side edited and the other deleted,
    unseen: that side has no value, and the record stays.
    """

    field: str
    mine: Value
    theirs: Value
    theirs_by: Writer


@dataclass(slots=True)
class Merged:
    """What a change does to its record.

    Args:
        taken: values to store, by field.
        lost: for the history.
        clashes: for reviews.
        back: fields of the change that are not stored as they came, or were so already: the
            device is sent their current values, since its own word does not tell it them.
        conflicts: how many fields were changed by others meanwhile.
    """

    taken: Values = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    back: set[str] = field(default_factory=set)
    conflicts: int = 0


def last_writer(entity: Entity, writers: Mapping[int, Writer], name: str) -> Writer:
    """Return who wrote a field last."""
    return writers.get(entity.number_by_name[name], writers[INSERT])


def merge(
    entity: Entity,
    current: Mapping[str, Value],
    writers: Mapping[int, Writer],
    patch: Mapping[str, Value],
    author: Writer,
    *,
    base_rev: int,
    base_of: Callable[[str, int], Value],
) -> Merged:
    """Merge a change into a record.

    A record of rev 7: `notes` was last written by rev 7, `phone` by rev 3, all else at the insert.
    A tablet that had seen rev 5 changes both. Nobody wrote `phone` since 5, so it is taken; `notes`
    was written at 7, which the tablet had not seen, so its policy decides, from what it said at 5.

    Args:
        current: the record's values now.
        writers: who wrote each field changed since insert, by field number.
        patch: the change's values.
        author: of the change; its `rev` is not looked at.
        base_rev: the rev that the author had seen.
        base_of: (field, rev) -> the value then; asked only where others wrote since.
    """
    merged = Merged()
    for name, new in patch.items():
        now = current.get(name)
        last = last_writer(entity, writers, name)
        if now == new:
            merged.back.add(name)
        elif _same_branch(last, author) and last.seq > author.seq:
            merged.back.add(name)  # held meanwhile, applied late: the author's later word stands
            merged.lost.append(Lost(name, new, author, OVERWRITTEN))
        # Whoever wrote back what had been there at the base has changed nothing of it.
        elif last.rev <= base_rev or _same_branch(last, author) or now == base_of(name, base_rev):
            merged.taken[name] = new
            merged.lost.append(Lost(name, now, last, OVERWRITTEN))
        else:
            merged.conflicts += 1
            sides = _Sides(base_of(name, base_rev), now, new, last, author)
            _settle(merged, entity.field_by_name[name], sides)
    return merged


def _same_branch(last: Writer, author: Writer) -> bool:
    """Whether the author's own earlier change wrote the field: a device sees its own work."""
    return author.device_id != 0 and (last.device_id, last.inc) == (author.device_id, author.inc)


class _Sides(NamedTuple):
    """A field that both changed: what both began from, what is there `now`, what is `new`."""

    base: Value
    now: Value
    new: Value
    last: Writer
    author: Writer


def _settle(merged: Merged, spec: Field, sides: _Sides) -> None:
    """Decide one field that both sides changed, by its policy."""
    base, now, new, last, author = sides
    if spec.merge is Merge.REVIEW:
        merged.clashes.append(Clash(spec.name, new, now, last))
        kept = now
    else:
        # Of two with the same millisecond the one that arrived last is kept. Only the server
        # decides it, in the order it took them, so all devices come to agree.
        kept = RULES[spec.merge](spec, base, now, new, author.at >= last.at)
    if kept != now:
        merged.taken[spec.name] = kept
        merged.lost.append(Lost(spec.name, now, last, LOST if kept == new else OVERWRITTEN))
    if kept != new:
        merged.back.add(spec.name)
        merged.lost.append(Lost(spec.name, new, author, LOST))


def _latest(_spec: Field, _base: Value, now: Value, new: Value, is_later: bool) -> Value:
    return new if is_later else now


def _keep_both(_spec: Field, base: Value, now: Value, new: Value, is_later: bool) -> Value:
    """Join the texts, the earlier first. A retry must not make them grow; a cut counts as no text.

    What both began from is kept once, each side's own words follow it: of `gate`, `gate, dog` and
    `gate, blue`, the dog the earlier, come `gate, dog` and below it `, blue`.
    """
    older, newer = (now or "", new or "") if is_later else (new or "", now or "")
    assert isinstance(older, str)
    assert isinstance(newer, str)
    if older in newer:
        return newer
    if newer in older:
        return older
    stem = base if isinstance(base, str) else ""
    if stem and older.startswith(stem) and newer.startswith(stem):
        return f"{older.rstrip()}\n{newer[len(stem) :].strip()}"[: _spec.chars_max or None]
    return f"{older}\n{newer}"[: _spec.chars_max or None]


def _furthest(spec: Field, _base: Value, now: Value, new: Value, is_later: bool) -> Value:
    places = {value: place for place, value in enumerate(spec.choices)}
    if now not in places or new not in places:  # a newer version's choice, or none: no order
        return new if is_later else now
    return max(now, new, key=lambda value: places[value])


def _set(_spec: Field, base: Value, now: Value, new: Value, _is_later: bool) -> Value:
    """Keep what either side has, less what either side took away: {a, b}, {b, c}, {a} make {c}."""
    was, here, came = (
        {*value} if isinstance(value, tuple) else set() for value in (base, now, new)
    )
    kept = (here | came) - (was - here) - (was - came)
    return tuple(sorted(kept)) or None


RULES: dict[Merge, Callable[[Field, Value, Value, Value, bool], Value]] = {
    Merge.LATEST: _latest,
    Merge.KEEP_BOTH: _keep_both,
    Merge.FURTHEST: _furthest,
    Merge.SET: _set,
}
