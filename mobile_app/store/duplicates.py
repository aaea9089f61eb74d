"""Who on this tablet may be the person or enterprise that is being registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mobile_app.store.records import Record, Store
from sync.rules import duplicates, names
from sync.spec import Value

SHOWN_MAX = 5
_CANDIDATES_MAX = 30
"""Of each sign: of 30 with the same name and phone, someone will be recognised among the first."""
SIGNS = ("name_ar", "name_fr", "phone", "ice", "rna", "national_card")
"""What tells two apart, as people type it."""


class Likely(NamedTuple):
    """A record that may be the same. `reasons`: codes, words at `duplicate.reason.CODE`."""

    record: Record
    score: float
    reasons: tuple[str, ...]


def likely_duplicates(
    store: Store, entity: str, values: Mapping[str, Value], *, but: bytes = b""
) -> list[Likely]:
    """Return who is worth asking about, likeliest first, over the whole territory.

    Args:
        entity: `person` or `enterprise`.
        values: as far as they are typed; nothing is compared with what is missing.
        but: the record itself, when it is being changed.
    """
    number = store.number_by_name[store.entity(entity).name]
    texts = [str(value) for name in SIGNS if (value := values.get(name))]
    # One of the two may lack a middle name.
    long = [parts for text in texts if len(parts := names.words(text)) > 2]
    texts += [f"{parts[0]} {parts[-1]}" for parts in long]
    ids = {
        record_id: None
        for text in texts
        for _, record_id in store.index.find(
            text, [number], commune_code=None, most=_CANDIDATES_MAX
        )
        if record_id != but
    }
    found = []
    for record in store.find_all((entity, record_id) for record_id in ids):
        alike = duplicates.likeness(values, record.values)
        if alike.is_likely:
            reasons = tuple(reason.code for reason in alike.reasons)
            found.append(Likely(record, alike.score, reasons))
    return sorted(found, key=lambda likeness: -likeness.score)[:SHOWN_MAX]
