"""A request followed to its end on the tablet: steps, clock, what is asked, the answer."""

from __future__ import annotations

from hashlib import sha256

import pytest

from mobile_app.device.photo import Photo
from mobile_app.screens.attention.presenter import AttentionPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.request.clock_words import clock_words
from mobile_app.screens.request.delivering import Delivering
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from sync.entities.application import APPLICATION_STATES
from sync.languages import LANGUAGES
from sync.rules.applications import ENDED, Actor, ways_from
from sync.rules.codes import short_code
from tests.mobile_app.scenes import STROKES, a_context
from tests.world import HOME

DAY_MS = 86_400_000
OFFICE = {"actor": "office", "created_by": b"\x77" * 16}


def a_request(context, service, *steps, **more):
    """Return a request as the exchange brought it. `steps`: (days ago, state, what it says)."""
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    state = steps[-1][1] if steps else "draft"
    asked = {"commune_code": HOME, "person_id": person.record_id, "service": service}
    request = context.opened.put("application", {**asked, "state": state, **more})
    for days, step, said in steps:
        values = {"commune_code": HOME, "application_id": request.record_id, "state": step}
        values |= {"at": context.now_ms() - days * DAY_MS, **said}
        context.opened.put("application_step", values)
    return RequestPresenter(context, "person", person.record_id, request.record_id)


def steps_of(request):
    return [step.values for step in request.following().steps]


def words_of(request):
    return clock_words(request.following())


ASKED = (
    (19, "submitted", {"receipt_number": "0417"}),
    (7, "info_requested", {**OFFICE, "pieces": ("PRIOR_OK", "RIB"), "words": "La page 2."}),
)


def test_a_step_and_the_state_it_leads_to_are_one_group(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "training", service_version=3)
    before = context.opened.outbox.pending_count()
    assert request.go_to("ready"), request.problem
    changes = list(context.opened.outbox.after(0, 99))[before:]
    assert [change.entity for change in changes] == ["application", "application_step"]
    assert changes[0].group == changes[1].group
    (step,) = steps_of(request)
    assert (step["state"], step["actor"], step["edition"]) == ("ready", "agent", 3)
    assert (step["at"], step["commune_code"]) == (context.now_ms(), HOME)
    assert request.following().now == "ready"
    assert not request.go_to("ready"), "by a second finger"
    assert len(steps_of(request)) == 1


@pytest.mark.parametrize("state", APPLICATION_STATES)
def test_the_ways_on_are_those_of_the_table_and_no_others(tmp_path, state):
    context = a_context(tmp_path, "fr")
    for service in context.reference.all("services"):
        decided_by = context.reference.edition(service.code).decided_by
        request = a_request(context, service.code, (1, state, {}))
        offered = [way for way, _words in request.ways_on()]
        table = ways_from({"state": state}, Actor.AGENT, decided_by, [state])
        assert offered == [way.end for way in table], service.code


def test_what_is_passed_on_here_has_its_own_code_as_receipt(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "credit", (1, "ready", {}))
    request.answer(request.share(), is_given=True)
    assert request.go_to("submitted"), request.problem
    code = short_code(request.record_id)
    assert (request.record.values["receipt_number"], steps_of(request)[-1]["receipt_number"]) == (
        code, code,
    )  # fmt: skip
    other = a_request(context, "training", (1, "ready", {}))
    assert other.go_to("submitted"), other.problem
    assert other.record.values["receipt_number"] is None


