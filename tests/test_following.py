"""A request followed by its reference and a code to its phone, and nothing more than that."""

import re
from uuid import UUID

import pytest

from server.accounts.throttle import Limit
from server.db.work import Author
from sync.rules.codes import short_code
from tests import test_requests
from tests.doors.conftest import opened
from tests.test_proxies import enter
from tests.test_requests import PHONE, SAY, Walk
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
NEIGHBOUR = "0698765432"
STATE = "/portal/follow/state?ref="


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def said(text):
    return SAY(text).replace("'", "&#39;")


def test_a_reference_and_a_code_show_how_it_stands_and_nobodys_name(walk):
    request = walk.register("training")["training"]
    ref = short_code(request)
    wrong = walk.doors.post("/portal/follow", ref="K7M4-0000")
    assert wrong.status_code == 422
    asked = walk.doors.post("/portal/follow", ref=f"2026-{ref.lower()}")
    assert asked.headers["location"] == "/portal/follow/phone"
    cookie = asked.headers["set-cookie"].split(";")[0]
    walk.world.now += 60_000
    sent = walk.doors.post("/portal/phone", {"cookie": cookie}, phone=PHONE)
    cookie += "; " + sent.headers["set-cookie"].split(";")[0]
    code = walk.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text
    code = re.search(r"\b(\d{6})\b", code)[1]
    entered = walk.doors.post("/portal/code", {"cookie": cookie}, code=code)
    assert entered.headers["location"] == STATE + ref
    page = walk.portal.get(STATE + ref)
    assert page.status_code == 200
    assert SAY("application.state.draft") in page.text
    assert "Tamounte" not in page.text


def test_what_does_not_belong_together_and_what_is_not_are_one_answer(walk):
    request = walk.register("training")["training"]
    other, _ = enter(walk, NEIGHBOUR)
    pages = [other.get(STATE + one) for one in (short_code(request), short_code(b"x" * 16), "no")]
    assert {page.status_code for page in pages} == {404}
    texts = {page.text.replace(page.url.query.decode(), "") for page in pages}
    assert all(said("portal.follow.none") in text for text in texts)
    assert all("Formation" not in text for text in texts)
    for _ in range(Limit.FOLLOW.most):
        last = other.get(STATE + short_code(request))
    assert last.status_code == 429


def test_who_is_reached_at_a_neighbours_phone_follows_theirs_with_it(walk):
    values = {
        "commune_code": HOME,
        "name_fr": "Fadma",
        "phone": f"+212{NEIGHBOUR[1:]}",
        "phone_owner": "neighbour",
    }

    def store(work):
        by = Author(walk.world.agent("one"))
        person = work.insert("person", values, by)
        asked = {"commune_code": HOME, "service": "amo", "state": "submitted"}
        return work.insert("application", {**asked, "person_id": person.record_id}, by).record_id

    request = walk.world.database.write(store)
    neighbour, leads_to = enter(walk, NEIGHBOUR)
    assert leads_to == "/portal/register"
    assert neighbour.get(f"/portal/requests/{UUID(bytes=request)}").status_code == 404
    page = neighbour.get(STATE + short_code(request))
    assert page.status_code == 200
    assert "Fadma" not in page.text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_it_can_be_seen(walk, browsing, language):
    request = walk.register("training")["training"]
    browsing("follow", walk.portal, "/portal/follow", language)
    browsing("followed", walk.portal, STATE + short_code(request), language)
    browsing("followed-none", walk.portal, STATE + "no", language)
    browsing("portal-home", walk.portal, "/", language)
