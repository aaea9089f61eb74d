"""The screens' logic, without Kivy: forms and drafts, the round, undo, souk, slips, settings."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import msgspec
import pytest
from PIL import Image

from mobile_app import settings
from mobile_app.device.gps import AGE_MS_MAX, FakeGps, Position
from mobile_app.device.photo import Photo
from mobile_app.i18n import load_phrases
from mobile_app.screens.find.presenter import FindPresenter
from mobile_app.screens.form.forms import FORMS
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.inputs import Inputs
from mobile_app.screens.more.presenter import MorePresenter
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.request.presenter import RequestPresenter
from mobile_app.screens.slip.presenter import DaySlipPresenter, SlipPresenter
from mobile_app.screens.souk.presenter import QuickPresenter, SoukPresenter
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store import drafts, media, undo
from mobile_app.store.database import transaction
from sync import local_time
from sync.entities.application import APPLICATION_STATES
from sync.phrases import LANGUAGES
from tests.mobile_app.test_presenters import a_context, a_visit
from tests.world import HOME, NEAR

STROKES = [[0.1, 0.2, 0.3, 0.4]]


def through(visit):
    """Fill in what the steps ask, up to the last."""
    for name, code in (("channel", "home_farm"), ("type", "assistance"), ("outcome", "done")):
        visit.inputs.put(name, code)
    visit.answer("programme_record", is_given=True)
    visit.strokes = STROKES
    return visit


# Forms


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
    assert set(form.inputs.problems) == {"name_ar", "name_fr"}
    form.inputs.type("name_fr", "Aïcha Amrani")
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
    assert form.is_last
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
    before = context.opened.pending_count()
    form = FormPresenter(context, "person", known.record_id)
    assert form.save()
    assert context.opened.pending_count() == before, "nothing was corrected"
    form = FormPresenter(context, "person", known.record_id)
    form.inputs.type("douar", "Aguerd")
    assert form.save()
    after = context.opened.get("person", known.record_id)
    assert (after.values["douar"], after.values["name_fr"]) == ("Aguerd", "Ali")
    assert context.opened.pending_count() == before + 1


# Visits


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

    assert [(title, late, notes) for title, _when, late, notes in tasks] == [
        ("Apporter le RIB", True, "Au souk"),
        ("Rappeler", False, ""),
    ]
    assert tasks[0][1].startswith("depuis")
    assert tasks[1][1].startswith("pour le")


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


def test_a_planned_visit_is_in_the_round_and_becomes_the_visit(tmp_path):
    here = Position(30_440_000, -8_730_000, 7, 5)
    context = a_context(tmp_path, "fr", FakeGps(here))
    put, today = context.opened.put, TodayPresenter(context).day
    people = [put("person", {"name_fr": name, "commune_code": HOME}) for name in ("Far", "Close")]
    for person, north in zip(people, (900_000, 20_000), strict=True):
        met = {"person_id": person.record_id, "commune_code": HOME, "started_at": 1}
        put("visit", {**met, "latitude": here.latitude + north, "longitude": here.longitude})
    planned = [
        put("visit", {"person_id": one.record_id, "commune_code": HOME, "state": "planned",
                      "planned_on": today})
        for one in people
    ]  # fmt: skip
    assert all(one.values["started_at"] is None for one in planned)
    today_shown = TodayPresenter(context)
    stations = today_shown.coming()
    assert [(one.title, one.stage) for one in stations] == [("Close", "now"), ("Far", "next")]
    assert 2 < stations[0].km < 3
    visit = through(VisitPresenter(context, "person", people[1].record_id, planned[1].record_id))
    assert visit.save(), visit.problem
    assert visit.saved_id == planned[1].record_id
    stations = [*map(today_shown.visited, today_shown.done()), *today_shown.coming()]
    assert [(one.title, one.stage) for one in stations] == [("Close", "done"), ("Far", "now")]


def test_a_planned_visit_is_on_the_persons_page_and_is_the_one_that_is_begun(tmp_path):
    context = a_context(tmp_path, "fr")
    store, today = context.opened, TodayPresenter(context).day
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    page = PersonPresenter(context, "person", person)
    assert (page.planned(), page.due_visit()) == ([], b"")
    plan = {"person_id": person, "commune_code": HOME, "state": "planned", "type": "assistance"}
    other = store.put("agent", {"login": "other", "role": "field_agent"}).record_id
    store.put("visit", {**plan, "planned_on": today, "agent_id": other})
    ahead = store.put("visit", {**plan, "planned_on": today + 1}).record_id
    assert page.due_visit() == b"", "not today"
    late = store.put("visit", {**plan, "planned_on": today - 1}).record_id
    now = store.put("visit", {**plan, "planned_on": today}).record_id

    rows = page.planned()
    assert [(visit_id, is_late) for visit_id, _, is_late in rows] == [
        (late, True), (now, False), (ahead, False),
    ]  # fmt: skip
    assert rows[1][1].endswith(context.say("tablet.day.today"))
    for visit_id in (late, now):
        assert page.due_visit() == visit_id
        assert through(VisitPresenter(context, "person", person, page.due_visit())).save()
    assert page.due_visit() == b""
    assert [one[0] for one in page.planned()] == [ahead]


def test_a_souk_stands_at_its_hour_and_is_done_once_one_was_there(tmp_path):
    context = a_context(tmp_path, "fr")
    today, put = TodayPresenter(context), context.opened.put
    person = put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    plan = {"person_id": person, "commune_code": HOME, "state": "planned"}
    planned = put("visit", {**plan, "planned_on": today.day})
    stop = {"commune_code": HOME, "weekday": local_time.weekday_of(today.day), "is_souk": True}
    hours = {"Any": (None, None), "Noon": (720, 900), "Early": (390, 900), "Soon": (445, None),
             "Over": (300, 415), "One": (600, None), "Two": (601, None)}  # fmt: skip
    stops = {
        name: put("stop", {**stop, "place_fr": name, "from_minute": first, "to_minute": last})
        for name, (first, last) in hours.items()
    }
    put("stop", {**stop, "place_fr": "Elsewhere", "from_minute": 400, "commune_code": NEAR})
    put("stop", {**stop, "place_fr": "Next week", "every_weeks": 2, "valid_from": today.day - 7})
    put("stop", {**stop, "place_fr": "Last year's", "valid_to": today.day - 1})

    def round_of():
        return [one.title for one in today.coming()]

    names = [name for _, name in SoukPresenter(context).places()]
    assert names[:4] == ["Over", "Early", "Elsewhere", "Soon"]
    assert names[-1] == "Next week", "after all that are held today"
    assert "Last year's" not in names
    assert local_time.minutes_of(context.now_ms()) == 420
    assert round_of() == ["Early", "Soon", "Ali", "One", "Two", "Noon", "Any"]
    assert [one.stage for one in today.coming()] == ["now", *["next"] * 6]

    for name in ("Early", "Any"):
        SoukPresenter(context, stops[name].record_id)
        for _ in range(2):
            assert QuickPresenter(context, "person", person).save()
    assert round_of() == ["Soon", "Ali", "One", "Two", "Noon"]
    behind = [today.visited(one) for one in today.behind()]
    assert [one.title for one in behind] == ["Ali", "Ali", "Early", "Ali", "Ali", "Any"]
    assert {one.stage for one in behind} == {"done"}
    assert len(today.visits()) == 4

    through(VisitPresenter(context, "person", person, planned.record_id)).save()
    assert not today.offers_slip(), "souks are left"
    context.opened.clock.wall += 9 * 3_600_000
    for name in ("Soon", "One", "Two"):
        assert name in round_of()
        SoukPresenter(context, stops[name].record_id)
        assert QuickPresenter(context, "person", person).save()
    assert round_of() == []
    assert today.offers_slip()


def test_the_days_slip_is_offered_once_when_the_round_is_done_or_in_the_evening(tmp_path):
    context = a_context(tmp_path, "fr")
    today, store = TodayPresenter(context), context.opened
    morning = local_time.day_start(today.day) + 9 * 3_600_000
    store.clock.wall = morning
    person = store.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    plan = {"person_id": person, "commune_code": HOME, "state": "planned", "planned_on": today.day}
    planned = store.put("visit", plan)
    assert not today.offers_slip()
    other = store.put("person", {"name_fr": "Zineb", "commune_code": HOME}).record_id
    assert through(VisitPresenter(context, "person", other)).save()
    assert not today.offers_slip(), "one is left"
    assert through(VisitPresenter(context, "person", person, planned.record_id)).save()
    assert today.offers_slip()
    DaySlipPresenter(context)
    assert not today.offers_slip()
    store.clock.wall = morning + 9 * 3_600_000
    assert not today.offers_slip(), "once a day"

    store.clock.wall += 24 * 3_600_000
    assert not today.offers_slip(), "nothing was done"
    store.clock.wall = local_time.day_start(today.day) + 10 * 3_600_000
    assert through(VisitPresenter(context, "person", person)).save()
    assert not today.offers_slip(), "nothing was planned: the day goes on"
    store.clock.wall = local_time.day_start(today.day) + 17 * 3_600_000
    assert today.offers_slip()


def test_a_save_can_be_taken_back_whole_and_saved_again(tmp_path):
    context = a_context(tmp_path)
    visit = through(a_visit(context))
    visit.add_photo("site", Photo(b"bytes", 4, 3, "", 0.0))
    visit.inputs.type("notes", "قيل لنا")
    visit.number = len(visit.steps)
    before = context.opened.kept("next_seq")
    assert visit.save()
    assert drafts.list(context.opened) == (), "put away: no unsent work"
    assert SlipPresenter(context, visit.saved_id).can_undo()
    store = context.opened
    assert undo.take_back_save(store, visit.saved_id)
    assert [store.count(one) for one in ("visit", "consent", "photo")] == [0, 0, 0]
    assert store.db.execute("SELECT count(*) FROM blob").fetchone() == (0,)
    assert store.kept("next_seq") == before
    again = VisitPresenter(context, "person", visit.subject.record_id)
    assert (again.step, again.inputs.text("notes")) == ("check", "قيل لنا")
    assert (len(again.photos()), again.position) == (1, visit.position)
    assert again.save()
    assert [store.count(one) for one in ("visit", "photo")] == [1, 2], "the signature too"


def test_a_page_that_is_taken_back_brings_no_draft_of_a_saved_visit(tmp_path):
    context = a_context(tmp_path)
    store = context.opened
    visit = through(a_visit(context))
    assert visit.save()
    values = {"person_id": visit.subject.record_id, "commune_code": HOME, "type": "cnie"}
    page = media.capture(store, "document", values, b"page").record_id
    assert undo.take_back(store, page, 10**12)
    assert drafts.list(store) == ()


def test_what_was_put_away_is_forgotten_at_the_next_save(tmp_path):
    context = a_context(tmp_path)
    store = context.opened
    assert through(a_visit(context)).save()
    assert through(a_visit(context)).save()
    kinds = [one for (one,) in store.db.execute("SELECT kind FROM draft")]
    assert kinds == ["~visit"]
    drafts.forget(store, undo.WITHIN_MS)  # as at a lock: what can be undone still has its draft
    assert [one for (one,) in store.db.execute("SELECT kind FROM draft")] == ["~visit"]
    store.clock.wall += undo.WITHIN_MS
    drafts.forget(store, undo.WITHIN_MS)
    assert store.db.execute("SELECT count(*) FROM draft").fetchone() == (0,)
    drafts.forget(store)
    assert store.db.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_where_a_visit_was_is_kept_with_its_draft(tmp_path):
    here = Position(31_500_000, -7_000_000, 12, 1_790_000_000_000)
    context = a_context(tmp_path, gps=FakeGps(here))
    context.opened.clock.wall = here.at_ms
    visit = a_visit(context)
    subject = visit.subject.record_id
    assert visit.locate() is False
    assert visit.position == here
    fresh = VisitPresenter(context, "person", subject)
    assert (fresh.position, fresh.is_dirty) == (here, False), "the receiver makes no draft"
    visit.keep()

    context.gps.here = Position(33_000_000, -6_000_000, 5, here.at_ms)  # at home, in the evening
    again = VisitPresenter(context, "person", subject)
    assert (again.position, again.locating.is_done) == (here, True)


def test_a_planned_visit_is_the_one_that_is_made_whichever_way_one_came(tmp_path):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_ar": "فاطمة", "commune_code": HOME}).record_id
    today = local_time.day_of(context.now_ms())
    plan = {"person_id": person, "commune_code": HOME, "state": "planned"}
    late, later = (
        context.opened.put("visit", {**plan, "planned_on": today + one}).record_id
        for one in (-1, 3)
    )
    visit = through(VisitPresenter(context, "person", person))
    visit.keep()
    visit = VisitPresenter(context, "person", person)
    assert visit.save()
    assert visit.saved_id == late
    assert VisitPresenter(context, "person", person).planned_id == b"", "the later one is not due"
    assert context.opened.get("visit", later).values["state"] == "planned"


def test_souk_and_paper_and_corrections_have_drafts_in_more(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    sent = through(a_visit(context))
    assert sent.save()
    person = sent.subject.record_id
    quick = QuickPresenter(context, "person", person)
    paper = PaperPresenter(context)
    correction = VisitPresenter(context, "person", person, amends_id=sent.saved_id)
    point = store.put("contact_point", {"name_fr": "Aïn", "commune_code": HOME}).record_id
    given = {"point_id": point, "commune_code": HOME, "state": "open"}
    incident = FormPresenter(context, "incident", given=given)
    assert not any(one.is_dirty for one in (quick, paper, correction, incident))

    quick.inputs.type("notes", "vite")
    quick.consent = True
    paper.choose("person", person)
    paper.notes = "papier"
    correction.reason = "faute"
    incident.inputs.put("kind", "power")
    for one in (quick, paper, correction, incident):
        assert one.is_dirty
        one.keep()

    screens = {
        "quick": QuickPresenter,
        "paper": PaperPresenter,
        "visit": VisitPresenter,
        "form": FormPresenter,
    }
    begun = MorePresenter(context).drafts()
    found = {screen: screens[screen](context, *where) for screen, where, *_ in begun}
    assert (found["quick"].inputs.text("notes"), found["quick"].consent) == ("vite", True)
    assert (found["paper"].notes, found["paper"].subject.record_id) == ("papier", person)
    assert (found["visit"].reason, found["visit"].amends_id) == ("faute", sent.saved_id)
    assert found["form"].given == given
    assert found["quick"].save(), found["quick"].problem
    assert found["form"].save(), found["form"].problem
    for one in (found["paper"], found["visit"]):
        one.discard()
    assert MorePresenter(context).drafts() == []


def test_what_was_offered_or_followed_by_other_work_is_not_taken_back(tmp_path):
    context = a_context(tmp_path)
    store = context.opened
    visit = through(a_visit(context))
    visit.save()
    person = visit.subject.record_id
    store.put("person", {"douar": "بعده"}, person)
    assert not undo.can_take_back(store, visit.saved_id, 30_000)
    assert undo.can_take_back(store, person, 30_000)
    assert undo.take_back(store, person, 30_000)
    assert store.get("person", person).values["douar"] is None
    store.keep(offered_seq=store.kept("next_seq") - 1)
    assert not undo.can_take_back(store, visit.saved_id, 30_000)
    assert not undo.take_back(store, visit.saved_id, 30_000)
    assert store.count("visit") == 1


def test_a_push_marks_what_it_offered(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    saved = tablet.store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    assert undo.can_take_back(tablet.store, saved.record_id, 10**9)
    tablet.sync()
    assert not undo.can_take_back(tablet.store, saved.record_id, 10**9)
    assert tablet.store.kept("offered_seq") == 1


# Souk


def test_at_the_souk_place_and_kind_are_said_once(tmp_path):
    context = a_context(tmp_path, "fr")
    stop = context.opened.put("stop", {"commune_code": HOME, "place_fr": "Souk El Had"})
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": NEAR})
    souk = SoukPresenter(context)
    assert souk.search("") == []
    souk.choose_place(f"stop:{stop.record_id.hex()}")
    souk.choose_type("documents")
    (found,) = SoukPresenter(context).search("ali")
    quick = QuickPresenter(context, found.entity, found.record_id)
    quick.inputs.choose("needs", "identity")
    quick.consent = True
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    values = visit.values
    assert (values["stop_id"], values["type"], values["channel"], values["person_id"]) == (
        stop.record_id, "documents", "souk", person.record_id,
    )  # fmt: skip
    assert SoukPresenter(context).served() == 1
    assert not QuickPresenter(context, found.entity, found.record_id).asks_consent()


def test_at_a_point_one_person_after_another_is_met_there(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    named = {"commune_code": HOME, "status": "active", "modality": "physical"}
    point = store.put("contact_point", {**named, "name_fr": "Relais d'Igli"}).record_id
    store.put("contact_point", {**named, "modality": "digital", "name_fr": "Portail"})
    person = store.put("person", {"name_fr": "Ali", "commune_code": NEAR}).record_id
    with transaction(store.db):
        today = local_time.day_of(context.now_ms())
        store.keep(souk={"day": today, "stop_id": b"", "type": "needs"})  # as an older app did
    souk = SoukPresenter(context)
    assert souk.places() == [(f"point:{point.hex()}", "Relais d'Igli")]
    souk.choose_place(f"point:{point.hex()}")
    assert SoukPresenter(context).place == "Relais d'Igli"
    assert QuickPresenter(context, "person", person).save()
    (visit,) = store.list("visit")
    assert (visit.values["point_id"], visit.values["stop_id"]) == (point, None)
    assert visit.values["channel"] == "at_point"
    assert SoukPresenter(context).served() == 1


@pytest.mark.parametrize("is_mock", [False, True])
def test_a_feigned_position_is_said_to_be_so_at_the_souk_as_on_the_farm(tmp_path, is_mock):
    context = a_context(tmp_path)
    here = Position(29_700_000, -9_700_000, 12, context.now_ms(), is_mock=is_mock)
    context.gps = FakeGps(here)
    visit = through(a_visit(context))
    assert visit.save(), visit.problem
    quick = QuickPresenter(context, "person", visit.subject.record_id)
    assert quick.save(), quick.problem
    placed = ("latitude", "longitude", "accuracy_m", "position_mock", "position_missing")
    for one in context.opened.list("visit"):
        assert [one.values[name] for name in placed] == [
            29_700_000, -9_700_000, 12, is_mock or None, None,
        ]  # fmt: skip
    assert context.opened.count("visit") == 2


@pytest.mark.parametrize(
    ("late_ms", "trouble", "missing"),
    [
        (-1, "", "no_signal"),
        (0, "", None),
        (0, "refused", "refused"),
        (0, "no_device", "no_device"),
    ],
)
def test_a_visit_at_the_souk_has_a_position_of_now_or_the_true_reason(
    tmp_path, late_ms, trouble, missing
):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    at = context.now_ms() + late_ms * (AGE_MS_MAX + 1)
    gps = context.gps = FakeGps(Position(29_700_000, -9_700_000, 12, at), trouble)
    quick = QuickPresenter(context, "person", person.record_id)
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    latitude = None if missing else 29_700_000
    assert (visit.values["latitude"], visit.values["position_missing"]) == (latitude, missing)
    assert not gps.is_looking


def test_at_the_souk_the_receiver_looks_while_one_writes(tmp_path):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    gps = context.gps = FakeGps(None)
    quick = QuickPresenter(context, "person", person.record_id)
    assert gps.is_looking
    gps.here = Position(29_700_000, -9_700_000, 80, context.now_ms())
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    assert visit.values["accuracy_m"] == 80
    assert not gps.is_looking


# Slips, sync, settings


def test_the_slips_say_how_far_each_visit_has_come(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = through(a_visit(context))
    visit.save()
    slip = SlipPresenter(context, visit.saved_id)
    assert slip.state()[0] == "on_tablet"
    assert ("Issue", "Réalisée") in [(what, said) for what, said in slip.lines()] or slip.lines()
    size = len(slip.qr())
    assert size >= 21
    assert all(len(row) == size for row in slip.qr())
    day = DaySlipPresenter(context)
    assert day.counts() == [("on_tablet", "Sur la tablette", 1)]
    assert [row[1] for row in day.rows()] == ["فاطمة"]


def test_a_day_of_eighty_visits_is_counted_whole(tmp_path):
    context = a_context(tmp_path, "fr")
    store, today = context.opened, TodayPresenter(context)
    for _ in range(80):
        met = {"started_at": context.now_ms(), "agent_id": store.kept("agent_id")}
        store.put("visit", {"commune_code": HOME, **met})

    assert len(today.done()) == len(today.visits()) == 80
    assert DaySlipPresenter(context).counts() == [("on_tablet", "Sur la tablette", 80)]


def test_the_price_is_said_before_and_the_receipts_after(world, tmp_path):
    from mobile_app.device.gps import NoGps
    from mobile_app.screens.context import Context
    from mobile_app.store.reference import Reference

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = Context(tmp_path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    tablet.sync()
    screen = SyncPresenter(context)
    assert screen.price_words() == ""
    through(a_visit(context)).save()
    assert "fiches" in screen.price_words()
    assert "environ" in screen.price_words()
    assert {one.state for one in screen.receipts()} == {"on_tablet"}
    world.serve_blobs()
    screen.run()
    assert screen.problem == ""
    assert {one.state for one in screen.receipts()} == {"received"}


def test_photos_wait_for_wifi_if_that_is_wanted(world, tmp_path):
    from mobile_app.device.gps import NoGps
    from mobile_app.screens.context import Context
    from mobile_app.store import media
    from mobile_app.store.reference import Reference

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = Context(tmp_path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    context.settings.photos_on_wifi = True
    tablet.sync()
    through(a_visit(context)).save()
    world.serve_blobs()
    screen = SyncPresenter(context)
    screen.run()
    assert (tablet.store.pending_count(), media.pending_count(tablet.store)) == (0, 1)
    (visit,) = [one for one in screen.receipts() if "Visite" in one.title]
    assert visit.word == "Texte reçu, photos ici"
    context.settings.photos_on_wifi = False
    screen.run()
    assert media.pending_count(tablet.store) == 0


def test_a_pause_holds_between_two_messages_and_the_next_exchange_goes_on(world, tmp_path):
    from mobile_app.device.gps import NoGps
    from mobile_app.screens.context import Context
    from mobile_app.store.reference import Reference

    world.user("one", HOME)
    there, here = world.tablet("one"), world.tablet("one")
    for number in range(200):
        noise = sha256(bytes([number])).hexdigest()  # what does not shrink
        there.put("person", name_fr=noise, commune_code=HOME)
    there.sync()
    with transaction(here.store.db):
        here.store.keep(page_bytes=1_000)
    context = Context(tmp_path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = here.store, lambda _store: here.line
    screen, sent = SyncPresenter(context), []
    send = here.line.send

    def send_and_pause(body):
        answer = send(body)
        sent.append(body)
        if len(sent) == 1:
            screen.pause()
        return answer

    here.line.send = send_and_pause
    screen.run()
    assert len(sent) == 1
    assert screen.problem == context.say("refusal.exchange_paused")
    assert not screen.is_running
    assert here.store.count("person") == 0, "what came waits for the rest"

    screen.run()
    assert (screen.problem, here.store.count("person")) == ("", 200)
    paused = len(sent)
    whole = world.tablet("one")
    with transaction(whole.store.db):
        whole.store.keep(page_bytes=1_000)
    whole.sync()
    assert paused == whole.line.traffic.round_trips > 1, "nothing that came is asked again"


def test_choices_last_and_a_damaged_file_does_not_stop_the_app(tmp_path):
    otherwise = settings.Settings("fr", "dark")
    assert settings.load(tmp_path, otherwise) == otherwise
    settings.save(tmp_path, settings.Settings("zgh", "sunlight", photos_on_wifi=True))
    assert settings.load(tmp_path, otherwise).language == "zgh"
    (tmp_path / "settings.json").write_bytes(b"\xff{")
    assert settings.load(tmp_path, otherwise) == otherwise
    assert msgspec.json.encode(otherwise)


def test_practice_is_whole_and_can_never_be_sent(tmp_path):
    from mobile_app.practice import leave_practice, open_practice, refuse_line

    context = a_context(tmp_path, "fr")
    context.store = open_practice(tmp_path, context.opened.clock)
    context.connect = refuse_line
    assert TodayPresenter(context).coming()[0].stage == "now"
    person = context.opened.search("person", "fatima")[0]
    visit = through(VisitPresenter(context, "person", person.record_id))
    assert visit.save(), visit.problem
    screen = SyncPresenter(context)
    screen.run()
    assert screen.problem == context.say("refusal.practice_only")
    assert context.opened.kept("url") is None
    context.opened.close()
    leave_practice(tmp_path)
    assert not (tmp_path / "practice").exists()


def test_who_is_near_comes_first_with_the_distance(tmp_path):
    context = a_context(tmp_path, "fr")
    here = Position(30_440_000, -8_730_000, 7, context.now_ms())
    context.gps = FakeGps(here)
    put = context.opened.put
    for name, north in (("Far", 90_000), ("Close", 9_000)):
        person = put("person", {"name_fr": name, "commune_code": HOME})
        met = {"person_id": person.record_id, "commune_code": HOME, "longitude": here.longitude}
        put("visit", {**met, "latitude": here.latitude + north})
    put("person", {"name_fr": "Nobody knows where", "commune_code": HOME})
    find = FindPresenter(context)
    assert len(find.rows) == 3
    find.toggle_near()
    assert [one.title for one in find.rows] == ["Close", "Far"]
    assert find.rows[0].detail.startswith("1,0 km")
    find.search("far")
    assert [one.title for one in find.rows] == ["Far"]
    find.search("")
    find.toggle_near()
    context.gps = FakeGps(None, "refused")
    find.toggle_near()
    assert (find.is_near, len(find.rows)) == (False, 3)
    assert find.problem == context.say("tablet.find.no_position")


def test_a_kind_is_found_behind_many_of_another_and_counted_whole(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    with transaction(store.db):
        for _ in range(70):
            store.put("person", {"name_fr": "Amal Tazi", "commune_code": HOME})
    for place in (HOME, NEAR):
        store.put("enterprise", {"name_fr": "Coopérative Amal des femmes", "commune_code": place})
    store.put("person", {"name_fr": "Omar", "commune_code": NEAR})
    find = FindPresenter(context)
    every = {"person": 71, "enterprise": 2, "contact_point": 0}
    assert find.counts() == every
    find.search("amal")
    assert (len(find.rows), find.counts()) == (60, {**every, "person": 70})

    find.filter("enterprise")
    assert [one.entity for one in find.rows] == ["enterprise"] * 2
    assert find.counts() == {**every, "person": 70}
    find.filter("person")
    assert len(find.rows) == 60

    assert [code for code, _ in find.communes()] == ["", HOME, NEAR]
    find.filter_commune(NEAR)
    assert (find.rows, find.counts()) == ([], {"person": 0, "enterprise": 1, "contact_point": 0})
    find.search("")
    assert [one.title for one in find.rows] == ["Omar"]
    find.filter("")
    assert find.counts() == {"person": 1, "enterprise": 1, "contact_point": 0}


def test_near_me_starts_the_receiver_waits_for_it_and_lets_it_rest(tmp_path):
    gps = FakeGps(None)
    context = a_context(tmp_path, "fr", gps)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME}).record_id
    at = {"latitude": 31_000_000, "longitude": -7_000_000, "started_at": context.now_ms()}
    context.opened.put("visit", {"person_id": person, "commune_code": HOME, **at})
    find = FindPresenter(context)
    find.toggle_near()
    assert (gps.is_looking, find.is_looking, find.rows) == (True, True, [])
    assert not find.look()

    gps.here = Position(31_000_100, -7_000_000, 9, context.now_ms())
    assert find.look()
    find.search("")
    assert [one.title for one in find.rows] == ["Ali"]
    assert (gps.is_looking, find.is_looking) == (False, False)

    find.toggle_near()
    gps.here = None
    find.toggle_near()
    assert gps.is_looking
    find.leave()
    assert not gps.is_looking


def test_of_many_who_answer_the_near_ones_are_found(tmp_path):
    context = a_context(tmp_path, "fr")
    here = Position(30_440_000, -8_730_000, 7, context.now_ms())
    context.gps = FakeGps(here)
    store = context.opened
    with transaction(store.db):
        people = [
            store.put("person", {"name_fr": "Amal Tazi", "commune_code": HOME}) for _ in range(70)
        ]
    met = {"latitude": here.latitude, "longitude": here.longitude, "started_at": 5}
    for one in people[::69]:
        store.put("visit", {"person_id": one.record_id, "commune_code": HOME, **met})
    find = FindPresenter(context)
    find.toggle_near()
    find.search("amal")
    assert [one.record_id for one in find.rows] == [one.record_id for one in people[::69]]
    assert find.counts()["person"] == 2
    find.filter("enterprise")
    assert (find.rows, find.counts()["person"]) == ([], 2)


# Points and training


def test_a_receipt_says_whom_or_what_it_is_about(tmp_path):
    from mobile_app.screens.sync.presenter import SyncPresenter

    context = a_context(tmp_path, "fr")
    put = context.opened.put
    here = {"commune_code": HOME}
    person = put("person", {**here, "name_fr": "Rkia"}).record_id
    point = put("contact_point", {**here, "name_fr": "Relais d'Igli"}).record_id
    visit = put("visit", {**here, "person_id": person}).record_id
    put("incident", {**here, "point_id": point, "kind": "power"})
    put("maturity_assessment", {**here, "visit_id": visit})
    put("task", {**here, "visit_id": visit, "kind": "call_back"})
    asked = {"kind": "conflict", "entity": "visit", "record_id": visit, "field": "outcome"}
    put("review", {**here, **asked})
    put("review", {**here, **asked, "entity": "newer"})
    put("training_session", {**here, "topic": "e_services"})
    titles = sorted(one.title for one in SyncPresenter(context).receipts())
    assert titles == sorted(
        [
            "Personne · Rkia", "Relais · Relais d'Igli", "Visite · Rkia",
            "Incident · Relais d'Igli", "Diagnostic numérique · Rkia", "Tâche · Rkia",
            "Décision · Rkia", "Décision", "Session de formation",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "lundi – vendredi 08:30–12:00, 14:00–16:30 · samedi 09:00–12:00"),
        ("ar", "الإثنين – الجمعة 08:30–12:00، 14:00–16:30 · السبت 09:00–12:00"),
    ],
)
def test_the_hours_of_a_point_are_checked_and_said_in_words(tmp_path, language, said):
    from mobile_app.screens.point.presenter import PointPresenter

    context = a_context(tmp_path, language)
    point = context.opened.put("contact_point", {"name_fr": "Igli", "commune_code": HOME})
    form = FormPresenter(context, "contact_point", point.record_id)
    form.inputs.type("hours", "de 8h à 16h")
    assert "Mo-Fr" in form.inputs.problems["hours"]
    form.inputs.type("hours", "Mo-Fr 08:30-12:00, 14:00-16:30; Sa 09:00-12:00")
    assert form.save()
    page = PointPresenter(context, "contact_point", point.record_id)
    page.refresh()
    unmarked = str.maketrans(dict.fromkeys("\u200f\u2066\u2069"))
    assert said in [one.translate(unmarked) for _, one, _ in page.facts()]


def test_a_point_is_checked_with_and_without_a_line(world, tmp_path):
    from mobile_app.device.gps import NoGps
    from mobile_app.exchange.transport import Unreachable
    from mobile_app.screens.context import Context
    from mobile_app.screens.point.presenter import PointPresenter
    from mobile_app.store.reference import Reference

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = Context(tmp_path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    tablet.sync()
    put = context.opened.put
    point = put("contact_point", {"name_fr": "Relais d'Igli", "commune_code": HOME})
    screen = PointPresenter(context, "contact_point", point.record_id)
    screen.inputs.put("has_power", value=True)
    screen.test()
    assert (screen.problem, screen.result) == ("", context.say("tablet.point.checked"))

    def no_line(_store):
        raise Unreachable("no answer")

    context.connect = no_line
    screen.test()
    checks = context.opened.list("connectivity_check", order="checked_at, id")
    assert {one.values["technology"] for one in checks} == {None, "none"}
    assert all(one.values["has_power"] for one in checks)
    assert len(screen.checks()) == 2


def test_an_incident_is_reported_and_resolved(tmp_path):
    from mobile_app.screens.point.presenter import PointPresenter

    context = a_context(tmp_path, "fr")
    point = context.opened.put("contact_point", {"name_fr": "Relais", "commune_code": HOME})
    given = {"commune_code": HOME, "point_id": point.record_id, "opened_at": 5, "state": "open"}
    form = FormPresenter(context, "incident", given=given)
    assert not form.save()
    assert "kind" in form.inputs.problems
    form.inputs.choose("kind", "power")
    assert form.save(), form.problem
    screen = PointPresenter(context, "contact_point", point.record_id)
    ((record_id, said, _when, is_open),) = screen.incidents()
    assert is_open
    assert said == context.say("incident.kind.power")
    screen.resolve(record_id)
    assert [one[3] for one in screen.incidents()] == [False]


def test_who_was_there_is_noted_once_each(tmp_path):
    from mobile_app.screens.training.presenter import TrainingPresenter, TrainingsPresenter

    context = a_context(tmp_path, "fr")
    form = FormPresenter(context, "training_session", given={"state": "planned", "starts_at": 5})
    form.inputs.choose("topic", "e_services")
    form.inputs.put("commune_code", HOME)
    assert form.save(), form.problem
    ((session_id, title, _detail, _state),) = TrainingsPresenter(context).rows()
    assert title == context.say("training_session.topic.e_services")
    person = context.opened.put("person", {"name_ar": "فاطمة", "commune_code": NEAR})
    session = TrainingPresenter(context, "training_session", session_id)
    assert session.search("") == []
    assert [one.record_id for one in session.search("fatima")] == [person.record_id]
    session.add(person.record_id)
    session.add(person.record_id)
    ((attendance_id, _, _, state, _),) = [
        (one.attendance_id, one.title, one.other, one.state, one.word) for one in session.people()
    ]
    assert (state, session.present_count()) == ("present", 1)
    session.mark(attendance_id, "absent")
    assert session.present_count() == 0
    session.hold()
    session.refresh()
    assert session.session.values["state"] == "held"


def test_the_window_reads_while_an_exchange_writes(tmp_path):
    import threading

    context = a_context(tmp_path)
    store, seen = context.opened, []

    def write():
        beside = store.beside()
        for number in range(150):
            beside.put("person", {"name_fr": f"P{number}", "commune_code": HOME})
        beside.close()
        seen.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        store.pending_count()
        store.last_changes(5)
        context.truth()
    writer.join()
    assert seen == [149]
    assert store.pending_count() == 150


# Maturity and requests


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


def test_a_paper_form_is_entered_by_its_codes(tmp_path):
    from mobile_app.screens.paper.presenter import PaperPresenter

    context = a_context(tmp_path, "fr")
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    form = PaperPresenter(context)
    form.codes = "A1 B5 C6 D1 E4"
    assert not form.save()
    assert form.problem == context.say("tablet.paper.nobody")
    ((entity, record_id),) = [(one.entity, one.record_id) for one in form.search("ali")]
    form.choose(entity, record_id)
    assert len(form.read()) == 5
    form.codes = "A1 B99"
    assert form.read() == []
    assert "B99" in form.problem
    assert not form.save()
    form.codes = "A1 B5"
    assert not form.save()
    form.codes, form.notes, form.day = "a1b5c6d1e4", "Vu au souk", form.day - 2
    assert form.save(), form.problem
    (visit,) = context.opened.list("visit")
    values = visit.values
    assert (values["type"], values["needs"], values["satisfaction"], values["person_id"]) == (
        "assistance", ("water",), 4, person.record_id,
    )  # fmt: skip
    assert context.now_ms() - values["started_at"] > 86_400_000
    assert (form.entered, form.subject, form.codes) == (1, None, "")


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
