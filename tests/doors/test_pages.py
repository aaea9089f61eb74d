"""What a browser, or something that says it is one, may send to the pages."""

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.accounts import commands, passwords, sessions, throttle, visitors
from server.messages import CommandMessages, MessageUnsent
from server.phrases import load_phrases
from server.portal.queries import catalogue
from server.web import asked
from server.web.asked import Asked, RequestWrong, read_form, read_query
from tests.doors.conftest import PHONES, address_of, opened
from tests.world import FAR, HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def coordinator(doors):
    headers, token = doors.sign_in("regional-coordinator")
    return doors, headers, token


# Bounds before work


def test_a_form_of_names_without_end_is_refused_before_it_is_read(doors):
    for body in (b"a=1&" * 60_000, b"a&" * 130_000, b"x" * 800_000):
        answer = doors.client.post("/desk/sign-in", content=body, headers={"content-type": FORM})
        assert answer.status_code in (400, 413)
        assert "pas pu être lue" in answer.text or "تعذرت" in answer.text


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
def test_an_address_that_no_page_makes_is_said_to_be_wrong(coordinator, query):
    doors, headers, _ = coordinator
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
def test_a_filter_that_cannot_be_read_is_said_not_ignored(coordinator, query):
    doors, headers, _ = coordinator
    answer = doors.get(f"/desk/visits?{query}", headers)
    assert answer.status_code == 400
    assert "pas pu être lue" in answer.text


def test_other_lists_say_it_too(coordinator):
    doors, headers, _ = coordinator
    for address in (
        "/desk/people?after=x",
        "/desk/people?after=09~zz",
        "/desk/requests?state=no",
        "/desk/requests?after=12",
        "/desk/reviews?done=no",
    ):
        assert doors.get(address, headers).status_code == 400


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "²", "٣", "9" * 30, str(2**31), "0x1"])
def test_a_rev_that_is_none_is_said_to_be_wrong(coordinator, text):
    doors, headers, token = coordinator
    for route in ("/desk/people/{record_id:str}", "/desk/points/{point_id:str}"):
        form = {"_csrf_token": token, "base_rev": text, "name_fr": "Autre"}
        answer = doors.post(address_of(route, doors.own), headers, **form)
        assert answer.status_code == 400, route
    review = address_of("/desk/reviews/{text:str}", doors.own)
    form = {"_csrf_token": token, "decision": "mine", "seen_rev": text}
    assert doors.post(review, headers, **form).status_code == 400


@pytest.mark.parametrize("key", ["%00", "x", "9" * 400, "٣", "%FF", "..%2f..", str(UUID(int=1))])
def test_a_key_that_names_nothing_is_not_found(coordinator, key):
    doors, headers, _ = coordinator
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


def test_text_that_no_database_takes_is_said_to_be_wrong(coordinator):
    doors, headers, token = coordinator
    for form in (
        {"login": "a\0b", "password": "x"},
        {"login": "a", "password": "\0"},
    ):
        assert doors.post("/desk/sign-in", **form).status_code == 400
    assert doors.post("/portal/phone", phone="06\0").status_code == 400
    person = address_of("/desk/people/{record_id:str}", doors.own)
    form = {"_csrf_token": token, "name_fr": "a\0b", "was_name_fr": ""}
    assert doors.post(person, headers, **form).status_code == 400


def test_a_field_given_twice_is_said_to_be_wrong(coordinator):
    doors, headers, token = coordinator
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
def test_no_host_makes_another_page_of_an_address(coordinator, host):
    doors, headers, _ = coordinator
    named = {"host": host}
    for page, status, words in (
        ("/", 200, 'href="/?lang='),
        ("/desk/people?q=a", 200, 'href="/desk/people?q=a&amp;lang='),
        ("/nowhere", 404, 'href="/nowhere?lang='),
        ("/desk/nowhere", 404, 'href="/desk/nowhere?lang='),
    ):
        answer = doors.get(page, {**headers, **named})
        assert (answer.status_code, words in answer.text) == (status, True), page
    assert doors.get("/desk/requests", named).headers["location"] == "/desk/sign-in"
    assert doors.get("/portal/status", named).headers["location"] == "/"
    assert doors.post("/portal/phone", named, phone="1").status_code == 422


