"""A request on the glass: a paper that is asked for, a withdrawal that is meant, a delivery."""

from __future__ import annotations

import pytest

from tests.mobile_app.ui import gallery
from tests.mobile_app.ui.walk import say, shot, sign

pytestmark = pytest.mark.kivy
LANGUAGES = pytest.mark.parametrize("language", ["ar", "fr"])


def opened(ui, tmp_path, language, request):
    app = gallery.start(ui, tmp_path, language, "light")
    app.navigator.go("person", ("person", gallery.FATIMA))
    app.navigator.go("request", ("person", gallery.FATIMA, request))
    ui.frames(8)
    return app


def state_of(app, request):
    return app.context.opened.get("application", request).values["state"]


@LANGUAGES
def test_a_paper_that_is_asked_for_is_said_to_be_given_already(ui, tmp_path, language):
    app = opened(ui, tmp_path, language, gallery.ASKED)
    shot(ui, "request_asked", language)
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.request.asked.given"))
    tasks = app.context.opened.list("task", "kind = 'complaint'")
    assert [task.values["application_id"] for task in tasks] == [gallery.ASKED]
    assert say(app, "tablet.request.asked.told") in ui.words()
    ui.press(say(app, "tablet.request.act.in_review.info_requested"))
    assert state_of(app, gallery.ASKED) == "in_review"
    shot(ui, "request_running", language)
    assert gallery.faults(ui) == []
    app.context.store.close()


@LANGUAGES
def test_a_withdrawal_is_asked_about_first(ui, tmp_path, language):
    app = opened(ui, tmp_path, language, gallery.LATE)
    shot(ui, "request_late", language)
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.request.act.withdrawn"))
    assert state_of(app, gallery.LATE) == "in_review", "nothing happens by one touch"
    ui.press(say(app, "tablet.back"))
    assert state_of(app, gallery.LATE) == "in_review"
    ui.press(say(app, "tablet.request.act.withdrawn"))
    ui.press(say(app, "tablet.request.withdraw.yes"))
    assert state_of(app, gallery.LATE) == "withdrawn"
    app.context.store.close()


@LANGUAGES
def test_a_refusal_is_appealed_against(ui, tmp_path, language):
    app = opened(ui, tmp_path, language, gallery.REFUSED)
    shot(ui, "request_refused", language)
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.request.act.in_review.rejected"))
    assert state_of(app, gallery.REFUSED) == "in_review"
    app.context.store.close()


@LANGUAGES
def test_an_answer_is_given_back_and_signed_for(ui, tmp_path, language):
    app = opened(ui, tmp_path, language, gallery.GRANTED)
    ui.press(say(app, "tablet.request.act.delivered"))
    ui.press(say(app, "tablet.request.delivery.done"))
    assert state_of(app, gallery.GRANTED) == "approved", "nobody has signed"
    sign(ui)
    ui.frames(4)
    shot(ui, "request_delivery", language)
    assert gallery.faults(ui) == []
    ui.press(say(app, "tablet.request.delivery.done"))
    assert state_of(app, gallery.GRANTED) == "delivered"
    (picture,) = app.context.opened.list("photo", "purpose = 'signature'")
    (step,) = app.context.opened.list("application_step", "state = 'delivered'")
    assert step.values["document_sha256"] == picture.values["sha256"]
    app.context.store.close()
