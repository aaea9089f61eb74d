"""Versions meet: a newer app at an older server, an older one at a newer, with unsent work."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from mobile_app.store.records import Store
from server.check import check
from server.db.tables import Tables
from server.db.work import Author, Database
from server.exchange import settle, snapshots
from server.settings import Settings
from sync.entities import ENTITIES
from sync.lenses import Lens
from sync.spec import Entity, Scope, ScopeKind, choice, code, key, text
from sync.versions import SCHEMA_NOW
from tests.world import HOME, Tablet

NEXT = SCHEMA_NOW + 1
SURVEY = Entity(
    "survey",
    Scope(ScopeKind.CORE, "commune_code"),
    (key(), code("commune_code", required=True), text("answer")),
    since=NEXT,
)


def newer(entity):
    """A person has a village, and the status of one may be a word more."""
    if entity.name != "person":
        return entity
    fields = tuple(
        replace(one, choices=(*one.choices, "abroad"), newer={"abroad": NEXT})
        if one.name == "status"
        else one
        for one in entity.fields
    )
    more = (text("village", since=NEXT), choice("speed", "slow", "fast", since=NEXT))
    return replace(entity, fields=(*fields, *more))


NEWER = (*map(newer, ENTITIES), SURVEY)
TO_VILLAGE = Lens(
    "person",
    NEXT,
    lambda values: {
        "village" if name == "douar" else name: value for name, value in values.items()
    },
    "what was called the douar is the village now",
)


class OfVersion(Tablet):
    """A tablet with the app of one version."""

    def __init__(self, world, path=":memory:", entities=ENTITIES, schema=SCHEMA_NOW):
        super().__init__(world, path)
        self.store.close()
        self.install(path, entities, schema)

    def install(self, path, entities, schema):
        self.store = Store(
            path, bytes(32), entities, clock=self.clock, ids=self.world.new_id, schema=schema
        )
        self.line.store = self.store


def tablet_of(world, login, **more):
    tablet = OfVersion(world, **more)
    tablet.enrol(world.code(login))
    world.tablets.append(tablet)
    return tablet


def upgrade_server(world, lenses=()):
    """Bring the server to the next schema, as a migration would."""
    tables = Tables(NEWER, lenses=lenses)
    with world.engines.writing.begin() as connection:
        for column in ("village", "speed"):
            connection.execute(sa.text(f"ALTER TABLE person ADD COLUMN {column} TEXT"))
        tables.metadata.create_all(connection)
    world.database = Database(world.engines, tables, clock=lambda: world.now, ids=world.new_id)
    world.restart()


def faults(world):
    return check(Settings.from_env({"NUQTA_DATA_DIR": "unused"}), world.database)["faults"]


def open_codes(world):
    table = world.database.tables.held
    with world.engines.read() as connection:
        query = sa.select(table.c.code).where(table.c.state == "open").order_by(table.c.seq)
        return list(connection.scalars(query))


@pytest.fixture
def ahead(world):
    """A tablet with the next version's app; the server is of this one."""
    world.user("one", HOME)
    return tablet_of(world, "one", entities=NEWER, schema=NEXT)


def test_what_an_older_server_does_not_know_is_kept_until_its_upgrade(world, ahead):
    survey = ahead.put("survey", commune_code=HOME, answer="نعم").record_id
    person = ahead.put("person", name_fr="Fatima", commune_code=HOME, village="Tamast").record_id
    plain = ahead.put("person", name_fr="Zineb", commune_code=HOME).record_id

    done = ahead.sync()

    assert (done.pending, done.held) == (0, 2)
    assert open_codes(world) == ["newer_version", "newer_version"]
    assert world.get("person", plain)["name_fr"] == "Zineb"
    assert ahead.store.outbox.state("person", person) == "held"
    assert settle.replay_all(world.database, slice_count=2) == settle.Replayed(0, 2)

    upgrade_server(world)
    assert settle.replay_all(world.database, slice_count=2) == settle.Replayed(2, 0)
    ahead.sync()

    assert world.get("survey", survey)["answer"] == "نعم"
    assert world.get("person", person)["village"] == "Tamast"
    for entity, record_id in (("survey", survey), ("person", person)):
        assert ahead.store.outbox.state(entity, record_id) == "received"
    assert not ahead.store.kept.is_in_doubt
    assert faults(world) == []


def test_a_choice_that_an_older_server_does_not_know_is_taken_by_its_word(world, ahead):
    person = ahead.put("person", name_fr="Fatima", commune_code=HOME, status="abroad").record_id
    assert ahead.sync().held == 0
    assert world.get("person", person)["status"] == "abroad"


