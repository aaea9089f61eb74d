"""What refers to a record is found by it, however many rows its table has."""

from __future__ import annotations

import pytest

from server.db.tables import TABLES

REFERRING = [
    (entity.name, field.name)
    for entity in TABLES.entities
    for field in entity.fields
    if field.refers_to and entity.name in TABLES.records
]
NOT_LOOKED_UP_BY = {"agent", "document", "mandate", "stop"}
"""Entities that no page and no step finds others by."""
ALONE = {("visit", "amends_id"), ("application", "point_id")}
"""References that are followed, or found beside another (what amends a visit, by whose it is)."""


@pytest.mark.parametrize(("entity", "name"), REFERRING)
def test_a_reference_that_is_asked_from_the_other_end_has_an_index(entity, name):
    table = TABLES.records[entity]
    firsts = {next(iter(index.columns)).name for index in table.indexes}
    (to,) = (
        field.refers_to
        for one in TABLES.entities
        if one.name == entity
        for field in one.fields
        if field.name == name
    )
    is_asked = to not in NOT_LOOKED_UP_BY and (entity, name) not in ALONE
    assert (name in firsts) == is_asked or (to == "agent" and name in firsts)
