"""An agent finishes, offline and by a code, what the portal began, while its phone changes there.

Two codes prove that the old phone and the new one are theirs (docs/decisions/0025-who-speaks.md).
"""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from mobile_app.screens.claim.presenter import ClaimPresenter
from server.phrases import load_phrases
from tests import test_portal_in_browser, test_requests
from tests.mobile_app.scenes import linked
from tests.server.web.test_duplicate_pages import done_all
from tests.stories import LANGUAGES, SCRIPTS, story
from tests.test_claims import enterprises
from tests.test_own_phone import codes
from tests.test_portal_in_browser import look, press
from tests.test_proxies import enter
from tests.test_requests import PHONE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
pages = test_portal_in_browser.pages
NEW_PHONE = "0698765432"


@story(3, language=LANGUAGES, scripts=SCRIPTS)
def test_a_code_typed_offline_and_a_phone_that_changed_are_one_record(
    walk, pages, language, scripts
):
    # Long: one story, from the code to what each phone opens.
    say = load_phrases(language).say
    walk.tablet.put("person", name_fr="Ali", commune_code=test_requests.HOME)
    walk.tablet.sync()
    request = walk.register("bank-account")["bank-account"]
    of = UUID(bytes=walk.enterprise)
    page = pages(language, scripts)
    page.goto(f"/portal/claim?of={of}")
    press(page, say("portal.claim.act"))
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text(".claim-code"))[0]

    # The tablet has no line, and has never heard of the code.
    screen = ClaimPresenter(linked(walk.tablet, walk.folder))
    screen.look(code)
    assert screen.is_unknown
    made = screen.keep("Tamounte")
    walk.tablet.put("enterprise", made, douar="Tamast", members_total=30)

    # Meanwhile its phone changes: a code to each of the two.
    page.goto(f"/portal/file?of={of}")
    press(page, say("portal.own_phone"))
    look(page, "claimed-phone", language, scripts)
    page.fill("[name=phone]", NEW_PHONE)
    press(page, say("portal.own_phone.send"))
    sent = codes(walk)
    page.fill("[name=code_old]", sent[f"+212{PHONE[1:]}"])
    page.fill("[name=code_new]", sent[f"+212{NEW_PHONE[1:]}"])
    look(page, "claimed-phone-codes", language, scripts)
    press(page, say("portal.own_phone.act"))
    assert say("portal.own_phone.done") in page.inner_text("main")
    page.goto(f"/portal/requests/{UUID(bytes=request)}")
    assert page.locator("h1").count() == 1

    walk.world.now += 60_000
    walk.tablet.sync()
    assert len(enterprises(walk)) == 2
    done_all(walk.world, "join-claims")
    walk.tablet.sync()
    (one,) = enterprises(walk)
    expected = {"phone": f"+212{NEW_PHONE[1:]}", "douar": "Tamast", "members_total": 30}
    at_tablet = walk.tablet.store.get("enterprise", walk.enterprise)
    for side in (one, at_tablet):
        assert {name: side.values[name] for name in expected} == expected
    assert one.record_id == walk.enterprise

    # Two histories: what the desk reads of it has the old phone, and what the agent wrote.
    desk = pages(language, scripts, walk.clerk("amina"), 1440)
    desk.goto(f"/desk/history/enterprise/{of}")
    look(desk, "claimed-history", language, scripts)
    shown = re.sub(r"\D", "", desk.inner_text("main"))
    assert NEW_PHONE in shown
    assert PHONE in shown
    for words in ("Tamast", "Tamounte"):
        assert words in desk.inner_text("main")

    newer, leads_to = enter(walk, NEW_PHONE)
    assert leads_to == "/portal/status"
    page = pages(language, scripts, newer)
    page.goto("/portal/status")
    assert "Coopérative Tamounte" in page.inner_text("main")
    page.goto(f"/portal/file?of={of}")
    look(page, "claimed-file", language, scripts)
    assert "Tamast" in page.inner_text("main")
    older, leads_to = enter(walk, PHONE)
    assert leads_to == "/portal/register"
    assert older.get(f"/portal/file?of={of}").status_code == 404
    assert older.get(f"/portal/requests/{UUID(bytes=request)}").status_code == 404
