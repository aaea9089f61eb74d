"""An empty battery at each step of a visit: the draft goes on, the saved visit is there."""

from __future__ import annotations

import pytest

from mobile_app.i18n import load_phrases
from tests.mobile_app.ui.driven import Tablet

pytestmark = [pytest.mark.kivy, pytest.mark.slow]
SAY = load_phrases("fr").say
STEPS = ("who", "needs", "proof", "end", "check")


def onward(tablet, step):
    following = STEPS[STEPS.index(step) + 1]
    tablet.press(SAY("tablet.next").replace("{step}", SAY(f"tablet.visit.step.{following}")))


def again(tablet, folder):
    """Kill the app, start it, and go on with the draft."""
    tablet.kill()
    tablet = Tablet(folder, "fr")
    for _ in range(4):
        tablet.press("7")
    return tablet


def test_a_kill_at_each_step_of_a_visit_loses_nothing(practised):
    folder = practised
    tablet = Tablet(folder, "fr")
    for _ in range(4):
        tablet.press("7")
    tablet.press(SAY("tablet.nav.find"))
    tablet.press("Ali Oubrahim")
    tablet.press(SAY("tablet.person.visit"))
    tablet.press(SAY("visit.channel.home_farm"))
    tablet.press(SAY("visit.type.assistance"))
    tablet.settle()
    for step in STEPS[:-1]:
        tablet = again(tablet, folder)
        tablet.press(SAY("tablet.nav.more"))
        tablet.press(f"{SAY('tablet.visit')} · Ali Oubrahim")
        assert tablet.here == "visit"
        said = SAY("tablet.step").replace("{number}", str(STEPS.index(step) + 1))
        assert any(one.startswith(said.split("{")[0]) for one in tablet.words), tablet.words
        if step == "needs":
            tablet.press(SAY("visit.needs.water"))
            tablet.write(0, "Une note")
            tablet.settle()
            tablet = again(tablet, folder)
            tablet.press(SAY("tablet.nav.more"))
            tablet.press(f"{SAY('tablet.visit')} · Ali Oubrahim")
            assert "Une note" in tablet.words
        if step == "end":
            tablet.press(SAY("visit.outcome.done"))
        onward(tablet, step)
        tablet.settle()
    tablet = again(tablet, folder)
    tablet.press(SAY("tablet.nav.more"))
    tablet.press(f"{SAY('tablet.visit')} · Ali Oubrahim")
    tablet.press(SAY("tablet.visit.save"))
    assert tablet.here == "slip"
    tablet = again(tablet, folder)
    assert tablet.here == "today"
    assert "Ali Oubrahim" in tablet.words
    assert SAY("tablet.state.on_tablet") in tablet.words
    tablet.press(SAY("tablet.nav.more"))
    assert SAY("tablet.more.drafts") not in tablet.words
    tablet.kill()
