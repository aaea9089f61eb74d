"""What waits for the agent, through taps on the real app."""

from __future__ import annotations

import pytest

from mobile_app.device.clock import SystemClock
from mobile_app.store.database import transaction
from tests.mobile_app.ui.test_app import enter_pin, leave
from tests.world import HOME

pytestmark = pytest.mark.kivy
ME, OTHER = bytes(16), b"\x02" * 16


def test_one_keeps_a_value_and_opens_a_held_record_at_its_field(ui, practised):
    from mobile_app.app import NuqtaApp

    app = ui.start(NuqtaApp(practised, clock=SystemClock(), language="fr", is_automatic=False))
    enter_pin(ui)
    store = app.context.opened
    (person,) = store.search("person", "ali")
    for record_id, login in ((ME, "amina"), (OTHER, "brahim")):
        store.put("agent", {"login": login, "role": "field_agent"}, record_id)
    question = {"kind": "conflict", "entity": "person", "field": "birth_year", "state": "open"}
    said = {"mine": "1972", "mine_by": ME, "theirs": "1971", "theirs_by": OTHER}
    store.put("review", {**question, **said, "commune_code": HOME, "record_id": person.record_id})
    with transaction(store.db):
        store.db.execute(
            "UPDATE outbox SET state = 'held', code = 'commune_unknown' WHERE record_id = ?",
            (person.record_id,),
        )
    app.navigator.go("attention")
    ui.frames(3)
    ui.press("Garder 1972")
    assert store.get("person", person.record_id).values["birth_year"] == 1972
    assert "Gardé\u202f: 1972" in ui.words()
    ui.press("Ouvrir la fiche")  # of what was settled: the way back to its value
    assert (app.navigator.here, app.navigator.presenter.step.name) == ("form", "who")
    app.navigator.go("attention")
    ui.frames(3)
    ui.press("Ouvrir la fiche")
    assert (app.navigator.here, app.navigator.presenter.step.name) == ("form", "where")
    ui.until(lambda: app.navigator.presenter.leads_to == "")
    ui.frames(30)
    assert app.context.say("refusal.commune_unknown") in ui.words()
    leave(app)
