"""A tablet that is told what to do when: by lines, at the moments that they say."""

from __future__ import annotations

import base64
import io
import json
from uuid import UUID

import pytest

from mobile_app import played
from mobile_app.headless import open_store
from mobile_app.store import media
from mobile_app.store.database import transaction
from sync import flat
from tests.places import HOME

ID = "0199e6a0-0000-7000-8000-000000000001"


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path, None, played.new_clock())
    with transaction(opened.db):
        opened.kept.device_id, opened.kept.inc, opened.kept.agent_id = 1, 1, bytes(16)
    yield opened
    opened.close()


def play(store, *acts):
    answers = []
    played.play(store, io.StringIO("\n".join(map(json.dumps, acts))), answers.append)
    return answers


def put(at, **values):
    values = {"commune_code": HOME, "name_fr": "Fadma", **values}
    return {"do": "put", "at": at, "entity": "person", "id": ID, "values": values}


def test_what_is_written_is_of_the_moment_that_the_line_says(store):
    play(store, put("2026-11-20T09:30:00Z"), put("2026-11-21T10:00:00Z", phone="+212612345678"))

    person = store.get("person", UUID(ID).bytes)
    assert person.values["created_at"] == flat.moment_ms("2026-11-20T09:30:00Z")
    assert person.values["phone"] == "+212612345678"
    assert [change.at.wall_ms for change in store.outbox.after(0, 9)] == [
        flat.moment_ms("2026-11-20T09:30:00Z"),
        flat.moment_ms("2026-11-21T10:00:00Z"),
    ]


def test_a_clock_that_was_turned_stays_so_and_runs_on(store):
    at = "2026-11-20T09:00:00Z"
    play(store, put(at), {"do": "turn", "at": at, "minutes": -90}, put("2026-11-20T10:00:00Z"))

    assert store.clock.wall_ms() == flat.moment_ms("2026-11-20T08:30:00Z")


def test_time_never_runs_back(store):
    play(store, put("2026-11-20T09:00:00Z"), put("2026-11-19T09:00:00Z", phone="+212612345678"))

    assert store.clock.wall_ms() == flat.moment_ms("2026-11-20T09:00:00Z")


def test_what_has_bytes_is_stored_with_them(store):
    visit = {
        "do": "put",
        "at": "2026-11-20T09:00:00Z",
        "entity": "visit",
        "id": ID,
        "values": {"commune_code": HOME, "type": "needs"},
        "parts": [
            {
                "entity": "photo",
                "key": "1",
                "values": {"purpose": "site"},
                "content": base64.b64encode(b"a picture").decode(),
            }
        ],
    }
    play(store, visit)

    (photo,) = store.list("photo")
    assert photo.values["visit_id"] == UUID(ID).bytes
    assert media.read(store, media.get(store, photo.record_id), 0, 99) == b"a picture"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"do": "fly"}, "json_wrong"),
        ({"do": "put", "entity": "nothing", "values": {}}, "entity_unknown"),
        (put("2026-11-20T09:00:00Z", sex="neither"), "field_unknown_choice"),
    ],
)
def test_what_is_refused_is_answered_and_the_next_line_goes_on(store, act, code):
    answers = play(store, act, put("2026-11-20T09:00:00Z"))

    assert answers[0]["code"] == code
    assert answers[1] == ID
