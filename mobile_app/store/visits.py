"""A visit, or another record, and all that was made with it: one transaction, one group.

Photos, document pages, the signature, a voice note, consents, tasks, applications: whoever opens
the visit later finds all of them or none (`tests/mobile_app/test_visits.py`).

A form knows the id of its record from its beginning, and the ids of the parts follow from it: what
is saved twice, by two fingers or after a kill, is one record with its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from mobile_app.store import media
from mobile_app.store.database import transaction
from mobile_app.store.records import Record, Store
from sync.errors import Refusal
from sync.limits import CHANGES_PER_GROUP_MAX
from sync.spec import Value, Values


class PartsTooMany(Refusal):
    """More pictures and papers than the server takes at once."""

    code = "visit_parts_too_many"


@dataclass(frozen=True, slots=True)
class Part:
    """A record that belongs to another. `content`: of what has bytes, a photo or a voice note.

    `key`: which one it is among those of its entity; the same in a second save.
    """

    entity: str
    values: Mapping[str, Value]
    content: bytes = b""
    key: str = ""


def planned_visits(
    store: Store, entity: str = "", record_id: bytes = b"", *, until: int | None = None
) -> Sequence[Record]:
    """Return the visits that this agent, or whoever comes, is to make, by their day.

    Args:
        entity: `person` or `enterprise`; with `record_id`, of that one alone.
        until: days since 1970; without it those of any day.
    """
    where = ["state = 'planned'", "(agent_id = ? OR agent_id IS NULL)"]
    given: list[object] = [store.kept.agent_id]
    if entity:
        where.append(f"{entity}_id = ?")
        given.append(record_id)
    where.append("planned_on IS NOT NULL" if until is None else "planned_on <= ?")
    given += [] if until is None else [until]
    return store.list("visit", " AND ".join(where), given, order="planned_on, id")


def put_visit(
    store: Store,
    values: Mapping[str, Value],
    parts: Sequence[Part] = (),
    *,
    visit_id: bytes = b"",
    made_id: bytes = b"",
    within: Callable[[], None] = lambda: None,
) -> Record:
    """Store a visit with its parts, as `put_with_parts`.

    Args:
        visit_id: of the planned visit that this one is.
    """
    return put_with_parts(
        store, "visit", values, parts, record_id=visit_id, made_id=made_id, within=within
    )


def put_with_parts(
    store: Store,
    entity: str,
    values: Mapping[str, Value],
    parts: Sequence[Part] = (),
    *,
    record_id: bytes = b"",
    made_id: bytes = b"",
    within: Callable[[], None] = lambda: None,
) -> Record:
    """Store a record with its parts; all of it is on disk when this returns, or none.

    Saved once more, it is corrected, but for what is said once, and gets the parts that it lacks.

    Args:
        parts: at most CHANGES_PER_GROUP_MAX less the record. Where a part has the field and does
            not say otherwise, it gets the record's id, commune, person, enterprise, and the moment;
            with bytes, also their hash and size.
        record_id: of the record to change.
        made_id: of a new one; without it, it gets an id.
        within: what else is done in the same transaction, such as discarding the draft.

    Raises:
        PartsTooMany, BlobTooLarge, BlobEmpty: nothing is stored.
        UnknownField, Missing, ..., StoreFull: as `Store.put`; nothing is stored.
    """
    if len(parts) >= CHANGES_PER_GROUP_MAX:
        raise PartsTooMany(f"visit: {len(parts)} parts", most=CHANGES_PER_GROUP_MAX - 1)
    is_new = not record_id
    record_id = record_id or made_id or store.ids()
    before = store.find(entity, record_id)
    known = {**(before.values if before else {}), **values}
    # Saved a second time, by another finger or after a kill that hid the first: what was fixed then
    # is not refused, it is said already.
    if before and is_new:
        values = _changeable(before, values)
    named_parts = [(part, _part_id(record_id, part)) for part in parts]
    new = [
        (part, part_id)
        for part, part_id in named_parts
        if not part_id or store.find(part.entity, part_id) is None
    ]
    shared: Values = {
        "taken_at": store.true_clock.wall_ms(),
        **{name: known.get(name) for name in ("commune_code", "person_id", "enterprise_id")},
        **_naming(entity, record_id),
    }
    with transaction(store.db):
        kept = store.put_group(
            [
                (entity, values, record_id),
                *((part.entity, _values(store, part, shared), part_id) for part, part_id in new),
            ],
            within=within,
        )
        for (part, _), stored in zip(new, kept[1:], strict=True):
            if part.content:
                media.add(store, part.entity, stored.record_id, part.content)
    return kept[0]


def _part_id(record_id: bytes, part: Part) -> bytes:
    """Return the id of a keyed part; nothing where a new one will do."""
    if not part.key:
        return b""
    name = f"{part.entity}:{part.key}".encode()
    raw = bytearray(record_id[:6] + blake2b(record_id + name, digest_size=10).digest())
    raw[6] = raw[6] & 0x0F | 0x80  # a UUID of version 8 (RFC 9562), beside its record's in order
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def _naming(entity: str, record_id: bytes) -> Values:
    """Return how a part says which record it belongs to."""
    if entity == "visit":
        return {"visit_id": record_id}
    of_whom = {f"{entity}_id": record_id} if entity in ("person", "enterprise") else {}
    return {"entity": entity, "record_id": record_id, **of_whom}


def _changeable(before: Record, values: Mapping[str, Value]) -> Values:
    """Return what of a second save can still be said: what is fixed stands as it was said first."""
    fields = before.entity.field_by_name
    return {
        name: value
        for name, value in values.items()
        if not (fields[name].fixed and before.values.get(name) is not None)
    }


def _values(store: Store, part: Part, shared: Values) -> Values:
    fields = store.entity(part.entity).field_by_name
    return {
        **{name: value for name, value in shared.items() if name in fields},
        **(media.described(part.content) if part.content else {}),
        **part.values,
    }
