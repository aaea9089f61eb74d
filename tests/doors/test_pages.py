"""What a browser, or something that says it is one, may send to the pages."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.accounts import visitors
from server.messages import MessageUnsent
from server.web import asked
from server.web.asked import Asked, RequestWrong, read_form, read_query
from tests.doors.conftest import PHONES, address_of
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
FORM = "application/x-www-form-urlencoded"


def test_a_form_of_names_without_end_is_refused_before_it_is_read(doors):
    for body in (b"a=1&" * 60_000, b"a&" * 130_000, b"x" * 800_000):
        answer = doors.client.post("/desk/sign-in", content=body, headers={"content-type": FORM})
        assert answer.status_code in (400, 413)
        said = {400: ("pas pu être lue", "تعذرت"), 413: ("trop grand", "كبير")}
        assert any(words in answer.text for words in said[answer.status_code])


def test_reading_a_form_takes_work_in_step_with_its_length():
    """Each value is looked at as often in a long form as in a short one."""

    class Counted(str):
        __slots__ = ()
        looked_at = 0

        def __contains__(self, part):
            Counted.looked_at += 1
            return super().__contains__(part)

    for count in (10, 1_000):
        Counted.looked_at = 0
        Asked([("a", Counted("1"))] * count)
        assert Counted.looked_at == count


@pytest.mark.parametrize(
    "query",
    [
        b"q=" + b"a" * 5_000,
        b"&".join(b"a%d=1" % n for n in range(60)),
        b"q=%00",
        b"q=a%00b",
        b"q=%ff%fe",
        b"q=\xd9\xa1",
        b"q=%ed%a0%80",  # a lone surrogate
    ],
)
def test_an_address_that_no_page_makes_is_said_to_be_wrong(standing, query):
    doors, headers, _ = standing
    with pytest.raises(RequestWrong):
        read_query(query).get("q")
    if not query.isascii():
        return  # httpx sends none of these
    for page in ("/desk/search", "/desk/people", "/desk/visits", "/desk/sign-in"):
        answer = doors.client.get(f"{page}?{query.decode()}", headers=headers)
        assert answer.status_code == (200 if page == "/desk/sign-in" else 400)


@pytest.mark.parametrize(
    "query",
    [
        "since=hier",
        "since=2026-13-45",
        "since=99999999-01-01",
        "agent=x",
        "outcome=none",
        "after=x",
        "after=" + "9" * 400 + ".00",
        "after=٣." + "0" * 32,
        "commune=a&commune=b",
    ],
)
def test_a_filter_that_cannot_be_read_is_said_not_ignored(standing, query):
    doors, headers, _ = standing
    answer = doors.get(f"/desk/visits?{query}", headers)
    assert answer.status_code == 400
    assert "pas pu être lue" in answer.text


def test_other_lists_say_it_too(standing):
    doors, headers, _ = standing
    for address in (
        "/desk/people?after=x",
        "/desk/people?after=09~zz",
        "/desk/requests?state=no",
        "/desk/requests?after=12",
        "/desk/reviews?done=no",
    ):
        assert doors.get(address, headers).status_code == 400


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "²", "٣", "9" * 30, str(2**31), "0x1"])
def test_a_rev_that_is_none_is_said_to_be_wrong(standing, text):
    doors, headers, token = standing
    for route in ("/desk/people/{record_id:str}", "/desk/points/{point_id:str}"):
        form = {"_csrf_token": token, "base_rev": text, "name_fr": "Autre"}
        answer = doors.post(address_of(route, doors.own), headers, **form)
        assert answer.status_code == 400, route
    review = address_of("/desk/reviews/{text:str}", doors.own)
    form = {"_csrf_token": token, "decision": "mine", "seen_rev": text}
    assert doors.post(review, headers, **form).status_code == 400


@pytest.mark.parametrize("key", ["%00", "x", "9" * 400, "٣", "%FF", "..%2f..", str(UUID(int=1))])
def test_a_key_that_names_nothing_is_not_found(standing, key):
    doors, headers, _ = standing
    for folder in (
        "visits",
        "people",
        "points",
        "reviews",
        "reviews/held",
        "devices",
        "recordings",
    ):
        assert doors.get(f"/desk/{folder}/{key}", headers).status_code == 404, folder


def test_text_that_no_database_takes_is_said_to_be_wrong(standing):
    doors, headers, token = standing
    for form in (
        {"login": "a\0b", "password": "x"},
        {"login": "a", "password": "\0"},
    ):
        assert doors.post("/desk/sign-in", **form).status_code == 400
    assert doors.post("/portal/phone", phone="06\0").status_code == 400
    person = address_of("/desk/people/{record_id:str}", doors.own)
    form = {"_csrf_token": token, "name_fr": "a\0b", "was_name_fr": ""}
    assert doors.post(person, headers, **form).status_code == 400


def test_a_field_given_twice_is_said_to_be_wrong(standing):
    doors, headers, token = standing
    body = urlencode([("_csrf_token", token), ("name_fr", "a"), ("name_fr", "b")])
    person = address_of("/desk/people/{record_id:str}", doors.own)
    answer = doors.client.post(person, content=body, headers={**headers, "content-type": FORM})
    assert answer.status_code == 400


def test_what_is_no_form_is_said_to_be_wrong(coordinator):
    doors, headers, _ = coordinator
    for content_type, body in (
        ("application/json", b'{"_csrf_token": "x"}'),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("", b"a=b"),
        (FORM, b"a=\xff"),
        (FORM, b"_csrf_token=%C3%A9"),
    ):
        answer = doors.client.post(
            "/desk/sign-out", content=body, headers={**headers, "content-type": content_type}
        )
        assert answer.status_code in (400, 403)
    with pytest.raises(RequestWrong):
        read_form(FORM, b"a=" + b"b" * asked.FORM_BYTES_MAX)
    assert doors.post("/desk/sign-out", headers, _csrf_token="é" * 20).status_code == 403
    strange = [(b"cookie", "nuqta_desk=é".encode())]
    assert doors.get("/desk", strange).status_code == 303


def test_every_page_says_by_which_methods_it_is_asked(doors):
    for path in {route.path for route in doors.app.routes} - {"/sync/v1"}:
        address = re.sub(r"\{[^}]*\}", "1", path)
        answer = doors.client.options(address)
        assert (answer.status_code, "OPTIONS" in answer.headers["allow"]) == (204, True), path


@pytest.mark.parametrize("host", ["[", "a:b", "a:99999", "@", "", "[::1]:x", "::", "a:-1"])
def test_no_host_makes_another_page_of_an_address(standing, host):
    doors, headers, _ = standing
    named = {"host": host}
    for page, status, words in (
        ("/", 200, 'href="/?lang='),
        ("/desk/people?q=a", 200, 'href="/desk/people?q=a&amp;lang='),
        ("/nowhere", 404, 'href="/nowhere?lang='),
        ("/desk/nowhere", 404, 'href="/desk/nowhere?lang='),
    ):
        answer = doors.get(page, {**headers, **named})
        assert (answer.status_code, words in answer.text) == (status, True), page
    signed_out = doors.get("/desk/requests", named).headers["location"]
    assert signed_out == "/desk/sign-in?to=%2Fdesk%2Frequests"
    assert doors.get("/portal/status", named).headers["location"] == "/"
    assert doors.post("/portal/phone", named, phone="1").status_code == 422


@pytest.mark.parametrize("host", ["x/desk", "x/portal", "x?", "x#", "a b"])
def test_a_host_that_would_be_part_of_an_address_is_refused(standing, host):
    doors, headers, _ = standing
    for page in ("/", "/desk/people", "/desk/requests", "/portal/register", "/nowhere"):
        assert doors.get(page, {**headers, "host": host}).status_code == 400, page


@pytest.mark.parametrize("at", [-(2**53), 0, 2**53, 9_007_199_254_740_991])
def test_a_moment_out_of_every_calendar_leaves_the_lists_as_they_are(coordinator, at):
    doors, headers, _ = coordinator
    table = doors.world.database.tables.records["visit"]
    change = sa.update(table).where(table.c.id == doors.own.visit).values(started_at=at)
    doors.world.database.write(lambda work: work.connection.execute(change))  # from before bounds
    for page in ("/desk", "/desk/visits", f"/desk/visits/{UUID(bytes=doors.own.visit)}"):
        answer = doors.get(page, headers)
        assert answer.status_code == 200, page
    assert "Fatima-home" in doors.get("/desk/visits", headers).text


def test_visits_only_planned_can_be_paged_through(coordinator, monkeypatch):
    from server.visits import pages

    doors, headers, _ = coordinator
    monkeypatch.setattr(pages, "PAGE_ROWS", 4)

    def plan(work):
        for number in range(11):
            values = {"commune_code": HOME, "notes": f"{number}", "planned_on": 20_780 + number}
            begun = {"started_at": work.now_ms - number} if number % 3 == 0 else {}
            work.insert("visit", {**values, **begun}, pages_author())

    doors.world.database.write(plan)
    seen, address = [], "/desk/visits"
    while address:
        page = doors.get(address, headers).text
        seen += re.findall(r'href="/desk/visits/([0-9a-f-]{36})"', page)
        following = re.search(r'href="(/desk/visits\?after=[^"]+)"[^>]*>[^<]*Suivantes', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 12


def pages_author():
    from server.db.work import Author

    return Author(None)


def test_a_form_takes_back_nothing_that_came_while_it_stood_open(coordinator):
    doors, headers, token = coordinator
    point = address_of("/desk/points/{point_id:str}", doors.own)
    page = doors.get(point, headers).text
    form = dict(re.findall(r'name="(was_\w+|base_rev)" value="([^"]*)"', page))
    form |= {name.removeprefix("was_"): was for name, was in form.items() if name != "base_rev"}
    doors.world.change("contact_point", doors.own.point, landmark="Near the well")
    answer = doors.post(point, headers, _csrf_token=token, **{**form, "web_address": "nuqta.ma"})
    assert answer.status_code == 303
    stands = doors.world.get("contact_point", doors.own.point)
    assert (stands["landmark"], stands["web_address"]) == ("Near the well", "nuqta.ma")
    suspended = {"was_status": "active", "status": "suspended", "base_rev": form["base_rev"]}
    assert doors.post(point, headers, _csrf_token=token, **suspended).status_code == 303
    stands = doors.world.get("contact_point", doors.own.point)
    assert (stands["status"], stands["landmark"]) == ("suspended", "Near the well")


def test_a_form_that_is_shown_again_takes_back_nothing_that_came_meanwhile(coordinator):
    """What was shown first stays what it was: else an empty input would undo a new value."""
    doors, headers, token = coordinator
    point = address_of("/desk/points/{point_id:str}", doors.own)
    form = {"was_landmark": "", "landmark": "", "was_phone": "", "phone": "12"}
    doors.world.change("contact_point", doors.own.point, landmark="Near the well")
    again = doors.post(point, headers, _csrf_token=token, **form)
    assert again.status_code == 422
    shown = dict(re.findall(r'name="(was_\w+)" value="([^"]*)"', again.text))
    form |= {"was_landmark": shown["was_landmark"], "phone": "0612345678"}
    assert doors.post(point, headers, _csrf_token=token, **form).status_code == 303
    assert doors.world.get("contact_point", doors.own.point)["landmark"] == "Near the well"


def test_boxes_that_were_unticked_stay_so_when_the_form_is_shown_again(coordinator):
    doors, headers, token = coordinator
    doors.world.change("contact_point", doors.own.point, services=("e-admin",))
    point = address_of("/desk/points/{point_id:str}", doors.own)
    assert 'value="e-admin" checked' in doors.get(point, headers).text
    form = {"was_services": "e-admin", "was_phone": "", "phone": "12"}
    again = doors.post(point, headers, _csrf_token=token, **form)
    assert again.status_code == 422
    assert 'value="e-admin" checked' not in again.text


def test_who_manages_a_point_sees_it_on_the_map(doors):
    doors.world.change("contact_point", doors.own.point, latitude=30_400_000, longitude=-8_700_000)
    headers, _ = doors.sign_in("point-manager")
    page = doors.get("/desk/points", headers).text
    assert '<section class="map-figure' in page
    point = address_of("/desk/points/{point_id:str}", doors.own)
    assert len(re.findall(f'href="{point}"', page)) == 2  # on the map and in the list


def test_a_form_from_another_site_is_refused_whatever_token_it_has(coordinator):
    doors, headers, token = coordinator
    person = address_of("/desk/people/{record_id:str}", doors.own)
    for origin, wanted in (
        ("https://evil.example", 403),
        ("null", 403),
        ("http://testserver.local", 303),
    ):
        form = {"_csrf_token": token, "name_fr": "Fatima-home", "was_name_fr": ""}
        answer = doors.post(person, {**headers, "origin": origin}, **form)
        assert answer.status_code == wanted, origin
    evil = {"origin": "https://evil.example"}
    assert doors.post("/portal/phone", evil, phone=PHONES["home"]).status_code == 403
    assert doors.post("/desk/sign-in", evil, login="a", password="b").status_code == 403


def test_a_fault_of_the_database_prints_no_value(world, caplog):
    with pytest.raises(sa.exc.DBAPIError) as fault:
        world.database.read(
            lambda records: records.connection.execute(
                sa.text("select no_such_column from person where name_fr = :name"),
                {"name": "Fatima Secret"},
            )
        )
    assert "Fatima Secret" not in str(fault.value)


def test_pages_are_read_while_every_writer_waits(coordinator, monkeypatch):
    doors, headers, token = coordinator
    waiting, go_on = threading.Semaphore(0), threading.Event()
    write = doors.world.database.write

    def slow(command):
        waiting.release()
        go_on.wait(10)
        return write(command)

    monkeypatch.setattr(doors.world.database, "write", slow)
    person = address_of("/desk/people/{record_id:str}", doors.own)
    form = {"_csrf_token": token, "name_fr": "Fatima-home", "was_name_fr": ""}
    with ThreadPoolExecutor(16) as pool:
        forms = [pool.submit(doors.post, person, headers, **form) for _ in range(12)]
        for _ in range(4):  # as many as there are threads for forms
            assert waiting.acquire(timeout=10)
        assert pool.submit(doors.get, "/desk/people", headers).result(10).status_code == 200
        go_on.set()
        assert {one.result().status_code for one in forms} == {303}


@pytest.mark.parametrize("field", ["id", "created_by", "no_such", "", "commune_code"])
def test_a_correction_is_of_the_field_in_question_alone(coordinator, field):
    doors, headers, token = coordinator
    held = address_of("/desk/reviews/held/{text:str}", doors.own)
    for value in ("x", "\u200b", "9" * 400, FAR):
        form = {"_csrf_token": token, "act": "correct", "field": field, "value": value}
        assert doors.post(held, headers, **form).status_code == 422, value
    form |= {"field": "commune_code", "value": HOME}
    assert doors.post(held, headers, **form).status_code == 303


def test_messages_that_hang_keep_no_form_waiting(coordinator, monkeypatch):
    doors, headers, token = coordinator
    sending, go_on = threading.Semaphore(0), threading.Event()

    def hang(*_given, **_named):
        sending.release()
        go_on.wait(10)
        raise MessageUnsent("messages: hung")

    monkeypatch.setattr(visitors, "send_code", hang)
    person = address_of("/desk/people/{record_id:str}", doors.own)
    form = {"_csrf_token": token, "name_fr": "Fatima-home", "was_name_fr": ""}
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(doors.post, "/portal/phone", phone=PHONES["home"]) for _ in range(12)]
        for _ in range(4):
            assert sending.acquire(timeout=10)
        assert pool.submit(doors.post, person, headers, **form).result(10).status_code == 303
        go_on.set()
        assert {one.result().status_code for one in asked} == {503}


@pytest.mark.parametrize("address", ["/desk/duplicates/{}", "/desk/devices/{}"])
def test_a_number_that_no_database_takes_is_not_found(standing, address):
    doors, headers, _ = standing
    for number in (2**31, 2**63, 10**30):
        assert doors.get(address.format(number), headers).status_code == 404
