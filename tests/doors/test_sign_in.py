"""Who says a password at the desk: few tries, and nothing told of who there is."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from server.accounts import commands, passwords, sessions, throttle
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
FORM = "application/x-www-form-urlencoded"


def sign_in(doors, login, password, cookie=""):
    headers = {"cookie": cookie} if cookie else {}
    return doors.post("/desk/sign-in", headers, login=login, password=password)


def test_guessing_a_password_ends_soon_and_tells_nothing_of_who_there_is(doors):
    for login in ("regional-coordinator", "nobody-at-all"):
        answers = [sign_in(doors, login, f"wrong{number}") for number in range(9)]
        assert [one.status_code for one in answers] == [401] * 8 + [429]
        assert int(answers[-1].headers["retry-after"]) <= 15 * 60
        assert sign_in(doors, login, "password1").status_code == 429
    pages = {re.sub(r"nobody-at-all|regional-coordinator", "", one.text) for one in answers[-1:]}
    assert len(pages) == 1
    doors.world.now += 15 * 60_000
    assert sign_in(doors, "regional-coordinator", "password1").status_code == 303


def test_strangers_do_not_lock_out_a_browser_that_came_in_before(doors):
    answer = sign_in(doors, "regional-coordinator", "password1")
    known = re.search(r"nuqta_known=[^;]+", "\n".join(answer.headers.get_list("set-cookie")))[0]
    for number in range(20):
        sign_in(doors, "regional-coordinator", f"wrong{number}")
    assert sign_in(doors, "regional-coordinator", "password1").status_code == 429
    assert sign_in(doors, "regional-coordinator", "password1", known).status_code == 303
    # It is of one person, and bounded as well.
    assert sign_in(doors, "auditor", "wrong", known).status_code == 401
    tries = [sign_in(doors, "regional-coordinator", "wrong", known) for _ in range(9)]
    assert tries[-1].status_code == 429


def test_guessing_from_one_address_ends_over_many_accounts(doors):
    answers = [sign_in(doors, f"name{number}", "wrong") for number in range(62)]
    assert {one.status_code for one in answers[:60]} == {401}
    assert {one.status_code for one in answers[60:]} == {429}


def test_a_password_is_hashed_while_no_transaction_is_open(doors, monkeypatch):
    """A tablet's write, begun while one signs in, need not wait for the hash."""
    hashing, go_on, written = threading.Event(), threading.Event(), threading.Event()
    fits = passwords.fits

    def slow(hashed, password):
        hashing.set()
        go_on.wait(10)
        return fits(hashed, password)

    monkeypatch.setattr(passwords, "fits", slow)
    with ThreadPoolExecutor(2) as pool:
        signing_in = pool.submit(sign_in, doors, "regional-coordinator", "password1")
        assert hashing.wait(10)
        pool.submit(doors.world.change, "person", doors.own.person, notes="x").add_done_callback(
            lambda _done: written.set()
        )
        assert written.wait(10)
        go_on.set()
        assert signing_in.result().status_code == 303


@pytest.mark.parametrize("change", ["password", "status"])
def test_no_session_is_opened_by_a_password_that_was_changed_meanwhile(world, monkeypatch, change):
    world.user("office", HOME, role="auditor")
    agent, fits = world.agent("office"), passwords.fits

    def fits_late(hashed, password):
        does_fit = fits(hashed, password)
        if change == "password":
            other = passwords.hash_password("another password")
            world.database.write(lambda work: commands.set_password(work, agent, other))
        else:
            world.database.write(lambda work: commands.set_status(work, agent, "disabled"))
        return does_fit

    monkeypatch.setattr(passwords, "fits", fits_late)
    with pytest.raises(sessions.SignInFailed):
        sessions.sign_in(world.database, "office", "password1")
    table = world.database.tables.web_session
    count = sa.select(sa.func.count()).select_from(table)
    assert world.database.read(lambda records: records.connection.scalar(count)) == 0


def test_browsers_known_by_an_earlier_password_have_no_tries_of_their_own(world):
    world.user("office", HOME, role="auditor")

    def sign_in(password, known=""):
        return sessions.sign_in(world.database, "office", password, known=known).known

    known = [sign_in("password1") for _ in range(3)]
    with pytest.raises(sessions.SignInFailed):
        sign_in("a guess", known[0])
    other = passwords.hash_password("another password")
    agent = world.agent("office")
    world.database.write(lambda work: commands.set_password(work, agent, other))
    for tried in range(throttle.Limit.SIGN_IN.most):
        with pytest.raises(sessions.SignInFailed):
            sign_in("a guess", known[tried % 3])
    for one in known:
        with pytest.raises(throttle.TooManyTries):
            sign_in("a guess", one)
