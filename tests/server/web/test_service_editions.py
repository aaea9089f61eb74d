"""The desk's pages of services: a coordinator proposes, the programme manager publishes."""

import pytest

from server.reference import catalogue
from server.services import editing, proposals
from server.web.asked import Asked
from sync import local_time
from tests.test_editions import of_file
from tests.world import HOME

FORM = {
    **editing.typed_of(of_file("advisory")),
    "name_ar": "الاستشارة",
    "name_fr": "Conseil agricole",
    "about_ar": "سؤال",
    "about_fr": "Une question",
    "fee": "0",
    "delay": "3",
    "title_ar_0": "استغلالية",
    "title_fr_0": "Exploitation",
    "rule_new_0": "rna",
    "title_ar_new_0": "السجل",
    "title_fr_new_0": "Inscrit au RNA",
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
    early = send(client, URL, **{**FORM, "valid_from": "2026-01-01"})
    assert early.status_code == 422
    assert "demain au plus tôt" in early.text
    assert 'value="Inscrit au RNA"' in early.text  # what was typed stays

    page = send(client, URL, **{**FORM, "valid_from": "2027-01-01"}).text
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
    mine = send(client, URL, **{**FORM, "valid_from": "2027-01-01"}).text
    proposal = mine.split('name="proposal" value="')[1].split('"')[0]
    assert "une autre personne" in send(client, f"{URL}/publish", proposal=proposal).text.lower()
    assert "Laissée de côté" in send(client, f"{URL}/drop", proposal=proposal).text


def proposed(world):
    """What the last proposal declares."""
    return proposals_of(world)[0].declared


def test_a_form_that_changes_nothing_proposes_what_is_there(client, world):
    for code in ("advisory", "crop-insurance", "credit", "maturity", "m-wallet", "market"):
        base = of_file(code)
        read = editing.Form(Asked(pairs(editing.typed_of(base))), base)
        read.end()
        assert read.declared == base


def pairs(typed):
    for name, value in typed.items():
        yield from ((name, one) for one in (value if isinstance(value, list) else [value]))


def test_every_field_is_changed_by_the_form(client, world):
    changed = {
        **FORM,
        "valid_from": "2027-01-01",
        "audience": ["person", "cooperative"],
        "decided_by": "bank",
        "operator": "Banque",
        "fee": "٢٠",
        "besides": "interest",
        "at_once": "1",
        "unit": "season",
        "window_first_new": "1/10",
        "window_last_new": "31/12",
        "window_regions_new": ["09"],
        "after": ["approved"],
        "after_days": "30",
        "steps": "Demander\nSigner",
        "way_0": "rna",
        "is_needed_0": "",
        "rule_new_0": "account",
        "bank_new_0": "cam",
        "bank_code_new_0": "225",
        "rule_new_1": "grows",
        "title_ar_new_1": "حبوب",
        "title_fr_new_1": "Céréales",
        "crops_new_1": ["barley", "olive"],
        "rule_new_2": "decider-insurer",
        "title_ar_new_2": "المنطقة",
        "title_fr_new_2": "Zone",
    }
    page = send(client, URL, **changed)
    assert page.status_code == 200
    assert "01/10-31/12 Souss-Massa" in page.text
    made = proposed(world)
    assert (made["audience"], made["decided_by"]) == (["person", "cooperative"], "bank")
    assert made["fee"] == {"file_mad": 20, "besides": "interest", "basis": "proposed"}
    window = {"first": "10-01", "last": "12-31", "regions": ["09"]}
    assert (made["delay"]["unit"], made["delay"]["windows"]) == ("season", [window])
    assert made["follow_up"] == {"after": ["approved"], "days": 30}
    assert (made["steps"], made["at_once"]) == (["Demander", "Signer"], True)
    first, account, grows, zone = made["eligibility"]
    assert (first["way"], first["is_needed"]) == ("rna", False)
    assert (account["bank"], account["bank_code"]) == ("cam", "225")
    assert (grows["crops"], zone["decider"]) == (["barley", "olive"], "insurer")


def test_all_that_is_wrong_is_said_at_once_beside_its_field_and_kept(client, world):
    wrong = {
        **FORM,
        "valid_from": "",
        "name_fr": "",
        "audience": [],
        "decided_by": "",
        "fee": "beaucoup",
        "unit": "season",
        "window_first_new": "31/02",
        "window_last_new": "1/3",
        "after_days": "5",
        "keep_0": "",
        "rule_new_0": "",
        "rule_new_2": "grows",
        "title_ar_new_2": "",
    }
    page = send(client, URL, **wrong)
    assert page.status_code == 422
    for name in (
        *("valid_from", "name_fr", "decided_by", "fee", "window_first_new", "title_ar_new_2"),
        *("audience", "after", "crops_new_2"),
    ):
        assert f'id="{name}-problem"' in page.text, name
    assert 'value="beaucoup"' in page.text
    assert 'value="31/02"' in page.text
    assert proposals_of(world) == []


def proposals_of(world):
    return world.database.read(lambda records: proposals.listed(records, "advisory"))


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_pages_can_be_seen(browse, client, language):
    send(client, URL, **{**FORM, "valid_from": "2027-01-01"})
    with browse(language) as (page, picture):
        picture("services", "/desk/services")
        picture("service", URL)
        picture("service-new", "/desk/services/new")
        page.goto(f"{URL}?lang={language}")
        page.locator("details.card-fold > summary").click()
        picture("service-proposed", "")
