"""A schema that apps hold does not change under them; what would change it is refused, in words.

A new field without a version of its own is read over by older tablets, which never ask for it
again; a new choice stays the number of its place on them.
"""

import shutil
from dataclasses import fields, replace

import pytest

from sync.entities import ENTITIES
from sync.errors import SpecError
from sync.spec import Entity, Field, Kind, Merge, Scope, ScopeKind, choice, key, text
from sync.versions import SCHEMA, SCHEMA_NOW, Version
from tests.schemas import frozen
from tests.schemas.frozen import FOLDER, differences

FROZEN = (*SCHEMA[:-1], replace(SCHEMA[-1], is_open=False))
NEXT = SCHEMA_NOW + 1
SURVEY = Entity("survey", Scope(ScopeKind.GENERAL), (key(), text("answer")))
VISIT = next(entity for entity in ENTITIES if entity.name == "visit")


def changed(name, **facts):
    """Return the entities with facts of the entity changed."""
    return tuple(replace(one, **facts) if one.name == name else one for one in ENTITIES)


def fields_changed(name, change):
    entity = next(one for one in ENTITIES if one.name == name)
    return changed(name, fields=tuple(change(list(entity.fields))))


def field_changed(where, **facts):
    name, _, field = where.partition(".")
    return fields_changed(
        name, lambda all_: [replace(one, **facts) if one.name == field else one for one in all_]
    )


def swapped(items, at):
    return (*items[:at], items[at + 1], items[at], *items[at + 2 :])


def said(entities, known=FROZEN, folder=FOLDER):
    return [str(one) for one in differences(entities, known, folder)]


OUTCOME = VISIT.field_by_name["outcome"].choices
FIELD = f"at the end of the fields with since={NEXT}, raise SCHEMA in sync/versions.py to {NEXT}"
CHOICE = f"at the end of the choices with newer={{…: {NEXT}}}, raise SCHEMA"
ENTITY = f"at the end of ENTITIES with since={NEXT}, raise SCHEMA"
ON_THE_WIRE = "places are numbers on the wire"


@pytest.mark.parametrize(
    ("entities", "where", "what_to_do"),
    [
        (fields_changed("visit", lambda all_: [*all_, text("road", since=2)]), "visit.road", FIELD),
        (
            fields_changed("visit", lambda all_: [*all_, text("road", since=SCHEMA_NOW)]),
            "visit.road",
            FIELD,
        ),
        (
            fields_changed("visit", lambda all_: [*all_[:3], text("road"), *all_[3:]]),
            "visit.road",
            FIELD,
        ),
        (
            fields_changed("visit", lambda all_: swapped(all_, 3)),
            "visit.enterprise_id",
            ON_THE_WIRE,
        ),
        (fields_changed("visit", lambda all_: all_[:-1]), "visit.urgent_needs", "put it back"),
        (
            fields_changed("visit", lambda all_: [*all_[:-1], replace(all_[-1], since=NEXT)]),
            "visit.urgent_needs",
            "with the since that it had",
        ),
        (
            field_changed("visit.outcome", choices=(*OUTCOME, "flood")),
            "visit.outcome.flood",
            CHOICE,
        ),
        (
            field_changed("visit.outcome", choices=(OUTCOME[0], "flood", *OUTCOME[1:])),
            "visit.outcome.flood",
            CHOICE,
        ),
        (
            field_changed("visit.outcome", choices=swapped(OUTCOME, 0)),
            f"visit.outcome.{OUTCOME[1]}",
            ON_THE_WIRE,
        ),
        (
            field_changed("visit.outcome", choices=OUTCOME[:-1]),
            f"visit.outcome.{OUTCOME[-1]}",
            "put it back",
        ),
        (field_changed("visit.next_action", kind=Kind.CODE), "visit.next_action", "put it back"),
        (field_changed("visit.notes", merge=Merge.LATEST), "visit.notes", "put it back"),
        (field_changed("visit.latitude", places=5), "visit.latitude", "put it back"),
        (field_changed("visit.agent_id", refers_to="person"), "visit.agent_id", "put it back"),
        (field_changed("visit.agent_id", required=True), "visit.agent_id", "put it back"),
        (field_changed("visit.agent_id", fixed=True), "visit.agent_id", "put it back"),
        (field_changed("visit.notes", chars_max=3), "visit.notes", "would be held"),
        (field_changed("visit.satisfaction", high=4), "visit.satisfaction", "would be held"),
        (field_changed("visit.satisfaction", low=2), "visit.satisfaction", "would be held"),
        (field_changed("visit.satisfaction", high=6), "visit.satisfaction", "run `make docs`"),
        (field_changed("visit.satisfaction", low=0), "visit.satisfaction", "run `make docs`"),
        (field_changed("visit.notes", chars_max=9_999), "visit.notes", "run `make docs`"),
        (changed("visit", scope=Scope(ScopeKind.CORE, "commune_code")), "visit", "put it back"),
        (changed("visit", one_of=("person_id",)), "visit", "put it back"),
        (changed("visit", append_only=True), "visit", "put it back"),
        ((*ENTITIES[:5], SURVEY, *ENTITIES[5:]), "survey", ENTITY),
        (
            (*ENTITIES[:5], replace(SURVEY, since=NEXT), *ENTITIES[5:]),
            ENTITIES[5].name,
            ON_THE_WIRE,
        ),
        ((*ENTITIES, SURVEY), "survey", ENTITY),
        (swapped(ENTITIES, 5), ENTITIES[5].name, ON_THE_WIRE),
        (ENTITIES[:-1], ENTITIES[-1].name, "put it back"),
        ((*ENTITIES, replace(SURVEY, since=NEXT)), "survey", "raise SCHEMA in sync/versions.py to"),
        (
            fields_changed("visit", lambda all_: [*all_, text("road", since=NEXT)]),
            "visit.road",
            "sent to nobody",
        ),
        (
            field_changed("visit.outcome", choices=(*OUTCOME, "flood"), newer={"flood": NEXT}),
            "visit.outcome.flood",
            "sent to nobody",
        ),
    ],
)
def test_each_change_without_a_version_is_refused_with_what_to_do(entities, where, what_to_do):
    assert any(one.startswith(f"{where}: ") and what_to_do in one for one in said(entities))


