"""Codes that link a tablet are not to be guessed, and nobody's right code is turned away for it."""

import pytest

from tests.doors.conftest import opened
from tests.world import HOME

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)


@pytest.fixture
def enrol(world, tmp_path):
    """Ask the server's app to link a new key by a code, as a tablet does."""
    from mobile_app.exchange.calls import SoftwareKey

    world.user("one", HOME)
    with opened(world, tmp_path / "files") as doors:

        def ask(code):
            key = SoftwareKey(SoftwareKey.make())
            said = b"enrol1|" + code.encode() + b"|" + key.public()
            body = {"code": code, "public_key": key.public().hex(), "proof": key.sign(said).hex()}
            return doors.client.post("/sync/v1/enrol", json=body)

        yield ask


def test_guessing_codes_ends_soon_and_says_when_to_try_again(world, enrol):
    answers = [enrol(f"ABCDE{number:05d}") for number in range(21)]
    assert {one.status_code for one in answers[:20]} == {404}
    assert answers[20].status_code == 429
    assert 0 < int(answers[20].headers["retry-after"]) <= 600
    right = world.code("one")
    assert enrol(right).status_code == 429
    world.now += 10 * 60_000
    assert enrol(world.code("one")).status_code == 200


def test_codes_that_are_right_count_for_nothing(world, enrol):
    for _ in range(25):
        assert enrol(world.code("one")).status_code == 200
