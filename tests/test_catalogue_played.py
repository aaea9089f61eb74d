"""Every service of the catalogue goes to each end that the table of steps has, by its handler."""

from collections import deque

import pytest

from server.db.work import Author
from server.exchange import telling
from server.exchange.stepping import Step, take
from server.letters.words import letter_of
from server.reference import files
from server.reference.offices import office_for
from sync.rules.applications import CLOSED, DRAFT, ENDED, WAYS, Actor
from tests.world import HOME, World

SAID = {
    "receipt_number": "R-1",
    "reason": "other",
    "words": "Dit par l'office.",
    "pieces": ("CNIE",),
}
LETTERS = ("approved", "rejected", "info_requested")


def ways_to(kind, end):
    """The shortest way from a draft to an end, and on until it is closed."""
    return [*_ways(kind, DRAFT, end), *(_ways(kind, end, CLOSED) if end != CLOSED else [])]


def _ways(kind, start, end):
    waiting, seen = deque([(start, [])]), {start}
    while waiting:
        state, ways = waiting.popleft()
        if state == end:
            return ways
        for way in WAYS:
            if way.start == state and kind in way.deciders and way.end not in seen:
                seen.add(way.end)
                waiting.append((way.end, [*ways, way]))
    return None


def ends_of(kind):
    return [end for end in sorted(ENDED) if _ways(kind, DRAFT, end) is not None]


@pytest.fixture
def played(furnished_url, tmp_path):
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        yield world


def test_every_service_comes_to_each_of_its_ends(played):
    services = files.services()
    assert len(services) == 19
    for service in services:
        ends = ends_of(service.decided_by)
        assert {"delivered", "withdrawn", "expired", CLOSED} <= set(ends)
        ways = [ways_to(service.decided_by, end) for end in ends]
        requests = played.database.write(
            lambda work, service=service, ways=ways: [begin(work, service) for _ in ways]
        )
        played.database.write(
            lambda work, requests=requests, ways=ways: [
                play(work, *one) for one in zip(requests, ways, strict=True)
            ]
        )
        followed = played.database.read(tasks_of)
        after = set(service.follow_up.after if service.follow_up else ())
        for request_id, taken in zip(requests, ways, strict=True):
            expected = bool(after & {way.end for way in taken})
            assert followed.count(request_id) == expected, (service.code, taken)


def tasks_of(records):
    """Return of which requests there is what follows an answer, beside that it is told."""
    return [
        task.values["application_id"]
        for task in records.list("task")
        if task.values["kind"] != telling.KIND
    ]


def begin(work, service):
    """Ask for a service, passed on to who decides it. Returns the id of the request."""
    here = {"commune_code": HOME}
    person = work.insert("person", {"name_fr": "Fatima", **here}, Author(None))
    office = office_for(service.code, HOME)
    asked = {"service": service.code, "service_version": service.number, "state": DRAFT, **here}
    whose = {"person_id": person.record_id, "office": office.code if office else None}
    return work.insert("application", {**asked, **whose}, Author(None)).record_id


def play(work, request_id, ways):
    """Take each step of a way as one who may, until the request is closed."""
    request = work.lock("application", request_id)
    person = work.find("person", request.values["person_id"])
    for way in ways:
        actor = min(way.actors - {Actor.CLOCK}, key=list(Actor).index)
        said = {name: SAID[name] for name in (*way.says, *way.needs) if name in SAID}
        said |= {"words": SAID["words"]} if "decision_reason" in way.needs else {}
        taken = take(work, request, Step(way.end, actor, said=said))
        assert request.values["state"] == way.end
        if way.end in LETTERS:
            letter = letter_of(request, person, way.end, taken.values, work.now_ms)
            assert not any("[" in one["body"] for one in letter)
    assert request.values["state"] == CLOSED