def test_changes_after_the_verbatim_ones_go_on_under_the_same_chain(world, ahead):
    person = ahead.put("person", name_fr="Fatima", commune_code=HOME, village="Tamast").record_id
    ahead.sync()
    other = ahead.put("person", name_fr="Zineb", commune_code=HOME).record_id
    assert ahead.sync().round_trips == 1
    ahead.put("person", other, name_fr="Zineb B", village="X")
    ahead.put("person", person, phone="+212600000001")
    assert ahead.sync().pending == 0
    assert open_codes(world) == ["newer_version", "newer_version", "parent_held"]
    upgrade_server(world)
    settle.replay_all(world.database, slice_count=2)
    assert world.get("person", other)["village"] == "X"
    assert world.get("person", person)["phone"] == "+212600000001"


@pytest.fixture
def behind(world, tmp_path):
    """A tablet with this version's app and unsent work; the server is of the next."""
    world.user("one", HOME)
    tablet = tablet_of(world, "one", path=tmp_path / "tablet.db")
    tablet.sync()
    return tablet


def write(world, entity, **values):
    return world.database.write(lambda work: work.insert(entity, values, Author(None)).record_id)


@pytest.mark.parametrize("by", ["pages", "snapshots"])
def test_an_older_app_counts_what_it_does_not_know_and_reads_it_after_its_upgrade(
    world, behind, tmp_path, by
):
    upgrade_server(world)
    person = write(world, "person", name_fr="Fatima", commune_code=HOME, village="Tamast")
    survey = write(world, "survey", commune_code=HOME, answer="oui")
    tablet = behind
    if by == "snapshots":
        snapshots.build(world.database, lambda _done, _of: None)
        tablet = tablet_of(world, "one", path=tmp_path / "second.db")
    for _ in range(2):
        assert tablet.sync().round_trips <= 2
        assert not tablet.store.kept.is_in_doubt
    assert tablet.values("person", person)["name_fr"] == "Fatima"
    world.database.write(
        lambda work: work.change("survey", survey, {"answer": "non"}, Author(None))
    )
    world.database.write(
        lambda work: work.change("person", person, {"village": "Ailleurs"}, Author(None))
    )
    assert tablet.sync().round_trips == 1
    assert not tablet.store.kept.is_in_doubt

    unsent = tablet.put("person", person, phone="+212600000001")
    tablet.store.close()
    tablet.install(tmp_path / ("second.db" if by == "snapshots" else "tablet.db"), NEWER, NEXT)
    tablet.sync()

    assert unsent.record_id == person
    assert tablet.values("survey", survey)["answer"] == "non"
    assert tablet.values("person", person)["village"] == "Ailleurs"
    assert world.get("person", person)["phone"] == "+212600000001"
    assert not tablet.store.kept.is_in_doubt
    assert faults(world) == []


def test_an_older_app_erases_no_field_that_it_does_not_know(world, behind):
    upgrade_server(world)
    person = write(world, "person", name_fr="Fatima", commune_code=HOME, village="Tamast")
    behind.sync()
    behind.put("person", person, name_fr="Fatima B")
    behind.sync()
    assert world.get("person", person)["village"] == "Tamast"
    assert world.get("person", person)["name_fr"] == "Fatima B"


def test_an_older_app_reads_a_newer_choice_by_its_place_and_by_its_word_after_its_upgrade(
    world, behind, tmp_path
):
    upgrade_server(world)
    person = write(world, "person", name_fr="Fatima", commune_code=HOME, status="abroad")
    behind.sync()
    status = next(one for one in NEWER if one.name == "person").field_by_name["status"]
    assert behind.values("person", person)["status"] == f"?{len(status.choices)}"

    behind.put("person", person, name_fr="Fatima B")
    behind.sync()
    assert world.get("person", person)["status"] == "abroad"

    behind.store.close()
    behind.install(tmp_path / "tablet.db", NEWER, NEXT)
    behind.sync()
    assert behind.values("person", person)["status"] == "abroad"


def test_a_lens_turns_unsent_work_of_an_older_app_into_the_present_schema(world, behind):
    person = behind.put("person", name_fr="Fatima", commune_code=HOME, douar="Tamast").record_id
    upgrade_server(world, [TO_VILLAGE])

    assert behind.sync().held == 0

    values = world.get("person", person)
    assert (values["village"], values["douar"]) == ("Tamast", None)
    assert behind.values("person", person)["douar"] is None  # it shows what the server has
    behind.put("person", person, douar="Ailleurs")
    behind.sync()
    assert world.get("person", person)["village"] == "Ailleurs"
    assert behind.store.outbox.state("person", person) == "received"
    assert not behind.store.kept.is_in_doubt


def test_a_lens_leaves_the_work_of_a_present_app_alone(world, ahead):
    upgrade_server(world, [TO_VILLAGE])
    person = ahead.put("person", name_fr="Fatima", commune_code=HOME, douar="Tamast").record_id
    ahead.sync()
    assert world.get("person", person)["douar"] == "Tamast"
