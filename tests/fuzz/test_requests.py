"""Some hostile requests for every route; `make fuzz COUNT=100000 SEED=1` for more."""

from __future__ import annotations

import logging
import re

import pytest

from server.web.site import SIGN_IN_URL
from tests.doors.conftest import furnished
from tests.fuzz.hostile import CALLS
from tests.fuzz.requests import Knocking, SocketKnocking

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
    ),
]
SEED = 1


@pytest.fixture
def doors(world, tmp_path):
    with furnished(world, tmp_path / "doors") as doors:
        yield doors


def test_every_route_answers_hostile_requests_and_serves_others_meanwhile(doors):
    knocking = Knocking(doors, SEED)
    knocking.run(1_500)

    assert knocking.findings == []
    assert knocking.served > 0
    paths = {route.path for route in doors.app.routes} - {"/sync/v1"} | {path for _, path in CALLS}
    assert set(knocking.hostile.asked) == paths


def test_what_comes_as_bytes_is_answered_or_ended(doors):
    knocking = SocketKnocking(doors, SEED)
    knocking.run(200)

    assert knocking.findings == []
    assert knocking.served > 0
    assert {0, 200, 400} <= set(knocking.statuses)


def test_a_fault_and_a_word_in_a_log_are_found(doors, monkeypatch):
    def fold(login):
        logging.getLogger("anything").warning("signs in: %s", login)
        raise ZeroDivisionError

    monkeypatch.setattr("server.desk.pages.folded", fold)
    knocking = Knocking(doors, SEED)
    knocking.hostile.routes = [one for one in knocking.hostile.routes if one.path == SIGN_IN_URL]

    found = set()
    for _ in range(10):  # what is drawn depends on which answers come first
        knocking.run(300)
        found |= {re.split("[:(]", one)[0].split(" [")[0] for one in knocking.findings}
        if {"logged", "an error", "500"} <= found:
            break
    assert {"logged", "an error", "500"} <= found
