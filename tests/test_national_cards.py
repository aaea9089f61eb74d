"""The national card: asked once its authorisation is in force, and no day longer."""

from __future__ import annotations

import io
import json

import pytest

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from server.cli.main import main
from server.exchange.permission import CLOSED_ENTITIES
from server.people.authorisations import authorise, require, withdraw
from sync.entities import ENTITIES
from sync.entities.forms import NATIONAL_CARD
from sync.local_time import day_of
from sync.rules.codes import reference_id
from sync.spec import ScopeKind
from tests.mobile_app.scenes import linked
from tests.world import HOME

DAY_MS = 24 * 3_600_000


@pytest.fixture
def agent(world, tmp_path):
    world.user("amina", HOME)
    tablet = world.tablet("amina")
    context = linked(tablet, tmp_path)
    tablet.sync()
    return tablet, context


def allow(world, **dates):
    days = {"given_on": None, "ends_on": None, **dates}
    world.database.write(lambda work: authorise(work, NATIONAL_CARD, "D-GC-1/2026", **days))


def registering(context, name):
    form = FormPresenter(context, "person")
    form.inputs.type("name_fr", name)
    form.inputs.put("commune_code", HOME)
    return form


def asked(form):
    return [name for step in form.form.steps for name in step.fields]


def test_no_card_is_asked_before_its_authorisation_nor_after(world, agent):
    tablet, context = agent
    today = day_of(context.now_ms())

    def is_asked():
        tablet.sync()
        form = FormPresenter(context, "person")
        assert form.is_card_locked != ("national_card" in asked(form))
        return not form.is_card_locked

    assert not is_asked()
    allow(world)
    assert is_asked()
    allow(world, given_on=today + 1)
    assert not is_asked()
    allow(world, given_on=today, ends_on=today)
    assert is_asked()
    allow(world, ends_on=today - 1)
    assert not is_asked()
    allow(world)
    world.database.write(lambda work: withdraw(work, NATIONAL_CARD))
    assert not is_asked()


def test_a_card_is_checked_kept_found_and_shown_and_tells_two_apart(world, agent):
    tablet, context = agent
    form = FormPresenter(context, "person")
    form.inputs.type("national_card", "JB 123456")
    assert "CNDP" in form.inputs.problems["national_card"], "locked, whoever types it"

    allow(world)
    tablet.sync()
    form = registering(context, "Rkia Aït")
    form.inputs.type("national_card", "1234")
    assert "AB123456" in form.inputs.problems["national_card"]
    form.inputs.type("national_card", "jb-123 456")
    assert form.save()
    tablet.sync()
    stored = world.database.read(lambda records: records.get("person", form.saved_id))
    assert stored.values["national_card"] == "JB123456"
    assert [one.record_id for one in tablet.store.search("person", "JB123456")] == [form.saved_id]
    page = PersonPresenter(context, "person", form.saved_id)
    assert ("id", "\u2066JB123456\u2069", "Carte nationale (CNIE)") in page.facts()

    again = registering(context, "Autre nom")
    again.inputs.type("national_card", "JB123456")
    ((_, title, _, why),) = again.duplicates()
    assert (title, why) == ("Rkia Aït", "La même carte nationale, La même commune")


def test_a_draft_keeps_no_card_past_the_end_of_its_authorisation(world, agent):
    tablet, context = agent
    allow(world)
    tablet.sync()
    form = registering(context, "Rkia")
    form.inputs.type("national_card", "JB123456")
    form.keep()
    world.database.write(lambda work: withdraw(work, NATIONAL_CARD))
    tablet.sync()
    form = FormPresenter(context, "person")
    assert form.inputs.text("name_fr") == "Rkia"
    assert form.save()
    assert context.opened.get("person", form.saved_id).values["national_card"] is None


def test_the_setting_enters_it_once_and_leaves_its_days(world, agent):
    tablet, context = agent

    def start(reference):
        world.database.write(lambda work: require(work, NATIONAL_CARD, reference))
        tablet.sync()
        record_id = reference_id("authorisation", NATIONAL_CARD)
        return tablet.store.get("authorisation", record_id)

    assert start("D-GC-1/2026").values["reference"] == context.card_authorisation()
    allow(world, ends_on=30_000)
    kept = start("D-GC-1/2026")
    assert (kept.values["ends_on"], kept.rev) == (30_000, start("D-GC-1/2026").rev)
    assert start("D-GC-9/2027").values["ends_on"] is None


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (["D-GC-1/2026"], 0),
        (["D-GC-1/2026", "--from", "2026-01-01", "--until", "2028-12-31"], 0),
        (["--withdraw"], 0),
        ([" "], 4),
    ],
)
def test_an_authorisation_is_entered_by_a_command(tmp_path, capsys, said, status):
    environ = {"NUQTA_DATA_DIR": str(tmp_path)}
    main(["migrate"], environ, io.StringIO())
    capsys.readouterr()
    assert main(["authorise-cards", *said, "--json"], environ, io.StringIO()) == status
    told = json.loads(capsys.readouterr().out)
    assert told.get("code", "") == ("authorisation_reference_missing" if status else "")


def test_no_tablet_authorises_itself(world, agent):
    tablet, _ = agent
    values = {"subject": NATIONAL_CARD, "reference": "mine"}
    record_id = reference_id("authorisation", NATIONAL_CARD)
    tablet.store.put("authorisation", values, record_id)
    tablet.sync()
    world.user("other", HOME)
    other = world.tablet("other")
    other.sync()
    assert other.store.find("authorisation", record_id) is None
    assert [one.code for one in tablet.store.outbox.held()] == ["not_allowed"]


def test_what_everybody_reads_no_tablet_writes():
    everybodys = {one.name for one in ENTITIES if one.scope.kind is ScopeKind.GENERAL}
    assert everybodys <= CLOSED_ENTITIES
