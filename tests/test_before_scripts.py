"""What people do on a page before its script is there, as on a slow line, is not lost."""

from __future__ import annotations

import pytest

from tests import test_portal_in_browser, test_requests
from tests.stories import LANGUAGES, story
from tests.test_papers import address, eventually, pages_of, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
pages = test_portal_in_browser.pages
CAME = "() => document.readyState === 'complete'"


def late(page, script):
    """Hold a script back. Return what lets it come, and waits for the end of the page."""
    held = []

    def hold(route):  # playwright marks what handles, which no built-in lets it
        held.append(route)

    page.route(f"**/{script}*", hold)

    def come():
        eventually(lambda: held or page.wait_for_timeout(50))
        held.pop().continue_()
        page.wait_for_function(CAME)

    return come


@story(1, language=LANGUAGES)
def test_what_was_typed_is_kept_and_what_was_typed_anew_stays(pages, language):
    page = pages(language, True)
    come = late(page, "portal.js")
    page.goto("/portal/register", wait_until="commit")
    page.fill("[name=name]", "Coopérative Tamounte")
    page.check("[name=kind][value=cooperative]", force=True)
    come()
    page.context.set_offline(True)  # nothing but the tab can keep it
    page.evaluate("document.querySelector('#register').requestSubmit()")
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    page.goto("/portal/register", wait_until="commit")
    page.fill("[name=name]", "Coopérative Tafoukt")
    come()
    assert page.input_value("[name=name]") == "Coopérative Tafoukt"
    assert page.is_checked("[name=kind][value=cooperative]")


@story(0, language=LANGUAGES)
def test_a_paper_is_taken(walk, pages, tmp_path, language):
    request = walk.register("bank-account")["bank-account"]
    (tmp_path / "one.jpg").write_bytes(picture())
    page = pages(language, True)
    come = late(page, "papers.js")
    page.goto(address(request), wait_until="commit")
    page.set_input_files("[name=page]", tmp_path / "one.jpg")
    come()
    eventually(lambda: len(pages_of(walk)) == 1 or page.wait_for_timeout(50), 30)
