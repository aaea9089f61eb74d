"""What was typed and no field takes: nothing is said to be saved without it."""

from __future__ import annotations

import pytest

from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.request.presenter import RequestPresenter
from sync.checks import TooLong
from sync.spec import Kind
from tests.mobile_app.scenes import a_context
from tests.mobile_app.screens.test_twice import DRAFTED, a_person
from tests.world import HOME

_TYPED = (Kind.TEXT, Kind.INTEGER, Kind.DECIMAL)


def asked(name, form):
    """Return what is typed into a form."""
    if name in FORMS:
        return [one for step in form.form.steps for one in step.fields]
    return ["notes"] if name == "quick" else ["notes", "next_action"]


@pytest.mark.parametrize("name", DRAFTED)
def test_nothing_is_saved_while_a_text_is_unread(tmp_path, name):
    context = a_context(tmp_path)
    form, tried = DRAFTED[name](context), 0
    pending = context.opened.outbox.pending_count()
    for field in asked(name, form):
        spec = form.inputs.spec(field)
        if spec.kind not in _TYPED:
            continue
        before = form.inputs.text(field)
        form.inputs.type(field, "9" * 5_000)
        if field not in form.inputs.problems:  # a text without an end
            form.inputs.type(field, before)
            continue
        tried += 1
        assert not form.save(), field
        assert context.opened.outbox.pending_count() == pending
        assert form.inputs.text(field) == "9" * 5_000
        form.inputs.type(field, before)
    assert tried
    assert form.save(), form.problem


@pytest.mark.parametrize(
    ("entity", "name", "text", "value"),
    [
        ("enterprise", "members_total", "12", 12),
        ("enterprise", "members_total", "12,0", None),
        ("enterprise", "members_total", "1 200", 1_200),
        ("enterprise", "members_total", "12,7", None),
        ("enterprise", "members_total", "1.200", 1_200),
        ("enterprise", "members_total", "nan", None),
        ("enterprise", "members_total", "inf", None),
        ("enterprise", "members_total", "1e3", None),
        ("visit", "latitude", "30,44", 30_440_000),
        ("visit", "latitude", "-0,5", -500_000),
        ("visit", "latitude", "٣٠٫٥", 30_500_000),
        ("visit", "latitude", "30.1234567", None),
    ],
)
def test_a_number_is_taken_as_it_was_typed_or_not_at_all(tmp_path, entity, name, text, value):
    context = a_context(tmp_path, "fr")
    inputs = Inputs(context, context.opened.entity(entity))
    inputs.type(name, text)
    assert inputs.values.get(name) == value
    assert (name in inputs.problems) is (value is None)


@pytest.fixture
def request_of(tmp_path):
    context = a_context(tmp_path, "fr")
    person = a_person(context)
    values = {"commune_code": HOME, "person_id": person, "service": "training", "state": "ready"}
    application = context.opened.put("application", values).record_id
    return RequestPresenter(context, "person", person, application)


def test_a_step_is_not_taken_beside_a_number_that_is_unread(request_of):
    request_of.inputs.type("receipt_number", "7" * 61)
    assert not request_of.go_to("submitted")
    assert "60" in request_of.problem
    request_of.inputs.type("receipt_number", "0417")
    assert request_of.go_to("submitted"), request_of.problem
    assert request_of.record.values["receipt_number"] == "0417"


def test_a_receipt_s_number_is_kept_by_who_leaves_without_a_step(request_of):
    assert not request_of.is_dirty
    request_of.inputs.type("receipt_number", " 0417 ")
    assert request_of.is_dirty
    request_of.keep()
    assert request_of.record.values["receipt_number"] == "0417"
    assert not request_of.is_dirty
    request_of.inputs.type("receipt_number", "7" * 61)
    with pytest.raises(TooLong):
        request_of.keep()
