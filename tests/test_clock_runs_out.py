"""The day passes by which a request was to be answered: what each is told, and the way on."""

from __future__ import annotations

from uuid import UUID

import pytest

from server.complaints.titles import title_of
from server.jobs.job import declared
from server.phrases import load_phrases
from sync import local_time
from tests import test_portal_in_browser, test_requests
from tests.server.job_worker import runner_of
from tests.stories import LANGUAGES, SCRIPTS, story
from tests.test_portal_in_browser import look, press

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
walk = test_requests.walk
pages = test_portal_in_browser.pages
WORDS = "Le bureau répond cette semaine."
NOON_MS = 12 * 3_600_000


def filed(walk):
    """File a request that silence may grant. Returns it, and the last day of its answer."""
    request = walk.register("rna")["rna"]
    walk.bring("CNIE", "LAND")
    walk.file(request)
    return request, walk.world.get("application", request)["due_on"]


def pass_until(walk, day):
    """Let days pass, and the night's reminders of the last."""
    walk.world.now = local_time.day_start(day) + NOON_MS
    runner_of(walk.world.database, declared()).run_now("remind-offices")
    walk.portal = walk.enter_portal()


def complaints(walk):
    table = walk.world.database.tables.records["task"]
    return walk.world.database.read(
        lambda records: records.list("task", table.c.kind == "complaint")
    )


def test_who_waits_too_long_complains_by_one_touch_and_nobody_before(walk):
    request, end = filed(walk)
    pass_until(walk, end)
    assert walk.act(request, "late").status_code == 422
    assert complaints(walk) == []
    pass_until(walk, end + 1)
    for _ in range(2):
        walk.act(request, "late")
    (one,) = complaints(walk)
    assert (one.values["title"], one.values["application_id"]) == (
        title_of("delay"),
        request,
    )
    phrases = load_phrases("fr")
    assert one.values["notes"] == phrases.say("request.silence.acceptance", day=phrases.day(end))


@story(1, language=LANGUAGES, scripts=SCRIPTS)
def test_a_day_that_passed_is_said_to_all_and_decides_nothing(walk, pages, language, scripts):
    # Long: one story, from the office to the answer that comes late.
    phrases = load_phrases(language)
    say = phrases.say
    request, end = filed(walk)
    pass_until(walk, end - 3)
    pass_until(walk, end + 1)
    over = say("desk.queue.reminder.over", day=phrases.day(end))
    silence = say("request.silence.acceptance", day=phrases.day(end))
    number = walk.world.get("application", request)["receipt_number"]

    for login, sees in (("clerk.dpa-taroudant", "/desk/queue/"), ("amina", "/desk/requests/")):
        desk = pages(language, scripts, walk.clerk(login), 1440)
        desk.goto("/desk/queue")
        assert over in desk.inner_text("main")
        desk.locator("main .card a", has_text=number).first.click()
        assert sees in desk.url
        for words in (silence, say("desk.queue.silence.machine")):
            assert words in desk.inner_text("main")
        look(desk, f"over-{login}", language, scripts)

    page = pages(language, scripts, walk.portal)
    page.goto("/portal/status")
    assert silence in page.inner_text("main")
    look(page, "over-status", language, scripts)
    late = page.locator(".delay .late").first
    assert late.evaluate("one => getComputedStyle(one).fill") != "rgb(0, 0, 0)", "as at the desk"
    page.goto(f"/portal/requests/{UUID(bytes=request)}")
    for words in (silence, say("application.state.submitted")):
        assert words in page.inner_text("main")
    press(page, say("portal.complaint.late"))
    look(page, "over-complained", language, scripts)
    assert say("portal.complaint.delay") in page.inner_text("main")

    (complaint,) = complaints(walk)
    desk.goto("/desk/complaints")
    desk.locator(f"main a[href*='{UUID(bytes=complaint.record_id)}']").first.click()
    assert silence in desk.inner_text("main")
    desk.fill("[name=answer]", WORDS)
    press(desk, say("desk.complaints.send"))
    page.reload()
    assert WORDS in page.inner_text("main")
    page.locator("main a", has_text=say("portal.complaint.other.act")).click()
    press(page, say("portal.complaint.appeal"))
    assert len(complaints(walk)) == 2
    assert walk.states(request) == ["ready", "submitted"], "nobody has decided"

    walk.world.now += 60_000
    clerk = walk.clerk("clerk.dpa-taroudant")
    clerk.send("/desk/queue", "/desk/queue/next")
    walk.world.now += 60_000
    walk.answer(clerk, request, "approved")
    page.goto(f"/portal/requests/{UUID(bytes=request)}")
    assert say("application.state.approved") in page.inner_text("main")
    assert page.locator("main button", has_text=say("portal.complaint.late")).count() == 0
