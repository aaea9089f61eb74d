"""The desk's pages of tablets, as people press them."""

import re

import pytest

from server.accounts import devices
from sync.rules.codes import rescue_code
from tests.server.web.test_deciding_pages import post
from tests.world import FAR

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


def number_of(tablet):
    return tablet.store.kept.device_id


def status(world, tablet):
    table = world.database.tables.device
    query = table.select().where(table.c.id == number_of(tablet))
    return world.database.read(lambda records: records.connection.execute(query).one().status)


def test_the_code_for_a_forgotten_pin_is_the_one_that_the_tablet_expects(tablet, client):
    address = f"/desk/devices/{number_of(tablet)}"
    page = post(client, address, "/pin", number="3").text
    assert rescue_code(tablet.store.kept.rescue_key, 3) in page
    for wrong in ("", "0", "x", "99999999"):
        answer = post(client, address, "/pin", number=wrong)
        assert answer.status_code == 422
        assert "1, 2, 3" in answer.text


def test_an_order_is_given_shown_and_withdrawn(world, tablet, client):
    address = f"/desk/devices/{number_of(tablet)}"
    assert post(client, address, act="leave").status_code == 303
    assert status(world, tablet) == "leaving"
    assert "pas encore reçu" in client.get(f"{address}?lang=fr").text
    tablet.sync()
    assert "lui a été transmis" in client.get(f"{address}?lang=fr").text
    post(client, address, act="withdraw")
    assert status(world, tablet) == "active"


def test_what_cannot_be_undone_is_confirmed_by_the_number(world, tablet, client):
    address = f"/desk/devices/{number_of(tablet)}"
    for confirm in ("", "oui", str(number_of(tablet) + 1)):
        assert post(client, address, act="wipe", confirm=confirm).status_code == 422
    assert post(client, address, act="burn").status_code == 422
    assert status(world, tablet) == "active"
    assert post(client, address, act="wipe", confirm=str(number_of(tablet))).status_code == 303
    assert status(world, tablet) == "wiping"
    with pytest.raises(Exception, match="device_wiped"):
        tablet.sync()


def test_a_code_links_a_new_tablet_to_the_agent_chosen(world, client):
    agent = world.agent("one").hex()
    page = post(client, "/desk/devices", agent=agent)
    assert page.status_code == 405
    token = re.search(
        r'name="_csrf_token" value="([^"]+)"', client.get("/desk/devices?lang=fr").text
    )[1]
    form = {"agent": agent, "_csrf_token": token}
    page = client.post("/desk/devices/code", data=form).text
    code = re.search(r">([0-9A-Z]{10})<", page)[1]
    from tests.world import Tablet

    there = Tablet(world, ":memory:")
    assert there.enrol(code)["login"] == "one"
    there.store.close()
    form["agent"] = "00"
    assert client.post("/desk/devices/code", data=form).status_code == 404


def test_another_teams_tablet_is_not_found(world, client):
    world.user("far", FAR)
    there = world.tablet("far")
    address = f"/desk/devices/{number_of(there)}"
    assert client.get(address).status_code == 404
    own = client.get("/desk/devices?lang=fr").text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', own)[1]
    form = {"act": "wipe", "confirm": str(number_of(there)), "_csrf_token": token}
    assert client.post(address, data=form).status_code == 404
    assert status(world, there) == devices.Status.ACTIVE


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("act", ["", "leave", "wipe"])
def test_every_word_is_there(world, tablet, client, language, act):
    address = f"/desk/devices/{number_of(tablet)}"
    if act:
        post(client, address, act=act, confirm=str(number_of(tablet)))
    for page in ("/desk/devices", address):
        text = client.get(f"{page}?lang={language}").text
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", text)
