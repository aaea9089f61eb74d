"""Somebody changes their phone on the portal: two codes prove both; the old opens no more."""

import html
import re
from uuid import UUID

import pytest

from server.accounts import throttle
from tests import test_proxies, test_requests
from tests.test_proxies import SON, address, enter, give
from tests.test_requests import PHONE, SAY

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
browsing = test_requests.browsing
walk = test_proxies.walk
NEW, NEIGHBOUR = "0655443322", "0644332211"
URL = "/portal/file/phone"


def international(phone):
    return f"+212{phone[1:]}"


def phone_of(walk, record_id=None):
    wanted = record_id or walk.enterprise
    return walk.world.database.read(lambda records: records.find("enterprise", wanted)).values[
        "phone"
    ]


def token_in(page):
    return re.search(r'name="_csrf_token" value="([^"]+)"', page)[1]


def codes(walk):
    """Return the codes that phones were sent last, by phone."""
    with walk.world.database.engines.read() as connection:
        table = walk.world.database.tables.outbox
        rows = connection.execute(table.select().order_by(table.c.id)).all()
    found = {row.phone: re.search(r"\b(\d{6})\b", row.body) for row in rows}
    return {phone: match[1] for phone, match in found.items() if match}


def send(walk, phone=NEW, browser=None):
    """Ask for the codes. Returns the browser with its cookie, and the answer."""
    browser = browser or walk.portal
    page = browser.get(address(walk, URL)).text
    token = token_in(page)
    of = str(UUID(bytes=walk.enterprise))
    headers = {"cookie": browser.headers["cookie"]}
    answer = walk.doors.post(URL, headers, of=of, phone=phone, _csrf_token=token)
    if answer.status_code != 303:
        return browser, answer
    cookie = answer.headers["set-cookie"].split(";")[0]
    return test_requests.Browser(walk.doors, f"{headers['cookie']}; {cookie}"), answer


def change(walk, browser, old, new, **form):
    """Type the codes. Returns the answer."""
    page = browser.get(address(walk, URL)).text
    token = token_in(page)
    of = str(UUID(bytes=walk.enterprise))
    form = {"of": of, "who": of, "code_old": old, "code_new": new, **form}
    form = {name: text for name, text in form.items() if text is not None}
    return walk.doors.post(
        f"{URL}/codes", {"cookie": browser.headers["cookie"]}, _csrf_token=token, **form
    )


def test_both_codes_change_it_and_the_old_phone_opens_nothing(walk):
    request = walk.register("bank-account")["bank-account"]
    page = f"/portal/requests/{UUID(bytes=request)}"
    browser, _ = send(walk)
    sent = codes(walk)
    changed = change(walk, browser, sent[international(PHONE)], sent[international(NEW)])
    assert changed.status_code == 303
    assert phone_of(walk) == international(NEW)
    cookies = [one.split(";")[0] for one in changed.headers.get_list("set-cookie")]
    known = dict(one.split("=", 1) for one in cookies)["nuqta_known"]
    assert walk.world.database.read(
        lambda records: throttle.known_id(records, international(NEW), known)
    ), "the next code is asked for as by a stranger"
    newer = test_requests.Browser(walk.doors, "; ".join(cookies))
    assert SAY("portal.own_phone.done") in html.unescape(
        newer.get(changed.headers["location"]).text
    )
    assert newer.get(page).status_code == 200
    assert walk.portal.get(page).status_code == 303  # its session is over
    older, leads_to = enter(walk, PHONE)
    assert leads_to == "/portal/register"
    assert older.get(page).status_code == 404
    walk.tablet.sync()
    at_tablet = walk.tablet.store.get("enterprise", walk.enterprise)
    assert at_tablet.values["phone"] == international(NEW)


def test_pressed_twice_it_is_done_once_and_nothing_typed_is_taken_for_a_registration(walk):
    walk.register("training")
    register = {"step": "who", "kind": "farmer", "name": "Fadma", "later": "1"}
    walk.portal.send("/portal/register?step=who", "/portal/register", **register)
    browser, _ = send(walk)
    sent = codes(walk)
    of, page = str(UUID(bytes=walk.enterprise)), browser.get(address(walk, URL)).text
    form = {"of": of, "who": of, "code_old": sent[international(PHONE)]}
    form |= {"code_new": sent[international(NEW)], "_csrf_token": token_in(page)}
    for leads_to in (f"/portal/file?of={of}&moved=1", "/"):
        answer = walk.doors.post(f"{URL}/codes", {"cookie": browser.headers["cookie"]}, **form)
        assert answer.headers["location"] == leads_to
    older, _ = enter(walk, PHONE)
    assert 'value="Fadma"' in older.get("/portal/register?step=who").text


