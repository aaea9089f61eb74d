"""One phone speaks for several: who let it, until when, what it did, and its end."""

import html
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from server.db.work import Author
from tests import test_requests
from tests.doors.conftest import opened
from tests.test_requests import PHONE, SAY, Browser, Walk
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
SON = "0698765432"
FORM = {"proxy_name": "Brahim", "proxy_phone": SON, "proxy_role": "family", "proxy_sure": "yes"}


@pytest.fixture
def walk(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    world.user("one", HOME)
    with opened(world, tmp_path, NUQTA_DEMO="1") as doors:
        yield Walk(world, doors, tmp_path)


def enter(walk, phone=SON):
    """Come in with another telephone. Returns its browser, and where it was led."""
    walk.world.now += 60_000
    sent = walk.doors.post("/portal/phone", phone=phone)
    cookie = sent.headers["set-cookie"].split(";")[0]
    code = re.search(r"\b(\d{6})\b", walk.doors.get("/dev/outbox", {"cookie": "lang=fr"}).text)[1]
    entered = walk.doors.post("/portal/code", {"cookie": cookie}, code=code)
    cookies = [one.split(";")[0] for one in entered.headers.get_list("set-cookie")]
    return Browser(walk.doors, "; ".join(cookies)), entered.headers["location"]


def address(walk, path="/portal/file"):
    return f"{path}?of={UUID(bytes=walk.enterprise)}"


def give(walk, **form):
    of = str(UUID(bytes=walk.enterprise))
    return walk.portal.send(address(walk), "/portal/file/proxy", of=of, **{**FORM, **form})


def test_who_is_let_speaks_until_it_ends_and_each_act_says_for_whom(walk):
    requests = walk.register("bank-account", "training")
    request = f"/portal/requests/{UUID(bytes=requests['training'])}"
    son, leads_to = enter(walk)
    assert leads_to == "/portal/register"
    assert son.get(request).status_code == 404
    assert "Brahim" in give(walk).text
    assert son.get(request).status_code == 200
    page = son.get(address(walk, "/portal/status")).text
    assert "Vous agissez pour" in page
    walk.world.now += 60_000
    son.send(f"{request}?withdraw=1", request, act="withdraw")
    for seen in (walk.portal.get(request).text, walk.portal.get(address(walk)).text):
        assert "Brahim pour" in seen.replace("\u2068", "").replace("\u2069", "")
        assert SAY("portal.proxy.act.withdraw") in seen
    proxy = re.search(r'name="proxy" value="([^"]+)"', walk.portal.get(address(walk)).text)[1]
    of = str(UUID(bytes=walk.enterprise))
    assert 'name="proxy"' not in son.get(address(walk)).text  # he passes nothing on
    gone = {"of": of, **FORM, "proxy_phone": "0611111111"}
    assert son.send(address(walk), "/portal/file/proxy", **gone).status_code == 404
    walk.portal.send(address(walk), "/portal/file/proxy", of=of, proxy=proxy)
    for path in (request, address(walk), address(walk, "/portal/services")):
        assert son.get(path).status_code == 404, path  # at the next click


def test_who_speaks_sees_no_phone_of_others_and_the_desk_says_who_did_what_for_whom(walk):
    requests = walk.register("training")
    request = UUID(bytes=requests["training"])
    page = html.unescape(walk.portal.get(f"/portal/requests/{request}").text)
    assert SAY("application.state.draft") in page
    assert SAY("request.no_step") in page
    give(walk)
    give(walk, proxy_name="Lalla", proxy_phone="0622222222")
    son, _ = enter(walk)
    own, theirs = (
        re.sub(r"[^0-9A-Za-z]", "", one.get(address(walk)).text) for one in (walk.portal, son)
    )
    assert "22222222" in own
    assert "Lalla" in theirs
    assert SON[1:] in theirs
    assert "22222222" not in theirs
    walk.world.now += 60_000
    page = f"/portal/requests/{request}"
    son.send(f"{page}?withdraw=1", page, act="withdraw")
    seen = walk.clerk("amina").get(f"/desk/requests/{request}").text
    assert "Brahim pour" in seen.replace("\u2068", "").replace("\u2069", "")


def test_it_ends_with_its_last_day(walk):
    request = walk.register("training")["training"]
    son, _ = enter(walk)
    give(walk, proxy_until="2020-01-01")
    page = f"/portal/requests/{UUID(bytes=request)}"
    assert son.get(page).status_code == 404
    day = datetime.fromtimestamp(walk.world.now / 1000, UTC).date()
    give(walk, proxy_until=day.isoformat())
    assert son.get(page).status_code == 200
    walk.world.now += 2 * 86_400_000
    later, _ = enter(walk)
    assert later.get(page).status_code == 404


def test_all_that_is_wrong_is_said_and_without_consent_nobody_speaks(walk):
    walk.register("training")
    page = give(walk, proxy_name=" ", proxy_phone="12", proxy_role="", proxy_sure="")
    assert page.status_code == 422
    found = re.findall(r'id="(\w+)-problem"', page.text)
    assert found == ["proxy_name", "proxy_phone", "proxy_role", "proxy_sure"]
    _, leads_to = enter(walk)
    assert leads_to == "/portal/register"


def test_a_paper_that_was_seen_opens_it_at_the_desk_and_one_chooses_for_whom(walk):
    walk.register("training")
    mother = walk.world.database.write(
        lambda work: (
            work.insert(
                "person",
                {"commune_code": HOME, "name_fr": "Fadma", "status": "active"},
                Author(walk.world.agent("one")),
            ).record_id
        )
    )
    desk = f"/desk/people/{UUID(bytes=mother)}/proxy"
    amina = walk.clerk("amina")
    phone = {"proxy_phone": PHONE}
    refused = amina.send(desk, desk, **{**FORM, **phone, "proxy_sure": ""})
    assert refused.status_code == 422
    assert "Brahim" in amina.send(desk, desk, **{**FORM, **phone}).text
    assert "Brahim" in amina.get(f"/desk/people/{UUID(bytes=mother)}").text
    page = walk.portal.get("/portal/status").text
    assert SAY("portal.proxy.for") in page
    for name in ("Fadma", "Tamounte"):
        assert name in page
    hers = f"/portal/status?of={UUID(bytes=mother)}"
    assert hers in page
    page = walk.portal.get(hers).text
    assert SAY("portal.change") in page  # in the head
    assert SAY("portal.mine.none") in page  # she asked for nothing yet
    proxy = re.search(r'name="proxy" value="([^"]+)"', amina.get(desk).text)[1]
    amina.send(desk, desk, proxy=proxy)
    assert walk.portal.get(hers).status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_they_can_be_seen(walk, browsing, language):
    requests = walk.register("bank-account", "rna", "advisory", "training")
    walk.bring("CNIE", "LAND", "ADDRESS")
    for service in ("rna", "bank-account"):
        walk.file(requests[service])
    browsing("proxy-form", walk.portal, address(walk), language)
    give(walk)
    son, _ = enter(walk)
    browsing("proxy-given", walk.portal, address(walk), language)
    browsing("proxy-status", son, address(walk, "/portal/status"), language)
    desk = f"/desk/enterprises/{UUID(bytes=walk.enterprise)}"
    browsing("proxy-desk", walk.clerk("amina"), f"{desk}/proxy", language)
    browsing("proxy-desk-one", walk.clerk("amina"), desk, language)