@pytest.mark.parametrize("host", ["x/desk", "x/portal", "x?", "x#", "a b"])
def test_a_host_that_would_be_part_of_an_address_is_refused(coordinator, host):
    doors, headers, _ = coordinator
    for page in ("/", "/desk/people", "/desk/requests", "/portal/register", "/nowhere"):
        assert doors.get(page, {**headers, "host": host}).status_code == 400, page


# One value does not break a page for all


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


# Whence, and where to


def test_a_link_to_another_language_stays_here(doors):
    for path in ("////elsewhere.example/x", "/\\elsewhere.example", "//elsewhere.example"):
        from server.web.languages import in_language

        link = in_language(path, "ar")
        assert link.startswith("/elsewhere.example")
    answer = doors.get("/%2F%2Felsewhere.example")
    assert not re.search(r'href="//', answer.text)


def test_the_page_of_a_code_does_not_say_the_host_that_was_asked(coordinator):
    doors, headers, token = coordinator
    form = {"_csrf_token": token, "agent": doors.own.agent.hex()}
    page = doors.post("/desk/devices/code", {**headers, "host": "evil.example"}, **form).text
    assert "evil.example" not in page


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


def test_cookies_are_for_https_alone_where_the_server_is(world, tmp_path):
    world.user("amina", HOME, role="regional_coordinator")
    with opened(world, tmp_path, NUQTA_PUBLIC_URL="https://nuqta.example", NUQTA_DEMO="1") as doors:
        answers = [
            doors.get("/"),
            doors.post("/desk/sign-in", login="amina", password="password1"),
            doors.post("/portal/phone", phone=PHONES["home"]),
        ]
        code = re.search(r"\d{6}", outbox(world)[0])[0]
        cookie = answers[-1].headers["set-cookie"].split(";")[0]
        answers.append(doors.post("/portal/code", {"cookie": cookie}, code=code))
    given = [one for answer in answers for one in answer.headers.get_list("set-cookie")]
    assert len(given) >= 6
    assert all("Secure" in one and "HttpOnly" in one for one in given)


# Guessing


def sign_in(doors, login, password, cookie=""):
    headers = {"cookie": cookie} if cookie else {}
    return doors.post("/desk/sign-in", headers, login=login, password=password)


def test_guessing_a_password_ends_soon_and_tells_nothing_of_who_there_is(doors):
    for login in ("regional-coordinator", "nobody-at-all"):
        answers = [sign_in(doors, login, f"wrong{number}") for number in range(9)]
        assert [one.status_code for one in answers] == [401] * 8 + [429]
        assert int(answers[-1].headers["retry-after"]) <= 15 * 60
        assert sign_in(doors, login, "password1").status_code == 429
    pages = {re.sub(r"nobody-at-all|regional-coordinator", "", one.text) for one in answers[-1:]}
    assert len(pages) == 1
    doors.world.now += 15 * 60_000
    assert sign_in(doors, "regional-coordinator", "password1").status_code == 303


def test_strangers_do_not_lock_out_a_browser_that_came_in_before(doors):
    answer = sign_in(doors, "regional-coordinator", "password1")
    known = re.search(r"nuqta_known=[^;]+", "\n".join(answer.headers.get_list("set-cookie")))[0]
    for number in range(20):
        sign_in(doors, "regional-coordinator", f"wrong{number}")
    assert sign_in(doors, "regional-coordinator", "password1").status_code == 429
    assert sign_in(doors, "regional-coordinator", "password1", known).status_code == 303
    # It is of one person, and bounded as well.
    assert sign_in(doors, "auditor", "wrong", known).status_code == 401
    tries = [sign_in(doors, "regional-coordinator", "wrong", known) for _ in range(9)]
    assert tries[-1].status_code == 429


def test_guessing_from_one_address_ends_over_many_accounts(doors):
    answers = [sign_in(doors, f"name{number}", "wrong") for number in range(62)]
    assert {one.status_code for one in answers[:60]} == {401}
    assert {one.status_code for one in answers[60:]} == {429}


