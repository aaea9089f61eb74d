"""A visit, or another record, and all that was made with it: one transaction, one group.

Photos, document pages, the signature, a voice note, consents, tasks, applications: whoever opens
the visit later finds all of them or none (`tests/mobile_app/test_visits.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mobile_app.store import media
from mobile_app.store.database import transaction
from mobile_app.store.records import Kept, Store
from sync.errors import Refusal
from sync.limits import CHANGES_PER_GROUP_MAX
from sync.spec import Value, Values


class PartsTooMany(Refusal):
    """More pictures and papers than the server takes at once."""

    code = "visit_parts_too_many"


@dataclass(frozen=True, slots=True)
class Part:
    """A record that belongs to another. `content`: of what has bytes, a photo or a voice note."""

    entity: str
    values: Mapping[str, Value]
    content: bytes = b""


def planned_visits(
    store: Store, entity: str = "", record_id: bytes = b"", *, until: int | None = None
) -> Sequence[Kept]:
    """Return the visits that this agent, or whoever comes, is to make, by their day.

    Args:
        entity: `person` or `enterprise`; with `record_id`, of that one alone.
        until: days since 1970; without it those of any day.
    """
    where = ["state = 'planned'", "(agent_id = ? OR agent_id IS NULL)"]
    given: list[object] = [store.kept("agent_id")]
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
    within: Callable[[], None] = lambda: None,
) -> Kept:
    """Store a visit with its parts, as `put_with_parts`.

    Args:
        visit_id: of the planned visit that this one is; a new one gets an id.
    """
    return put_with_parts(store, "visit", values, parts, record_id=visit_id, within=within)


def put_with_parts(
    store: Store,
    entity: str,
    values: Mapping[str, Value],
    parts: Sequence[Part] = (),
    *,
    record_id: bytes = b"",
    within: Callable[[], None] = lambda: None,
) -> Kept:
    """Store a record with its parts; all of it is on disk when this returns, or none.

    Args:
        parts: at most CHANGES_PER_GROUP_MAX less the record. Where a part has the field and does
            not say otherwise, it gets the record's id, commune, person, enterprise, and the moment;
            with bytes, also their hash and size.
        record_id: of the record to change; a new one gets an id.
        within: what else is done in the same transaction, such as discarding the draft.

    Raises:
        PartsTooMany, BlobTooLarge, BlobEmpty: nothing is stored.
        UnknownField, Missing, ..., StoreFull: as `Store.put`; nothing is stored.
    """
    if len(parts) >= CHANGES_PER_GROUP_MAX:
        raise PartsTooMany(f"visit: {len(parts)} parts", most=CHANGES_PER_GROUP_MAX - 1)
    before = store.find(entity, record_id) if record_id else None
    known = {**(before.values if before else {}), **values}
    record_id = record_id or store.ids()
    named: Values = {"entity": entity, "record_id": record_id}
    shared: Values = {
        **({"visit_id": record_id} if entity == "visit" else named),
        "taken_at": store.true_clock.wall_ms(),
        **{name: known.get(name) for name in ("commune_code", "person_id", "enterprise_id")},
    }
    with transaction(store.db):
        kept = store.put_group(
            [
                (entity, values, record_id),
                *((part.entity, _values(store, part, shared), b"") for part in parts),
            ],
            within=within,
        )
        for part, stored in zip(parts, kept[1:], strict=True):
            if part.content:
                media.add(store, part.entity, stored.record_id, part.content)
    return kept[0]


def _values(store: Store, part: Part, shared: Values) -> Values:
    fields = store.entity(part.entity).field_by_name
    return {
        **{name: value for name, value in shared.items() if name in fields},
        **(media.described(part.content) if part.content else {}),
        **part.values,
    }
