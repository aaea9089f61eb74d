"""Who is shown a paper in the field asks the desk to enter who speaks for somebody."""

from uuid import UUID

from mobile_app.screens.form.presenter import FormPresenter
from mobile_app.screens.person.presenter import PersonPresenter
from server.phrases import load_phrases
from sync import local_time
from tests.mobile_app.scenes import linked
from tests.world import HOME

SAID = "Brahim Id Ali, 0661 00 00 00, jusqu'au 31 mars"


def test_the_desk_is_asked_by_a_task_that_leads_to_where_it_is_entered(client, tablet, tmp_path):
    person = tablet.put("person", name_fr="Rkia Id Ali", commune_code=HOME)
    context = linked(tablet, tmp_path)
    shown = PersonPresenter(context, "person", person.record_id)
    form = FormPresenter(context, "task", b"", shown.new_speaker())
    form.inputs.put("notes", SAID)
    assert form.save() is True, form.problem
    (task,) = tablet.store.list("task")
    assert [(one, notes) for one, _, _, _, notes in shown.tasks()] == [(task.record_id, SAID)]
    tablet.sync()

    at = f"/desk/people/{UUID(bytes=person.record_id)}"
    listed = client.get("/desk/tasks?lang=fr").text
    assert load_phrases("fr").say("tablet.person.speaker.title") in listed
    assert at in listed
    assert SAID.replace("'", "&#39;") in listed
    page = client.get(at).text
    assert f"{at}/proxy" in page
    assert task.values["due_on"] == local_time.day_of(context.now_ms()) + 7
