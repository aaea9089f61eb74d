"""A schema that apps hold does not change under them; what would change it is refused, in words.

A new field without a version of its own is read over by older tablets, which never ask for it
again; a new choice stays the number of its place on them.
"""

from dataclasses import fields, replace

import pytest

from sync.entities import ENTITIES
from sync.errors import SpecError
from sync.spec import (
    Entity,
    Field,
    Kind,
    Merge,
    Scope,
    ScopeKind,
    choice,
    code,
    decimal,
    integer,
    key,
    ref,
    text,
)
from sync.versions import SCHEMA, SCHEMA_NOW, Version
from tests.schemas import frozen
from tests.schemas.frozen import FOLDER, differences, seen, written

NEXT = 3
KNOWN = (Version(1, "2026-11-24", "the first"), Version(2, "2026-11-25", "what else"))
OPEN = (*KNOWN, Version(NEXT, "2026-12-01", "roads", is_open=True))
HOME = Scope(ScopeKind.CORE, "commune")
AGENT = Entity("agent", HOME, (key(), code("commune"), text("name")))
VISIT = Entity(
    "visit",
    HOME,
    (
        key(),
        code("commune", required=True, fixed=True),
        ref("agent_id", "agent"),
        text("notes", chars_max=400, merge=Merge.KEEP_BOTH),
        choice("outcome", "done", "absent", "refused"),
        decimal("latitude", places=6, low=-90, high=90),
        integer("stars", low=1, high=5),
        choice("mood", "good", "bad", "ill", newer={"ill": 2}),
        text("reason", since=2),
    ),
)
PHOTO = Entity("photo", HOME, (key(), code("commune")), since=2)
ALL = (AGENT, VISIT, PHOTO)
MORE = ("done", "absent", "refused", "ill")
SURVEY = Entity("survey", HOME, (key(), code("commune")))


def visit(change):
    """Return the entities with the fields of a visit changed."""
    return AGENT, replace(VISIT, fields=tuple(change(list(VISIT.fields)))), PHOTO


def field(of, /, **facts):
    """Return the entities with one field of a visit changed."""
    return visit(lambda all_: [replace(one, **facts) if one.name == of else one for one in all_])


