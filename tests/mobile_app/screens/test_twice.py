"""An act that happens twice, by two fingers or after a kill, has been done once."""

from __future__ import annotations

import pytest

from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.souk.presenter import QuickPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store import undo
from tests.mobile_app.scenes import STROKES, a_context
from tests.world import HOME

WHOLE = {
    "person": {"name_fr": "Ali", "commune_code": HOME},
    "person_quick": {"name_fr": "Ali", "commune_code": HOME},
    "enterprise": {"name_fr": "Coop", "commune_code": HOME},
    "task": {"kind": "call_back", "due_on": 20_000},
    "incident": {"kind": "power"},
    "training_session": {"topic": "fraud", "commune_code": HOME},
    "contact_point": {"power": "grid"},
    "holding": {"area_ha": 240, "commune_code": HOME},
    "offer": {
        "product": "Miel",
        "price_mad": 18_050,
        "unit": "kg",
        "quantity": 10,
        "place": "Siège",
    },
    "attendance": {"score_before_percent": 40},
}
GIVEN = {
    "task": {"commune_code": HOME},
    "incident": {"commune_code": HOME},
    "offer": {"commune_code": HOME, "enterprise_id": bytes(16)},
}


def a_person(context):
    found = context.opened.list("person")
    values = {"name_fr": "Ali", "commune_code": HOME}
    return (found[0] if found else context.opened.put("person", values)).record_id


def a_record(context, name):
    """Return the one that its form corrects: it makes none. Most forms begin anew."""
    if name not in ("contact_point", "attendance"):
        return b""
    if found := context.opened.list(name):
        return found[0].record_id
    values = {"commune_code": HOME}
    if name == "contact_point":
        values |= {"name_fr": "Relais"}
    else:
        session = context.opened.put("training_session", dict(values))
        values |= {"session_id": session.record_id, "person_id": a_person(context)}
    return context.opened.put(name, values).record_id


def a_form(name):
    def begin(context):
        form = FormPresenter(context, name, a_record(context, name), given=GIVEN.get(name))
        for field, value in WHOLE[name].items():
            form.inputs.put(field, value)
        return form

    return begin


def a_visit(context):
    visit = VisitPresenter(context, "person", a_person(context))
    for field, code in (("channel", "home_farm"), ("type", "assistance"), ("outcome", "done")):
        visit.inputs.put(field, code)
    visit.inputs.put("next_on", 20_000)
    visit.inputs.put("next_action", "Rappeler")
    visit.answer("programme_record", is_given=True)
    visit.strokes = STROKES
    return visit


def a_quick(context):
    quick = QuickPresenter(context, "person", a_person(context))
    quick.consent = True
    return quick


def a_paper(context):
    paper = PaperPresenter(context)
    paper.choose("person", a_person(context))
    paper.codes = "a1b5c6d1e4"
    return paper


DRAFTED = {
    **{name: a_form(name) for name in FORMS},
    "visit": a_visit,
    "quick": a_quick,
}
ALL = ("person", "visit", "photo", "consent", "task", "incident", "enterprise", "contact_point",
       "training_session")  # fmt: skip


def counts(context):
    return {name: context.opened.count(name) for name in ALL if context.opened.count(name)}


def test_each_form_is_tried():
    assert set(WHOLE) == set(FORMS)


@pytest.mark.parametrize("name", DRAFTED)
def test_two_fingers_on_save_make_one_record(tmp_path, name):
    context = a_context(tmp_path)
    begin = DRAFTED[name]
    form = begin(context)
    assert form.save(), form.problem
    once, pending = counts(context), context.opened.outbox.pending_count()
    context.opened.clock.move(40)

    assert form.save()
    assert (counts(context), context.opened.outbox.pending_count()) == (once, pending)
    assert undo.take_back_save(context.opened, form.saved_id)


@pytest.mark.parametrize("name", DRAFTED)
def test_a_draft_is_the_same_record_in_whatever_life_it_is_saved(tmp_path, name):
    context = a_context(tmp_path)
    begin = DRAFTED[name]
    first = begin(context)
    first.keep()
    again = begin(context)  # as after a kill: it goes on from the draft
    assert first.save(), first.problem
    once = counts(context)
    context.opened.clock.move(5_000)

    assert again.save(), again.problem
    assert again.saved_id == first.saved_id
    assert counts(context) == once


def test_what_a_second_save_says_more_is_not_lost(tmp_path):
    context = a_context(tmp_path)
    first = a_visit(context)
    first.keep()
    again = a_visit(context)
    assert first.save(), first.problem
    context.opened.clock.move(5_000)
    again.inputs.type("notes", "Dit plus tard")
    again.answer("contact_sms", is_given=False)

    assert again.save(), again.problem
    (visit,) = context.opened.list("visit")
    assert visit.values["notes"] == "Dit plus tard"
    assert visit.values["started_at"] == first.started_ms
    said = {one.values["purpose"]: one.values["given"] for one in context.opened.list("consent")}
    assert said == {"programme_record": True, "contact_sms": False}


def test_a_save_taken_back_and_done_again_is_the_record_it_was(tmp_path):
    context = a_context(tmp_path)
    form = a_form("enterprise")(context)
    assert form.save(), form.problem
    assert undo.take_back_save(context.opened, form.saved_id)
    again = FormPresenter(context, "enterprise")
    assert again.kept_ms
    assert again.save(), again.problem
    assert again.saved_id == form.saved_id
    assert context.opened.count("enterprise") == 1


def test_a_form_on_paper_is_entered_once_and_the_next_is_another(tmp_path):
    context = a_context(tmp_path)
    for number in (1, 2):
        paper = a_paper(context)
        paper.keep()
        again = PaperPresenter(context)
        assert paper.save(), paper.problem
        assert again.save(), again.problem
        assert context.opened.count("visit") == number


def test_a_request_is_opened_and_an_answer_taken_once(tmp_path):
    context = a_context(tmp_path)
    request = RequestPresenter(context, "person", a_person(context))
    service = request.services()[0][0]
    for _ in range(2):
        assert request.open(service)
    assert context.opened.count("application") == 1
    purpose = request.share()
    if purpose:
        for _ in range(2):
            request.answer(purpose, is_given=True)
        assert context.opened.count("consent") == 1
