"""A visit and what was made during it are stored together or not at all."""

from __future__ import annotations

from hashlib import sha256

import pytest

from mobile_app.device.storage import StoreFull
from mobile_app.store import drafts, media
from mobile_app.store.media import BlobTooLarge
from mobile_app.store.visits import Part, PartsTooMany, put_visit
from sync import limits
from sync.checks import Missing
from tests.mobile_app.test_store import a_store
from tests.world import HOME

VISIT = {"commune_code": HOME, "type": "support", "outcome": "done", "person_id": b"p" * 16}
PARTS = [
    Part("photo", {"purpose": "signature"}, b"strokes"),
    Part("document", {"type": "CNIE", "quality": "sharp", "pages": 1}, b"page"),
    Part("voice_note", {"purpose": "note", "seconds": 4}, b"speech"),
    Part("task", {"kind": "follow_up", "title": "Rappeler"}),
    Part("consent", {"purpose": "photo_evidence", "given": True}),
]


@pytest.fixture
def store(tmp_path):
    store = a_store(tmp_path / "s.db")
    drafts.save(store, "visit", "new", {"type": "support"})
    yield store
    store.close()


def put(store, parts=PARTS, values=VISIT):
    return put_visit(store, values, parts, within=lambda: drafts.discard(store, "visit", "new"))


def nothing_is_stored(store):
    counts = [store.count(name) for name in ("visit", *(part.entity for part in PARTS))]
    return not any(counts) and not store.outbox.pending_count() and not media.pending_count(store)


def test_a_visit_and_its_parts_are_one_group(store):
    visit = put(store)

    assert [change.group for change in store.outbox.after(0, 9)] == [1] * 6
    assert drafts.list(store) == ()
    for part in PARTS:
        (kept,) = store.list(part.entity)
        assert kept.values["visit_id"] == visit.record_id
        assert kept.values["commune_code"] == HOME
    assert store.list("document")[0].values["person_id"] == b"p" * 16
    assert store.list("photo")[0].values["taken_at"] == store.clock.wall_ms()


def test_the_bytes_are_there_with_their_hash(store):
    put(store)

    (photo,) = store.list("photo")
    blob = media.get(store, photo.record_id)
    assert media.read(store, blob, 0, 99) == b"strokes"
    assert photo.values["sha256"] == sha256(b"strokes").hexdigest() == blob.sha256.hex()
    assert blob.priority == media.SIGNATURE
    assert media.pending_count(store) == 3


@pytest.mark.parametrize(
    ("parts", "values", "refusal"),
    [
        ([*PARTS, Part("consent", {"purpose": "photo_evidence"})], VISIT, Missing),
        (PARTS, {"type": "support"}, Missing),
        ([Part("photo", {}, bytes(limits.BLOB_BYTES_MAX + 1))], VISIT, BlobTooLarge),
        ([Part("photo", {}, b"x")] * limits.CHANGES_PER_GROUP_MAX, VISIT, PartsTooMany),
    ],
)
def test_one_part_that_is_refused_stores_none_and_keeps_the_draft(store, parts, values, refusal):
    with pytest.raises(refusal):
        put(store, parts, values)
    assert nothing_is_stored(store)
    assert drafts.load(store, "visit", "new") == {"type": "support"}


def test_a_disk_that_fills_with_the_photo_stores_none_of_the_visit(store):
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreFull):
        put(store, [*PARTS, Part("photo", {}, bytes(500_000))])
    store.db.execute("PRAGMA max_page_count = 100000000")
    assert nothing_is_stored(store)
    assert drafts.load(store, "visit", "new") == {"type": "support"}


def test_a_part_added_in_a_second_save_is_added_and_no_other_doubled(store):
    made_id = store.ids()
    keyed = [Part(one.entity, one.values, one.content, key="the") for one in PARTS]
    first = put_visit(store, VISIT, keyed, made_id=made_id)
    more = Part("photo", {"purpose": "site"}, b"field", key="another")
    later = put_visit(
        store, {**VISIT, "outcome": "refused", "started_at": 5}, [*keyed, more], made_id=made_id
    )

    assert (later.record_id, store.count("visit")) == (first.record_id, 1)
    assert later.values["outcome"] == "refused"
    assert later.values["started_at"] == first.values["started_at"]
    assert [store.count(one.entity) for one in PARTS] == [2, 1, 1, 1, 1]
    assert len({one.record_id for one in store.list("photo")} | {made_id}) == 3
