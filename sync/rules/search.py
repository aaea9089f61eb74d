"""The search terms of a record: folded words, sounds, digits and its short code."""

from __future__ import annotations

from collections.abc import Mapping

from sync.rules import codes, names
from sync.spec import Entity, Value


def terms(entity: Entity, record_id: bytes, values: Mapping[str, Value]) -> set[str]:
    """Return what a record is found by; empty when the entity declares no searched field."""
    texts = [
        value
        for spec in entity.fields
        if spec.searched and isinstance(value := values.get(spec.name), str)
    ]
    if not any(spec.searched for spec in entity.fields):
        return set()
    found = set(names.index_terms(*texts).split())
    found.add(codes.short_code(record_id).replace("-", "").lower())
    return found
