"""An office sees on its queue that a newer calendar moved an end; the request's page says it."""

from uuid import UUID

from server.complaints import commands
from server.phrases import load_phrases
from server.portal.requests import complaints_of
from tests.server.test_restating import change, due, load  # noqa: F401
from tests.server.web.test_offices import enter, filed, offices, url  # noqa: F401


def test_the_office_whose_end_moved_is_told_on_its_queue(world, tablet, enter, load):  # noqa: F811
    application = filed(world, tablet, "rna", "dpa-taroudant", "share_administration")
    tablet.sync()
    end, words = due(world, application), "les jours fériés ont été corrigés"
    dpa, bank = enter("dpa"), enter("banque")
    assert words not in dpa.get("/desk/queue").text

    load(holiday=end)

    page = dpa.get("/desk/queue").text
    assert words in page
    assert url(application) in page.partition(words)[2].partition("</ul>")[0]
    assert words in dpa.get(url(application)).text
    assert words not in bank.get("/desk/queue").text


def test_the_desk_says_it_on_the_page_of_the_request(world, tablet, enter, load):  # noqa: F811
    application = filed(world, tablet, "rna", "dpa-taroudant", "share_administration")
    load(holiday=due(world, application))
    page = enter("amina").get(url(application).replace("queue", "requests")).text
    assert "les jours fériés ont été corrigés" in page


def test_a_complaint_says_it_on_all_its_pages(world, tablet, enter, load):  # noqa: F811
    request_id = filed(world, tablet, "rna", "dpa-taroudant", "share_administration")

    def make(work):
        request = work.get("application", request_id)
        about = work.lock("person", request.values["person_id"])
        return commands.make(work, about, "delay", "", request).record_id

    complaint_id = world.database.write(make)
    load(holiday=due(world, complaint_id, "task"))
    amina, words = enter("amina"), "les jours fériés ont été corrigés"
    page = f"/desk/complaints/{UUID(bytes=complaint_id)}"
    queue = amina.get("/desk/complaints").text
    moved = queue.partition(words)[2].partition("</ul>")[0]
    assert page in moved
    assert "Fadma Aznag" in moved  # many complain of the same
    assert words in amina.get(page).text

    def shown():
        def read(records):
            request = records.get("application", request_id)
            (one,) = complaints_of(records, request, load_phrases("fr"))
            return one["restated"]

        return world.database.read(read)

    assert words in shown()[0]
    change(world, complaint_id, {"answer": "Oui."})
    assert words not in amina.get("/desk/complaints").text
    assert shown() == []
