"""Requests for services: their steps, and their papers page by page."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from mobile_app.device.photo import Photo
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.request.presenter import RequestPresenter
from sync.entities.application import APPLICATION_STATES
from sync.languages import LANGUAGES
from tests.mobile_app.scenes import STROKES, a_context
from tests.world import HOME


@pytest.mark.parametrize(
    ("service", "state", "acts"),
    [
        ("credit", "ready", ["Envoyer à la banque", "Retirer la demande"]),
        ("rna", "ready", ["Déposer à l'administration", "Retirer la demande"]),
        ("training", "ready", ["Déposer la demande", "Retirer la demande"]),
        ("credit", "info_requested", ["Envoyer les pièces demandées", "Retirer la demande"]),
        ("credit", "rejected", ["Faire un recours"]),
        ("credit", "closed", []),
    ],
)
def test_a_requests_steps_are_named_by_what_one_does(tmp_path, service, state, acts):
    context = a_context(tmp_path, "fr")
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    asked = {"commune_code": HOME, "person_id": person.record_id, "service": service}
    application = context.opened.put("application", {**asked, "state": state})
    request = RequestPresenter(context, "person", person.record_id, application.record_id)
    assert [act for _state, act in request.ways_on()] == acts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_of_a_request_has_its_words(tmp_path, language):
    context = a_context(tmp_path, language)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    for service in (one.code for one in context.reference.all("services")):
        for state in APPLICATION_STATES:
            asked = {"commune_code": HOME, "person_id": person.record_id, "service": service}
            application = context.opened.put("application", {**asked, "state": state})
            request = RequestPresenter(context, "person", person.record_id, application.record_id)
            assert not [act for _state, act in request.ways_on() if act.startswith("[")]


def test_a_request_is_opened_filled_and_led_on(tmp_path):
    context = a_context(tmp_path, "fr")
    person = context.opened.put(
        "person", {"name_fr": "Ali", "commune_code": HOME, "is_farmer": True}
    )
    where = ("person", person.record_id)
    request = RequestPresenter(context, *where)
    assert "crop-insurance" in dict(request.services())
    assert "tax-einvoice" not in dict(request.services())
    assert request.open("crop-insurance"), request.problem
    assert not request.go_to("ready")
    assert request.problem
    for number, paper in enumerate(request.papers()):
        sharpness = 10_000.0 if number else 0.0
        request.add_page(paper.code, Photo(bytes([number]), 4, 3, "", sharpness))
    assert [paper.pages for paper in request.papers()] == [1] * len(request.papers())
    assert request.papers()[0].is_blurred
    assert request.go_to("ready"), request.problem
    request.inputs.type("receipt_number", "0417")
    assert not request.go_to("submitted"), "nobody was asked whether it may be passed on"
    request.answer(request.share(), is_given=True)
    assert request.go_to("submitted"), request.problem
    assert request.record.values["submitted_at"] is not None
    assert not request.go_to("draft")
    ((record_id, name, _stands, _state, _word),) = PersonPresenter(context, *where).requests()
    assert record_id == request.record_id
    assert name == request.service()
    other = RequestPresenter(context, *where)
    other.open("crop-insurance")
    assert all(paper.pages for paper in other.papers()), "one copy serves every request"


def a_request(context):
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    request = RequestPresenter(context, "person", person.record_id)
    request.open("crop-insurance")
    return request, request.papers()[0].code


def a_page(sharpness, content=b"page"):
    return Photo(content, 4, 3, "", sharpness)


def test_a_blurred_page_is_mended_by_another_in_its_place(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    request, code = a_request(context)
    request.add_page(code, a_page(0.0))
    assert request.papers()[0].is_blurred
    assert request.warning
    (blurred,) = request.pages(code)
    request.add_page(code, a_page(9.0, b""), blurred.record_id)
    assert request.problem, "an empty file"
    assert [one.record_id for one in request.pages(code)] == [blurred.record_id], "none or both"

    request.add_page(code, a_page(9.0, b"sharp"), blurred.record_id)
    (sharp,) = request.pages(code)
    paper = request.papers()[0]
    assert (paper.pages, paper.is_blurred, request.warning) == (1, False, "")
    assert [one.record_id for one in store.list("document")] == [sharp.record_id]

    store.put("person", {"douar": "Aguerd"}, request.subject.record_id)
    request.add_page(code, a_page(9.0, b"again"), sharp.record_id)
    assert [one.size_bytes for one in request.pages(code)] == [5]
    kept = store.get("document", sharp.record_id).values
    assert (kept["type"], kept["person_id"]) == (None, request.subject.record_id)


def test_a_page_is_removed_until_it_is_sent(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    request, code = a_request(context)
    for content in (b"one", b"two"):
        request.add_page(code, a_page(0.0, content))
    first, second = request.pages(code)
    assert (first.number, second.number, first.is_sent) == (1, 2, False)
    request.drop_page(first.record_id)
    assert [(one.record_id, one.number) for one in request.pages(code)] == [(second.record_id, 1)]
    request.drop_page(second.record_id)
    assert (request.problem, request.pages(code)) == ("", [])
    assert not request.papers()[0].is_blurred

    request.add_page(code, a_page(0.0))
    store.db.execute("UPDATE outbox SET state = 'acknowledged'")
    (sent,) = request.pages(code)
    assert sent.is_sent


def test_a_page_is_shown_small_or_not_at_all(tmp_path):
    picture = BytesIO()
    Image.new("RGB", (1200, 1600), "white").save(picture, "WEBP")
    request, code = a_request(a_context(tmp_path, "fr"))
    for content in (picture.getvalue(), b"no picture"):
        request.add_page(code, a_page(9.0, content))
    small, none = (request.thumbnail(one.record_id) for one in request.pages(code))
    with Image.open(BytesIO(small)) as shown:
        assert shown.size == (120, 160)
    assert none == b""


def test_nothing_is_opened_before_one_says_so_and_one_knows_what_it_means(tmp_path):
    context = a_context(tmp_path, "fr")
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    request = RequestPresenter(context, "person", person.record_id)
    for service, _name in request.services():
        request.choose(service)
        said = dict(request.terms())
        assert said["Pour"].startswith("Ali"), "for whom"
        assert not [words for words in said.values() if words.startswith("[")]
    assert context.opened.list("application") == []

    request.choose("credit")
    assert request.going() == b""
    assert request.open(request.wanted), request.problem
    other = RequestPresenter(context, "person", person.record_id)
    other.choose("credit")
    assert other.going() == request.record_id, "no second one beside it"
    context.opened.put("application", {"state": "closed"}, request.record_id)
    assert other.going() == b""


def test_passing_on_is_agreed_to_by_an_act_of_its_own_and_signed(tmp_path):
    context = a_context(tmp_path, "fr")
    request, _code = a_request(context)
    asked = request.sharing()
    asked.given = True
    assert context.opened.list("consent") == [], "a touch of an answer stores nothing"
    assert not request.store_sharing()
    assert request.problem
    asked.strokes = STROKES
    assert request.store_sharing(), request.problem
    assert not request.store_sharing(), "by a second finger"
    (consent,) = context.opened.list("consent")
    assert (consent.values["purpose"], consent.values["person_id"]) == (
        "share_administration", request.subject.record_id,
    )  # fmt: skip
    assert consent.values["document_sha256"]
    assert request.sharing() is None
    context.opened.put("consent", {"withdrawn_at": context.now_ms()}, consent.record_id)
    request.sharing().given = False
    assert request.store_sharing(), request.problem
    assert context.opened.count("consent") == 2


def test_a_consent_names_the_office_and_is_asked_for_each(tmp_path):
    context = a_context(tmp_path, "fr")
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})

    def opened(service):
        asked = {"commune_code": HOME, "person_id": person.record_id, "service": service}
        application = context.opened.put("application", {**asked, "state": "ready"})
        return RequestPresenter(context, "person", person.record_id, application.record_id)

    first = opened("rna")
    assert first.share() == "share_administration"
    assert "DPA de Taroudannt" in first.sharing().about()
    first.answer("share_administration", is_given=True)
    assert [one.share() for one in (first, opened("fda-subsidy"))] == ["", ""]
    assert opened("e-admin").share() == "share_administration"  # another office, asked anew
    assert opened("sme-onboarding").share() == ""  # the programme's own
    assert opened("tax-einvoice").share() == ""  # decided by who asks
    (consent,) = context.opened.list("consent")
    assert consent.values["recipient"] == "dpa-taroudant"


def test_a_consent_of_an_older_app_names_the_bank_by_its_purpose(tmp_path):
    context = a_context(tmp_path, "fr")
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    asked = {"commune_code": HOME, "person_id": person.record_id, "service": "credit"}
    application = context.opened.put("application", {**asked, "state": "ready"})
    request = RequestPresenter(context, "person", person.record_id, application.record_id)
    agreed = {"commune_code": HOME, "person_id": person.record_id, "purpose": "share_bank"}
    context.opened.put("consent", {**agreed, "given": True})
    assert request.share() == ""


def test_without_a_network_one_is_told_what_may_be_asked_and_where_to_begin(tmp_path):
    context = a_context(tmp_path, "fr")
    farmer = {"is_farmer": True, "health_cover": "none", "birth_year": 1980}
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME, **farmer})
    request = RequestPresenter(context, "person", person.record_id)

    def verdicts():
        return {code: verdict for verdict, rows in request.offered() for code, _, _ in rows}

    before = verdicts()
    assert list(before) == [code for code, _ in request.services()]
    assert (before["amo"], before["rna"], before["fda-subsidy"]) == ("may", "unknown", "not_yet")
    land = {"crops": ("barley",), "season": 2026, "rna": "MA-12"}
    context.opened.put(
        "holding", {"commune_code": HOME, "person_id": person.record_id, "area_ha": 240, **land}
    )
    assert verdicts()["rna"] == "may"

    request.choose("fda-subsidy")
    verdict, told = request.conditions()
    assert verdict == "not_yet"
    assert [one.sign for one in told] == ["check", "eye", "check", "circle-dashed"]
    (lacking,) = (one for one in told if one.way)
    assert (lacking.way, lacking.way_name) == ("amo", context.service("amo"))
    assert request.open("fda-subsidy"), "it may be filed all the same"
    assert request.record.values["service_version"] == 1
    request = RequestPresenter(context, "person", person.record_id)
    request.choose("bank-account")
    assert request.open("bank-account"), request.problem
    other = RequestPresenter(context, "person", person.record_id)
    other.choose("bank-account")
    assert other.conditions()[0] == "not_yet", "one is on its way already"
