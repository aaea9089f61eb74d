"""The desk's pages of tablets, as people press them."""

import re

import pytest

from server.accounts import commands as accounts
from server.accounts import devices
from sync.rules.codes import rescue_code
from sync.rules.identifiers import PhoneWrong
from sync.scopes import DAY_MS
from tests.server.web.conftest import SHOTS
from tests.server.web.test_deciding_pages import post
from tests.stories import LANGUAGES, story
from tests.world import FAR, HOME

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
    for nobody in ("", "00"):
        page = client.post("/desk/devices/code?lang=fr", data={**form, "agent": nobody})
        assert page.status_code == 422
        assert re.search(
            r'class="field has-problem">\s*<label for="agent".*?Choisissez', page.text, re.DOTALL
        )


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


def test_where_no_tablet_is_linked_none_is_said_to_be_heard(world, client):
    morning = client.get("/desk?lang=fr").text
    assert "Aucune tablette n&#39;est encore liée" in morning
    assert "Toutes les tablettes" not in morning
    assert "0 sur 0" not in client.get("/desk/devices?lang=fr").text
    world.tablet("one")
    assert "Toutes les tablettes" in client.get("/desk?lang=fr").text


def code_on(page):
    return re.search(r">([0-9A-Z]{10})<", page)[1]


def test_a_code_stays_the_same_until_it_is_used_or_its_time_is_over(world, client):
    agent = world.agent("one").hex()
    listed = client.get("/desk/devices?lang=fr").text
    form = {
        "agent": agent,
        "_csrf_token": re.search(r'name="_csrf_token" value="([^"]+)"', listed)[1],
    }

    first = client.post("/desk/devices/code", data=form).text
    again = client.post("/desk/devices/code", data=form).text

    assert code_on(first) == code_on(again)
    assert '<svg class="qr"' in first
    from tests.world import Tablet

    there = Tablet(world, ":memory:")
    there.enrol(code_on(first))
    there.store.close()
    used = client.post("/desk/devices/code", data=form).text
    assert code_on(used) != code_on(first)
    world.now += 11 * 60_000
    assert code_on(client.post("/desk/devices/code", data=form).text) != code_on(used)


def test_another_coordinator_is_shown_a_code_of_their_own(world, client):
    agent = world.agent("one")
    amina = world.agent("amina")
    bela = world.user("bela", HOME, role="regional_coordinator")
    from server.accounts.enrolment import make_code
    from server.accounts.standing import THE_OPERATOR

    codes = {
        world.database.write(lambda work, by=by: make_code(work, agent, THE_OPERATOR, by))[0]
        for by in (amina, bela, None, amina)
    }
    assert len(codes) == 3


def silent(world, client, **columns):
    table = world.database.tables.device
    values = {"seen_at": world.now - 5 * DAY_MS, **columns}
    world.database.write(lambda work: work.connection.execute(table.update().values(values)))
    client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize(
    ("columns", "group"),
    [({"pending": 4}, "Appeler ce matin"), ({"pending": 0}, "Rien à faire")],
)
def test_a_silent_tablet_is_listed_by_what_is_to_be_done(
    world, tablet, client, language, columns, group
):
    silent(world, client, **columns)
    page = client.get(f"/desk/devices?lang={language}").text
    morning = client.get(f"/desk?lang={language}").text
    driver = client.get(f"/desk/devices/driver?lang={language}").text
    assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page + morning + driver)
    if language == "fr":
        assert group in page
        assert ("<textarea" in page) == (group == "Appeler ce matin")
        assert "depuis 5 jours" in morning


def test_the_message_is_in_the_language_of_the_agent(world, tablet, client):
    silent(world, client, pending=4)
    account = world.database.tables.account
    for language, words in (("ar", "السلام عليكم"), ("fr", "Bonjour")):
        change = account.update().where(account.c.login == "one").values(language=language)
        world.database.write(lambda work, change=change: work.connection.execute(change))
        assert words in client.get("/desk/devices?lang=fr").text


