"""A tablet whose app knows nothing of returns: its visit is returned, and nothing is lost by it."""

from dataclasses import replace

import pytest

from server.check import check
from server.settings import Settings
from sync import local_time
from sync.entities import ENTITIES
from sync.versions import SCHEMA_NOW
from tests.test_versions import OfVersion
from tests.world import HOME

BEFORE = 4
"""The last schema without returns."""


def as_of(entity, schema):
    """Return an entity as an app of a schema has it: without what came later."""
    fields = [
        replace(
            one,
            choices=tuple(word for word in one.choices if (one.newer or {}).get(word, 0) <= schema),
            newer={word: at for word, at in (one.newer or {}).items() if at <= schema},
            office=tuple(word for word in one.office if (one.newer or {}).get(word, 0) <= schema),
        )
        for one in entity.fields
        if one.since <= schema
    ]
    return replace(entity, fields=tuple(fields))


OLDER = tuple(as_of(one, BEFORE) for one in ENTITIES if one.since <= BEFORE)


@pytest.fixture
def older(world, tmp_path):
    """Return a tablet of before, with a visit that the server has."""
    world.user("one", HOME)
    world.user("desk", HOME, role="regional_coordinator", name_fr="Salma Bennis")
    tablet = OfVersion(world)
    tablet.store.close()
    tablet.install(tmp_path / "tablet.db", OLDER, BEFORE)
    tablet.enrol(world.code("one"))
    world.tablets.append(tablet)
    tablet.person = tablet.put("person", name_fr="Rkia", commune_code=HOME).record_id
    values = {"channel": "phone", "type": "documents", "outcome": "partial", "state": "ended"}
    where = {"commune_code": HOME, "person_id": tablet.person, "position_missing": "by_phone"}
    tablet.visit = tablet.put("visit", **values, **where, review_state="submitted").record_id
    tablet.sync()
    return tablet


def give_back(world, tablet, field="outcome"):
    """Return the visit as the desk does."""
    world.change(
        "visit",
        tablet.visit,
        review_state="returned",
        returned_field=field,
        returned_note="Le devis a-t-il été remis ?",
        returned_due_on=local_time.day_of(world.now) + 2,
        returned_by=world.agent("desk"),
        returned_at=world.now,
    )


def faults(world):
    return check(Settings.from_env({"NUQTA_DATA_DIR": "unused"}), world.database)["faults"]


def test_it_is_told_that_a_visit_is_returned_and_its_correction_closes_the_return(world, older):
    assert "returned_field" not in older.store.entity("visit").field_by_name
    give_back(world, older)
    older.sync()
    assert older.values("visit", older.visit)["review_state"] == "returned"

    older.pass_time(60_000)
    older.put("visit", older.visit, outcome="done", amend_reason="Devis remis")
    assert older.sync().held == 0

    values = world.get("visit", older.visit)
    assert (values["outcome"], values["review_state"]) == ("done", "corrected")
    assert values["returned_note"] == "Le devis a-t-il été remis ?"
    assert older.store.outbox.state("visit", older.visit) == "received"
    assert faults(world) == []


def test_what_it_wrote_elsewhere_leaves_the_question_open(world, older):
    give_back(world, older)
    older.sync()
    older.pass_time(60_000)
    older.put("visit", older.visit, notes="Elle rappellera.")
    older.sync()
    values = world.get("visit", older.visit)
    assert (values["review_state"], values["notes"]) == ("returned", "Elle rappellera.")
    assert values["returned_field"] == "outcome"


def test_what_it_wrote_before_it_heard_is_kept_beside_the_return(world, older):
    older.put("visit", older.visit, notes="Avant de savoir.", outcome="done")
    older.pass_time(60_000)
    give_back(world, older)
    older.sync()
    values = world.get("visit", older.visit)
    assert values["notes"] == "Avant de savoir."
    assert values["returned_note"] == "Le devis a-t-il été remis ?"
    assert faults(world) == []


def test_its_upgrade_brings_the_question_and_loses_nothing_unsent(world, older, tmp_path):
    give_back(world, older)
    older.sync()
    older.pass_time(60_000)
    older.put("visit", older.visit, notes="Pas encore partie.")

    older.store.close()
    older.install(tmp_path / "tablet.db", ENTITIES, SCHEMA_NOW)
    assert older.values("visit", older.visit)["notes"] == "Pas encore partie."
    older.sync()

    seen = older.values("visit", older.visit)
    assert seen["returned_field"] == "outcome"
    assert seen["returned_note"] == "Le devis a-t-il été remis ?"
    assert seen["returned_by"] == world.agent("desk")
    assert world.get("visit", older.visit)["notes"] == "Pas encore partie."
    assert not older.store.kept.is_in_doubt
    assert faults(world) == []
