"""Pages as HTML: escaped, isolated, in the reader's language, without script or style inside."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from litestar.testing import TestClient

import server
from server.phrases import load_all_phrases
from server.web.assets import Assets
from server.web.headers import SECURITY_HEADERS
from server.web.languages import choose_language, in_language
from server.web.render import Pages, Writing
from tests.server.web.demo_site import build_site

ADDRESSES = [f"/{page}?lang={language}" for page in ("desk", "portal") for language in ("fr", "ar")]


@pytest.fixture(scope="module")
def client():
    with TestClient(build_site()) as client:
        yield client


@pytest.fixture(scope="module")
def phrases():
    return load_all_phrases()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_holds_no_script_and_no_style(client, address):
    page = client.get(address).text

    assert not re.search(
        r"<script(?! src=\"/static/[0-9a-f]{12}/\w+\.js\" defer></script>)"
        r"|<style|\sstyle=|\son\w+=|javascript:",
        page,
    )
    assert not re.search(r"""(?:src|href)="(?:https?:)?//""", page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_says_its_language_and_direction(client, address):
    language = address[-2:]
    reply = client.get(address)

    direction = {"ar": "rtl", "fr": "ltr"}[language]
    assert f'<html lang="{language}" dir="{direction}">' in reply.text
    assert reply.headers["content-language"] == language
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_word_of_the_kit_is_in_the_catalogue(client, address):
    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", client.get(address).text)


def test_every_answer_carries_the_security_headers(client):
    for address in ("/desk", "/nowhere", "/static/0/nothing.css"):
        headers = client.get(address).headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_a_missing_page_says_what_to_do(client):
    reply = client.get("/nowhere?lang=fr")

    assert reply.status_code == 404
    assert "Cette page n&#39;existe pas" in reply.text


def test_the_other_language_leads_to_the_same_page(client):
    assert 'href="/desk?page=2&amp;lang=ar"' in client.get("/desk?lang=fr").text


def test_a_language_link_never_leaves_the_site():
    assert in_language("https://elsewhere.example/desk?q=a", "ar") == "/desk?q=a&lang=ar"
    assert in_language("/desk?lang=fr&q=%D8%A3", "ar") == "/desk?q=%D8%A3&lang=ar"


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        ("fr", "ar", "ar", "fr"),
        ("xx", "fr", "ar", "fr"),
        ("en", "ar", "ar", "fr"),  # which lends it words
        (None, "zgh", "ar", "fr"),
        (None, None, "fr-MA,fr;q=0.8,ar;q=0.5", "fr"),
        (None, None, "en, fr;q=0.3, ar;q=0.7", "ar"),
        (None, None, "fr;q=0, en", "ar"),
        (None, None, "fr;q=much", "ar"),
        (None, None, "", "ar"),
    ],
)
def test_a_page_answers_in_the_language_that_was_asked_for(asked, remembered, accepted, chosen):
    assert choose_language(asked, remembered, accepted, {"ar", "fr"}) == chosen


def test_a_name_is_bold_in_the_script_of_the_reader(phrases):
    latin, arabic = '<bdi lang="fr" dir="ltr">Ali</bdi>', '<bdi lang="ar" dir="rtl">علي</bdi>'

    french = Writing(phrases["fr"]).names("Ali", "علي")
    assert french == f'<b>{latin}</b> <span class="muted other-name">{arabic}</span>'
    assert Writing(phrases["ar"]).names("Ali", "علي").startswith(f"<b>{arabic}</b>")
    assert Writing(phrases["ar"]).names("Ali", "") == f"<b>{latin}</b>"


def test_what_people_wrote_is_escaped(phrases):
    writing = Writing(phrases["fr"])

    assert "&lt;b&gt;" in writing.names("<b>", "")
    assert "&lt;b&gt;" in writing.code("<b>")
    assert writing.script("<علي>") == '<bdi lang="ar" dir="rtl">&lt;علي&gt;</bdi>'


def test_codes_and_phones_run_from_left_to_right(phrases):
    writing = Writing(phrases["ar"])

    assert writing.phone("+212612345678") == '<bdi dir="ltr" class="n">06 12 34 56 78</bdi>'
    assert writing.code("P-7Q2X") == '<bdi dir="ltr" class="n">P-7Q2X</bdi>'
    assert writing.phone_link("+212612345678").startswith('<a href="tel:+212612345678">')


def test_a_template_that_lacks_a_value_stops(phrases, tmp_path):
    (tmp_path / "a.html").write_text("{{ visit.place }}", encoding="utf-8")
    pages = Pages(phrases, Assets.load(), {"visits": tmp_path})

    with pytest.raises(UndefinedError):
        pages.render("visits/a.html", "fr")


def test_a_form_names_each_field_that_lacks(phrases, tmp_path):
    (tmp_path / "a.html").write_text(
        '{% import "kit.html" as kit %}'
        '{{ kit.problems([("ice", "Il manque un chiffre.")]) }}'
        '{{ kit.field("ice", "ICE", "00<1", error="Il manque un chiffre.", hint="15") }}',
        encoding="utf-8",
    )
    page = Pages(phrases, Assets.load(), {"x": tmp_path}).render("x/a.html", "fr")

    assert '<a href="#ice">Il manque un chiffre.</a>' in page
    assert 'aria-describedby="ice-hint ice-problem" aria-invalid="true"' in page
    assert 'value="00&lt;1"' in page


def test_a_picture_says_nothing_that_its_caption_says():
    # Who listens would hear it twice.
    templates = Path(server.__file__).parent.glob("*/templates/*.html")
    figures = [
        one
        for path in templates
        for one in re.findall(r"<figure>.*?</figure>", path.read_text("utf-8"), re.DOTALL)
        if "<figcaption" in one
    ]
    assert figures
    assert [one for one in figures if re.search(r'<img(?![^>]* alt="")', one)] == []