def test_what_is_declared_is_what_the_apps_of_each_version_hold():
    assert said(ENTITIES, SCHEMA) == []
    held = {f"{version.number}.jsonl" for version in SCHEMA}
    assert {path.name for path in FOLDER.glob("*.jsonl")} == held


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_no_field_of_any_entity_changes_unseen(entity):
    def where(entities):
        return {one.where for one in differences(entities, FROZEN[-1:])}

    for field in entity.fields:
        place = f"{entity.name}.{field.name}"
        other = Kind.FLAG if field.kind is Kind.TEXT else Kind.TEXT
        if field.kind is not Kind.KEY:
            assert where(field_changed(place, kind=other)) == {place}
        if field.choices:
            more = field_changed(place, choices=(*field.choices, "another"))
            assert where(more) == {f"{place}.another"}
    more = fields_changed(entity.name, lambda all_: [*all_, text("another", since=SCHEMA_NOW)])
    assert where(more) == {f"{entity.name}.another"}


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "schemas")


def write(*given):
    return [str(one) for one in frozen.write(*given)]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}


def of_next_version():
    newer = fields_changed("visit", lambda all_: [*all_, text("road", since=NEXT)])
    visit = next(one for one in newer if one.name == "visit")
    outcome = replace(
        visit.field_by_name["outcome"], choices=(*OUTCOME, "flood"), newer={"flood": NEXT}
    )
    fields_ = tuple(outcome if one.name == "outcome" else one for one in visit.fields)
    newer = tuple(replace(one, fields=fields_) if one is visit else one for one in newer)
    return (*newer, replace(SURVEY, since=NEXT))


def test_a_version_grows_while_it_is_open_and_is_frozen_then(folder):
    before = contents(folder)
    is_open = (*FROZEN, Version(NEXT, "2026-12-01", "roads", is_open=True))
    for entities in ((*ENTITIES, replace(SURVEY, since=NEXT)), of_next_version()):
        assert any("run `make docs`" in one for one in said(entities, is_open, folder))
        assert write(entities, is_open, folder) == []
        assert said(entities, is_open, folder) == []
    now = contents(folder)
    assert now.items() >= before.items()
    assert set(now) - set(before) == {f"{NEXT}.jsonl"}

    closed = (*FROZEN, Version(NEXT, "2026-12-01", "roads"))
    later = (*of_next_version(), replace(SURVEY, name="other", since=NEXT))
    assert f"since={NEXT + 1}" in write(later, closed, folder)[0]
    assert contents(folder) == now


def test_of_a_frozen_version_only_a_wider_bound_is_written(folder):
    before = contents(folder)
    assert "would be held" in write(field_changed("visit.notes", chars_max=3), FROZEN, folder)[0]
    assert contents(folder) == before
    assert write(field_changed("visit.notes", chars_max=9_999), FROZEN, folder) == []
    now = contents(folder)
    assert [name for name in now if now[name] != before[name]] == [f"{SCHEMA_NOW}.jsonl"]
    assert "would be held" in said(ENTITIES, FROZEN, folder)[0]  # it does not go back


def test_a_lost_file_is_written_for_the_newest_alone(folder):
    (folder / "1.jsonl").unlink()
    (folder / f"{SCHEMA_NOW}.jsonl").unlink()
    assert "1.jsonl: missing" in write(ENTITIES, FROZEN, folder)[0]
    assert contents(folder).keys() == {path.name for path in FOLDER.glob("*.jsonl")} - {"1.jsonl"}


@pytest.mark.parametrize(
    ("choices", "newer"),
    [
        (("a", "b", "c"), {"b": 3}),
        (("a", "b", "c"), {"b": 4, "c": 3}),
        (("a", "b"), {"b": 1}),
        (("a", "b"), {"c": 3}),
    ],
)
def test_newer_choices_stand_at_the_end(choices, newer):
    with pytest.raises(SpecError, match="later choices go to the end"):
        replace(SURVEY, fields=(key(), choice("how", *choices, since=2, newer=newer)))


def test_each_fact_of_a_declaration_is_frozen_or_local():
    seen = next(iter(frozen.seen([SURVEY], SCHEMA_NOW).values()))
    assert seen["number"] == 0
    of_versions = {"name", "since", "newer"}
    of_fields = {*frozen._facts(SURVEY.fields[1], SCHEMA_NOW), *of_versions, *frozen.LOCAL}
    undecided = {one.name for one in fields(Field)} - of_fields
    assert not undecided, f"in tests/schemas/frozen.py: does a peer depend on {undecided}?"
    of_entities = {"name", "since", "scope", "fields", "one_of", "append_only"}
    undecided = {one.name for one in fields(Entity) if one.init} - of_entities
    assert not undecided, f"in tests/schemas/frozen.py: does a peer depend on {undecided}?"
