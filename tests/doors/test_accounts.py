"""Accounts by the commands: listed, disabled, enabled, of another role, with a password."""

import io
import json
from uuid import UUID

import pytest

from server.accounts import devices, sessions, throttle
from server.cli.command import DONE, REFUSED
from server.cli.main import main
from tests.world import HOME, Tablet


@pytest.fixture
def run(world_url, world, tmp_path, capsys):
    """Run a command on the world's database. Returns its status, and what it printed as JSON."""
    environ = {"NUQTA_DATABASE_URL": world_url, "NUQTA_DATA_DIR": str(tmp_path / "files")}

    def command(*words, typed=""):
        status = main([*words, "--json"], environ, io.StringIO(typed))
        printed = capsys.readouterr().out.strip()
        return status, json.loads(printed.splitlines()[-1]) if printed else {}

    return command


def account(run, login):
    return next(one for one in run("list-accounts")[1]["accounts"] if one["login"] == login)


def test_accounts_are_listed(run):
    created = run("create-user", "amina", "--role", "auditor", typed="password1\n")
    assert created[0] == DONE
    one = account(run, "amina")
    assert (one["role"], one["status"], one["commune_count"], one["tablet_count"]) == (
        "auditor",
        "active",
        0,
        0,
    )


def test_a_disabled_account_signs_in_nowhere_and_links_no_tablet(world, run):
    world.user("amina", HOME)
    code = world.code("amina")
    opened = sessions.sign_in(world.database, "amina", "password1")
    assert run("disable-account", " Amina")[1]["status"] == "disabled"
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(world.database, "amina", "password1")
    with pytest.raises(sessions.SessionOver):
        world.database.read(
            lambda records: sessions.session_of(records, opened.session, now_ms=world.now)
        )
    assert run("enrol-code", "amina")[1]["code"] == "no_tablet_for_role"
    tablet = Tablet(world, ":memory:")
    with pytest.raises(devices.AccountDisabled):
        tablet.enrol(code)
    tablet.store.close()
    assert run("enable-account", "amina")[1]["status"] == "active"
    assert sessions.sign_in(world.database, "amina", "password1").session
    assert run("enrol-code", "amina")[0] == DONE


def test_another_password_ends_what_the_old_one_opened(world, run):
    world.user("amina", HOME, role="regional_coordinator")
    opened = sessions.sign_in(world.database, "amina", "password1")
    assert run("set-password", "amina", typed="short\n")[0] == REFUSED
    assert run("set-password", "amina", typed="another one\n")[0] == DONE
    with pytest.raises(sessions.SessionOver):
        world.database.read(
            lambda records: sessions.session_of(records, opened.session, now_ms=world.now)
        )
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(world.database, "amina", "password1")
    assert sessions.sign_in(world.database, "amina", "another one").session


def test_a_role_is_given_with_what_belongs_to_it(world, run):
    world.user("amina", HOME)
    assert run("set-role", "amina", "point_manager")[1]["code"] == "point_missing"
    assert run("set-role", "amina", "point_manager", "--point", "x")[1]["code"] == "record_unknown"
    nowhere = str(UUID(int=5))
    assert run("set-role", "amina", "point_manager", "--point", nowhere)[0] == REFUSED
    point = world.database.write(
        lambda work: (
            work.insert(
                "contact_point", {"commune_code": HOME, "name_fr": "Relais"}, author()
            ).record_id
        )
    )
    given = run("set-role", "amina", "point_manager", "--point", str(UUID(bytes=point)))
    assert given[1]["role"] == "point_manager"
    assert world.get("agent", world.agent("amina"))["role"] == "point_manager"
    assert run("set-role", "amina", "auditor", "--point", nowhere)[0] == REFUSED
    assert run("set-role", "amina", "auditor")[1]["role"] == "auditor"


def author():
    from server.db.work import Author

    return Author(None)


def test_nobody_is_nobody(run):
    for command in ("disable-account", "enable-account"):
        assert run(command, "nobody")[1]["code"] == "record_unknown"


@pytest.mark.parametrize("limit", throttle.Limit, ids=lambda limit: limit.kind)
def test_a_count_is_kept_until_its_limit_is_over(world, limit):
    tries = [throttle.Count(limit, "somebody")]
    for _ in range(limit.most):
        world.database.write(lambda work: throttle.take(work, tries))
    world.now += limit.minutes * 60_000 - 1
    assert world.database.write(throttle.forget_old) == 0
    with pytest.raises(throttle.TooManyTries):
        world.database.write(lambda work: throttle.take(work, tries))
    world.now += max(one.minutes for one in throttle.Limit) * 60_000
    assert world.database.write(throttle.forget_old) == 1
