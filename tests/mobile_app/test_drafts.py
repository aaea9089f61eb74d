"""Forms that are not finished: they outlive the program, and end with the record they became."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mobile_app.store import drafts
from sync.checks import Missing
from tests.mobile_app.test_store import a_store
from tests.world import HOME

ROOT = Path(__file__).parent.parent.parent
SAVES_AND_WAITS = """
import sys, time
from mobile_app.store import drafts
from tests.mobile_app.test_store import a_store
drafts.save(a_store(sys.argv[1]), "visit", "new", {"notes": "الواحة", "photo": b"webp"})
print("saved", flush=True)
time.sleep(60)
"""


@pytest.fixture
def store(tmp_path):
    store = a_store(tmp_path / "s.db")
    yield store
    store.close()


def test_a_saved_draft_outlives_a_killed_program(tmp_path):
    command = [sys.executable, "-c", SAVES_AND_WAITS, str(tmp_path / "s.db")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "saved\n"
        program.send_signal(signal.SIGKILL)

    store = a_store(tmp_path / "s.db")
    assert drafts.load(store, "visit", "new") == {"notes": "الواحة", "photo": b"webp"}
    store.close()


def test_a_draft_is_what_was_saved_last(store):
    drafts.save(store, "person", "1", {"needs": {"water"}, "at": (1, 2)})
    drafts.save(store, "person", "1", {"needs": ["aid"], "photos": [{"bytes": b"\0"}], "x": None})

    assert drafts.load(store, "person", "1") == {
        "needs": ["aid"], "photos": [{"bytes": b"\0"}], "x": None,
    }  # fmt: skip
    assert drafts.load(store, "person", "2") is None


def test_sets_and_tuples_come_back_as_lists(store):
    drafts.save(store, "person", "1", {"needs": {"water"}, "at": (1, 2)})
    assert drafts.load(store, "person", "1") == {"needs": ["water"], "at": [1, 2]}


def test_drafts_are_listed_the_last_saved_first(store):
    for kind, key in (("visit", "a"), ("person", "b"), ("visit", "c")):
        drafts.save(store, kind, key, {"key": key})
        store.clock.move(1_000)

    assert [draft.key for draft in drafts.list(store)] == ["c", "b", "a"]
    assert [draft.values for draft in drafts.list(store, "visit")] == [{"key": "c"}, {"key": "a"}]


def test_a_draft_ends_with_the_record_that_it_became(store):
    drafts.save(store, "person", "new", {"name_fr": "Ali"})
    group = [("person", {"name_fr": "Ali", "commune_code": HOME}, b"")]
    store.put_group(group, within=lambda: drafts.discard(store, "person", "new"))

    assert drafts.list(store) == ()
    assert store.count("person") == 1


def test_a_draft_stays_when_its_record_cannot_be_stored(store):
    drafts.save(store, "person", "new", {"name_fr": "Ali"})
    with pytest.raises(Missing):
        store.put_group(
            [("person", {"name_fr": "Ali"}, b"")],
            within=lambda: drafts.discard(store, "person", "new"),
        )
    assert drafts.load(store, "person", "new") == {"name_fr": "Ali"}


def test_a_draft_is_no_change(store):
    drafts.save(store, "person", "new", {"name_fr": "Ali"})
    drafts.discard(store, "person", "new")
    assert store.outbox.pending_count() == 0
    assert drafts.list(store) == ()
