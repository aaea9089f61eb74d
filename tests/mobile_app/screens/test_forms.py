"""The forms: what is asked, typed, checked, kept as a draft and stored."""

from __future__ import annotations

import re

import pytest

from mobile_app.i18n import load_phrases
from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store import drafts
from sync.languages import LANGUAGES
from sync.rules.collation import order_of
from sync.spec import Kind
from tests.mobile_app.scenes import a_context, a_visit
from tests.sync.test_reading import HOSTILE
from tests.world import HOME

CHOSEN = {Kind.CHOICE, Kind.CHOICES, Kind.FLAG, Kind.DAY}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_asks_fields_that_exist_and_has_its_words(language):
    words = load_phrases(language)
    for form in FORMS.values():
        assert not words.say(f"tablet.form.{form.name}").startswith("[")
        for step in form.steps:
            assert set(step.required) <= set(step.fields) <= set(form.entity.field_by_name)
            if len(form.steps) > 1:
                assert not words.say(f"tablet.form.{form.name}.{step.name}").startswith("[")
            for name in step.fields:
                spec = form.entity.field_by_name[name]
                codes = [f"{form.entity.name}.field.{name}"]
                codes += [f"{form.entity.name}.{name}.{one}" for one in spec.choices]
                assert [code for code in codes if words.say(code).startswith("[")] == []


def test_what_is_typed_wrong_stays_as_typed_and_is_not_stored(tmp_path):
    context = a_context(tmp_path, "fr")
    inputs = Inputs(context, context.opened.entity("enterprise"))
    inputs.type("ice", "00012345")
    assert inputs.text("ice") == "00012345"
    assert "15" in inputs.problems["ice"]
    assert "ice" not in inputs.values
    inputs.type("ice", "٠٠١٥٢٥١٣٨٠٠٠٠٩٤")
    assert "ice" in inputs.problems or inputs.values["ice"]
    inputs.type("members_total", "douze")
    assert "members_total" in inputs.problems
    inputs.type("members_total", "١٢")
    assert inputs.values["members_total"] == 12
    assert "members_total" not in inputs.problems


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Version récente"), ("ar", "إصدار أحدث"), ("en", "Newer version")],
)
def test_a_choice_of_a_newer_version_is_said_and_stays_beside_what_is_chosen(
    tmp_path, language, words
):
    context = a_context(tmp_path, language)
    for value in ("?12", "abroad"):
        assert context.choice("person", "status", value) == words
    inputs = Inputs(context, context.opened.entity("visit"))
    inputs.put("needs", ("?11", "water"))
    inputs.put("urgent_needs", ("?11",))
    inputs.choose("needs", "aid")
    assert inputs.values["needs"] == ("aid", "water", "?11")
    assert inputs.within("urgent_needs", "needs") == {"urgent_needs": ("?11",)}
    for one in ("aid", "water"):
        inputs.choose("needs", one)
    assert inputs.values["needs"] == ("?11",)


def test_a_phone_is_taken_as_people_write_it(tmp_path):
    context = a_context(tmp_path, "fr")
    inputs = Inputs(context, context.opened.entity("person"))
    for typed in ("0612345678", "06 12 34 56 78", "+212612345678", "٠٦١٢٣٤٥٦٧٨"):
        inputs.type("phone", typed)
        assert inputs.values["phone"] == "+212612345678", typed


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
@pytest.mark.parametrize(
    ("entity", "name", "wrong", "typed", "kept"),
    [
        ("person", "rna", "12_3", " ma-12/٣٤ ", "MA-12/34"),
        ("enterprise", "trade_register", "1234", "٥٦ تيزنيت", "56 تيزنيت"),
        ("enterprise", "tax_id", "12345678901", "٤٠ 123-456", "40123456"),
        ("enterprise", "tax_id", "IF 40123456", "1", "1"),
        ("enterprise", "email", "amal@coop", " Amal.T@coop.ma\u200e", "Amal.T@coop.ma"),
        ("enterprise", "email", "amal @coop.ma", "a@b.ma", "a@b.ma"),
        ("enterprise", "email", f"{'a' * 116}@b.ma", "", None),
    ],
)  # fmt: skip
def test_a_number_is_checked_by_its_rule_and_the_sentence_says_how(
    tmp_path, language, entity, name, wrong, typed, kept
):
    context = a_context(tmp_path, language)
    inputs = Inputs(context, context.opened.entity(entity))
    inputs.type(name, wrong)
    assert name not in inputs.values
    assert not inputs.problems[name].startswith("[")
    assert "{" not in inputs.problems[name]
    inputs.type(name, typed)
    assert (inputs.problems, inputs.values[name]) == ({}, kept)


def test_a_registration_goes_on_from_its_draft_and_is_stored_once(tmp_path):
    context = a_context(tmp_path, "fr")
    form = FormPresenter(context, "person")
    assert not form.go_on()
    assert set(form.inputs.problems) == {"name_ar"}, "one suffices, and is asked for once"
    form.inputs.type("name_fr", "\u200b")
    assert set(form.inputs.problems) == {"name_ar"}
    form.inputs.type("name_fr", "Aïcha Amrani")
    assert form.inputs.problems == {}
    form.inputs.type("birth_year", "19")
    form.keep()

    form = FormPresenter(context, "person")
    assert form.inputs.text("name_fr") == "Aïcha Amrani"
    assert form.inputs.text("birth_year") == "19"
    assert not form.go_on(), "a year of two digits is none"
    form.inputs.type("birth_year", "1980")
    assert form.go_on()
    form.inputs.put("commune_code", HOME)
    assert form.go_on()
    assert form.go_on()
    assert form.go_on()
    assert (form.is_last, form.step.name) == (True, "consent")
    assert form.save(), form.problem
    person = context.opened.get("person", form.saved_id)
    assert (person.values["name_fr"], person.values["birth_year"]) == ("Aïcha Amrani", 1980)
    assert drafts.list(context.opened) == ()
    assert FormPresenter(context, "person").inputs.text("name_fr") == ""