def test_a_refused_form_is_shown_in_the_other_language(walk):
    walk.register("training")
    browser, refused = send(walk, "12")
    wrong = change(walk, send(walk)[0], "", "")
    complaint = browser.send(
        address(walk),
        "/portal/file/complaint",
        of=str(UUID(bytes=walk.enterprise)),
        about="person",
        words="",
    )
    entering = walk.doors.post("/portal/phone", {"cookie": "lang=fr"}, phone="12")
    for answer in (refused, wrong, complaint, entering):
        assert answer.status_code == 422
        (link,) = re.findall(r'href="([^"]+)" lang="ar"', answer.text)
        assert browser.get(html.unescape(link)).status_code == 200


def test_one_code_alone_changes_nothing_and_each_is_said_at_its_field(walk):
    walk.register("training")
    browser, _ = send(walk)
    sent = codes(walk)
    old, new = sent[international(PHONE)], sent[international(NEW)]
    wrong = {code: f"{(int(code) + 1) % 10**6:06d}" for code in (old, new)}
    for given, fields in (
        ((wrong[old], new), ["code_old"]),
        ((old, wrong[new]), ["code_new"]),
        (("", ""), ["code_old", "code_new"]),
        ((new, old), ["code_old", "code_new"]),
    ):
        answer = change(walk, browser, *given)
        assert answer.status_code == 422
        assert re.findall(r'id="(code_\w+)-problem"', answer.text) == fields
        assert phone_of(walk) == international(PHONE)
    assert change(walk, browser, old, new).status_code == 303  # neither was used up


def test_codes_are_tried_a_few_times_and_then_no_more(walk):
    walk.register("training")
    browser, _ = send(walk)
    sent = codes(walk)
    old, new = sent[international(PHONE)], sent[international(NEW)]
    for _ in range(5):
        change(walk, browser, old, f"{(int(new) + 1) % 10**6:06d}")
    assert change(walk, browser, old, new).status_code == 422
    assert phone_of(walk) == international(PHONE)


def test_neither_the_same_phone_nor_no_phone_is_sent_a_code(walk):
    walk.register("training")
    before = codes(walk)
    for phone in (PHONE, "12", ""):
        _, answer = send(walk, phone)
        assert answer.status_code == 422
        assert 'id="phone-problem"' in answer.text
    assert codes(walk) == before


def test_who_speaks_for_another_does_not_change_their_phone(walk):
    walk.register("training")
    give(walk)
    son, _ = enter(walk, SON)
    assert son.get(address(walk, "/portal/file")).status_code == 200
    assert 'href="/portal/file/phone' not in son.get(address(walk, "/portal/file")).text
    assert son.get(address(walk, URL)).status_code == 404
    browser, _ = send(walk)  # of its own page, whose codes the son cannot use for it
    sent = codes(walk)
    token = token_in(son.get(address(walk, "/portal/file")).text)
    of = str(UUID(bytes=walk.enterprise))
    cookie = re.search(r"nuqta_phones=[^;]+", browser.headers["cookie"])[0]
    form = {"of": of, "who": of, "code_old": sent[international(PHONE)]}
    form |= {"code_new": sent[international(NEW)], "_csrf_token": token}
    answer = walk.doors.post(
        f"{URL}/codes", {"cookie": f"{son.headers['cookie']}; {cookie}"}, **form
    )
    assert answer.status_code in (404, 422)
    assert phone_of(walk) == international(PHONE)


def test_nobody_elses_record_goes_along(walk):
    walk.register("training")
    other = walk.tablet.put(
        "enterprise", commune_code=test_requests.HOME, name_fr="Autre", phone="+212644332211"
    )
    walk.tablet.sync()
    browser, _ = send(walk)
    sent = codes(walk)
    both = (sent[international(PHONE)], sent[international(NEW)])
    who = str(UUID(bytes=other.record_id))
    assert change(walk, browser, *both, who=who).status_code == 404
    assert change(walk, browser, *both, who=None).status_code == 422
    assert phone_of(walk, other.record_id) == international(NEIGHBOUR)
    assert phone_of(walk) == international(PHONE)
