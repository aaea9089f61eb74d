"""Speak instead of typing, through taps on the real app."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.clock import FakeClock
from mobile_app.device.microphone import FakeMicrophone
from tests.mobile_app.ui.test_app import enter_pin, leave

pytestmark = pytest.mark.kivy


def a_visit_of(ui, folder, **ports):
    from mobile_app.app import NuqtaApp

    device = replace(adapters_of_this_device(folder), **ports)
    clock = FakeClock(1_795_600_000_000)
    app = ui.start(NuqtaApp(folder, clock=clock, language="fr", device=device, is_automatic=False))
    enter_pin(ui)
    app.navigator.go("visit", ("person", app.context.opened.search("person", "ali")[0].record_id))
    app.navigator.presenter.number = 2
    app.window.show()
    ui.frames(3)
    return app


def said(ui, words):
    return any(words in one for one in ui.words())


def test_one_records_stops_hears_and_drops(ui, practised):
    app = a_visit_of(ui, practised, microphone=FakeMicrophone(b"no sound that anything plays"))
    for seconds in (7, 5):
        ui.press("Enregistrer une note vocale")
        ui.press("Moi")
        app.session.clock.move(seconds * 1_000)
        ui.until(lambda seconds=seconds: said(ui, f"Enregistrement… {seconds} s"), 3_000)
        ui.press("Arrêter")
    assert said(ui, "Note vocale, 7 s")
    ui.press("Écouter")
    assert said(ui, "ne peut pas être écouté")
    ui.press("Supprimer l'enregistrement")
    assert [one.words for one in app.navigator.presenter.voice.rows()] == ["Note vocale, 5 s"]
    ui.press("Enregistrer une note vocale")
    ui.press("La personne")
    voice = app.navigator.presenter.voice
    app.navigator.go("today")
    assert not voice.is_recording, "who leaves has ended speaking"
    assert len(voice.rows()) == 2
    leave(app)


def test_without_a_microphone_the_button_says_so(ui, practised):
    app = a_visit_of(ui, practised)
    ui.press("Enregistrer une note vocale")
    ui.press("Moi")
    assert said(ui, "Pas de micro ici")
    assert app.navigator.presenter.voice.rows() == []
    leave(app)


def test_the_next_step_and_the_reason_can_be_spoken_too(ui, practised):
    app = a_visit_of(ui, practised, microphone=FakeMicrophone(b"what comes next"))
    app.navigator.presenter.number = app.navigator.presenter.steps.index("end") + 1
    app.window.show()
    ui.frames(3)
    ui.press("Enregistrer une note vocale")
    app.session.clock.move(4_000)
    ui.until(lambda: said(ui, "Enregistrement… 4 s"), 3_000)
    ui.press("Arrêter")
    (note,) = app.navigator.presenter.voice.parts("note")
    assert (note.values["purpose"], note.content) == ("note", b"what comes next")
    leave(app)