def test_while_registering_the_likely_same_are_shown_with_reasons(tmp_path):
    context = a_context(tmp_path, "fr")
    known = context.opened.put(
        "person", {"name_ar": "محمد أزناك", "phone": "+212612345678", "commune_code": HOME}
    )
    form = FormPresenter(context, "person")
    form.inputs.type("name_fr", "Mohammed Aznag")
    assert [one[0] for one in form.duplicates()] == [known.record_id]
    form.inputs.type("phone", "0612345678")
    ((_, _, _, why),) = form.duplicates()
    assert "téléphone" in why


def test_a_correction_changes_only_what_was_corrected(tmp_path):
    context = a_context(tmp_path, "fr")
    known = context.opened.put(
        "person", {"name_fr": "Ali", "douar": "Tamast", "commune_code": HOME}
    )
    before = context.opened.outbox.pending_count()
    form = FormPresenter(context, "person", known.record_id)
    assert form.save()
    assert context.opened.outbox.pending_count() == before, "nothing was corrected"
    form = FormPresenter(context, "person", known.record_id)
    form.inputs.type("douar", "Aguerd")
    assert form.save()
    after = context.opened.get("person", known.record_id)
    assert (after.values["douar"], after.values["name_fr"]) == ("Aguerd", "Ali")
    assert context.opened.outbox.pending_count() == before + 1


def test_what_is_opened_and_left_makes_no_draft(tmp_path):
    context = a_context(tmp_path)
    opened = a_visit(context)
    visit = VisitPresenter(context, "person", opened.subject.record_id)
    forms = [FormPresenter(context, one) for one in ("person", "enterprise", "incident", "task")]
    assert [one.is_dirty for one in (visit, *forms)] == [False] * 5

    visit.inputs.type("notes", "ن")
    forms[0].inputs.type("name_fr", "Z")
    for one in (visit, forms[0]):
        assert one.is_dirty
        one.keep()
        assert not one.is_dirty, "kept already"
    assert not VisitPresenter(context, "person", visit.subject.record_id).is_dirty
    assert not FormPresenter(context, "person").is_dirty


@pytest.mark.parametrize(
    ("entity", "name", "typed", "kept"),
    [
        ("enterprise", "members_total", "1.500", 1500),
        ("enterprise", "members_total", "1 500", 1500),
        ("enterprise", "members_total", "١٫٥", None),
        ("enterprise", "members_total", "1e3", None),
        ("person", "birth_year", "1985.6", None),
        ("person", "birth_year", "۱۹۸۵", 1985),
        ("person", "name_fr", " \u200bAi\u0308cha\u200f", "Aïcha"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_is_what_was_typed_or_is_asked_again(
    tmp_path, language, entity, name, typed, kept
):
    context = a_context(tmp_path, language)
    inputs = Inputs(context, context.opened.entity(entity))
    inputs.type(name, typed)
    assert inputs.values.get(name) == kept
    assert (name in inputs.problems) == (kept is None)
    assert not re.search(r"[\[{]", inputs.problems.get(name, ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_is_never_grouped(tmp_path, language):
    inputs = Inputs(context := a_context(tmp_path, language), context.opened.entity("person"))
    inputs.type("birth_year", "19")
    assert "1900" in inputs.problems["birth_year"]
    assert "2100" in inputs.problems["birth_year"]


@pytest.mark.parametrize("form", FORMS)
def test_a_draft_of_hostile_text_opens_again(tmp_path, form):
    context = a_context(tmp_path, "fr")
    begun = FormPresenter(context, form)
    asked = [name for step in begun.form.steps for name in step.fields]
    texts = [name for name in asked if begun.inputs.spec(name).kind not in CHOSEN]
    for text in HOSTILE:
        for name in texts:
            begun.inputs.type(name, text)
        begun.keep()
        again = FormPresenter(context, form)
        assert [again.inputs.text(name) for name in texts] == [
            begun.inputs.text(name) for name in texts
        ]
        assert again.inputs.problems.keys() == begun.inputs.problems.keys()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_communes_to_choose_from_are_in_the_order_of_the_language(tmp_path, language):
    context = a_context(tmp_path, language)
    context.opened.put("person", {"name_fr": "Fadma", "commune_code": HOME})
    (first, _), *others = context.communes()
    names = [name for _, name in others]
    assert first == HOME
    assert len(names) > 5
    assert names == sorted(names, key=order_of(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_names_the_sentence_says_that_one_suffices(tmp_path, language):
    context = a_context(tmp_path, language)
    for name in ("person", "person_quick", "enterprise"):
        form = FormPresenter(context, name)
        assert not (form.save() if form.is_last else form.go_on())
        (problem,) = (form.inputs.problems.get(one) for one in ("name_ar",))
        for one in form.form.entity.one_of:
            assert form.inputs.label(one) in problem
        assert "name_fr" not in form.inputs.problems
        form.inputs.type("name_ar", "عائشة")
        assert not set(form.inputs.problems) & {"name_ar", "name_fr"}
