"""A visit that the office sent back comes to its agent as that visit, and its answer closes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mobile_app.device.gps import FakeGps, Fix
from mobile_app.exchange import uploads
from mobile_app.exchange.contact import make_contact
from mobile_app.screens.attention.presenter import AttentionPresenter
from mobile_app.screens.slip.presenter import SlipPresenter
from mobile_app.screens.today.presenter import TodayPresenter, attention_count
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.screens.voice import RETURN, Spoken
from mobile_app.store import media, undo
from mobile_app.store.database import transaction
from server.exchange import reach
from sync import local_time, scopes
from tests.mobile_app.scenes import STROKES, linked
from tests.world import HOME

SAID = b"said by the office" * 90


@pytest.fixture
def here(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    person = tablet.put("person", name_fr="Rkia Id Belkacem", commune_code=HOME).record_id
    values = {"channel": "phone", "type": "documents", "outcome": "partial", "state": "ended"}
    where = {"commune_code": HOME, "person_id": person, "position_missing": "by_phone"}
    tablet.visit = tablet.put("visit", **values, **where, review_state="submitted").record_id
    tablet.sync()
    return tablet


def send_back(world, tablet, field="outcome", note="Le devis a-t-il été remis ?", days=2):
    """Return the visit as the desk does, and let the tablet hear of it."""
    world.user("desk", HOME, role="regional_coordinator", name_fr="Salma Bennis")
    world.change(
        "visit",
        tablet.visit,
        review_state="returned",
        returned_field=field,
        returned_note=note,
        returned_due_on=local_time.day_of(world.now) + days,
        returned_by=world.agent("desk"),
        returned_at=world.now,
    )
    tablet.sync()


def opened(tablet, path):
    """Return the form that Attention leads to."""
    context = linked(tablet, path)
    (row,) = AttentionPresenter(context).rows()
    return VisitPresenter(context, *row.opens[1])


def test_it_says_who_asks_what_until_when_on_today_and_where_all_waits(world, here, tmp_path):
    send_back(world, here)
    context = linked(here, tmp_path)
    (row,) = AttentionPresenter(context).rows()
    assert (row.title, row.asked.by, row.asked.label) == (
        "Rkia Id Belkacem", "Salma Bennis", "Résultat",
    )  # fmt: skip
    assert row.asked.note == "Le devis a-t-il été remis ?"
    assert (row.word, row.asked.is_late) == ("Renvoyée", False)
    (today,) = TodayPresenter(context).returned()
    assert (today.opens, today.word) == (row.opens, "Renvoyée")

    here.pass_time(3 * scopes.DAY_MS)
    (row,) = AttentionPresenter(context).rows()
    assert (row.word, row.asked.is_late) == ("En retard", True)
    assert TodayPresenter(context).returned()[0].word == "En retard"


def test_the_same_visit_is_corrected_and_the_answer_closes_it(world, here, tmp_path):
    send_back(world, here)
    here.line.cut = True
    visit = opened(here, tmp_path)
    assert (visit.step, visit.leads_to) == ("end", "outcome")
    assert visit.inputs.remarks["outcome"]
    visit.inputs.put("outcome", "done")
    assert visit.save(), visit.problem
    assert visit.saved_id == here.visit
    assert here.store.count("visit") == 1
    assert attention_count(visit.context) == 0
    (row,) = TodayPresenter(visit.context).returned()
    assert row.state == "on_tablet"

    here.line.cut = False
    here.sync()
    kept = world.get("visit", here.visit)
    assert (kept["outcome"], kept["review_state"], kept["state"]) == ("done", "corrected", "ended")
    assert kept["amends_id"] is None
    assert TodayPresenter(visit.context).returned()[0].state == "received"
    assert here.store.outbox.held() == []

    world.change("visit", here.visit, review_state="accepted")
    here.sync()
    assert TodayPresenter(visit.context).returned() == []


def test_an_answer_may_be_a_sentence_and_changes_nothing_that_was_not_asked(world, here, tmp_path):
    send_back(world, here, note="")
    before = here.values("visit", here.visit)
    visit = opened(here, tmp_path)
    visit.context.gps = FakeGps(Fix(30_440_000, -8_730_000, 8))  # at the office, days later
    visit = VisitPresenter(visit.context, "person", before["person_id"], amends_id=here.visit)
    visit.reason = "Le devis arrive jeudi."
    assert visit.save(), visit.problem
    after = here.values("visit", here.visit)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"review_state", "amend_reason"}


@pytest.mark.parametrize(
    ("part", "step"),
    [("photos", "proof"), ("signature", "proof"), ("consents", "proof"), ("position", "who")],
)
def test_what_is_no_field_leads_to_its_step(world, here, tmp_path, part, step):
    send_back(world, here, field=part)
    visit = opened(here, tmp_path)
    assert (visit.step, visit.leads_to) == (step, part)


def test_a_signature_and_a_position_are_given_later(world, here, tmp_path):
    send_back(world, here, field="signature")
    visit = opened(here, tmp_path)
    assert not visit.save()
    visit.strokes = STROKES
    assert visit.save(), visit.problem
    assert here.store.count("photo", "purpose = 'signature'") == 1

    send_back_again = {"review_state": "returned", "returned_at": world.now + 1}
    here.sync()
    world.change("visit", here.visit, returned_field="position", **send_back_again)
    here.sync()
    context = linked(here, tmp_path)
    context.gps = FakeGps(Fix(30_440_000, -8_730_000, 8))
    visit = VisitPresenter(context, *AttentionPresenter(context).rows()[0].opens[1])
    assert visit.save(), visit.problem
    assert here.values("visit", here.visit)["latitude"] == 30_440_000
    assert here.values("visit", here.visit)["position_missing"] is None


def test_an_answer_is_taken_back_to_where_it_was_given(world, here, tmp_path):
    send_back(world, here)
    visit = opened(here, tmp_path)
    visit.inputs.put("outcome", "done")
    assert visit.save(), visit.problem
    slip = SlipPresenter(visit.context, here.visit)
    way = slip.way_back()
    assert slip.can_undo()
    assert undo.take_back_save(here.store, here.visit)
    again = VisitPresenter(visit.context, *way)
    assert again.question
    assert again.inputs.values["outcome"] == "done", "the draft is back"


def test_a_spoken_question_comes_by_itself_and_is_heard_without_a_line(world, here, tmp_path):
    world.user("other", HOME)
    desk = world.tablet("other")
    spoken = {"visit_id": here.visit, "purpose": RETURN, "seconds": 4, "commune_code": HOME}
    media.capture(desk.store, "voice_note", spoken, SAID)
    desk.sync()
    assert uploads.send_all(desk.store, desk.line, None).verified == 1
    send_back(world, here, note="")

    note = here.store.list("voice_note")[0].record_id
    assert media.find(here.store, note) is None
    here.pass_time()
    make_contact(here.store, here.line)
    here.line.cut = True
    context = linked(here, tmp_path)
    (row,) = AttentionPresenter(context).rows()
    (recording,) = row.asked.recordings
    assert Spoken(context, "visit", here.visit, RETURN).content(recording.key) == SAID


def test_a_visit_that_left_the_tablet_comes_back_with_its_question(world, here, tmp_path):
    year = datetime.fromtimestamp(world.now / 1000, tz=UTC).year
    ahead = int(datetime(year + 2, 3, 1, tzinfo=UTC).timestamp() * 1000) - world.now
    here.pass_time(ahead)
    here.sync()
    assert here.store.find("visit", here.visit) is None, "of a half-year that it carries no more"

    agent = world.agent("one")
    world.database.write(lambda work: reach.bring(work, "visit", here.visit, agent))
    send_back(world, here)
    assert opened(here, tmp_path).question.note


@pytest.mark.parametrize("is_about_nobody", [False, True])
def test_it_is_corrected_also_where_who_was_visited_is_not_here(
    world, here, tmp_path, is_about_nobody
):
    send_back(world, here)
    with transaction(here.store.db):  # as after their commune became another's
        here.store.db.execute("DELETE FROM person")
        if is_about_nobody:
            here.store.db.execute("UPDATE visit SET person_id = NULL")
    visit = opened(here, tmp_path)
    assert visit.title.startswith("Visite")
    visit.inputs.put("outcome", "done")
    assert visit.save(), visit.problem
    here.sync()
    kept = world.get("visit", here.visit)
    assert (kept["outcome"], kept["review_state"]) == ("done", "corrected")
    assert kept["person_id"], "what the visit said of them stands"