def test_papers_that_are_asked_for_are_brought_and_the_task_is_done(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "fda-subsidy", *ASKED)
    of = {"application_id": request.record_id, "person_id": request.subject.record_id}
    due = {"due_on": 0, "kind": "missing_piece", "state": "open", "commune_code": HOME}
    task = context.opened.put("task", {**of, **due})
    way = ("request", ("person", request.subject.record_id, request.record_id))
    assert PersonPresenter(context, *way[1][:2]).task_way(task.record_id) == way
    assert [one.opens for one in TodayPresenter(context).due()] == [way], "it opens the request"

    ask = request.following().ask()
    assert (ask.words, bool(ask.fact)) == ("La page 2.", True)
    assert [one.code for one in request.asking().papers(ask)] == ["PRIOR_OK", "RIB"]
    request.add_page("PRIOR_OK", Photo(b"page", 4, 3, "", 9_000.0))
    papers = request.asking().papers(ask)
    assert [one.is_brought for one in papers] == [True, False]
    assert request.go_to("in_review"), request.problem
    assert steps_of(request)[-1]["pieces"] == ("PRIOR_OK",)
    assert context.opened.get("task", task.record_id).values["state"] == "done"
    assert request.following().ask() is None
    assert "in_review" not in [way for way, _ in request.ways_on()]


