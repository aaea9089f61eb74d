"""The search in the head of each page finds what its words promise."""

from html import unescape
from uuid import UUID

import pytest

from server.db import lookup
from server.people.queries import SEARCH_ROWS
from sync.rules.codes import short_code
from tests.world import FAR, HOME


def found(client, text, language="fr"):
    return client.get("/desk/search", params={"q": text, "lang": language}).text


@pytest.mark.parametrize("written", [str, str.lower, lambda code: code.replace("-", " ")])
def test_a_visit_is_found_by_the_code_of_its_slip(client, tablet, written):
    person = tablet.put("person", name_fr="Fadma Boulaich", commune_code=HOME)
    visit = tablet.put("visit", commune_code=HOME, person_id=person.record_id)
    tablet.sync()

    page = found(client, written(short_code(visit.record_id)))

    assert f"/desk/visits/{UUID(bytes=visit.record_id)}" in page
    assert "Fadma Boulaich" in page


def test_a_visit_of_another_region_is_not_found_by_its_code(world, client):
    world.user("far", FAR)
    far = world.tablet("far")
    visit = far.put("visit", commune_code=FAR)
    far.sync()

    assert "/desk/visits/" not in found(client, short_code(visit.record_id))


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("script", ["fr", "ar"])
def test_a_commune_is_found_in_either_script_and_leads_to_its_visits(
    world, client, language, script
):
    name = world.database.read(lambda records: lookup.commune_names(records, script))[HOME]

    assert f"/desk/visits?commune={HOME}" in found(client, name[:5].lower(), language)


def test_a_contact_point_is_found(client, tablet):
    point = tablet.put("contact_point", name_fr="Relais d'Igli", commune_code=HOME)
    tablet.sync()

    assert f"/desk/points/{UUID(bytes=point.record_id)}" in found(client, "igli")


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("text", ["", "zzqqxx", "-", "#", "٠"])
def test_nothing_found_says_what_to_try(client, language, text):
    page = found(client, text, language)

    sentence = {"fr": "Essayez un autre nom", "ar": "جربوا اسما آخر"}[language]
    assert sentence in page
    assert "[desk." not in page


def test_where_more_are_found_than_shown_the_list_narrows_them_down(client, tablet):
    for number in range(SEARCH_ROWS + 1):
        tablet.put("person", commune_code=HOME, name_fr=f"Fadma Tamouh {number}")
    tablet.sync()
    assert 'href="/desk/people?q=tamouh"' in found(client, "tamouh")
    assert "/desk/people?q=" not in found(client, "tamouh 7")


@pytest.mark.parametrize("url", ["/desk/search", "/desk/people", "/desk/visits"])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_names_that_are_only_alike_are_a_step_away(client, tablet, url, language):
    for name in ("Rachid Bouzid", "Rachidoun Bouzid"):
        person = tablet.put("person", name_fr=name, commune_code=HOME)
        tablet.put("visit", commune_code=HOME, person_id=person.record_id, started_at=1)
    tablet.sync()
    asked = {"q": "rachid bouzid", "lang": language}

    page = client.get(url, params=asked).text
    assert "Rachidoun" not in page
    assert "Rachid Bouzid" in page
    further = f"{url}?q=rachid+bouzid&amp;alike=1"
    assert f'href="{further}"' in page

    page = client.get(unescape(further)).text
    assert "Rachidoun" in page
    assert "Rachid Bouzid" in page
    assert f'href="{further}"' not in page
    assert client.get(url, params={**asked, "alike": "yes"}).status_code == 400
