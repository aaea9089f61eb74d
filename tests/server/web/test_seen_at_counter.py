"""What an agent wrote for an office is asked of the office: it is so, or it is not."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from server.exchange.stepping import steps_of
from server.phrases import load_phrases
from tests.server.test_restating import due
from tests.server.web.test_offices import enter, filed, offices, send, url  # noqa: F401

WORDS = "à confirmer"


@pytest.fixture
def granted(world, tablet):
    """A request of the bank's that an agent says to be granted; its day before that."""
    application = filed(world, tablet)
    day = due(world, application)
    world.now += 60_000
    tablet.put("application", application, state="approved")
    tablet.sync()
    return application, day


def state(world, application):
    return world.get("application", application)["state"]


def test_the_office_confirms_what_an_agent_saw(world, granted, enter):  # noqa: F811
    application, _ = granted
    bank, other = enter("banque"), enter("dpa")
    assert WORDS in bank.get("/desk/queue").text
    assert WORDS not in other.get("/desk/queue").text
    assert other.post(url(application, "seen"), data={"decision": "theirs"}).status_code == 403

    page = send(bank, url(application, "seen"), decision="theirs")
    assert page.status_code == 200
    assert WORDS not in page.text
    assert "noté par l&#39;agent" in page.text
    assert state(world, application) == "approved"
    assert WORDS not in bank.get("/desk/queue").text


def test_the_office_corrects_it_and_its_day_runs_on(world, granted, enter):  # noqa: F811
    application, day = granted
    assert due(world, application) is None
    bank = enter("banque")
    page = send(bank, url(application, "seen"), decision="mine")
    assert page.status_code == 200
    assert WORDS not in page.text
    assert state(world, application) == "submitted"
    assert due(world, application) == day
    steps = world.database.read(lambda r: steps_of(r, r.get("application", application)))
    assert [one.values["state"] for one in steps][-2:] == ["approved", "submitted"]
    assert 'name="state"' in page.text  # it is to be answered
    (told,) = [one for one in messages(world) if "تصحيح" in one]
    assert load_phrases("ar").say("application.state.submitted") in told


def test_the_coordinator_has_it_among_the_reviews(world, granted, enter):  # noqa: F811
    application, day = granted
    amina = enter("amina")
    listed = amina.get("/desk/reviews?kind=flag").text
    assert "vu au guichet" in listed
    (flag,) = world.database.read(lambda records: records.list("review"))
    page = f"/desk/reviews/{UUID(bytes=flag.record_id)}"
    answer = send(amina, page, decision="mine")
    assert answer.status_code == 200
    assert state(world, application) == "submitted"
    assert due(world, application) == day
    bank = enter("banque")
    assert bank.get(url(application)).text.count(WORDS) == 0


def messages(world):
    query = sa.select(world.database.tables.message.c.body)
    return world.database.read(lambda records: list(records.connection.scalars(query)))
