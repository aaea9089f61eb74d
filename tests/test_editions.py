"""An edition of a service: proposed, published by another, heard of; requests keep theirs."""

import json

import pytest

from mobile_app.screens.request.presenter import RequestPresenter
from server.cli.main import main
from server.exchange.delays import delay_of
from server.reference import catalogue, files
from server.services import exporting, proposals
from server.services.checking import DaysWrong, RuleWrong, TextMissing
from server.web.forms import FormWrong
from sync import local_time
from sync.rules.editions import EditionWrong
from tests.mobile_app.scenes import linked
from tests.world import HOME, World

DAY_MS = 86_400_000


@pytest.fixture
def world(furnished_url, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "_HERE", catalogue._Process())
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        catalogue.follow(world.database)
        world.user("amina", HOME, role="regional_coordinator")
        world.user("one", HOME)
        yield world


def of_file(code, **changed):
    (declared,) = (one for one in files.declared_services() if one["code"] == code)
    return {**declared, **changed}


def day(world, ahead):
    return str(local_date(local_time.day_of(world.now) + ahead))


def local_date(number):
    from datetime import date, timedelta

    return date(1970, 1, 1) + timedelta(days=number)


def publish(world, declared):
    made = world.database.write(lambda work: proposals.propose(work, declared, b"a" * 16))
    world.database.write(lambda work: proposals.publish(work, made, b"b" * 16))
    catalogue.forget()
    world.database.read(lambda records: records.find("service_edition", made))
    return made


def eighteen(world, ahead=1):
    """Crop insurance for those of 18 and more, where it asked for nobody's age."""
    older = {"code": "age", "title": {"fr": "18 ans", "ar": "18 سنة"}, "rule": "age", "least": 18}
    rules = [*of_file("advisory")["eligibility"], older]
    return of_file("advisory", eligibility=rules, valid_from=day(world, ahead), documents=["CNIE"])


def test_a_published_edition_holds_from_its_first_day_and_requests_keep_theirs(world, tmp_path):
    tablet = world.tablet("one")
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME, is_farmer=True)
    tablet.sync()
    context = linked(tablet, tmp_path)
    before = RequestPresenter(context, "person", person.record_id)
    before.choose("advisory")
    assert before.open("advisory")

    publish(world, eighteen(world))
    tablet.sync()
    assert tablet.line.bytes_down[-1] < 1_100  # half of it its texts
    later = RequestPresenter(context, "person", person.record_id)
    later.choose("advisory")
    assert [told.title for told in later.conditions()[1]] == [
        "Exploitation située dans une commune"
    ]

    tablet.pass_time(DAY_MS)
    assert [told.title for told in later.conditions()[1]][-1] == "18 ans"
    assert later.open("advisory")
    versions = [one.record.values["service_version"] for one in (before, later)]
    assert versions == [1, 2]
    assert (len(before.papers()), len(later.papers())) == (0, 1)

    tablet.sync()
    under = world.database.read(lambda records: records.list("application"))
    read = {one.values["service_version"]: catalogue.edition_of(one.values) for one in under}
    assert (read[1].documents, read[2].documents) == ((), ("CNIE",))
    assert delay_of(under[0]).days == 3


def test_nobody_publishes_their_own_and_what_has_begun_stays(world):
    write, me, other = world.database.write, b"a" * 16, b"b" * 16
    made = write(lambda work: proposals.propose(work, eighteen(world), me))
    with pytest.raises(proposals.ProposalOwn):
        write(lambda work: proposals.publish(work, made, me))
    assert world.database.read(lambda records: proposals.find(records, made)).state == "open"
    write(lambda work: proposals.publish(work, made, other))
    with pytest.raises(proposals.ProposalOver):
        write(lambda work: proposals.publish(work, made, other))
    write(lambda work: proposals.withdraw(work, made, other))
    catalogue.forget()
    today = local_time.day_of(world.now)
    world.database.read(lambda records: records.list("service_edition"))
    assert catalogue.catalogue().holding("advisory", today + 9).number == 1
    # Whoever had not heard of it and filed under it is still under what they read.
    assert catalogue.edition_of({"service": "advisory", "service_version": 2}).documents

    begun = publish(world, eighteen(world))
    assert world.database.read(lambda records: proposals.find(records, begun)).number == 3
    world.now += DAY_MS
    with pytest.raises(proposals.ProposalOver):
        write(lambda work: proposals.withdraw(work, begun, other))


def test_an_edition_of_a_region_holds_there_until_its_last_day(world):
    own = of_file("advisory", regions=["09"], valid_from=day(world, 1), valid_to=day(world, 2))
    publish(world, own)
    today, known = local_time.day_of(world.now), catalogue.catalogue()
    numbers = [
        [one.number if one else None for one in (known.holding("advisory", today + ahead, region),)]
        for ahead in (0, 1, 2, 3)
        for region in ("09", "01")
    ]
    assert [number for (number,) in numbers] == [1, 1, 2, 1, 2, 1, None, 1]


@pytest.mark.parametrize(
    ("changed", "wrong", "field"),
    [
        ({"name": {"fr": "Conseil"}}, TextMissing, "name_ar"),
        ({"valid_from": "2026-01-01"}, DaysWrong, "valid_from"),
        ({"eligibility": [{"code": "x", "title": {"fr": "X", "ar": "س"}, "rule": "tall"}]},
         RuleWrong, "rule_0"),
        ({"eligibility": [{"code": "x", "title": {"fr": "X", "ar": "س"}, "rule": "grows"}]},
         RuleWrong, "crops_0"),
        ({"eligibility": [{"code": "x"}]}, EditionWrong, None),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_refused_at_its_field(world, changed, wrong, field):
    declared = {**eighteen(world), **changed}
    with pytest.raises((wrong, FormWrong)) as refused:
        world.database.write(lambda work: proposals.propose(work, declared, None))
    assert refused.value.values.get("field") == field


def test_what_was_not_changed_is_exported_as_it_ships(world, tmp_path):
    folder = tmp_path / "exported"
    publish(world, eighteen(world))
    assert world.database.read(lambda records: exporting.export(records, folder)) == 19
    for path in files.SERVICES.glob("*.json"):
        same = (folder / path.name).read_bytes() == path.read_bytes()
        assert same is (path.stem != "advisory")
    assert json.loads((folder / "advisory.json").read_text())["edition"] == 2
    # Back again: nothing differs, then a fee does.
    assert world.database.write(lambda work: exporting.take(work, folder)) == []
    dearer = {**eighteen(world), "fee": {"file_mad": 50}}
    (folder / "advisory.json").write_text(exporting.as_file(dearer))
    assert world.database.write(lambda work: exporting.take(work, folder)) == ["advisory"]
    (folder / "amo.json").write_text("{}")
    with pytest.raises(EditionWrong):
        world.database.write(lambda work: exporting.take(work, folder))


def test_the_commands_write_and_propose(tmp_path, capsys):
    environ = {"NUQTA_DATA_DIR": str(tmp_path / "var")}
    assert main(["migrate"], environ, None) == 0
    assert main(["export-services", str(tmp_path / "out")], environ, None) == 0
    assert main(["import-services", str(tmp_path / "out")], environ, None) == 0
    assert "none differs" in capsys.readouterr().out
