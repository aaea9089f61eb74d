"""What somebody can get: the desk's card, and the portal's list and page of a service."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from server.accounts import visitors
from server.db.work import Author
from server.reference import files
from server.reference.catalogue import catalogue
from tests.world import FAR, HOME

PHONE = "+212600000001"


class Silent:
    def send(self, _phone, body):
        self.body = body


def enter(client, world, phone=PHONE):
    """Sign in to the portal with a phone."""
    silent = Silent()
    token = visitors.send_code(world.database, silent, phone, words="{code}")
    client.cookies.set("nuqta_code", token)
    assert client.post("/portal/code", data={"code": silent.body}).status_code in (200, 303)


def coop(world, **values):
    values = {"commune_code": HOME, "name_fr": "Tamounte", "phone": PHONE, **values}
    return world.database.write(
        lambda work: work.insert("enterprise", values, Author(None)).record_id
    )


def of(record_id):
    return str(UUID(bytes=record_id))


def requests(world):
    return world.database.read(lambda records: records.list("application"))


def test_the_desk_says_what_a_farmer_can_get_and_why_not_yet(tablet, client):
    farmer = {"is_farmer": True, "health_cover": "none", "birth_year": 1980}
    person = tablet.put("person", name_fr="Rkia", commune_code=HOME, **farmer).record_id
    tablet.put("holding", commune_code=HOME, person_id=person, crops=("barley",), season=2026)
    tablet.sync()
    page = client.get(f"/desk/people/{of(person)}?lang=fr").text
    shown = re.findall(r'<details class="asked-of">.*?</details>', page, re.DOTALL)
    names = {
        one.names["fr"].replace("'", "&#39;")
        for one in files.services()
        if "farmer" in one.audience
    }
    assert len(shown) == len(names)
    assert all(any(name in one for one in shown) for name in names)
    subsidy = next(one for one in shown if "Fonds de développement" in one)
    assert "Pas encore" in subsidy
    assert "Registre national agricole" in subsidy
    assert "Aucun numéro" in subsidy
    assert "non éligible" not in page.lower()


def test_the_portal_lists_what_may_be_asked_and_what_not_yet_with_reasons(world, client):
    enterprise = coop(world, legal_form="informal_group")
    enter(client, world)
    assert "/portal/services?of=" in client.get("/portal/status?lang=fr").text
    page = client.get(f"/portal/services?of={of(enterprise)}&lang=fr").text
    assert "Ce que vous pouvez demander" in page
    assert "Pas encore, et pourquoi" in page
    assert "Un groupe informel ne peut pas signer en son nom" in page
    assert client.get("/portal/services?lang=fr").text.count("/portal/services/") == page.count(
        "/portal/services/"
    )


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_service_has_a_page_in_plain_words(world, client, language):
    enterprise = coop(world, legal_form="cooperative", ice="999000001000075")
    enter(client, world)
    for edition in files.services():
        url = f"/portal/services/{edition.code}?of={of(enterprise)}&lang={language}"
        page = client.get(url).text.replace("&#39;", "'")
        assert edition.names[language] in page
        assert edition.about[language] in page
        for one in edition.conditions:
            assert one.title[language] in page
        for code in edition.documents:
            assert files.documents()[code][language] in page
        assert f'action="/portal/services/{edition.code}"' in page
        assert not re.search(r"\[[a-z_]+\.[a-z_.]+\]", page)


def test_a_paper_on_file_is_no_work_and_the_legal_delay_is_said(world, client):
    enterprise = coop(world, legal_form="cooperative")
    about = {"commune_code": HOME, "enterprise_id": enterprise, "type": "CNIE"}
    world.database.write(lambda work: work.insert("document", about, Author(None)))
    enter(client, world)
    page = client.get(f"/portal/services/fda-subsidy?of={of(enterprise)}&lang=fr").text
    assert "1 est déjà au dossier" in page
    assert page.count("déjà là") == 1
    assert "30 jours au plus" in page
    assert "Commencer par" in page
    assert "Déposer quand même" in page


def test_one_act_files_it_once_under_its_edition(world, client):
    enterprise = coop(world, legal_form="cooperative")
    enter(client, world)
    url = f"/portal/services/fda-subsidy?of={of(enterprise)}&lang=fr"
    token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get(url).text)[1]
    form = {"of": of(enterprise), "_csrf_token": token}
    for _ in range(2):
        answer = client.post("/portal/services/fda-subsidy", data=form, follow_redirects=False)
        assert answer.headers["location"] == "/portal/status"
    (filed,) = requests(world)
    assert filed.values["service_version"] == catalogue().of("fda-subsidy").number
    page = client.get(url).text
    assert "Votre demande est déjà en cours" in page
    assert 'action="/portal/services' not in page


def test_another_phones_enterprise_and_an_unknown_service_are_not_there(world, client):
    coop(world)
    theirs = coop(world, phone="+212600000002", commune_code=FAR)
    enter(client, world)
    assert client.get(f"/portal/services?of={of(theirs)}").status_code == 404
    assert client.get(f"/portal/services/credit?of={of(theirs)}").status_code == 404
    assert client.get("/portal/services/unheard-of").status_code == 404
    page = client.get("/portal/services/credit").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    for service, enterprise in (("credit", theirs), ("unheard-of", theirs)):
        form = {"of": of(enterprise), "_csrf_token": token}
        assert client.post(f"/portal/services/{service}", data=form).status_code == 404
    assert client.post("/portal/services/credit", data={"of": of(theirs)}).status_code == 403
    assert requests(world) == []
