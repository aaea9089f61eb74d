"""Merging a change into a record: examples, then laws for every policy and pair of values."""

from itertools import product

import pytest

from sync.entities import ENTITIES
from sync.merge import INSERT, Writer, merge
from sync.spec import Entity, Merge, Scope, ScopeKind, choice, codes, key, text
from tests.few_values import few_values

PLACE = Entity(
    "place",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        text("name"),
        text("notes", merge=Merge.KEEP_BOTH, chars_max=100),
        choice("state", "planned", "started", "ended", merge=Merge.FURTHEST),
        codes("tags"),
        text("card", merge=Merge.REVIEW),
    ),
)
OFFICE = Writer(2, 0, 0, 0, b"o" * 16, at=100)


def met(field, base, now, new, *, at=200, base_rev=1):
    """Merge `new`, made by a tablet that had seen `base`, where the office has put `now`."""
    number = PLACE.number_by_name[field]
    writers = {INSERT: Writer(1, 0, 0, 0, None, at=1), number: OFFICE}
    author = Writer(3, 7, 1, 5, b"t" * 16, at=at)
    return merge(
        PLACE,
        {field: now},
        writers,
        {field: new},
        author,
        base_rev=base_rev,
        base_of=lambda _field, _rev: base,
    )


@pytest.mark.parametrize(
    ("field", "base", "now", "new", "kept", "conflicts"),
    [
        ("name", "a", "b", "c", "c", 1),  # the later one
        ("name", "a", "a", "c", "c", 0),  # the office wrote the same again
        ("name", "a", "c", "c", "c", 0),
        ("notes", None, "blue gate", "dog!", "blue gate\ndog!", 1),
        ("notes", "gate.", "gate. blue", "gate. dog", "gate. blue\ndog", 1),
        ("state", "planned", "ended", "started", "ended", 1),
        ("tags", ("a", "b"), ("a",), ("a", "b", "c"), ("a", "c"), 1),
        ("card", "1", "2", "3", "2", 1),
    ],
)
def test_a_field_that_both_changed_follows_its_policy(field, base, now, new, kept, conflicts):
    merged = met(field, base, now, new)
    assert merged.taken.get(field, now) == kept
    assert merged.conflicts == conflicts


def test_the_earlier_of_two_loses_and_is_kept_in_the_history():
    merged = met("name", "a", "b", "c", at=50)
    assert merged.taken == {}
    assert [(one.field, one.value, one.outcome) for one in merged.lost] == [("name", "c", "lost")]
    assert merged.back == {"name"}


def test_a_question_for_a_person_keeps_the_servers_value():
    merged = met("card", "1", "2", "3")
    assert [(clash.mine, clash.theirs) for clash in merged.clashes] == [("3", "2")]


def test_a_change_that_had_seen_the_last_one_is_simply_taken():
    merged = met("name", "a", "b", "c", at=1, base_rev=2)
    assert merged.taken == {"name": "c"}
    assert not merged.conflicts


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_no_value_vanishes_and_a_retry_changes_nothing(entity):
    author = Writer(3, 7, 1, 5, None, at=200)
    for field in entity.fields[1:]:
        number = entity.number_by_name[field.name]
        for base, now, new in product(few_values(field), repeat=3):
            writers = {INSERT: Writer(1, 0, 0, 0, None, at=1), number: OFFICE}
            merged = merge(
                entity,
                {field.name: now},
                writers,
                {field.name: new},
                author,
                base_rev=1,
                base_of=lambda _name, _rev, base=base: base,
            )
            stands = merged.taken.get(field.name, now)
            remembered = [one.value for one in merged.lost]
            for value in (now, new):
                assert value == stands or value in remembered
            after = {**writers, number: author} if merged.taken else writers
            again = merge(
                entity,
                {field.name: stands},
                after,
                {field.name: new},
                author,
                base_rev=1,
                base_of=lambda _name, _rev, base=base: base,
            )
            if not merged.conflicts:
                assert again.taken == {}


@pytest.mark.parametrize("field", ["name", "notes", "state", "tags", "card"])
@pytest.mark.parametrize("seq", [4, 6])
def test_an_authors_later_word_stands_whichever_is_applied_first(field, seq):
    """Applied late (it was held), an older change takes nothing from a later one of its author."""
    values = {"name": "abc", "notes": "abc", "tags": (("a",), ("b",), ("c",)), "card": "abc"}
    values["state"] = ("planned", "started", "ended")
    base, now, new = values[field]
    number = PLACE.number_by_name[field]
    writers = {INSERT: Writer(1, 0, 0, 0, None, at=1), number: Writer(2, 7, 1, 5, b"t" * 16, 150)}
    author = Writer(3, 7, 1, seq, b"t" * 16, at=100)
    merged = merge(
        PLACE,
        {field: now},
        writers,
        {field: new},
        author,
        base_rev=1,
        base_of=lambda _field, _rev: base,
    )
    is_late = seq < 5
    assert merged.taken == ({} if is_late else {field: new})
    assert [one.value for one in merged.lost] == [new if is_late else now]
    assert merged.back == ({field} if is_late else set())
    assert not merged.conflicts
    assert not merged.clashes