def outbox(world):
    table = world.database.tables.outbox
    return world.database.read(
        lambda records: list(
            records.connection.scalars(sa.select(table.c.body).order_by(table.c.id.desc()))
        )
    )


@pytest.fixture
def portal(world, tmp_path):
    with opened(world, tmp_path / "files", NUQTA_DEMO="1") as doors:
        yield doors


def ask_code(portal, phone, cookie=""):
    answer = portal.post("/portal/phone", {"cookie": cookie} if cookie else {}, phone=phone)
    given = "\n".join(answer.headers.get_list("set-cookie"))
    found = re.search(r"nuqta_code=[^;]+", given)
    return answer.status_code, found[0] if found else ""


def test_a_stranger_cannot_try_or_burn_the_code_of_another(portal):
    _, mine = ask_code(portal, PHONES["home"])
    code = re.search(r"\d{6}", outbox(portal.world)[0])[0]
    _, theirs = ask_code(portal, PHONES["home"])
    other = re.search(r"\d{6}", outbox(portal.world)[0])[0]
    for number in range(6):
        portal.post("/portal/code", {"cookie": theirs}, code=f"{number:06d}")
    assert portal.post("/portal/code", {"cookie": theirs}, code=other).status_code == 422
    assert portal.post("/portal/code", {"cookie": mine}, code=code).status_code == 303
    assert portal.post("/portal/code", {"cookie": mine}, code=code).status_code == 422  # once


def test_codes_are_few_to_a_phone_and_from_an_address(portal):
    statuses = [ask_code(portal, PHONES["home"])[0] for _ in range(7)]
    assert statuses == [303] * 5 + [429] * 2
    statuses = [ask_code(portal, f"06{number:08d}")[0] for number in range(30)]
    assert statuses == [303] * 15 + [429] * 15
    assert portal.post("/portal/phone", phone="06").status_code == 422


def test_a_phone_checked_before_has_codes_of_its_own(portal):
    _, cookie = ask_code(portal, PHONES["home"])
    code = re.search(r"\d{6}", outbox(portal.world)[0])[0]
    entered = portal.post("/portal/code", {"cookie": cookie}, code=code)
    known = re.search(r"nuqta_known=[^;]+", "\n".join(entered.headers.get_list("set-cookie")))[0]
    for _ in range(6):
        ask_code(portal, PHONES["home"])
    assert ask_code(portal, PHONES["home"])[0] == 429
    assert ask_code(portal, PHONES["home"], known)[0] == 303
    assert ask_code(portal, PHONES["far"], known)[0] == 303  # a count like anybody's


# What is said, and to whom


