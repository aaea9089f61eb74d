"""Speak instead of typing: drafts, who agrees to be heard, what is stored and shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.microphone import SECONDS_MAX, FakeMicrophone, MicrophoneMissing
from mobile_app.device.storage import FakeStorage, SpaceLow
from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.slip.presenter import SlipPresenter
from mobile_app.screens.souk.presenter import QuickPresenter
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.screens.voice import NEED, NOTE, Spoken, recover
from mobile_app.store import drafts, media, undo
from tests.mobile_app.scenes import a_context, a_visit, through
from tests.world import HOME

PLENTY = FakeStorage(10**9)


def a_heard_context(path, language="fr", speech=b"speech", storage=PLENTY):
    return that_hears(a_context(path, language), speech, storage)


def that_hears(context, speech=b"speech", storage=PLENTY):
    device = adapters_of_this_device(context.folder)
    context.device = replace(device, microphone=FakeMicrophone(speech), storage=storage)
    return context


def speak(context, voice, purpose=NOTE, seconds=12):
    voice.start(purpose)
    context.opened.clock.move(seconds * 1_000)
    assert voice.seconds == seconds
    assert voice.stop()


def files(path):
    return list(path.glob("voice-*"))


def test_what_is_said_at_a_visit_is_kept_as_a_draft_and_stored_with_it(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context, type="needs")
    speak(context, visit.voice)
    assert [one.words for one in visit.voice.rows()] == ["Note vocale, 12 s"]
    assert files(tmp_path) == []

    visit = through(VisitPresenter(context, "person", visit.subject.record_id))
    assert ("needs", "Note vocale", "Note vocale, 12 s") in visit.summary()
    assert visit.save(), visit.problem
    assert drafts.list(context.opened) == ()
    (note,) = context.opened.list("voice_note")
    assert (note.values["visit_id"], note.values["seconds"]) == (visit.saved_id, 12)
    assert media.get(context.opened, note.record_id).state == "captured"
    slip = SlipPresenter(context, visit.saved_id)
    (shown,) = slip.spoken.rows()
    assert (shown.words, shown.state) == ("Note vocale, 12 s", "on_tablet")
    assert slip.spoken.content(shown.key) == b"speech"
    assert undo.take_back(context.opened, visit.saved_id, 30_000)
    assert context.opened.count("voice_note") == 0


def test_a_recording_has_arrived_when_its_bytes_have(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    context = a_heard_context(tmp_path)
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    tablet.sync()
    world.serve_blobs(quota_bytes=3)
    incident = FormPresenter(context, "incident", given={"commune_code": HOME})
    incident.inputs.put("kind", "power")
    incident.voice.start(NOTE)
    incident.voice.stop()
    assert incident.save(), incident.problem
    spoken = Spoken(context, "incident", incident.saved_id)
    context.contact()
    assert [one.state for one in spoken.rows()] == ["on_tablet"]
    world.serve_blobs()
    context.contact()
    assert [one.state for one in spoken.rows()] == ["received"]
    (note,) = context.opened.list("voice_note")
    at_server = world.get("voice_note", note.record_id)
    assert (at_server["entity"], at_server["record_id"]) == ("incident", incident.saved_id)


def test_a_persons_voice_is_kept_only_where_they_agree(tmp_path):
    context = a_heard_context(tmp_path)
    for answer in (False, True):
        visit = through(a_visit(context, type="needs"))
        speak(context, visit.voice, NEED)
        speak(context, visit.voice, NOTE, 3)
        assert "voice_note" in visit.purposes()
        assert not visit.save()
        assert "accord" in visit.problem
        visit.answer("voice_note", is_given=answer)
        assert visit.save(), visit.problem
        kept = context.opened.list("voice_note", "visit_id = ?", (visit.saved_id,))
        assert {one.values["purpose"] for one in kept} == ({NOTE, NEED} if answer else {NOTE})
        assert drafts.list(context.opened) == ()


def test_who_has_agreed_to_be_heard_is_not_asked_again_and_who_refused_may_agree(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context, type="needs")
    for answer in (False, True):
        visit = through(VisitPresenter(context, "person", visit.subject.record_id))
        speak(context, visit.voice, NEED)
        assert "voice_note" in visit.purposes()
        visit.answer("voice_note", is_given=answer)
        assert visit.save(), visit.problem
        context.opened.clock.move(1_000)
    visit = VisitPresenter(context, "person", visit.subject.record_id)
    speak(context, visit.voice, NEED)
    assert "voice_note" not in visit.purposes()


def test_what_was_being_said_when_the_app_ended_is_there_again(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context)
    visit.voice.start(NOTE)
    (begun,) = drafts.list(context.opened, "voice")
    file = tmp_path / f"voice-{begun.key.rpartition(':')[2]}.aac"
    file.write_bytes(bytes(2_000 * 7))  # the recorder writes as one speaks
    (tmp_path / "voice-play.aac").write_bytes(b"left by a crash")
    recover(context)
    visit = VisitPresenter(context, "person", visit.subject.record_id)
    assert [one.words for one in visit.voice.rows()] == ["Note vocale, 7 s"]
    assert files(tmp_path) == []


def test_two_recordings_of_one_instant_are_two(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context)
    for _ in range(2):
        speak(context, visit.voice)
        context.opened.clock.wall -= 12_000  # a clock that was set back
        context.opened.clock.mono -= 12_000
    assert len(visit.voice.rows()) == 2


def test_a_correction_may_be_spoken_alone(tmp_path):
    context = a_heard_context(tmp_path)
    known = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    form = FormPresenter(context, "person", known.record_id)
    speak(context, form.voice)
    assert form.save(), form.problem
    (note,) = context.opened.list("voice_note")
    assert note.values["record_id"] == known.record_id
    assert note.values["commune_code"] == HOME
    (row,) = Spoken(context, "person", known.record_id).rows()
    assert row.word == "Sur la tablette"


def test_what_is_said_in_one_form_is_not_heard_in_another(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context)
    speak(context, visit.voice)
    person = visit.subject.record_id
    for other in (
        FormPresenter(context, "person", person),
        FormPresenter(context, "person"),
        QuickPresenter(context, "person", person),
        a_visit(context),
    ):
        assert other.voice.rows() == []
    assert len(visit.voice.rows()) == 1


def test_at_the_souk_one_may_speak_too(tmp_path):
    context = a_heard_context(tmp_path)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    quick = QuickPresenter(context, "person", person.record_id)
    speak(context, quick.voice)
    assert quick.save(), quick.problem
    assert context.opened.count("voice_note") == 1


def test_a_recording_can_be_dropped_heard_and_ends_by_itself(tmp_path):
    context = a_heard_context(tmp_path)
    visit = a_visit(context)
    visit.voice.start(NOTE)
    context.opened.clock.move(SECONDS_MAX * 1_000)
    assert visit.voice.is_full
    assert visit.go_on() or visit.problem
    assert not visit.voice.is_recording
    (row,) = visit.voice.rows()
    assert visit.voice.content(row.key) == b"speech"
    visit.voice.drop(row.key)
    assert visit.voice.rows() == []
    assert visit.voice.content(row.key) == b""


def test_without_a_microphone_room_or_sound_nothing_is_kept(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = a_visit(context)
    with pytest.raises(MicrophoneMissing):
        visit.voice.start(NOTE)
    context = a_heard_context(tmp_path, storage=FakeStorage(1_000))
    visit = VisitPresenter(context, "person", visit.subject.record_id)
    with pytest.raises(SpaceLow):
        visit.voice.start(NOTE)
    context = a_heard_context(tmp_path, speech=b"")
    visit = VisitPresenter(context, "person", visit.subject.record_id)
    visit.voice.start(NOTE)
    assert not visit.voice.stop()
    assert drafts.list(context.opened) == ()
    assert not visit.voice.is_recording
