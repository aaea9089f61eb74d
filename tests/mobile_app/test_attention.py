"""What waits leads to the field; what two agents know differently one of them settles."""

from __future__ import annotations

import pytest

from mobile_app.device.gps import NoGps
from mobile_app.i18n import load_phrases
from mobile_app.screens.attention.presenter import MINE, THEIRS, AttentionPresenter
from mobile_app.screens.context import Context
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.today.presenter import attention_count
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store.database import transaction
from mobile_app.store.reference import Reference
from tests.mobile_app.scenes import a_context
from tests.world import FAR, HOME


def of(tablet, path):
    context = Context(path, load_phrases("fr"), NoGps(), Reference())
    context.store = tablet.store
    return AttentionPresenter(context)


@pytest.fixture
def two(world):
    """A birth year that two agents changed unseen; the first has sent it, the second's lost."""
    world.user("one", HOME)
    world.user("two", HOME)
    first, second = world.tablet("one"), world.tablet("two")
    person = first.put("person", name_fr="Fatima", birth_year=1970, commune_code=HOME).record_id
    first.sync()
    second.sync()
    first.put("person", person, birth_year=1971)
    second.put("person", person, birth_year=1972)
    for tablet in (first, second, first):
        tablet.sync()
    return first, second, person


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize(("code", "stands"), [(MINE, 1972), (THEIRS, 1971)])
def test_either_of_two_agents_says_which_value_stands_and_all_agree(
    world, two, tmp_path, who, code, stands
):
    *tablets, person = two
    screen = of(tablets[who], tmp_path)
    assert attention_count(screen.context) == 1
    (question,) = screen.questions()
    assert question.may_decide
    assert (question.title, question.field) == ("Personne · Fatima", "Année de naissance")
    assert [side.value for side in question.sides] == ["1972", "1971"]
    assert [side.by.partition(" · ")[0] for side in question.sides] == ["two", "one"]

    assert screen.decide(question.review_id, code), screen.problem
    assert screen.questions() == []
    assert attention_count(screen.context) == 0
    for tablet in (*tablets, *tablets):
        tablet.sync()

    for tablet in tablets:
        assert tablet.values("person", person)["birth_year"] == stands
        assert tablet.store.outbox.held() == []
        assert of(tablet, tmp_path).questions() == []
    review = world.get("review", question.review_id)
    assert (review["state"], review["decision"]) == ("decided", code)
    assert review["decided_by"] == tablets[who].store.kept.agent_id
    assert world.get("person", person)["birth_year"] == stands
    assert tablets[0].store.kept.state == tablets[1].store.kept.state


def test_what_was_settled_leads_back_to_its_field_and_another_value_can_be_written(
    world, two, tmp_path
):
    first, second, person = two
    screen = of(first, tmp_path)
    (question,) = screen.questions()
    assert screen.settled == []
    screen.decide(question.review_id, MINE)
    (settled,) = screen.settled
    assert settled.reason == "Gardé\u202f: 1972"
    assert not screen.is_empty, "the way back is drawn"
    kind, (entity, record_id, _, field, _) = settled.opens
    assert (kind, entity, record_id, field) == ("form", "person", person, "birth_year")
    first.put("person", person, birth_year=1971)
    for tablet in (first, second):
        tablet.sync()
    assert second.values("person", person)["birth_year"] == 1971
    assert second.store.outbox.held() == []


def test_two_who_decide_at_once_are_held_for_the_office_with_nothing_lost(world, two, tmp_path):
    first, second, person = two
    for tablet, code in ((first, MINE), (second, THEIRS)):
        screen = of(tablet, tmp_path)
        (question,) = screen.questions()
        assert screen.decide(question.review_id, code)
    first.sync()
    second.sync()
    first.sync()
    assert world.get("review", question.review_id)["decision"] == MINE
    assert [one.code for one in second.store.outbox.held()] == ["not_allowed"]
    assert world.get("person", person)["birth_year"] == 1972
    assert first.values("person", person)["birth_year"] == 1972


def test_what_the_office_wrote_the_office_decides(world, two, tmp_path):
    first, _, person = two
    (question,) = of(first, tmp_path).questions()
    world.user("three", HOME)
    third = world.tablet("three")
    third.sync()
    assert of(third, tmp_path).questions() == [], "a question of others"
    third.put("review", question.review_id, state="decided", decided_by=third.store.kept.agent_id)
    third.sync()
    assert [one.code for one in third.store.outbox.held()] == ["not_allowed"]
    assert world.get("review", question.review_id)["state"] == "open"

    world.change("person", person, birth_year=1980)
    first.put("person", person, birth_year=1981)
    first.sync()
    first.sync()
    shown = [one for one in of(first, tmp_path).questions() if not one.may_decide]
    assert [side.value for side in shown[0].sides] == ["1981", "1980"]
    assert shown[0].sides[1].by.startswith("Le bureau")
    first.put("review", shown[0].review_id, state="decided", decided_by=first.store.kept.agent_id)
    first.sync()
    assert [one.code for one in first.store.outbox.held()] == ["not_allowed"]


def test_a_held_record_opens_at_the_field_concerned_with_the_reason_beside_it(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.put("person", name_fr="Ali", commune_code=FAR)
    tablet.sync()
    screen = of(tablet, tmp_path)
    (row,) = screen.rows()
    kind, arguments = row.opens
    assert (kind, arguments[0], arguments[3:]) == ("form", "person", ("commune_code", row.reason))
    form = FormPresenter(screen.context, *arguments)
    assert form.step.name == "where"
    assert form.leads_to == "commune_code"
    assert form.inputs.remarks == {"commune_code": row.reason}
    form.inputs.put("commune_code", HOME)
    assert form.go_on(), "what somebody says holds up nothing"


def hold(store, record_id, code="not_allowed"):
    with transaction(store.db):
        store.db.execute(
            "UPDATE outbox SET state = 'held', code = ? WHERE record_id = ?", (code, record_id)
        )


def test_each_kind_of_record_leads_to_where_it_is_corrected(tmp_path):
    context = a_context(tmp_path, "fr")
    store, screen = context.opened, AttentionPresenter(context)
    assert (screen.rows(), screen.questions()) == ([], [])
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    about = {"commune_code": HOME, "person_id": person}
    visit = store.put("visit", {**about, "outcome": "done"}).record_id
    request = store.put("application", {**about, "service": "crop-insurance"}).record_id
    session = store.put("training_session", {"commune_code": HOME}).record_id
    present = store.put("attendance", {**about, "session_id": session}).record_id
    photo = store.put("photo", {"commune_code": HOME, "visit_id": visit}).record_id
    for one in (visit, request, present, photo):
        hold(store, one)
    by_screen = {row.opens[0]: row.opens[1] for row in screen.rows()}
    assert by_screen["request"] == ("person", person, request)
    assert by_screen["form"][:2] == ("attendance", present)
    assert by_screen["slip"] == (visit,)
    amendment = VisitPresenter(context, *by_screen["visit"])
    assert amendment.amends_id == visit
    assert amendment.step == "end"
    assert amendment.inputs.remarks["outcome"]


def test_a_visit_that_was_sent_back_opens_its_correction_and_says_so(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    store.put("visit", {"commune_code": HOME, "person_id": person, "review_state": "returned"})
    (row,) = AttentionPresenter(context).rows()
    visit = VisitPresenter(context, *row.opens[1])
    assert (visit.remark, visit.number) == (row.reason, 1)