def test_no_code_and_no_phone_is_logged_or_kept(world, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    taken = tmp_path / "taken"
    program = tmp_path / "send"
    program.write_text(f"#!/bin/sh\ncat >> {taken}\n")
    program.chmod(0o755)
    with opened(world, tmp_path / "files", NUQTA_MESSAGE_COMMAND=str(program)) as doors:
        assert ask_code(doors, PHONES["home"])[0] == 303
        assert doors.get("/dev/outbox").status_code == 404
        doors.post("/desk/sign-in", login="regional-coordinator", password="hunter22hunter22")
    phone, words = taken.read_text().splitlines()[:2]
    code = re.search(r"\d{6}", words)[0]
    assert phone == PHONES["home"]
    assert outbox(world) == []
    for secret in (code, phone, phone[4:], "hunter22"):
        assert secret not in caplog.text


def test_a_message_that_cannot_be_sent_is_said_without_the_phone(world, tmp_path, caplog):
    with opened(world, tmp_path / "files") as doors:
        assert ask_code(doors, PHONES["home"])[0] == 503
    with pytest.raises(MessageUnsent) as refused:
        CommandMessages("/bin/false").send(PHONES["home"], "123456")
    assert PHONES["home"] not in repr(refused.value) + repr(refused.value.__cause__)
    assert PHONES["home"] not in caplog.text


def test_a_fault_of_the_database_prints_no_value(world, caplog):
    with pytest.raises(sa.exc.DBAPIError) as fault:
        world.database.read(
            lambda records: records.connection.execute(
                sa.text("select no_such_column from person where name_fr = :name"),
                {"name": "Fatima Secret"},
            )
        )
    assert "Fatima Secret" not in str(fault.value)


# Slow work beside the rest


def test_a_password_is_hashed_while_no_transaction_is_open(doors, monkeypatch):
    """A tablet's write, begun while one signs in, need not wait for the hash."""
    hashing, go_on, written = threading.Event(), threading.Event(), threading.Event()
    fits = passwords.fits

    def slow(hashed, password):
        hashing.set()
        go_on.wait(10)
        return fits(hashed, password)

    monkeypatch.setattr(passwords, "fits", slow)
    with ThreadPoolExecutor(2) as pool:
        signing_in = pool.submit(sign_in, doors, "regional-coordinator", "password1")
        assert hashing.wait(10)
        pool.submit(doors.world.change, "person", doors.own.person, notes="x").add_done_callback(
            lambda _done: written.set()
        )
        assert written.wait(10)
        go_on.set()
        assert signing_in.result().status_code == 303


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


# Races


def registration(name="Coop Amal"):
    return {
        "name": name,
        "legal_form": "cooperative",
        "commune": HOME,
        "services": "e-admin",
        "consent": "yes",
    }


def enter(portal, phone):
    """Return the cookie of one whose phone is checked, and the token of the form."""
    _, cookie = ask_code(portal, phone)
    code = re.search(r"\d{6}", outbox(portal.world)[0])[0]
    entered = portal.post("/portal/code", {"cookie": cookie}, code=code)
    given = "\n".join(entered.headers.get_list("set-cookie"))
    cookie = re.search(r"nuqta_portal=[^;]+", given)[0]
    page = portal.get("/portal/register", {"cookie": cookie}).text
    return {"cookie": cookie}, re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]


def test_six_registrations_of_one_phone_at_once_make_one_enterprise(portal):
    headers, token = enter(portal, PHONES["home"])
    with ThreadPoolExecutor(6) as pool:
        answers = [
            pool.submit(
                portal.post, "/portal/register", headers, _csrf_token=token, **registration()
            )
            for _ in range(6)
        ]
        assert {one.result().status_code for one in answers} == {303}
    assert len(portal.world.database.read(lambda records: records.list("enterprise"))) == 1
    assert len(portal.world.database.read(lambda records: records.list("application"))) == 1


def test_a_registration_names_a_commune_a_form_and_a_service_that_there_are(portal):
    headers, token = enter(portal, PHONES["home"])
    for wrong in (
        {"commune": "99.999.99.99"},
        {"commune": "09"},
        {"legal_form": "kingdom"},
        {"services": "no-such"},
        {"name": "   "},
        {"name": "\u200b\u200f"},
        {"ice": "123"},
        {"consent": "no"},
    ):
        form = {**registration(), **wrong, "_csrf_token": token}
        assert portal.post("/portal/register", headers, **form).status_code == 422, wrong
    assert portal.world.database.read(lambda records: records.list("enterprise")) == []


def records(portal, entity):
    return portal.world.database.read(lambda records: records.list(entity))


def test_a_second_enterprise_of_a_phone_is_another_and_its_requests_are_its_own(portal):
    headers, token = enter(portal, PHONES["home"])

    def register(**form):
        form = {**registration(), "_csrf_token": token, **form}
        assert portal.post("/portal/register", headers, **form).status_code == 303

    register(name="Coop Amal")
    register(name="تعاونية النور", services="training", ice="001525713000000")
    register(name="coop  amal", services="training")  # the first once more
    firms = {
        one.values["name_fr"] or one.values["name_ar"]: one for one in records(portal, "enterprise")
    }
    assert set(firms) == {"Coop Amal", "تعاونية النور"}
    asked = {
        (one.values["enterprise_id"], one.values["service"])
        for one in records(portal, "application")
    }
    first, second = (firms[name].record_id for name in ("Coop Amal", "تعاونية النور"))
    assert asked == {(first, "e-admin"), (first, "training"), (second, "training")}
    page = portal.get("/portal/status", headers).text
    assert page.count("/portal/register?of=") == 2
    more = re.search(r"/portal/register\?of=[0-9a-f-]+", page)[0]
    page = portal.get(f"{more}&lang=fr", headers).text
    assert 'name="legal_form"' not in page
    assert "Qui êtes-vous" not in page  # nobody registers twice for one more service
    assert "Envoyer la demande" in page


