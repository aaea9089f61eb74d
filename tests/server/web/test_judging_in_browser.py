"""A coordinator goes through a list of visits: by keys, by touch, and without a script."""

from uuid import UUID

import pytest

from tests.server.web.test_many_visits import a_visit, states
from tests.stories import LANGUAGES, SCRIPTS, WIDTHS, story
from tests.world import HOME

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
ON_AN_ARABIC_KEYBOARD = """() => document.body.dispatchEvent(new KeyboardEvent(
    "keydown", { key: "ش", code: "KeyA", bubbles: true, cancelable: true }))"""


@pytest.fixture
def visits(tablet):
    """Return three visits, the newest first, as a list has them."""
    person = tablet.put("person", commune_code=HOME, name_fr="Fadma Aït", name_ar="فاطمة أيت")
    made = [a_visit(tablet, person, hours, notes="Elle vend") for hours in (1, 2, 3)]
    tablet.sync()
    return made


def at(visit):
    return f"**/desk/visits/{UUID(bytes=visit.record_id)}?*"


@story(0, 3, 5, 6, language=LANGUAGES, width=WIDTHS, scripts=SCRIPTS)
def test_a_list_is_gone_through_one_after_another(
    world, tablet, visits, browse, language, width, scripts
):
    with browse(language, scripts=scripts) as (page, _):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/desk/visits?state=to_check&lang={language}")
        page.locator(".row-link").first.click()
        page.wait_for_url(at(visits[0]))
        if scripts:
            page.evaluate(ON_AN_ARABIC_KEYBOARD)
        else:
            page.click("[data-key=KeyA]")
        page.wait_for_url(at(visits[1]))
        assert page.locator(".undo").count() == 1

        if scripts:
            page.keyboard.press("KeyR")
            assert page.evaluate("document.activeElement.name") == "returned_field"
        else:
            page.click("[data-key=KeyR]")
        page.select_option("[name=returned_field]", "notes")
        page.fill("[name=returned_note]", "Que vend-elle ?")
        page.click("#return [type=submit]")
        page.wait_for_url(at(visits[2]))

        page.click("[data-key=KeyA]")
        page.wait_for_url("**/desk/visits?*through=1*")
        assert page.locator(".banner-done").count() == 1
        assert states(world, visits) == ["accepted", "returned", "accepted"]

        tablet.sync()
        tablet.put("visit", visits[1].record_id, notes="Elle vend des amandes")
        tablet.sync()
        page.goto("/desk/visits?state=corrected")
        page.locator(".row-link").first.click()
        assert "Elle vend des amandes" in page.locator(".was-is").inner_text()
        page.click("[data-key=KeyA]")
        page.wait_for_url("**/desk/visits?*through=1*")
        page.click(".undo button")
        page.wait_for_url("**/desk/visits?*back=1*")
    assert states(world, visits) == ["accepted", "corrected", "accepted"]


def test_keys_go_from_one_to_the_next_are_listed_and_can_be_switched_off(world, visits, browse):
    with browse("fr") as (page, _):
        page.goto(f"/desk/visits/{UUID(bytes=visits[0].record_id)}?from=state%3Dto_check")
        page.keyboard.press("KeyJ")
        page.wait_for_url(at(visits[1]))
        page.keyboard.press("KeyK")
        page.wait_for_url(at(visits[0]))
        page.fill("[name=returned_note]", "jakr")  # who writes presses no key
        page.locator("h1").click()
        page.keyboard.press("?")
        assert page.locator(".keys[open] li:visible").count() == 5
        page.uncheck("[data-keys-on]")
        page.reload()
        page.keyboard.press("KeyA")
        page.wait_for_timeout(200)
        assert "/accept" not in page.url
    assert states(world, visits) == [None, None, None]


@story(0, language=LANGUAGES)
def test_the_pages_of_visits_can_be_seen(world, tablet, visits, browse, language):
    tablet.put("visit", visits[0].record_id, latitude=None, longitude=None)
    tablet.sync()
    with browse(language) as (_, picture):
        picture("visits-list", "/desk/visits")
        picture("visits-found", "/desk/visits?flag=any")
        picture("visits-one", f"/desk/visits/{UUID(bytes=visits[0].record_id)}")
