"""The desk's page of a person says what they agreed to, refused and withdrew, and when."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from tests.mobile_app.scenes import STROKES, linked
from tests.mobile_app.screens.test_consenting import registered
from tests.world import HOME


@pytest.fixture
def person(tablet):
    person = tablet.put("person", name_fr="Rkia Id Ali", commune_code=HOME)
    tablet.sync()
    return person


def block(client, person_id, language):
    page = client.get(f"/desk/people/{UUID(bytes=person_id)}?lang={language}").text
    consents = re.sub(r'<details class="asked-of">.*?</details>', "", page, flags=re.DOTALL)
    return re.search(r'<ul class="agreed">.*?</ul>', consents, re.DOTALL)


@pytest.mark.parametrize(
    ("language", "purpose", "given"),
    [("fr", "Tenir un dossier dans le programme", "oui"), ("ar", "مسك ملف في البرنامج", "نعم")],
)
def test_what_was_signed_at_registration_stands_on_the_page(
    client, tablet, tmp_path, language, purpose, given
):
    form = registered(linked(tablet, tmp_path))
    form.consenting.given, form.consenting.strokes = True, STROKES
    assert form.save(), form.problem
    tablet.sync()
    words = block(client, form.saved_id, language)[0]
    assert purpose in words
    assert given in words


def test_of_each_purpose_the_last_answer_stands(client, tablet, person):
    about = {"commune_code": person.values["commune_code"], "person_id": person.record_id}
    for at, given in enumerate((True, False), 1_790_000_000_000):
        values = {"purpose": "share_bank", "given": given, "given_at": at}
        tablet.put("consent", **about, **values)
    tablet.sync()
    words = block(client, person.record_id, "fr")[0]
    assert words.count("Transmettre à la banque") == 1
    assert "non" in words.split("</b>")[1].split("<p")[0]


def test_nothing_asked_says_so(client, person):
    assert block(client, person.record_id, "fr") is None
    page = client.get(f"/desk/people/{UUID(bytes=person.record_id)}?lang=fr").text
    assert "Rien n'a encore été demandé" in page or "Rien n&#39;a encore été demandé" in page
