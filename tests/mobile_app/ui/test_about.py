"""About this tablet, through taps: the check, its rows, and the report."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mobile_app.device.clock import SystemClock
from tests.mobile_app.ui.test_app import enter_pin, leave, shot

pytestmark = pytest.mark.kivy
PACKAGING = Path(__file__).parents[3] / "packaging"


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_tablet_is_checked_and_the_report_saved(ui, practised, monkeypatch, language):
    from mobile_app.app import NuqtaApp

    monkeypatch.syspath_prepend(PACKAGING)
    import device_check

    app = NuqtaApp(
        practised,
        clock=SystemClock(),
        language=language,
        check=device_check.check,
        is_automatic=False,
    )
    ui.start(app)
    say = app.context.say
    enter_pin(ui)
    app.navigator.go("more")
    ui.frames(3)
    ui.press_at_once(say("tablet.about"))
    ui.press_at_once(say("tablet.check.act"))
    assert say("tablet.check.running") in ui.words()
    ui.until(lambda: not app.navigator.presenter.is_running)
    ui.frames(5)
    found = {one.code: one for one in app.navigator.presenter.findings}
    assert {found[code].verdict for code in ("arabic", "screen", "cipher")} == {"holds"}
    assert say("tablet.check.arabic") in ui.words()
    shot(ui, "about", language)
    ui.press(say("tablet.check.save"))
    ui.frames(3)
    (report,) = (practised / "files").iterdir()
    assert " arabic " in report.read_text()
    assert say("tablet.check.written", file=str(report)) in ui.words()
    leave(app)


def test_where_nothing_checks_there_is_no_button(ui, practised):
    from mobile_app.app import NuqtaApp

    app = ui.start(NuqtaApp(practised, clock=SystemClock(), language="fr", is_automatic=False))
    enter_pin(ui)
    app.navigator.go("about")
    ui.frames(3)
    assert "Numéro de la tablette" in ui.words()
    assert app.context.say("tablet.check") not in ui.words()
    leave(app)


def test_a_check_without_room_ends_and_says_so(ui, practised):
    from mobile_app.app import NuqtaApp

    def full(*_):
        raise OSError(errno.ENOSPC, "full")
        yield

    app = ui.start(
        NuqtaApp(practised, clock=SystemClock(), language="fr", check=full, is_automatic=False)
    )
    say = app.context.say
    enter_pin(ui)
    app.navigator.go("about")
    ui.frames(3)
    ui.press_at_once(say("tablet.check.act"))
    ui.until(lambda: say("tablet.check.running") not in ui.words())
    assert say("refusal.disk_full") in ui.words()
    assert say("tablet.check.act") in ui.words()
    leave(app)
