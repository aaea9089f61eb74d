"""A save is taken back, whole, as long as nobody saw it; drafts wait in More."""

from __future__ import annotations

from mobile_app.device.photo import Photo
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.more.presenter import MorePresenter
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.slip.presenter import SlipPresenter
from mobile_app.screens.souk.presenter import QuickPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store import drafts, media, undo
from tests.mobile_app.scenes import a_context, a_visit, through
from tests.world import HOME


def test_a_save_can_be_taken_back_whole_and_saved_again(tmp_path):
    context = a_context(tmp_path)
    visit = through(a_visit(context))
    visit.add_photo("site", Photo(b"bytes", 4, 3, "", 0.0))
    visit.inputs.type("notes", "قيل لنا")
    visit.number = len(visit.steps)
    before = context.opened.kept.next_seq
    assert visit.save()
    assert drafts.list(context.opened) == (), "put away: no unsent work"
    assert SlipPresenter(context, visit.saved_id).can_undo()
    store = context.opened
    assert undo.take_back_save(store, visit.saved_id)
    assert [store.count(one) for one in ("visit", "consent", "photo")] == [0, 0, 0]
    assert store.db.execute("SELECT count(*) FROM blob").fetchone() == (0,)
    assert store.kept.next_seq == before
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
    store.kept.offered_seq = store.kept.next_seq - 1
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
    assert tablet.store.kept.offered_seq == 1
