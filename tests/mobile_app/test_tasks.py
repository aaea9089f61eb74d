"""A task is opened, and what is answered there reaches who asked; ticked, it can be taken back."""

from __future__ import annotations

import pytest

from mobile_app.screens.person.presenter import PersonPresenter
from mobile_app.screens.point.presenter import PointPresenter
from mobile_app.screens.task.presenter import TaskPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.store import undo
from sync import local_time
from tests.mobile_app.scenes import linked
from tests.mobile_app.test_voice import speak, that_hears
from tests.world import HOME

ASKED = "Est-ce bien la ferme au bord de l'oued ?"


@pytest.fixture
def here(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    person = tablet.put("person", name_fr="Fadma", commune_code=HOME).record_id
    about = {"person_id": person, "owner_id": tablet.store.kept.agent_id, "state": "open"}
    due = {"due_on": local_time.day_of(world.now) + 3}  # a question is there at once
    task = {"kind": "verification", "notes": ASKED, "commune_code": HOME, **about, **due}
    tablet.task = tablet.put("task", **task).record_id
    tablet.sync()
    tablet.context = that_hears(linked(tablet, tmp_path))
    return tablet


def test_an_answer_follows_the_question_and_is_a_draft_until_it_is_sent(world, here):
    task = TaskPresenter(here.context, here.task)
    assert (task.asked, task.is_question, task.is_over) == (ASKED, True, False)
    assert here.context.name(task.subject)[0] == "Fadma"
    task.inputs.type("notes", "Oui, vue ce matin.")
    task.keep()
    again = TaskPresenter(here.context, here.task)
    assert again.inputs.text("notes") == "Oui, vue ce matin."
    assert again.save(), again.problem
    assert TaskPresenter(here.context, here.task).is_over
    assert TodayPresenter(here.context).due() == []
    here.sync()
    kept = world.get("task", here.task)
    assert kept["notes"] == f"{ASKED}\nOui, vue ce matin."
    assert (kept["state"], kept["done_at"] is None) == ("done", False)


def test_a_question_without_an_answer_is_not_sent_and_may_be_answered_by_voice(here):
    task = TaskPresenter(here.context, here.task)
    assert not task.save()
    assert task.problem
    speak(here.context, task.voice)
    assert task.save(), task.problem
    (note,) = here.store.list("voice_note")
    assert (note.values["entity"], note.values["record_id"]) == ("task", here.task)


def test_one_touch_that_settles_is_taken_back_by_another(here):
    context = here.context
    today = TodayPresenter(context)
    today.finish(here.task)
    assert today.due() == []
    assert undo.take_back_save(here.store, today.saved_id)
    assert [one.record_id for one in today.due()] == [here.task]

    point = here.put("contact_point", name_fr="Igli", commune_code=HOME).record_id
    opened = {"commune_code": HOME, "kind": "power", "state": "open", "point_id": point}
    incident = here.put("incident", **opened).record_id
    presenter = PointPresenter(context, "contact_point", point)
    presenter.resolve(incident)
    assert undo.take_back_save(here.store, presenter.saved_id)
    assert presenter.incidents()[0][3]


def test_what_a_person_waits_for_leads_to_the_task(here):
    (person,) = here.store.list("person")
    (row,) = PersonPresenter(here.context, "person", person.record_id).tasks()
    assert row[0] == here.task


def test_a_task_about_a_point_names_it_and_opens_it(here):
    point = here.put("contact_point", name_fr="Igli", commune_code=HOME).record_id
    mine = {"owner_id": here.store.kept.agent_id, "state": "open", "commune_code": HOME}
    made = here.put("task", kind="verification", point_id=point, **mine).record_id
    task = TaskPresenter(here.context, made)
    assert (task.entity, here.context.name(task.subject)[0]) == ("contact_point", "Igli")
    assert any("Igli" in due.detail for due in TodayPresenter(here.context).due())
