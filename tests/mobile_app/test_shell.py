"""The shell without a window: where one is, who is here, what is kept, when an exchange begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mobile_app import settings
from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.clock import FakeClock
from mobile_app.device.installer import NoInstaller
from mobile_app.device.network import WIFI, FakeNetwork, Line
from mobile_app.device.storage import StoreFull
from mobile_app.exchange.again import AFTER_FAILURE_S
from mobile_app.exchange.calls import Unreachable
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.shell.drafts import KEEP_S
from mobile_app.store.database import transaction
from mobile_app.store.idle import IDLE_MINUTES
from mobile_app.store.reference import Reference
from tests.mobile_app.stage import Shell
from tests.world import HOME

PIN = "7777"


@pytest.fixture
def clock():
    return FakeClock(1_795_600_000_000)


@pytest.fixture
def shell(tmp_path, clock):
    """Return a shell behind its PIN, of a linked tablet with one person."""
    device = adapters_of_this_device(tmp_path)
    line = FakeNetwork(Line(WIFI, is_metered=False))
    device = replace(device, network=line, installer=NoInstaller())
    context = Context(
        tmp_path,
        load_phrases("fr"),
        device.gps,
        Reference(),
        settings.Settings("fr"),
        device=device,
        root=tmp_path,
    )
    shell = Shell(context, clock)
    context.store = shell.session.open(PIN)
    with transaction(context.store.db):
        kept = context.store.kept
        kept.device_id, kept.agent_id, kept.secret = 1, bytes(16), b"\1" * 32
        kept.after_sync_ms, kept.server_key = clock.wall_ms(), "00" * 32
    context.store.put("person", {"name_fr": "Ali", "commune_code": HOME})
    shell.session.enter()
    yield shell
    if context.store is not None:
        context.store.close()


def ali(shell):
    (person,) = shell.context.opened.list("person")
    return "person", person.record_id


def test_the_way_back_finds_each_screen_as_it_was_left(shell):
    navigator, stage = shell.navigator, shell.stage
    navigator.go("find")
    found = navigator.presenter
    stage.scroll = 0.3
    navigator.go("person", ali(shell))
    navigator.go("visit", ali(shell))
    assert [left.here for left in navigator.back] == ["find", "person"]

    assert navigator.go_back()
    assert (navigator.here, navigator.arguments) == ("person", ali(shell))
    assert navigator.go_back()
    assert (navigator.here, navigator.presenter, stage.at) == ("find", found, 0.3)
    assert not navigator.go_back(), "there is nothing before one of the four places"


def test_a_question_is_taken_away_before_one_goes_back(shell):
    shell.navigator.go("person", ali(shell))
    shell.stage.is_asking = True
    assert shell.navigator.go_back()
    assert shell.navigator.here == "person"


def test_what_takes_the_place_of_a_screen_is_not_gone_back_to(shell):
    navigator = shell.navigator
    navigator.go("find")
    navigator.go("form", ("person",))
    navigator.swap("person", ali(shell))
    navigator.leave()
    assert navigator.here == "find"
    navigator.leave()
    assert navigator.here == "today", "without a way back one leaves for the first place"


def test_a_screen_of_what_is_not_here_is_refused_and_one_stays(shell):
    shell.navigator.go("find")
    shell.navigator.swap("person", ("person", b"\7" * 16))
    assert shell.navigator.here == "find"
    assert shell.stage.told


def test_another_choice_in_the_list_takes_the_place_of_the_record_beside_it(shell):
    navigator = shell.navigator
    navigator.go("find")
    found = navigator.presenter
    assert navigator.list_beside() == ("find", found)
    assert navigator.chosen() == ()
    for _ in range(2):
        navigator.go_from_list("person", ali(shell))
        assert navigator.list_beside() == ("find", found)
        assert navigator.chosen() == ali(shell)
        assert navigator.is_list_kept
        assert [left.here for left in navigator.back] == ["find"]
    navigator.go("visit", ali(shell))
    assert navigator.list_beside() is None, "a visit from a person stands alone"
    assert navigator.chosen() == ()


def test_a_draft_is_on_disk_in_a_moment_and_before_one_leaves(shell):
    where = ali(shell)
    shell.navigator.go("visit", where)
    visit = shell.navigator.presenter
    shell.loop.due.clear()
    for text in ("à", "à g", "à garder"):
        visit.inputs.type("notes", text)
        shell.drafts.keep_soon(visit)
    assert [seconds for seconds, _ in shell.loop.due] == [KEEP_S], "not put off by each letter"
    shell.loop.run()
    assert visit.kept_note()
    assert not visit.is_dirty

    visit.inputs.type("notes", "à garder aussi")
    shell.drafts.keep_soon(visit)
    shell.navigator.go("today")
    assert shell.loop.due == [], "it is on disk: nothing is to be kept later"
    shell.navigator.go("visit", where)
    assert shell.navigator.presenter.inputs.text("notes") == "à garder aussi"


def test_a_draft_that_cannot_be_kept_keeps_one_on_its_screen(shell):
    shell.navigator.go("visit", ali(shell))
    visit = shell.navigator.presenter
    visit.inputs.type("notes", "à garder")

    def full():
        raise StoreFull("disk: full")

    visit.keep = full
    for leave in (lambda: shell.navigator.go("today"), shell.navigator.go_back):
        shell.stage.told = ""
        leave()
        assert (shell.navigator.here, shell.navigator.presenter) == ("visit", visit)
        assert shell.stage.kept_scroll
        assert shell.stage.told == shell.context.sentence(StoreFull(""))
    del visit.keep


def test_a_saved_form_makes_no_draft_of_itself_again(shell):
    shell.navigator.go("form", ("person",))
    form = shell.navigator.presenter
    form.inputs.type("name_fr", "Fatima")
    shell.drafts.keep_soon(form)
    shell.navigator.swap("person", ali(shell))
    shell.loop.run()
    assert not form.kept_ms


def test_the_last_of_what_is_typed_is_acted_upon_once_and_never_behind_the_pin(shell):
    done = []
    for letter in "ali":
        shell.typing.soon(lambda letter=letter: done.append(letter))
    shell.loop.run()
    assert done == ["i"]
    shell.typing.soon(lambda: done.append("late"))
    act = shell.loop.due[-1][1]
    shell.session.lock()
    act()
    assert done == ["i"]


def test_locking_forgets_all_and_the_pin_leads_back_to_the_draft(shell):
    where = ali(shell)
    shell.navigator.go("visit", where)
    shell.navigator.presenter.inputs.type("notes", "à garder")
    shell.typing.texts["find"] = "ali"
    shell.session.lock()
    assert (shell.navigator.here, shell.context.store) == ("pin", None)
    assert (shell.navigator.back, shell.typing.texts, shell.context.sessions) == ([], {}, {})

    for digit in PIN:
        shell.navigator.presenter.press(digit)
    shell.session.enter()
    assert (shell.navigator.here, tuple(shell.navigator.arguments)) == ("visit", where)
    assert shell.navigator.presenter.inputs.text("notes") == "à garder"
    assert shell.opened == 2


def test_an_untouched_tablet_locks_itself(shell, clock):
    shell.session.lock_if_idle()
    assert shell.navigator.here == "today"
    clock.move(IDLE_MINUTES * 60_000)
    shell.session.lock_if_idle()
    assert shell.navigator.here == "pin"


def test_practice_shows_invented_people_and_nothing_goes_by_itself(shell):
    shell.session.is_automatic = True
    shell.session.lock()
    shell.session.practise()
    assert shell.session.is_practice
    assert shell.context.opened.count("person") > 1
    shell.contact.begin_quietly()
    assert shell.context.sessions.get("sync") is None
    shell.session.lock()
    assert not shell.session.is_practice


def test_an_exchange_that_reaches_nobody_is_tried_again_by_itself(shell, clock):
    tries = []

    def nobody(_store):
        tries.append(clock.mono_ms())
        raise Unreachable("no line")

    shell.context.connect = nobody
    with transaction(shell.context.opened.db):
        shell.context.opened.kept.url = "https://nowhere.invalid"
    shell.contact.begin_quietly()
    assert shell.loop.due == [], "nothing goes by itself here"
    shell.session.is_automatic = True
    shell.contact.begin_quietly()
    shell.contact.begin()
    shell.loop.run()
    assert len(tries) == 1, "while one runs, no other begins"
    assert shell.contact.network() == "none"

    shell.contact.look_for_line()
    shell.loop.run()
    assert len(tries) == 1, "not yet"
    clock.move(AFTER_FAILURE_S[0] * 1_000)
    shell.contact.look_for_line()
    shell.loop.run()
    assert len(tries) == 2


def test_an_exchange_of_an_agent_who_has_left_changes_nothing(shell):
    sync = SyncPresenter(shell.context)
    sync.is_emptied = True
    shell.contact.ended(sync)
    assert shell.context.store is not None


def test_a_tablet_that_was_emptied_is_closed_and_says_so(shell):
    sync = SyncPresenter.of_session(shell.context)
    sync.is_emptied = True
    shell.contact.ended(sync)
    assert (shell.navigator.here, shell.context.store) == ("pin", None)
    assert shell.stage.told == shell.context.say("tablet.emptied")
