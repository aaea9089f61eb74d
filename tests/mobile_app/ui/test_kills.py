"""An empty battery at each step of a visit: the draft goes on, the saved visit is there."""

from __future__ import annotations

import pytest

from mobile_app.device.clock import SystemClock
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.i18n import load_phrases
from mobile_app.store.database import transaction
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from tests.mobile_app.ui.driven import Tablet
from tests.world import HOME

pytestmark = [pytest.mark.kivy, pytest.mark.slow]
SAY, AR = load_phrases("fr").say, load_phrases("ar").say
MEMORY_MB = 200
"""What the process may take for itself; a tablet of 1 GB leaves an app more."""
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


@pytest.mark.parametrize("omen", ["pause", "lack_memory"])
def test_an_app_that_the_system_ends_comes_back_to_its_draft(practised, omen):
    tablet = Tablet(practised, "ar")
    for _ in range(4):
        tablet.press("7")
    tablet.press(AR("tablet.nav.find"))
    tablet.press("Ali Oubrahim")
    tablet.press(AR("tablet.person.visit"))
    tablet.press(AR("visit.channel.home_farm"))
    tablet.press(AR("visit.type.assistance"))
    following = AR("tablet.visit.step.needs")
    tablet.press(AR("tablet.next").replace("{step}", following))
    tablet.write(0, "البئر جافة")
    getattr(tablet, omen)()
    tablet.kill()
    tablet = Tablet(practised, "ar")
    for _ in range(4):
        tablet.press("7")
    assert tablet.here == "visit"
    assert "البئر جافة" in tablet.words
    tablet.kill()


def test_it_opens_ten_thousand_people_in_little_memory(practised):
    key = KeyRing(practised).open("7777")
    store = Store(practised / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id)
    person = store.entity("person")
    with transaction(store.db):
        for number in range(10_000):
            values = {"name_fr": f"Zohra Ait {number}", "commune_code": HOME}
            store.show(person, new_id(), values, rev=1)
    store.close()
    tablet = Tablet(practised, "fr", MEMORY_MB)
    for _ in range(4):
        tablet.press("7")
    tablet.press(SAY("tablet.nav.find"))
    tablet.write(0, "zohra 9999")
    tablet.settle()
    assert "Zohra Ait 9999" in tablet.words
    tablet.kill()