def test_a_service_can_be_asked_again_once_the_first_request_has_ended(portal):
    headers, token = enter(portal, PHONES["home"])
    portal.post("/portal/register", headers, _csrf_token=token, **registration())
    (firm,), (first,) = records(portal, "enterprise"), records(portal, "application")
    again = {"_csrf_token": token, "of": str(UUID(bytes=firm.record_id)), "services": "e-admin"}
    assert portal.post("/portal/register", headers, **again).status_code == 303
    assert len(records(portal, "application")) == 1  # it is on its way
    portal.world.change("application", first.record_id, state="rejected")
    assert portal.post("/portal/register", headers, **again).status_code == 303
    assert len(records(portal, "application")) == 2
    assert portal.post("/portal/register", headers, **{**again, "services": "x"}).status_code == 422
    others = {**again, "of": str(UUID(int=7))}
    assert portal.post("/portal/register", headers, **others).status_code == 404


def test_one_more_service_is_none_that_is_on_its_way(portal):
    headers, token = enter(portal, PHONES["home"])
    portal.post("/portal/register", headers, _csrf_token=token, **registration())
    (enterprise,), (request,) = records(portal, "enterprise"), records(portal, "application")
    more = f"/portal/register?of={UUID(bytes=enterprise.record_id)}"

    def offered():
        return set(re.findall(r'name="services" value="([^"]+)"', portal.get(more, headers).text))

    every = set(catalogue("fr"))
    assert offered() == every - {"e-admin"}
    portal.world.change("application", request.record_id, state="rejected")
    assert offered() == every
    form = [("_csrf_token", token), ("of", more[-36:]), *(("services", code) for code in every)]
    form = urlencode(form).encode()
    sent = portal.client.post(
        "/portal/register", content=form, headers={**headers, "content-type": FORM}
    )
    assert sent.status_code == 200  # led to the status
    assert more not in portal.get("/portal/status", headers).text
    assert portal.get(more, headers).headers["location"] == "/portal/status"


