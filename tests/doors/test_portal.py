"""What a stranger with a phone may send to the portal."""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa

from server.accounts import throttle, visitors
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.messages import CommandMessages, MessageUnsent
from server.phrases import load_phrases
from server.portal.queries import catalogue
from server.settings import Settings
from server.sms.outbox import Caps
from tests.doors.conftest import PHONES, address_of, opened
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
FORM = "application/x-www-form-urlencoded"


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
    assert len(given) >= 5
    assert all("Secure" in one and "HttpOnly" in one for one in given)


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
        CommandMessages("/bin/false", world.database, Caps(10)).send(PHONES["home"], "123456")
    assert PHONES["home"] not in repr(refused.value) + repr(refused.value.__cause__)
    assert PHONES["home"] not in caplog.text


def registration(name="Coop Amal"):
    return {
        "kind": "cooperative",
        "name": name,
        "legal_form": "cooperative",
        "commune_code": HOME,
        "services": "e-admin",
        "consent_programme_record": "yes",
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
        {"commune_code": "99.999.99.99"},
        {"commune_code": "09"},
        {"legal_form": "kingdom"},
        {"services": "no-such"},
        {"name": "   "},
        {"name": "\u200b\u200f"},
        {"ice": "123"},
        {"consent_programme_record": "no"},
        {"consent_programme_record": ""},
        {"kind": ""},
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
    of = re.findall(r"/portal/status(\?of=[0-9a-f-]+)", page)  # one chooses for whom
    assert len(of) == 2
    page = portal.get(f"/portal/status{of[0]}", headers).text
    more = f"/portal/register{of[0]}"
    assert more in page
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

    every = set(catalogue("fr", "cooperative"))
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
    assert answer.headers["clear-site-data"] == '"storage"'  # pages that were not sent too
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
    assert "Coop Amel" in listed
    address = re.search(r"/desk/reviews/[0-9a-f-]{36}", listed)[0]
    for language in ("fr", "ar"):
        page = portal.get(f"{address}?lang={language}", headers).text
        assert ice in page
        assert page.count('href="/desk/enterprises/') == 2
        assert load_phrases(language).say("source.portal") in page  # no office wrote it
        assert not re.search(r"\[[a-z]+\.[a-z._]+\]", page)
    assert "/desk/duplicates/" not in portal.get(address, headers).text, "not compared yet"
    Runner(Ground(Settings.from_env({}), world.database)).run_due()
    pair = re.search(r"/desk/duplicates/[0-9]+", portal.get(address, headers).text)[0]
    assert "Coop Amal" in portal.get(pair, headers).text
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


def come_in(portal, phone):
    """Check a phone; returns the cookie of its visit and where it leads."""
    _, cookie = ask_code(portal, phone)
    code = re.search(r"\d{6}", outbox(portal.world)[0])[0]
    entered = portal.post("/portal/code", {"cookie": cookie}, code=code)
    given = "\n".join(entered.headers.get_list("set-cookie"))
    return re.search(r"nuqta_portal=[^;]+", given)[0], entered.headers["location"]


def typed_late(portal, phone, **form):
    """Open the registration, and send it after the visit is over."""
    cookie, _ = come_in(portal, phone)
    page = portal.get("/portal/register", {"cookie": cookie}).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    portal.world.now += 3 * 3_600_000
    return portal.post("/portal/register", {"cookie": cookie}, **form, _csrf_token=token)


TYPED = {"name": 'Coop "Tilila" & fils', "ice": "1", "consent_programme_record": "yes"}
TYPED |= {"kind": "cooperative", "services": [next(iter(catalogue("fr", "cooperative")))]}


def test_what_was_typed_as_a_visit_ended_is_there_again_for_its_phone(portal):
    assert typed_late(portal, "0661234567", **TYPED).headers["location"] == "/?kept=1"
    assert "est gardé" in portal.get("/?kept=1", {"cookie": "lang=fr"}).text
    other, _ = come_in(portal, "0669999999")
    assert "Tilila" not in portal.get("/portal/register", {"cookie": other}).text

    cookie, leads_to = come_in(portal, "0661234567")

    assert leads_to == "/portal/register"
    page = portal.get("/portal/register", {"cookie": f"{cookie}; lang=fr"}).text
    assert "Coop &#34;Tilila&#34; &amp; fils" in page
    assert "Pas encore envoyé" in page
    services = portal.get("/portal/register?step=services", {"cookie": cookie}).text
    assert re.search(rf'value="{TYPED["services"][0]}"[^>]* checked', services)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    form = {
        **TYPED,
        "ice": "",
        "commune_code": HOME,
        "legal_form": "cooperative",
        "_csrf_token": token,
    }
    assert portal.post("/portal/register", {"cookie": cookie}, **form).status_code == 303
    page = portal.get("/portal/register", {"cookie": f"{cookie}; lang=fr"}).text
    assert "Tilila" not in page


def test_after_a_day_what_was_typed_is_gone(portal):
    typed_late(portal, "0661234567", **TYPED)
    portal.world.now += 25 * 3_600_000
    come_in(portal, "0669999999")
    cookie, _ = come_in(portal, "0661234567")
    assert "Tilila" not in portal.get("/portal/register", {"cookie": cookie}).text


def test_what_was_begun_on_one_phone_is_continued_on_another(portal):
    first, _ = come_in(portal, "0661234567")
    page = portal.get("/portal/register", {"cookie": first}).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    begun = {**TYPED, "_csrf_token": token}
    later = portal.post("/portal/register", {"cookie": first}, **begun, later="1")
    assert later.headers["location"] == "/portal/register"
    assert "Tilila" in portal.get("/portal/register", {"cookie": first}).text
    portal.world.now += 60_000
    second, leads_to = come_in(portal, "0661234567")
    assert leads_to == "/portal/register"
    for cookie in (second, first):
        for language in ("ar", "fr"):  # another language, and once more: nothing is lost
            page = portal.get("/portal/register", {"cookie": f"{cookie}; lang={language}"}).text
            assert "Coop &#34;Tilila&#34; &amp; fils" in page
    stranger, _ = come_in(portal, "0669999999")
    assert "Tilila" not in portal.get("/portal/register", {"cookie": stranger}).text


def test_what_was_refused_is_there_after_a_reload_until_it_is_sent(portal):
    cookie, _ = come_in(portal, "0661234567")
    page = portal.get("/portal/register", {"cookie": cookie}).text
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]
    wrong = {**TYPED, "_csrf_token": token}
    assert portal.post("/portal/register", {"cookie": cookie}, **wrong).status_code == 422
    assert "Tilila" in portal.get("/portal/register", {"cookie": cookie}).text
    right = {**wrong, "ice": "", "commune_code": HOME, "legal_form": "cooperative"}
    sent = [portal.post("/portal/register", {"cookie": cookie}, **right) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    assert len(records(portal, "enterprise")) == 1
    assert "Tilila" not in portal.get("/portal/register", {"cookie": cookie}).text


def test_another_code_is_asked_for_from_the_page_of_the_code(portal):
    _, cookie = ask_code(portal, PHONES["home"])
    page = portal.get("/portal/code", {"cookie": cookie}).text
    phone = re.search(r'name="phone" value="([^"]+)"', page)[1]
    again = portal.post("/portal/phone", {"cookie": cookie}, phone=phone)
    assert again.headers["location"] == "/portal/code"
    assert len(outbox(portal.world)) == 2
    assert 'href="/"' in page


def test_where_no_message_goes_one_is_called_too(world, tmp_path):
    with opened(world, tmp_path / "files") as doors:
        answer = doors.post("/portal/phone", phone=PHONES["home"])
        assert answer.status_code == 503
        assert 'href="/portal/call"' in answer.text
        given = "\n".join(answer.headers.get_list("set-cookie"))
        headers = {"cookie": re.search(r"nuqta_code=[^;]+", given)[0]}
        assert doors.get("/portal/call", headers).status_code == 200


def test_whom_no_code_reaches_is_called_once(portal):
    assert portal.get("/portal/call").headers["location"] == "/"
    assert portal.post("/portal/call", {}, commune_code=HOME).headers["location"] == "/"

    _, cookie = ask_code(portal, PHONES["home"])
    headers = {"cookie": cookie}
    assert 'href="/portal/call"' in portal.get("/portal/code", headers).text
    assert 'name="province"' in portal.get("/portal/call", headers).text
    province = HOME.rpartition(".")[0].rpartition(".")[0]
    assert f'value="{HOME}"' in portal.get(f"/portal/call?province={province}", headers).text

    wrong = portal.post("/portal/call", headers, province=province, name="Zahra", commune_code="")
    assert wrong.status_code == 422
    assert "Zahra" in wrong.text
    assert "has-problem" in wrong.text
    for _ in range(2):
        sent = portal.post("/portal/call", headers, name="Zahra", commune_code=HOME)
        assert sent.headers["location"] == "/portal/call?asked=1"
    assert portal.get(sent.headers["location"], headers).status_code == 200

    (task,) = [one for one in records(portal, "task") if one.values["kind"] == "call_back"]
    assert (task.values["commune_code"], task.values["state"]) == (HOME, "open")
    assert task.values["notes"] == "Zahra"
    assert re.sub(r"\D", "", task.values["title"]) == "0" + PHONES["home"].removeprefix("+212")

    answers = [portal.post("/portal/call", headers, commune_code=HOME) for _ in range(4)]
    assert answers[-1].status_code == 429


def test_a_form_with_a_token_of_nobody_is_not_kept(portal):
    answer = portal.post("/portal/register", {}, **TYPED, _csrf_token="none of ours")
    assert answer.headers["location"] == "/"
