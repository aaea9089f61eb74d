"""A newer version of the app, from the server's command to the system's installer."""

from dataclasses import replace

import pytest

from mobile_app.device.installer import FakeInstaller, InstallStopped, UpdateForeign
from mobile_app.device.network import MOBILE, WIFI, FakeNetwork, Line
from mobile_app.screens.more.update import UpdatePresenter
from tests.mobile_app.ui.walk import device_of, enter_pin, leave, link, say, start, wait_until
from tests.server.test_updates import packed

pytestmark = pytest.mark.kivy
FREE, PAID = Line(WIFI, is_metered=False), Line(MOBILE, is_metered=True)


@pytest.fixture
def offered(server, tmp_path):
    """An APK that the server offers as version 9, until the test is over."""
    installer = FakeInstaller()
    path = packed(tmp_path / "nuqta.apk", installer.now.abi, size=700_000)
    server.run("offer-app", str(path), "--version", "9")
    yield path
    server.run("withdraw-app")


def opened(ui, server, folder, installer, line, language="fr"):
    network = FakeNetwork(line)
    device = replace(device_of(folder), installer=installer, network=network)
    app = start(ui, folder, language, device=device)
    enter_pin(ui)
    link(ui, app, server)
    ui.press(say(app, "tablet.nav.more"))
    return app, network


def rests(app):
    return not UpdatePresenter.of_session(app.context).is_running


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_it_is_fetched_on_wifi_and_installed_by_a_touch(ui, server, offered, tmp_path, language):
    installer = FakeInstaller(ends=InstallStopped("no"))
    app, _ = opened(ui, server, tmp_path / "t", installer, FREE, language)
    ui.press(say(app, "tablet.update.look"))
    wait_until(ui, lambda: app.context.say("tablet.update.ready", version="9") in ui.words())
    assert say(app, "tablet.update.kept") in ui.words()
    pending = app.context.opened.outbox.pending_count()
    ui.press(app.context.say("tablet.update.ready", version="9"))
    wait_until(ui, lambda: say(app, "refusal.install_stopped") in " ".join(ui.words()))
    (handed,) = installer.handed
    assert handed.read_bytes() == offered.read_bytes()
    assert app.context.opened.outbox.pending_count() == pending
    leave(app)


def test_on_a_line_that_costs_only_whoever_asks_twice_pays(ui, server, offered, tmp_path):
    app, network = opened(ui, server, tmp_path / "t", FakeInstaller(), PAID)
    update = UpdatePresenter.of_session(app.context)
    assert not update.is_wanted()
    network.now = FREE
    assert update.is_wanted()
    network.now = PAID
    ui.press(say(app, "tablet.update.look"))
    wait_until(ui, lambda: app.context.say("tablet.update.offered", version="9") in ui.words())
    wait_until(ui, lambda: rests(app))
    before = app.context.month_bytes()
    assert before < offered.stat().st_size
    ui.press(app.context.say("tablet.update.offered", version="9"))
    wait_until(ui, lambda: app.context.say("tablet.update.ready", version="9") in ui.words())
    assert app.context.month_bytes() - before > offered.stat().st_size
    assert not update.is_wanted()
    leave(app)


def test_one_that_others_signed_is_refused_in_words(ui, server, offered, tmp_path):
    installer = FakeInstaller(wrong=UpdateForeign("other"))
    app, _ = opened(ui, server, tmp_path / "t", installer, FREE)
    ui.press(say(app, "tablet.update.look"))
    wait_until(ui, lambda: say(app, "refusal.update_foreign") in " ".join(ui.words()))
    assert not list((tmp_path / "t" / "update").glob("*.apk"))
    assert installer.handed == []
    app.session.lock()
    enter_pin(ui)
    ui.press(say(app, "tablet.nav.more"))
    assert say(app, "refusal.update_foreign") in " ".join(ui.words())
    leave(app)


def test_a_draft_without_room_on_the_disk_stays_and_nothing_is_installed(
    ui, server, offered, tmp_path, monkeypatch
):
    installer = FakeInstaller()
    app, _ = opened(ui, server, tmp_path / "t", installer, FREE)
    ui.press(say(app, "tablet.update.look"))
    wait_until(ui, lambda: app.context.say("tablet.update.ready", version="9") in ui.words())
    monkeypatch.setattr(app.drafts, "leave", lambda _presenter: False)
    ui.press(app.context.say("tablet.update.ready", version="9"))
    ui.frames(5)
    assert installer.handed == []
    leave(app)


def test_after_an_exchange_it_comes_by_itself_and_once_a_day(ui, server, offered, tmp_path):
    app, _ = opened(ui, server, tmp_path / "t", FakeInstaller(), FREE)
    update = UpdatePresenter.of_session(app.context)
    app.session.is_automatic = True
    app.contact.begin_quietly()
    wait_until(ui, lambda: app.context.say("tablet.update.ready", version="9") in ui.words())
    wait_until(ui, lambda: rests(app))
    assert not update.is_wanted()
    leave(app)


def test_a_tablet_that_installs_nothing_shows_no_row(ui, server, tmp_path):
    app = start(ui, tmp_path, "fr")
    enter_pin(ui)
    link(ui, app, server)
    ui.press(say(app, "tablet.nav.more"))
    assert say(app, "tablet.update.look") not in ui.words()
    leave(app)
