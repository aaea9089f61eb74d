"""What measures an exchange still stands where tablets call. The measures: `make bench-…`."""

from __future__ import annotations

import pytest

from benchmarks import desk, desk_client, portal, sms
from benchmarks.feed import Timed
from server.pilot.bulk_parts import Profile
from tests.world import HOME


def test_what_times_the_endpoint_is_what_a_tablet_calls(world):
    world.user("amina", HOME)
    timed = world.endpoint = Timed(world.endpoint, None)
    tablet = world.tablet("amina")
    tablet.sync()
    timed.reset()
    for _ in range(3):
        tablet.sync()
    assert len(timed.walls) == 3
    assert timed.row("idle")["idle_cpu_ms"] > 0


@pytest.mark.postgres
def test_the_desk_is_measured_at_its_smallest(postgres_url):
    small = Profile(
        people=400, enterprises=60, points=60, requests=60, visits=600, agents=24, coordinators=12
    )
    pace = desk.Pace(coordinators=2, rounds=1, think_s=0, alone=2)
    rows = desk.run([small], pace, 1, postgres_url)
    measured = {row["page"] for row in rows}
    assert measured <= {page.name for page in desk.PAGES}
    assert {"morning", "visits", "people", "search, name", "visit", "person"} <= measured
    for row in rows:
        assert row["rows"] == small.visits
        assert row["p95_ms"] >= row["p50_ms"] > 0
        assert row["bytes_first"] > row["bytes_again"] > 0


def test_what_is_beyond_its_target_is_said():
    row = {"page": "people", "kind": "list", "rows": 9, "p95_ms": 61, "bytes_again": 25_000}
    assert desk.misses([row]) == ["people (9 visits): p95_ms 61, target 60"]
    shorter = [row | {"server_cpu_ms": 10.0, "database_cpu_ms": 10.0, "shown": 3.0}]
    longer = [row | {"p95_ms": 60, "server_cpu_ms": 11.0, "database_cpu_ms": 14.0, "shown": 3.0}]
    desk.compare(shorter, longer)
    assert desk.misses(longer) == ["people (9 visits): growth 1.25, target 1.2"]
    longer[0]["shown"] = 26.0
    beside = "people (9 visits): growth 1.25, target 1.2 (shows 26.0, not 3.0)"
    assert desk.misses(longer) == [beside]


def test_a_page_beyond_its_target_is_said():
    row = {
        "page": "status",
        "language": "ar",
        "bytes_first": 50_001,
        "bytes_again": 1,
        "p95_ms": 41,
    }
    assert [one.partition(": ")[2] for one in portal.misses([row])] == [
        "bytes_first 50001, target 50000",
        "p95_ms 41, target 40",
    ]


def test_messages_that_are_slow_lost_or_too_many_are_said():
    sent = {"what": "sent", "messages": 9, "reported": 8, "per_second": 99.5}
    killed = {"what": "killed", "messages": 9, "reported": 9, "lost": 1, "more_often": 0}
    heard = {"what": "heard", "messages": 9}
    assert sms.misses([sent, killed, heard]) == [
        "sent: 8 of 9 reported",
        "sent: 99.5 a second, target 100",
        "killed: 1 lost, 0 more often than twice",
    ]


def test_a_page_in_another_language_than_was_asked_for_is_not_measured():
    visitor = desk_client.Visitor({}, {}, "zgh")
    visitor.require('<!doctype html>\n<html lang="zgh" dir="ltr">', "/")
    with pytest.raises(ValueError, match="not in zgh"):
        visitor.require('<!doctype html>\n<html lang="fr" dir="ltr">', "/")
