"""Consent is asked where a person is registered: answered, signed, shown on their card."""

from __future__ import annotations

from hashlib import sha256

import pytest

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store import media
from tests.mobile_app.scenes import STROKES, a_context, linked
from tests.world import HOME


def registered(context, entity="person"):
    """Return a form that is filled in but for its last step."""
    form = FormPresenter(context, entity)
    form.inputs.type("name_fr", "Fatima Zahra")
    form.inputs.put("commune_code", HOME)
    form.inputs.type("phone", "0612345678")
    return form


def test_the_last_step_asks_and_what_was_agreed_is_signed(tmp_path):
    context = a_context(tmp_path, "fr")
    form = registered(context)
    form.number = len(form.form.steps)
    assert (form.step.name, form.is_last) == ("consent", True)
    form.consenting.given = True
    assert not form.save()
    assert form.problem == context.say("tablet.visit.unsigned.finger_signature")
    form.consenting.strokes = STROKES
    assert form.save(), form.problem

    (consent,) = context.opened.list("consent")
    values = consent.values
    assert (values["person_id"], values["given"], values["method"]) == (
        form.saved_id, True, "finger_signature",
    )  # fmt: skip
    assert values["text_version"]
    (photo,) = context.opened.list("photo")
    blob = media.get(context.opened, photo.record_id)
    drawn = media.read(context.opened, blob, 0, blob.size_bytes)
    assert values["document_sha256"] == sha256(drawn).hexdigest() == photo.values["sha256"]
    visit = VisitPresenter(context, "person", form.saved_id)
    assert "programme_record" not in visit.purposes(), "asked once"


def test_a_mark_needs_its_witness(tmp_path):
    form = registered(a_context(tmp_path, "fr"))
    form.consenting.given, form.consenting.method = True, "witnessed_mark"
    assert not form.save()
    form.consenting.witness = "Hassan Ouali"
    assert form.save(), form.problem
    (consent,) = form.context.opened.list("consent")
    assert consent.values["witness_name"] == "Hassan Ouali"


@pytest.mark.parametrize("entity", ["person", "enterprise"])
def test_of_who_refuses_the_name_the_commune_and_the_refusal_are_kept(tmp_path, entity):
    context = a_context(tmp_path, "fr")
    form = registered(context, entity)
    form.consenting.given = False
    assert form.save(), form.problem
    stored = context.opened.get(entity, form.saved_id).values
    assert (stored["name_fr"], stored["commune_code"], stored["phone"]) == (
        "Fatima Zahra", HOME, None,
    )  # fmt: skip
    (consent,) = context.opened.list("consent")
    assert consent.values["given"] is False
    assert context.opened.list("photo") == []


def test_who_is_not_there_is_asked_at_the_first_visit(tmp_path):
    context = a_context(tmp_path, "fr")
    form = registered(context)
    assert form.save(), form.problem
    assert context.opened.list("consent") == []
    assert "programme_record" in VisitPresenter(context, "person", form.saved_id).purposes()


def test_an_answer_is_in_the_draft_and_a_correction_does_not_ask_again(tmp_path):
    context = a_context(tmp_path, "fr")
    form = registered(context)
    form.consenting.given, form.consenting.strokes = True, STROKES
    form.keep()
    again = FormPresenter(context, "person")
    assert (again.consenting.given, again.consenting.strokes) == (True, STROKES)
    assert again.save(), again.problem
    assert FormPresenter(context, "person", again.saved_id).consenting is None


def test_the_card_says_what_was_given_refused_and_withdrawn_and_when(tmp_path):
    context = a_context(tmp_path, "fr")
    form = registered(context)
    form.consenting.given = False
    assert form.save()
    about = {"commune_code": HOME, "person_id": form.saved_id, "given": True}
    at = context.now_ms()
    context.opened.put("consent", {**about, "purpose": "photo_evidence", "given_at": at})
    gone = {"purpose": "contact_sms", "given_at": at, "withdrawn_at": at, "withdrawn_via": "phone"}
    context.opened.put("consent", {**about, **gone})
    rows = PersonPresenter(context, "person", form.saved_id).consents()
    said = {words: (given, answer.partition(" · ")[0]) for words, given, answer in rows}
    assert said == {
        "Tenir un dossier dans le programme": (False, "Refusé"),
        "Prendre des photos": (True, "Accordé"),
        "Contacter par SMS": (False, "Retiré"),
    }
    assert all("·" in answer for _, _, answer in rows), "each with its day"


def test_registration_answer_and_signature_arrive_as_one(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    form = registered(linked(tablet, tmp_path))
    form.consenting.given, form.consenting.strokes = True, STROKES
    assert form.save(), form.problem
    tablet.sync()
    assert world.get("person", form.saved_id)["phone"] == "+212612345678"
    (consent,) = tablet.store.list("consent")
    assert world.get("consent", consent.record_id)["given"] is True
    assert tablet.store.outbox.held() == []