def test_a_page_from_before_is_no_answer_and_is_said_to_be_given_already(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    request = a_request(context, "fda-subsidy", *ASKED)
    page = {"person_id": request.subject.record_id, "type": "RIB", "commune_code": HOME}
    store.put("document", {**page, "taken_at": context.now_ms() - 30 * DAY_MS})
    ask = request.following().ask()
    paper = request.asking().papers(ask)[1]
    assert (paper.code, paper.is_brought, paper.is_claimed) == ("RIB", False, False)
    for _ in range(2):
        assert request.claim_given(request.asking().papers(ask)[1]), request.problem
    (task,) = store.list("task")
    assert (task.values["kind"], task.values["application_id"]) == ("complaint", request.record_id)
    assert paper.name in task.values["title"]
    assert "1 page" in task.values["notes"]
    assert request.asking().papers(ask)[1].is_claimed
    for _ in range(2):
        assert request.claim_unlisted(), request.problem
    assert len(store.list("task")) == 2
    (unlisted,) = (one for one in store.list("task") if one.record_id != task.record_id)
    assert "Liste de l'édition" in unlisted.values["notes"]


def test_a_refusal_says_why_and_until_when_one_may_appeal(tmp_path):
    context = a_context(tmp_path, "fr")
    said = {**OFFICE, "reason": "before_approval", "words": "La facture date du 2 mai."}
    request = a_request(context, "fda-subsidy", (30, "submitted", {}), (3, "rejected", said))
    answer = request.following().answer()
    assert "approbation préalable" in answer.reason
    assert answer.words == "La facture date du 2 mai."
    assert "Recours possible" in answer.until
    assert request.go_to("in_review"), request.problem
    assert steps_of(request)[-1]["appealed"] is True
    clock = request.following().clock
    assert (clock.is_appeal, clock.days_left >= 30) == (True, True)
    assert request.following().rows()[-2].title == "Recours"
    late = a_request(context, "fda-subsidy", (99, "submitted", {}), (90, "rejected", said))
    assert "passé" in late.following().answer().until
    assert late.go_to("in_review"), "said, not refused"


def test_a_delivery_is_signed_for(tmp_path):
    context = a_context(tmp_path, "fr")
    granted = (4, "approved", {**OFFICE, "amount": 50_000_00})
    request = a_request(context, "credit", (9, "submitted", {}), granted, amount_asked=60_000_00)
    facts = [value for _sign, value, _label in request.following().answer().facts]
    assert facts == ["50\u202f000,00"]
    request.delivering = Delivering(context)
    assert not request.go_to("delivered")
    assert request.problem, "nobody signed"
    assert [step["state"] for step in steps_of(request)] == ["submitted", "approved"]
    request.delivering.strokes = STROKES
    assert request.go_to("delivered"), request.problem
    step = steps_of(request)[-1]
    (picture,) = context.opened.list("photo")
    assert (step["method"], picture.values["purpose"]) == ("finger_signature", "signature")
    assert step["document_sha256"] == picture.values["sha256"]
    assert len(step["document_sha256"]) == len(sha256().hexdigest())
    assert request.delivering is None
    assert request.following().rows()[-1].stage == "done", "nothing is awaited any more"


def test_a_mark_before_a_witness_names_the_witness(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "credit", (4, "approved", OFFICE))
    request.delivering = Delivering(context)
    request.delivering.method = "witnessed_mark"
    assert not request.go_to("delivered")
    request.delivering.witness = "Brahim"
    assert request.go_to("delivered"), request.problem
    step = steps_of(request)[-1]
    assert (step["witness_name"], step["document_sha256"]) == ("Brahim", None)


def test_who_disagrees_is_told_of_once(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "credit", (4, "approved", OFFICE))
    assert request.disagree(), request.problem
    assert request.disagree(), request.problem
    (task,) = context.opened.list("task")
    assert task.values["kind"] == "complaint"


def test_what_the_clock_says_is_what_a_person_is_told(tmp_path):
    context = a_context(tmp_path, "fr")
    asked = words_of(a_request(context, "fda-subsidy", *ASKED))
    assert (asked.title, asked.fact) == ("Délai en pause", "chez la personne depuis 7 jours")
    assert "18 jours" in asked.ends
    assert [one.look for one in asked.stretches] == ["counted", "paused"]
    assert asked.stretches[-1].ends == asked.today

    late = words_of(a_request(context, "rna", (75, "submitted", {})))
    assert "dépassé" in late.title
    assert late.tone == "attention"
    assert [one.look for one in late.stretches] == ["counted", "over"]
    assert any("silence" in note for note in late.notes)

    working = words_of(a_request(context, "advisory", (0, "submitted", {})))
    assert working.title == "3 jours ouvrables restants"
    filed, granted = (20, "submitted", {}), (3, "approved", OFFICE)
    answered = words_of(a_request(context, "rna", filed, granted))
    assert (answered.title, answered.today) == ("Réponse dans le délai", None)
    assert words_of(a_request(context, "rna")) is None, "nothing is filed"
    assert words_of(a_request(context, "credit", filed)) is None, "no delay is set"
    season = words_of(a_request(context, "crop-insurance", created_at=context.now_ms()))
    assert season.title == "La période est ouverte"


def test_a_request_from_before_steps_were_records_has_its_clock(tmp_path):
    context = a_context(tmp_path, "fr")
    filed = {"state": "in_review", "submitted_at": context.now_ms() - 20 * DAY_MS}
    assert words_of(a_request(context, "rna", **filed)).title.endswith("jours restants")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_has_words_in_every_state(tmp_path, language):
    context = a_context(tmp_path, language)
    for service in ("rna", "fda-subsidy", "credit", "crop-insurance", "advisory", "tax-einvoice"):
        for days in (0, 1, 2, 7, 11, 75, 200):
            for state in APPLICATION_STATES:
                filed = (days, "submitted", {"receipt_number": "1"})
                request = a_request(context, service, filed, (days // 2, state, OFFICE))
                following = request.following()
                said = [text for row in following.rows() for text in (row.title, row.detail)]
                clock = clock_words(following)
                if clock:
                    said += [clock.title, clock.fact, clock.begins, clock.ends, *clock.notes]
                    shares = [one for part in clock.stretches for one in (part.begins, part.ends)]
                    assert shares == sorted(shares)
                    assert all(0 <= share <= 1 for share in shares)
                answer = following.answer()
                said += [answer.title, answer.reason, answer.until] if answer else []
                assert not [text for text in said if text.startswith("[")], (service, state)
                assert (following.rows()[-1].stage == "next") == (state not in ENDED)


def test_a_step_that_is_held_leads_to_its_request(tmp_path):
    context = a_context(tmp_path, "fr")
    request = a_request(context, "training")
    assert request.go_to("ready")
    (step,) = request.following().steps
    context.opened.db.execute(
        "UPDATE outbox SET state = 'held', code = 'not_allowed' WHERE record_id = ?",
        (step.record_id,),
    )
    (held,) = AttentionPresenter(context).rows()
    assert held.opens == ("request", ("person", request.subject.record_id, request.record_id))