def test_a_telephone_that_was_lent_is_signed_out(portal):
    page = "/portal/status"
    headers, token = enter(portal, PHONES["home"])
    portal.post("/portal/register", headers, _csrf_token=token, **registration())
    assert 'action="/portal/sign-out"' in portal.get(page, headers).text
    assert portal.post("/portal/sign-out", headers, _csrf_token="x").status_code == 403
    assert portal.get(page, headers).status_code == 200
    answer = portal.post("/portal/sign-out", headers, _csrf_token=token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    gone = portal.get(page, headers)  # whoever kept the cookie
    assert (gone.status_code, gone.headers["location"]) == (303, "/")


def test_the_same_ice_twice_is_a_question_for_the_desk(portal):
    world = portal.world
    world.user("amina", HOME, role="regional_coordinator")
    ice = "001525713000000"
    for phone, name in ((PHONES["home"], "Coop Amal"), (PHONES["far"], "Coop Amel")):
        headers, token = enter(portal, phone)
        form = {**registration(name), "ice": ice, "_csrf_token": token}
        assert portal.post("/portal/register", headers, **form).status_code == 303
    (review,) = records(portal, "review")
    assert review.values["kind"] == "duplicate"
    headers, token = portal.sign_in("amina")
    listed = portal.get("/desk/reviews", headers).text
    assert "Coop Amel · Coop Amal" in re.sub(r"<[^>]+>", "", listed)
    address = re.search(r"/desk/reviews/[0-9a-f-]{36}", listed)[0]
    for language in ("fr", "ar"):
        page = portal.get(f"{address}?lang={language}", headers).text
        assert ice in page
        assert page.count("/desk/enterprises/") == 2
        assert load_phrases(language).say("source.portal") in page  # no office wrote it
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
    form = {"_csrf_token": token, "seen_rev": "1"}
    assert portal.post(address, headers, decision="mine", **form).status_code == 422
    assert portal.post(address, headers, decision="theirs", **form).status_code == 303
    assert {one.values["ice"] for one in records(portal, "enterprise")} == {ice}
    assert "Coop Amel" not in portal.get("/desk/reviews", headers).text


def test_the_same_ice_from_a_tablet_and_from_the_desk_is_asked_about_too(doors):
    world, ice = doors.world, "001525713000000"
    tablet = world.tablet("agent.home")
    tablet.put("enterprise", commune_code=HOME, name_fr="One", ice=ice)
    tablet.put("enterprise", commune_code=HOME, name_fr="Two", ice=ice)  # of the same push
    tablet.sync()
    asked = [one for one in records(doors, "review") if one.values["kind"] == "duplicate"]
    assert len(asked) == 1
    headers, token = doors.sign_in("regional-coordinator")
    firm = address_of("/desk/enterprises/{record_id:str}", doors.own)
    form = {"_csrf_token": token, "ice": ice, "was_ice": ""}
    assert doors.post(firm, headers, **form).status_code == 303
    asked = [one for one in records(doors, "review") if one.values["kind"] == "duplicate"]
    assert len(asked) == 2


@pytest.mark.parametrize("field", ["id", "created_by", "no_such", "", "commune_code"])
def test_a_correction_is_of_the_field_in_question_alone(coordinator, field):
    doors, headers, token = coordinator
    held = address_of("/desk/reviews/held/{text:str}", doors.own)
    for value in ("x", "\u200b", "9" * 400, FAR):
        form = {"_csrf_token": token, "act": "correct", "field": field, "value": value}
        assert doors.post(held, headers, **form).status_code == 422, value
    form |= {"field": "commune_code", "value": HOME}
    assert doors.post(held, headers, **form).status_code == 303


# Ways in


@pytest.mark.parametrize("change", ["password", "status"])
def test_no_session_is_opened_by_a_password_that_was_changed_meanwhile(world, monkeypatch, change):
    world.user("office", HOME, role="auditor")
    agent, fits = world.agent("office"), passwords.fits

    def fits_late(hashed, password):
        does_fit = fits(hashed, password)
        if change == "password":
            other = passwords.hash_password("another password")
            world.database.write(lambda work: commands.set_password(work, agent, other))
        else:
            world.database.write(lambda work: commands.set_status(work, agent, "disabled"))
        return does_fit

    monkeypatch.setattr(passwords, "fits", fits_late)
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(world.database, "office", "password1")
    table = world.database.tables.web_session
    count = sa.select(sa.func.count()).select_from(table)
    assert world.database.read(lambda records: records.connection.scalar(count)) == 0


def test_browsers_known_by_an_earlier_password_have_no_tries_of_their_own(world):
    world.user("office", HOME, role="auditor")

    def sign_in(password, known=""):
        return sessions.sign_in(world.database, "office", password, known=known).known

    known = [sign_in("password1") for _ in range(3)]
    with pytest.raises(sessions.SignInFailed):
        sign_in("a guess", known[0])
    other = passwords.hash_password("another password")
    agent = world.agent("office")
    world.database.write(lambda work: commands.set_password(work, agent, other))
    for tried in range(throttle.Limit.SIGN_IN.most):
        with pytest.raises(sessions.SignInFailed):
            sign_in("a guess", known[tried % 3])
    for one in known:
        with pytest.raises(throttle.TooManyTries):
            sign_in("a guess", one)


def test_messages_to_a_phone_are_bounded_however_many_browsers_are_known(world):
    phone, sent = "+212612345678", []

    class Sent:
        def send(self, _phone, body):
            sent.append(body)

    def send(known=""):
        return visitors.send_code(world.database, Sent(), phone, words="{code}", known=known)

    def enter(token):
        code = sent[-1]
        return world.database.write(lambda work: visitors.check_code(work, token, code)).known

    known = [enter(send()) for _ in range(throttle.Limit.CODE_TO.most)]
    with pytest.raises(throttle.TooManyTries):
        send()
    known += [enter(send(one)) for one in (known * 9)[: throttle.Limit.CODE_KNOWN.most]]
    for one in known:
        with pytest.raises(throttle.TooManyTries):
            send(one)
    assert len(sent) == throttle.Limit.CODE_TO.most + throttle.Limit.CODE_KNOWN.most


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
