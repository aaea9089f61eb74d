"""An office sees on its queue that a newer calendar moved an end; the request's page says it."""

from tests.server.test_restating import due, load  # noqa: F401
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
