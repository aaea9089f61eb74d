"""The desk's pages of services: a coordinator proposes, the programme manager publishes."""

import pytest

from server.reference import catalogue
from sync import local_time
from tests.world import HOME

FORM = {
    "name_ar": "الاستشارة",
    "name_fr": "Conseil agricole",
    "about_ar": "سؤال",
    "about_fr": "Une question",
    "fee": "0",
    "delay": "3",
    "keep_0": "1",
    "title_0_ar": "استغلالية",
    "title_0_fr": "Exploitation",
    "rule_new": "rna",
    "title_new_ar": "السجل",
    "title_new_fr": "Inscrit au RNA",
    "documents": "CNIE",
}
URL = "/desk/services/advisory"


@pytest.fixture
def world(world, monkeypatch):
    monkeypatch.setattr(catalogue, "_HERE", catalogue._Process())
    catalogue.follow(world.database)
    world.user("hassan", HOME, role="programme_manager")
    return world


def token(client):
    return client.get(URL).text.split('name="_csrf_token" value="')[1].split('"')[0]


def sign_in(client, login):
    client.cookies.clear()
    client.post("/desk/sign-in", data={"login": login, "password": "password1"})


def send(client, url, **form):
    return client.post(url, data={"_csrf_token": token(client), **form})


def test_proposed_seen_published_and_taken_back(client, world, tablet):
    tablet.put("person", name_fr="Rkia", commune_code=HOME, is_farmer=False)
    tablet.put("person", name_fr="Zahra", commune_code=HOME, is_farmer=True)
    tablet.sync()
    assert "tamazight" in client.get("/desk/services?lang=fr").text
    early = send(client, URL, **FORM, valid_from="2026-01-01")
    assert early.status_code == 422
    assert "demain au plus tôt" in early.text
    assert 'value="Inscrit au RNA"' in early.text  # what was typed stays

    page = send(client, URL, **FORM, valid_from="2027-01-01").text
    assert "à vérifier → pas encore" in page
    assert "Exploitation · Inscrit au RNA" in page  # what it changes
    assert "Publier" not in page
    proposal = page.split('name="proposal" value="')[1].split('"')[0]
    assert send(client, f"{URL}/publish", proposal=proposal).status_code == 403

    sign_in(client, "hassan")
    assert "Publier" in client.get(URL).text
    assert send(client, f"{URL}/publish", proposal=proposal).status_code == 200
    known, today = catalogue.catalogue(), local_time.day_of(world.now)
    assert known.holding("advisory", today).number == 1
    new = known.editions("advisory")[0]
    assert (new.number, new.documents) == (2, ("CNIE",))
    assert [one.rule for one in new.conditions] == ["farms", "rna"]
    assert "Retirée" in send(client, f"{URL}/withdraw", proposal=proposal).text
    mine = send(client, URL, **FORM, valid_from="2027-01-01").text
    proposal = mine.split('name="proposal" value="')[1].split('"')[0]
    assert "une autre personne" in send(client, f"{URL}/publish", proposal=proposal).text.lower()
    assert "Laissée de côté" in send(client, f"{URL}/drop", proposal=proposal).text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_pages_can_be_seen(browse, client, language):
    send(client, URL, **FORM, valid_from="2027-01-01")
    with browse(language) as (page, picture):
        picture("services", "/desk/services")
        picture("service", URL)
        page.locator("details.card-fold > summary").click()
        picture("service-proposed", "")
