"""A holding: noted on the tablet or at the desk, seen on both, and gone to who may see it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from sync.rules.seasons import season_name, season_of
from tests.mobile_app.scenes import linked
from tests.server.web.test_deciding_pages import post
from tests.server.web.test_many_visits import post as post_from
from tests.world import FAR, HOME


def holdings(world):
    found = world.database.read(lambda records: records.list("holding"))
    return [{"id": one.record_id, **one.values} for one in found]


def noted(context, screen, **typed):
    form = FormPresenter(context, "holding", b"", screen.new_holding())
    for name, text in typed.items():
        form.inputs.type(name, text)
    form.inputs.choose("tenure", "leased")
    for crop in ("olive", "barley"):
        form.inputs.choose("crops", crop)
    assert form.save(), form.problem
    return form.saved_id


@pytest.mark.parametrize("entity", ["person", "enterprise"])
def test_what_an_agent_notes_stands_on_both_pages(tablet, client, tmp_path, entity):
    subject = tablet.put(entity, name_fr="Tiwizi", commune_code=HOME).record_id
    context = linked(tablet, tmp_path)
    screen = PersonPresenter(context, entity, subject)
    assert screen.holdings() == []
    holding = noted(context, screen, area_ha="2,4", irrigated_ha="1", season="2026", sheep="12")
    ((shown_id, title, detail),) = screen.holdings()
    assert (shown_id, title) == (holding, "2,40 ha · Louée")
    assert all(part in detail for part in ("Orge", "Olivier", "2026/2027", "12"))
    tablet.sync()
    folder = {"person": "people", "enterprise": "enterprises"}[entity]
    page = client.get(f"/desk/{folder}/{UUID(bytes=subject)}?lang=fr").text
    assert "2,40 ha · Louée" in page
    assert f"/desk/holdings/{UUID(bytes=holding)}" in page
    assert "Ovins" in client.get(f"/desk/holdings/{UUID(bytes=holding)}?lang=fr").text
    past = client.get(f"/desk/history/holding/{UUID(bytes=holding)}?lang=fr&field=area_ha").text
    assert "2,40" in past


def test_the_desk_notes_and_corrects_one_and_the_tablet_has_it(world, tablet, client, tmp_path):
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME).record_id
    tablet.sync()
    url = f"/desk/people/{UUID(bytes=person)}"
    begun = client.get(f"{url}/holding?lang=fr").text
    assert re.search(rf'<option value="{HOME}"\s+selected', begun)
    answer = post(client, f"{url}/holding", commune_code=HOME, area_ha="1,5", was_crops="")
    assert answer.status_code == 303
    (holding,) = holdings(world)
    assert (holding["area_ha"], holding["person_id"]) == (150, person)
    address = f"/desk/holdings/{UUID(bytes=holding['id'])}"
    wrong = post(client, address, commune_code=HOME, was_commune_code=HOME, area_ha="beaucoup")
    assert wrong.status_code == 422
    assert "beaucoup" in wrong.text
    right = post(client, address, commune_code=HOME, was_commune_code=HOME, tenure="habous")
    assert right.headers["location"] == f"{url}?saved=1"
    tablet.sync()
    ((_, title, _),) = PersonPresenter(linked(tablet, tmp_path), "person", person).holdings()
    assert title == "1,50 ha · Habous"


def test_another_commune_and_a_holding_of_another_territory_are_not_there(world, tablet, client):
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME).record_id
    tablet.sync()
    url = f"/desk/people/{UUID(bytes=person)}/holding"
    assert post(client, url, commune_code=FAR, area_ha="1").status_code == 422
    assert post(client, url, commune_code="", area_ha="1").status_code == 422
    world.user("two", FAR)
    away = world.tablet("two")
    theirs = away.put("person", name_fr="Ali", commune_code=FAR).record_id
    holding = away.put("holding", person_id=theirs, commune_code=FAR).record_id
    away.sync()
    address = f"/desk/holdings/{UUID(bytes=holding)}"
    assert client.get(address).status_code == 404
    assert post_from(client, address, "/desk/people", area_ha="1").status_code == 404
    assert client.get(f"/desk/people/{UUID(bytes=theirs)}/holding").status_code == 404
    assert holdings(world)[0]["area_ha"] is None


def test_a_season_begins_in_september():
    assert (season_of(20_696), season_of(20_697)) == (2025, 2026)  # 31 August, 1 September 2026
    assert season_name(2026) == "2026/2027"
