"""An enterprise registers at 360 px over a bad line that goes dead three times on the way.

Each time somebody does what people do there: loads the page again, goes back, sends twice.
"""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import Error as PlaywrightError

from server.phrases import load_phrases
from tests import test_portal_in_browser, test_requests
from tests.stories import LANGUAGES, SCRIPTS, story
from tests.test_papers import eventually
from tests.world import HOME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
telephone = test_portal_in_browser.telephone
NAME = {"ar": "تعاونية تامونت", "fr": "Coopérative Tamounte"}
ICE = "999000001000075"
MAIN = "main button.btn-main"


def kept(walk):
    """Return what the server keeps of the form."""
    table = walk.world.database.tables.portal_session
    return walk.world.database.read(
        lambda records: "".join(one.draft for one in records.connection.execute(table.select()))
    )


def go(page, how, shows):
    """Have a page while another may be on its way still, and wait for what it shows."""
    with contextlib.suppress(PlaywrightError):  # of the other, which this one ends
        how()
    page.wait_for_selector(shows)


def press(page):
    """Press once, and wait for nothing."""
    page.locator(MAIN).click(no_wait_after=True)


@story(2, language=LANGUAGES, scripts=SCRIPTS)
def test_what_was_typed_outlives_three_cuts_and_is_one_enterprise(
    walk, telephone, language, scripts
):
    # Long: one story, from the first step to what is stored.
    say = load_phrases(language).say
    page, line = telephone(language, scripts), telephone.line
    page.goto("/portal/register")
    page.check("[name=kind][value=cooperative]", force=True)
    page.fill("[name=name]", NAME[language])
    page.click(MAIN)

    # Identity is sent into a dead line. The page is loaded again; without a script, which alone
    # can keep what no server has, it is sent again.
    page.select_option("[name=legal_form]", "cooperative")
    page.fill("[name=ice]", ICE)
    page.fill("[name=contact_name]", "Zahra")
    line.hush()
    press(page)
    page.wait_for_timeout(1_000)
    assert ICE not in kept(walk)
    line.mend()
    if scripts:
        go(page, page.reload, "[name=ice]")
        assert page.input_value("[name=ice]") == ICE
        assert page.input_value("[name=contact_name]") == "Zahra"
        assert page.input_value("[name=legal_form]") == "cooperative"
    go(page, lambda: press(page), "[name=province]")
    page.select_option("[name=province]", HOME[:6])
    page.click(MAIN)

    # The place arrives, its answer does not. The browser's own way leads back, and on again.
    page.select_option("[name=commune_code]", HOME)
    page.fill("[name=douar]", "Tamast")
    press(page)
    eventually(lambda: "Tamast" in kept(walk))
    line.hush()
    page.wait_for_timeout(1_000)
    line.mend()
    go(page, page.go_back, MAIN)
    page.goto("/portal/register?step=commune")
    assert page.input_value("[name=commune_code]") == HOME
    assert page.input_value("[name=douar]") == "Tamast"
    page.click(MAIN)
    page.fill("[name=area_ha]", "12,5")
    page.click(MAIN)
    page.locator("input[name=services]").nth(1).check()
    page.click(MAIN)
    page.check("[name=consent_programme_record][value=yes]", force=True)
    page.check("[name=consent_contact_sms][value=no]", force=True)
    page.click(MAIN)
    for words in (NAME[language], ICE, "Zahra", "Tamast", "12,50"):
        assert words in page.inner_text("main")

    # The summary is sent twice, and what it answers is lost: loaded again it says what came of it.
    page.locator(MAIN).dblclick(no_wait_after=True)
    eventually(lambda: walk.world.database.read(lambda records: records.list("enterprise")))
    line.hush()
    page.wait_for_timeout(1_000)
    line.mend()
    go(page, page.reload, "main")
    page.goto("/portal/register?step=summary")
    assert page.url.endswith("/portal/status")
    assert NAME[language] in page.inner_text("main")
    assert say("application.state.draft") in page.inner_text("main")

    def stored(entity):
        return [one.values for one in walk.world.database.read(lambda r: r.list(entity))]

    (enterprise,) = stored("enterprise")
    assert (enterprise["ice"], enterprise["contact_name"]) == (ICE, "Zahra")
    assert (enterprise["commune_code"], enterprise["douar"]) == (HOME, "Tamast")
    assert [one["area_ha"] for one in stored("holding")] == [1250]
    assert len(stored("application")) == 1
    given = {one["purpose"]: one["given"] for one in stored("consent")}
    assert given == {"programme_record": True, "contact_sms": False}
    assert len(stored("consent")) == 2
