"""What was done to many by one press is taken back by one: visits accepted, a rule's decisions."""

import pytest

from tests.server.web.test_judging_in_browser import visits
from tests.server.web.test_many_visits import states
from tests.server.web.test_rules import conflicts, phones
from tests.stories import LANGUAGES, SCRIPTS, WIDTHS, story
from tests.world import FAR, HOME

__all__ = ["conflicts", "visits"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
LATER = ["+212622"] * 3
FIRST = ["+212611"] * 3


@pytest.fixture
def world(world):
    world.user("two", FAR, HOME)
    return world


def press(page, selector):
    with page.expect_navigation():
        page.locator(selector).first.click()


@story(3, language=LANGUAGES, width=WIDTHS, scripts=SCRIPTS)
def test_what_many_got_by_one_press_goes_back_by_one(
    world, visits, conflicts, browse, language, width, scripts
):
    with browse(language, scripts=scripts) as (page, _):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/desk/visits?state=to_check&lang={language}")
        press(page, ".choose [value=all]")
        assert states(world, visits) == [None] * 3  # counted, and not done
        press(page, "main form .btn-main")
        assert states(world, visits) == ["accepted"] * 3
        press(page, ".undo button")
        assert states(world, visits) == [None] * 3
        assert page.locator(".banner-done").count() == 1

        page.goto("/desk/reviews?kind=conflict")
        press(page, "main a[href^='/desk/decisions']")
        press(page, "main a[href*='rule=later']")
        assert phones(world, conflicts) == FIRST
        press(page, "main form .btn-main")
        assert phones(world, conflicts) == LATER
        press(page, "form.undo button")
        assert phones(world, conflicts) == FIRST
        assert page.locator(".banner-done").count() == 1
