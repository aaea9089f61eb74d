"""A service that nobody knew: proposed at the desk, published, asked for on tablet and portal."""

import json

import pytest

from mobile_app.screens.request.presenter import RequestPresenter
from server.reference import catalogue
from server.services import editing, exporting, proposals
from tests.mobile_app.scenes import linked
from tests.server.web.test_service_editions import send, sign_in
from tests.server.web.test_services import coop, enter, of
from tests.test_catalogue_played import play, ways_to
from tests.world import HOME

DAY_MS = 86_400_000
CODE = "conseil-eau"
DESK, NEW = f"/desk/services/{CODE}", "/desk/services/new"
FORM = {
    **editing.typed_of(editing.BLANK),
    "code": CODE,
    "name_fr": "Conseil sur l'eau",
    "name_ar": "الاستشارة في الماء",
    "about_fr": "Un conseiller vient voir votre point d'eau.",
    "about_ar": "يأتي مستشار ليرى نقطة الماء.",
    "audience": ["farmer", "enterprise", "cooperative"],
    "decided_by": "adviser",
    "valid_from": "2026-11-25",
    "unit": "working_days",
    "delay": "5",
    "documents": ["CNIE"],
    "rule_new_0": "rural",
    "title_fr_new_0": "En milieu rural",
    "title_ar_new_0": "في العالم القروي",
}


@pytest.fixture
def world(world, monkeypatch):
    monkeypatch.setattr(catalogue, "_HERE", catalogue._Process())
    catalogue.follow(world.database)
    world.user("hassan", HOME, role="programme_manager")
    return world


def publish(client, world):
    (one,) = world.database.read(lambda records: proposals.listed(records, CODE))
    named = client.get(DESK).text.split('name="proposal" value="')[1].split('"')[0]
    sign_in(client, "hassan")
    assert send(client, f"{DESK}/publish", proposal=named).status_code == 200
    return one


def test_a_new_service_is_played_from_its_proposal_to_a_requests_end(
    client, world, tablet, tmp_path
):
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME, is_farmer=True)
    tablet.sync()
    page = send(client, NEW, **FORM)
    assert page.status_code == 200
    assert "Conseil sur l&#39;eau" in page.text
    assert CODE in client.get("/desk/services?lang=fr").text
    assert catalogue.catalogue().of(CODE) is None
    publish(client, world)
    assert "Édition 1" in client.get(f"{DESK}?lang=fr").text
    assert client.get(f"/services/{CODE}").status_code == 404  # its first day is to come

    tablet.sync()
    tablet.pass_time(DAY_MS)
    assert client.get(f"/services/{CODE}?lang=fr").status_code == 200
    mine = coop(world)
    enter(client, world)
    portal = client.get(f"/portal/services?of={of(mine)}&lang=fr").text
    assert "Conseil sur l&#39;eau" in portal
    assert client.get(f"/portal/services/{CODE}?of={of(mine)}&lang=fr").status_code == 200

    context = linked(tablet, tmp_path)
    asked = RequestPresenter(context, "person", person.record_id)
    assert (CODE, "Conseil sur l'eau") in asked.services()
    asked.choose(CODE)
    assert asked.open(CODE)
    assert [one.code for one in asked.papers()] == ["CNIE"]
    assert asked.office().code == "onca"
    tablet.sync()

    def end(work):
        (request,) = work.list("application")
        assert request.values["service_version"] == 1
        play(work, request.record_id, ways_to("adviser", "delivered"))

    world.database.write(end)


def test_it_is_exported_and_comes_back_as_a_file(client, world, tmp_path):
    send(client, NEW, **FORM)
    one = publish(client, world)
    assert world.database.read(lambda records: exporting.export(records, tmp_path)) == 20
    path = tmp_path / f"{CODE}.json"
    assert json.loads(path.read_text()) == one.declared
    assert world.database.write(lambda work: exporting.take(work, tmp_path)) == []
    other = {**one.declared, "code": "conseil-sol", "valid_from": "2027-01-01"}
    (tmp_path / "conseil-sol.json").write_text(exporting.as_file(other))
    taken = world.database.write(lambda work: exporting.take(work, tmp_path))
    assert taken == ["conseil-sol"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "advisory"}, "code"),
        ({"code": "Conseil eau"}, "code"),
        ({"code": "new"}, "code"),
        ({"decided_by": "operator"}, "decided_by"),
    ],
)
def test_what_no_service_can_be_is_said_at_its_field(client, world, changed, field):
    page = send(client, NEW, **{**FORM, **changed})
    assert page.status_code == 422
    assert f'id="{field}-problem"' in page.text
    assert "Conseil sur l&#39;eau" in page.text
