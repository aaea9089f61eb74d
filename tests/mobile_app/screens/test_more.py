"""More, practice, training and the paper form."""

from __future__ import annotations

import msgspec

from mobile_app import settings
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.paper.presenter import PaperPresenter
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from tests.mobile_app.scenes import a_context, through
from tests.world import HOME, NEAR


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
    assert context.opened.kept.url == ""
    context.opened.close()
    leave_practice(tmp_path)
    assert not (tmp_path / "practice").exists()


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
    session.confirm()
    session.refresh()
    assert session.session.values["state"] == "held"


def test_a_paper_form_is_entered_by_its_codes(tmp_path):

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