@pytest.fixture
def folder(tmp_path):
    for version in KNOWN:
        lines = written(seen(ALL, version.number))
        (tmp_path / f"{version.number}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}


def said(*given):
    return [str(one) for one in differences(*given)]


FIELD = "at the end of the fields with since=3, raise SCHEMA in sync/versions.py to 3"
CHOICE = "at the end of the choices with newer={…: 3}, raise SCHEMA in sync/versions.py to 3"
ENTITY = "at the end of ENTITIES with since=3, raise SCHEMA in sync/versions.py to 3"
ORDER = "places are numbers on the wire"
BACK = "put it back"
OF_ITS_VERSION = "put it back, of the version that it had"


@pytest.mark.parametrize(
    ("entities", "where", "what_to_do"),
    [
        (visit(lambda all_: [*all_, text("road", since=2)]), "visit.road", FIELD),
        (visit(lambda all_: [*all_[:3], text("road"), *all_[3:]]), "visit.road", FIELD),
        (visit(lambda all_: [*all_[:2], all_[3], all_[2], *all_[4:]]), "visit.notes", ORDER),
        (visit(lambda all_: all_[:-1]), "visit.reason", BACK),
        (visit(lambda all_: [*all_[:3], *all_[4:]]), "visit.notes", BACK),
        (field("reason", name="why"), "visit.why", FIELD),
        (field("reason", since=3), "visit.reason", OF_ITS_VERSION),
        (field("reason", since=1), "visit.reason", OF_ITS_VERSION),
        (
            field("outcome", choices=MORE),
            "visit.outcome.ill",
            CHOICE,
        ),
        (
            field("outcome", choices=("done", "ill", "absent", "refused")),
            "visit.outcome.ill",
            CHOICE,
        ),
        (
            field("outcome", choices=("absent", "done", "refused")),
            "visit.outcome.absent",
            ORDER,
        ),
        (field("mood", choices=("good", "bad"), newer={}), "visit.mood.ill", BACK),
        (field("mood", newer={}), "visit.mood.ill", OF_ITS_VERSION),
        (field("notes", kind=Kind.CODE), "visit.notes", BACK),
        (field("latitude", places=5), "visit.latitude", BACK),
        (field("agent_id", refers_to="person"), "visit.agent_id", BACK),
        (field("agent_id", required=True), "visit.agent_id", BACK),
        (field("commune", required=False), "visit.commune", BACK),
        (field("agent_id", fixed=True), "visit.agent_id", BACK),
        (field("notes", chars_max=399), "visit.notes", "would be held"),
        (field("notes", chars_max=401), "visit.notes", "run `make docs`"),
        (field("stars", high=4), "visit.stars", "would be held"),
        (field("stars", high=6), "visit.stars", "run `make docs`"),
        (field("stars", low=2), "visit.stars", "would be held"),
        (field("stars", low=0), "visit.stars", "run `make docs`"),
        (field("stars", low=None, high=None), "visit.stars", "run `make docs`"),
        ((AGENT, replace(VISIT, scope=Scope(ScopeKind.GENERAL)), PHOTO), "visit", BACK),
        ((AGENT, replace(VISIT, scope=Scope(ScopeKind.CORE, "agent_id")), PHOTO), "visit", BACK),
        ((AGENT, replace(VISIT, one_of=("notes",)), PHOTO), "visit", BACK),
        ((AGENT, replace(VISIT, append_only=True), PHOTO), "visit", BACK),
        ((AGENT, SURVEY, VISIT, PHOTO), "survey", ENTITY),
        ((AGENT, SURVEY, VISIT, PHOTO), "visit", ORDER),
        ((AGENT, replace(SURVEY, since=3), VISIT, PHOTO), "visit", ORDER),
        ((*ALL, SURVEY), "survey", ENTITY),
        ((*ALL, replace(SURVEY, since=2)), "survey", ENTITY),
        ((VISIT, AGENT, PHOTO), "visit", ORDER),
        ((AGENT, VISIT), "photo", BACK),
        ((*ALL, replace(SURVEY, since=3)), "survey", "sent to nobody"),
        (visit(lambda all_: [*all_, text("road", since=3)]), "visit.road", "sent to nobody"),
        (
            field("outcome", choices=MORE, newer={"ill": 3}),
            "visit.outcome.ill",
            "sent to nobody",
        ),
    ],
)
def test_each_change_without_a_version_is_refused_with_what_to_do(
    folder, entities, where, what_to_do
):
    before = contents(folder)
    assert said(ALL, KNOWN, folder) == []
    for known in (KNOWN, OPEN):  # what is frozen stays so while the next version grows
        found = said(entities, known, folder)
        if known is KNOWN or not {what_to_do} & {"run `make docs`", "sent to nobody"}:
            assert any(one.startswith(f"{where}: ") and what_to_do in one for one in found)
    if what_to_do != "run `make docs`":
        assert frozen.write(entities, KNOWN, folder) != []
        assert contents(folder) == before


def test_what_is_declared_is_what_the_apps_of_each_version_hold():
    assert said(ENTITIES) == []
    files = {f"{version.number}.jsonl" for version in SCHEMA}
    assert {path.name for path in FOLDER.glob("*.jsonl")} == files


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
def test_no_field_of_any_entity_changes_unseen(entity):
    def where(fields_):
        changed = replace(entity, fields=fields_)
        entities = [changed if one is entity else one for one in ENTITIES]
        compared = frozen._compared(*(seen(one, SCHEMA_NOW) for one in (ENTITIES, entities)))
        return {where for where, _what, _cure in compared}

    for at, one in enumerate(entity.fields):
        place = f"{entity.name}.{one.name}"
        before, after = entity.fields[:at], entity.fields[at + 1 :]
        if one.kind is not Kind.KEY:
            other = Kind.FLAG if one.kind is Kind.TEXT else Kind.TEXT
            assert where((*before, replace(one, kind=other), *after)) == {place}
        if one.choices:
            came = {"another": max(one.newer.values(), default=one.since)}
            more = replace(one, choices=(*one.choices, "another"), newer=one.newer | came)
            assert where((*before, more, *after)) == {f"{place}.another"}
    another = text("another", since=entity.fields[-1].since)
    assert where((*entity.fields, another)) == {f"{entity.name}.another"}


def test_a_version_grows_while_it_is_open_and_is_frozen_then(folder):
    before = contents(folder)
    entities = (*ALL, replace(SURVEY, since=NEXT))
    assert said(entities, OPEN, folder) == [
        "3.jsonl: missing, of schema 3: run `make docs` if it is the newest, else take it back from"
        " the history (docs/how-to/add-a-version.md)"
    ]
    assert frozen.write(entities, OPEN, folder) == []
    newer = replace(VISIT.fields[4], choices=MORE, newer={"ill": NEXT})
    road = (*VISIT.fields[:4], newer, *VISIT.fields[5:], text("road", since=NEXT))
    entities = (AGENT, replace(VISIT, fields=road), PHOTO, replace(SURVEY, since=NEXT))
    assert "run `make docs`" in said(entities, OPEN, folder)[0]
    assert frozen.write(entities, OPEN, folder) == []
    now = contents(folder)
    assert now.keys() - before.keys() == {"3.jsonl"}
    assert now.items() >= before.items()

    closed = (*KNOWN, replace(OPEN[-1], is_open=False))
    assert said(entities, closed, folder) == []
    later = (*entities, replace(SURVEY, name="other", since=NEXT))
    assert "with since=4" in str(frozen.write(later, closed, folder)[0])
    assert contents(folder) == now


def test_of_a_frozen_version_only_a_wider_bound_is_written(folder):
    before = contents(folder)
    assert frozen.write(field("notes", chars_max=500), KNOWN, folder) == []
    now = contents(folder)
    assert [name for name in now if now[name] != before[name]] == ["2.jsonl"]
    assert "would be held" in said(ALL, KNOWN, folder)[0]  # there is no way back


def test_a_lost_file_is_written_for_the_newest_alone(folder):
    (folder / "1.jsonl").unlink()
    (folder / "2.jsonl").unlink()
    assert "1.jsonl: missing" in str(frozen.write(ALL, KNOWN, folder)[0])
    assert contents(folder).keys() == {"2.jsonl"}


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
        replace(SURVEY, fields=(*SURVEY.fields, choice("how", *choices, since=2, newer=newer)))


def test_each_fact_of_a_declaration_is_frozen_or_local():
    of_versions = {"name", "since", "newer"}
    of_fields = {*frozen._facts(VISIT.fields[1], 2), *of_versions, *frozen.LOCAL}
    undecided = {one.name for one in fields(Field)} - of_fields
    assert not undecided, (
        f"{undecided}: into `LOCAL` of frozen.py, or `_facts` if peers depend on it"
    )
    of_entities = {"name", "since", "scope", "fields", "one_of", "append_only"}
    undecided = {one.name for one in fields(Entity) if one.init} - of_entities
    assert not undecided, (
        f"{undecided}: into `LOCAL` of frozen.py, or `_facts` if peers depend on it"
    )
