"""A visit: its steps, consent, position, maturity, what comes next, its correction."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from mobile_app.device.gps import FakeGps, Fix, Position
from mobile_app.device.photo import shrink
from mobile_app.screens.more.presenter import MorePresenter
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.slip.presenter import SlipPresenter
from mobile_app.screens.souk.presenter import QuickPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from tests.mobile_app.scenes import a_context, a_visit, through
from tests.world import HOME


def test_a_visit_goes_on_from_its_draft_step_by_step(tmp_path):
    context = a_context(tmp_path)
    visit = a_visit(context, type="assistance")
    where = ("person", visit.subject.record_id)
    assert visit.go_on()
    visit.inputs.type("notes", "قيل لنا")
    visit.keep()

    visit = VisitPresenter(context, *where)
    assert (visit.step, visit.inputs.text("notes")) == ("needs", "قيل لنا")
    assert PersonPresenter(context, *where).has_draft()
    ((screen, arguments, _title, _when),) = MorePresenter(context).drafts()
    assert (screen, arguments) == ("visit", where)
    through(visit)
    assert visit.save(), visit.problem
    assert not PersonPresenter(context, *where).has_draft()
    assert MorePresenter(context).drafts() == []


def test_a_need_that_cannot_wait_is_marked_and_only_while_it_is_one(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context, type="needs"))
    for code in ("aid", "water", "finance"):
        visit.choose("needs", code)
    for code in ("water", "aid"):
        visit.choose("urgent_needs", code)
    visit.choose("needs", "aid")  # no need after all
    visit.keep()
    visit = VisitPresenter(context, "person", visit.subject.record_id)
    assert ("needs", "Besoins", "Financement, Eau (urgent)") in visit.summary()
    assert visit.save(), visit.problem
    values = context.opened.get("visit", visit.saved_id).values
    assert (values["needs"], values["urgent_needs"]) == (("finance", "water"), ("water",))
    lines = dict(SlipPresenter(context, visit.saved_id).lines())
    assert lines["Besoins"] == "Financement, Eau (urgent)"
    again = VisitPresenter(context, "person", visit.subject.record_id, amends_id=visit.saved_id)
    assert again.inputs.chosen("urgent_needs") == {"water"}

    quick = QuickPresenter(context, "person", visit.subject.record_id)
    for name, code in (("needs", "water"), ("urgent_needs", "water"), ("urgent_needs", "aid")):
        quick.inputs.choose(name, code)
    assert quick.save(), quick.problem
    last = context.opened.list("visit", order="rowid DESC")[0]
    assert last.values["urgent_needs"] == ("water",)


def test_consent_needs_a_signature_or_a_witness(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context))
    visit.strokes = []
    assert not visit.save()
    assert "signature" in visit.problem
    assert context.opened.count("visit") == 0
    visit.method = "witnessed_mark"
    assert not visit.save()
    visit.witness = "Rkia"
    assert visit.save()
    (consent,) = context.opened.list("consent")
    assert (consent.values["method"], consent.values["witness_name"]) == ("witnessed_mark", "Rkia")
    assert consent.values["visit_id"] == visit.saved_id


def test_who_has_answered_is_not_asked_again(tmp_path):
    context = a_context(tmp_path)
    visit = through(a_visit(context))
    assert visit.purposes() == ["programme_record"]
    visit.save()
    again = VisitPresenter(context, "person", visit.subject.record_id)
    assert again.purposes() == []


def test_what_is_to_be_done_for_a_person_is_on_their_page_with_its_notes(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = a_visit(context)
    task = {"commune_code": HOME, "person_id": visit.subject.record_id, "state": "open"}
    put = context.opened.put
    put("task", {**task, "title": "Apporter le RIB", "due_on": visit.today - 1, "notes": "Au souk"})
    put("task", {**task, "kind": "call_back", "due_on": visit.today + 1})
    put("task", {**task, "title": "Fait déjà", "due_on": visit.today, "state": "done"})

    tasks = PersonPresenter(context, "person", visit.subject.record_id).tasks()

    assert [(title, late, notes) for _id, title, _when, late, notes in tasks] == [
        ("Apporter le RIB", True, "Au souk"),
        ("Rappeler", False, ""),
    ]
    assert tasks[0][2].startswith("depuis")
    assert tasks[1][2].startswith("pour le")


def test_what_comes_next_becomes_a_task_that_is_due(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context))
    visit.inputs.put("next_on", visit.today)
    visit.inputs.type("next_action", "Apporter le RIB")
    assert visit.save()
    (due,) = TodayPresenter(context).due()
    assert (due.title, due.is_late, due.subject_id) == (
        "Apporter le RIB", False, visit.subject.record_id,
    )  # fmt: skip
    TodayPresenter(context).finish(due.record_id)
    assert TodayPresenter(context).due() == []


def test_where_a_visit_was_is_kept_with_its_draft(tmp_path):
    here = Position(31_500_000, -7_000_000, 12, 1_790_000_000_000)
    context = a_context(tmp_path, gps=FakeGps(Fix(31_500_000, -7_000_000, 12)))
    context.opened.clock.wall = here.at_ms
    visit = a_visit(context)
    subject = visit.subject.record_id
    assert visit.locate() is False
    assert visit.position == here
    fresh = VisitPresenter(context, "person", subject)
    assert (fresh.position, fresh.is_dirty) == (here, False), "the receiver makes no draft"
    visit.keep()

    context.gps.here = Fix(33_000_000, -6_000_000, 5)  # at home, in the evening
    again = VisitPresenter(context, "person", subject)
    assert (again.position, again.locating.is_done) == (here, True)


def test_a_maturity_visit_scores_and_is_stored_with_its_plan(tmp_path):
    context = a_context(tmp_path)
    visit = through(a_visit(context))
    visit.inputs.put("type", "maturity")
    assert "maturity" in visit.steps
    assert visit.result() == context.say("tablet.maturity.more")
    for item in visit.maturity.items:
        visit.rate(item.code, 1)
    assert "25" in visit.result()
    assert len(visit.proposed()) == 3
    visit.keep()
    again = VisitPresenter(context, "person", visit.subject.record_id)
    assert again.answers == visit.answers
    assert again.save(), again.problem
    (assessment,) = context.opened.list("maturity_assessment")
    values = assessment.values
    assert (values["total_percent"], values["level"], values["visit_id"]) == (
        25, "beginner", again.saved_id,
    )  # fmt: skip
    assert len(values["answers"]) == len(visit.maturity.items)


def test_a_sent_visit_is_amended_with_a_reason_and_stays_as_it_was(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context))
    visit.save()
    first = context.opened.get("visit", visit.saved_id)
    assert SlipPresenter(context, visit.saved_id).can_correct()
    again = VisitPresenter(context, "person", visit.subject.record_id, amends_id=first.record_id)
    assert again.inputs.values["outcome"] == "done"
    again.inputs.put("outcome", "partial")
    assert not again.save()
    assert again.problem == context.say("tablet.visit.reason_missing")
    again.reason = "Il manquait une pièce"
    assert again.save(), again.problem
    amended = context.opened.get("visit", again.saved_id).values
    assert (amended["amends_id"], amended["amend_reason"], amended["outcome"]) == (
        first.record_id, "Il manquait une pièce", "partial",
    )  # fmt: skip
    assert context.opened.get("visit", first.record_id).values["outcome"] == "done"


def test_two_photos_of_one_instant_are_two(tmp_path):
    context = a_context(tmp_path)
    visit = a_visit(context)
    for shade in ("black", "white"):
        file = BytesIO()
        Image.new("RGB", (9, 9), shade).save(file, "PNG")
        visit.add_photo("evidence", shrink(file.getvalue()))
    assert len({one.data for one in visit.photos()}) == 2
    assert through(visit).save(), visit.problem
    assert context.opened.count("photo", "purpose = 'evidence'") == 2