def test_what_a_tablet_reported_stands_in_its_row_and_on_its_page(world, tablet, client):
    silent(world, client, pending=4, battery_percent=4, is_charging=False, free_mb=2_100)
    one = f"/desk/devices/{number_of(tablet)}"
    for address in ("/desk/devices", one):
        page = client.get(f"{address}?lang=fr").text
        assert "Batterie vide." in page
        assert "4\u202f%" in page or "4\u00a0%" in page or "4 %" in page
        assert "2,1" in page


def test_what_a_contact_brought_waits_no_more(world, tablet, client):
    client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
    for _ in range(15):
        tablet.put("person", name_fr="Fatima", commune_code=HOME)
    assert tablet.sync().pending == 0
    page = client.get("/desk/devices?lang=fr").text
    assert "rien à envoyer" in page
    assert "à envoyer</b>" not in page


def test_who_looks_after_tablets_calls_their_agents(world, tablet, client):
    silent(world, client, pending=4)
    assert "tel:" not in client.get("/desk/devices?lang=fr").text
    agent = world.agent("one")
    world.database.write(lambda work: accounts.set_phone(work, agent, "06 00 02 00 17"))
    page = client.get("/desk/devices?lang=fr").text
    assert 'href="tel:+212600020017" data-key="KeyC"' in page
    assert "06 00 02 00 17" in page
    for address in ("driver", str(number_of(tablet))):
        assert "tel:+212600020017" in client.get(f"/desk/devices/{address}?lang=fr").text
    with pytest.raises(PhoneWrong):
        world.database.write(lambda work: accounts.set_phone(work, agent, "12"))
    world.database.write(lambda work: accounts.set_phone(work, agent, ""))
    assert "tel:" not in client.get("/desk/devices?lang=fr").text


def test_the_tablets_lead_to_the_slip_and_to_a_list_that_prints(world, tablet, client):
    silent(world, client, pending=4)
    assert 'href="/desk/slips"' in client.get("/desk/devices?lang=fr").text
    for address in ("/desk/devices/driver", "/desk/visits/paper"):
        page = client.get(f"{address}?lang=fr").text
        assert re.search(r"<button[^>]* data-print hidden>", page)
        assert "desk.js" in page
    grown = world.database.tables.device.update().values(pending=0, status="leaving")
    world.database.write(lambda work: work.connection.execute(grown))
    assert "0 à envoyer" not in client.get("/desk/devices/driver?lang=fr").text


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_the_tablets_stand_in_columns_and_their_message_opens(world, tablet, browse, language):
    world.user("somebody-with-a-much-longer-name", HOME)
    world.tablet("somebody-with-a-much-longer-name")
    far = world.database.tables.device.update().values(seen_at=world.now - 5 * DAY_MS, pending=14)
    world.database.write(lambda work: work.connection.execute(far))
    with browse(language) as (page, _):
        page.set_viewport_size({"width": 1366, "height": 900})
        page.goto(f"/desk/devices?lang={language}")
        rows = page.locator(".tablet").all()
        columns = {
            tuple(round(part.bounding_box()["x"]) for part in row.locator("> div").all())
            for row in rows
        }
        assert len(rows) == 2
        assert len(columns) == 1
        page.locator(".sms summary").first.click()  # and not the link that fills the row
        page.locator(".sms textarea").first.click()
        length = "text => [text.selectionEnd, text.value.length]"
        end, whole = page.locator(".sms textarea").first.evaluate(length)
        assert end == whole > 0


@pytest.mark.browser
@pytest.mark.slow
@story(0, language=LANGUAGES)
def test_the_tablets_can_be_seen(world, tablet, browse, language):
    world.user("two", HOME)
    world.tablet("two")
    table = world.database.tables.device
    change = (
        table.update()
        .where(table.c.id == number_of(tablet))
        .values(seen_at=world.now - 5 * DAY_MS, pending=14)
    )
    world.database.write(lambda work: work.connection.execute(change))
    with browse(language) as (page, picture):
        picture("tablets", "/desk/devices")
        picture("tablets-driver", "/desk/devices/driver")
        picture("tablets-morning", "/desk")
        page.goto(f"/desk/devices?lang={language}")
        page.select_option("[name=agent]", index=1)
        page.click(".form button")
        page.screenshot(path=SHOTS / f"tablets-code-{language}.png", full_page=True)
