"""Photos from a tablet to the server over a line that breaks: all arrive, none twice, none lost."""

# Long: what becomes of a photo from end to end, an example each, looked up by its name.

from __future__ import annotations

import random
from hashlib import sha256

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.device.storage import StoreFull
from mobile_app.exchange import uploads
from mobile_app.exchange.calls import Answer, Refused, Unreachable
from mobile_app.exchange.contact import make_contact
from mobile_app.exchange.downloads import fetch
from mobile_app.exchange.uploads import BLOBS_PATH, upload_next
from mobile_app.store import coming, media, room, sending
from mobile_app.store.database import transaction
from mobile_app.store.records import NotFound, Store, UnknownEntity
from server.accounts import devices
from sync import limits
from sync.checks import Missing
from sync.entities import ENTITIES
from tests.world import FAR, HOME, START

PIECE = limits.BLOB_PIECE_BYTES
LONG = 2 * PIECE + 20_000


@pytest.fixture
def here(world):
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.sync()
    return tablet


def some_bytes(count, seed=1):
    return random.Random(seed).randbytes(count)


def a_photo(tablet, data, **more):
    tablet.pass_time()
    return media.capture(tablet.store, "photo", {"commune_code": HOME, **more}, data).record_id


def send(tablet, budget_bytes=None):
    tablet.line.calls.clear()
    return uploads.send_all(tablet.store, tablet.line, budget_bytes)


def arrived(world, data):
    """Return the bytes as the server keeps them."""
    return world.files.read(sha256(data).digest())


def state(tablet, record_id):
    return media.get(tablet.store, record_id).state


# The ordinary way


def test_the_record_goes_first_then_its_bytes(world, here):
    data = some_bytes(LONG)
    photo = a_photo(here, data, caption="الواحة")
    assert send(here).pending == 1
    assert here.line.calls == []
    assert state(here, photo) == "captured"

    here.sync()
    sent = send(here)

    assert (sent.verified, sent.pending, sent.code) == (1, 0, "")
    assert [(method, size) for method, _, size in here.line.calls] == [
        ("POST", PIECE), ("PATCH", PIECE), ("PATCH", 20_000),
    ]  # fmt: skip
    assert arrived(world, data) == data
    assert world.get("photo", photo)["size_bytes"] == LONG
    assert state(here, photo) == "verified"


def test_nothing_to_send_costs_no_request(here):
    photo = a_photo(here, b"small")
    here.sync()
    assert send(here).verified == 1
    assert [size for _, _, size in here.line.calls] == [5]
    assert send(here) == uploads.MediaSummary(0, 0, 0, "")
    assert here.line.calls == []
    assert state(here, photo) == "verified"


def test_signatures_go_first_then_identity_then_the_newest(world, here):
    order = [None, "site", "identity", "product", "signature"]
    photos = {
        purpose: a_photo(here, some_bytes(10, seed), **({"purpose": purpose} if purpose else {}))
        for seed, purpose in enumerate(order)
    }
    here.sync()
    sending.queue(here.store)
    sent = [upload_next(here.store, here.line).record_id for _ in order]
    assert sent == [
        photos[purpose] for purpose in ("signature", "identity", "product", "site", None)
    ]


def test_a_budget_is_kept_and_the_rest_goes_next_time(world, here):
    data = some_bytes(LONG)
    a_photo(here, data)
    here.sync()
    assert (send(here, 300_000).bytes_up, send(here, 0).bytes_up) == (300_000, 0)
    rest = send(here, 300_000)
    assert (rest.bytes_up, rest.verified) == (LONG - 300_000, 1)
    assert [method for method, _, _ in here.line.calls] == ["PATCH"]
    assert arrived(world, data) == data


# A bad line


@pytest.mark.parametrize("seed", range(6))
def test_a_line_cut_after_any_byte_goes_on_from_the_servers_last(world, here, seed):
    rng = random.Random(seed)
    photos = [some_bytes(rng.randrange(1, 400_000), seed * 10 + one) for one in range(3)]
    for data in photos:
        a_photo(here, data)
    here.sync()
    cost = 0
    for _ in range(100):
        here.line.bytes_left = rng.randrange(300_000)
        here.line.lose_replies = rng.random() < 0.3
        before = here.line.bytes_left
        summary = send(here)
        cost += before - max(here.line.bytes_left, 0)
        if not summary.pending:
            break
        assert summary.code == "unreachable"
    assert summary.pending == 0, f"seed {seed}"
    for data in photos:
        assert arrived(world, data) == data
    assert world.files.uploads() == []


def contact(tablet):
    """Let a contact run its course; time passes while it waits."""
    tablet.pass_time()
    tablet.line.answer_count = 0
    return make_contact(
        tablet.store, tablet.line, pause=lambda seconds: tablet.pass_time(int(seconds * 1_000))
    )


def test_the_reply_says_how_far_photos_are_and_nobody_asks(world, here):
    data = some_bytes(LONG)
    photo = a_photo(here, data)
    here.sync()
    here.line.bytes_left = PIECE + 1_000
    assert send(here).code == "unreachable"
    assert media.get(here.store, photo).offset_bytes == sending.UNSURE

    here.sync()

    assert media.get(here.store, photo).offset_bytes == PIECE + 1_000
    here.line.bytes_left = None
    assert send(here).verified == 1
    assert {method for method, _, _ in here.line.calls} == {"PATCH"}
    assert here.line.bytes_arrived == len(data)
    assert arrived(world, data) == data


def test_the_reply_says_too_that_all_is_there_or_nothing(world, here):
    small, large = a_photo(here, b"small", purpose="signature"), a_photo(here, some_bytes(LONG))
    here.sync()
    here.line.lose_replies = 1
    send(here)
    here.sync()
    assert state(here, small) == "verified"
    here.line.bytes_left = 1_000
    send(here)
    world.now += 31 * 86_400_000
    here.clock.move(31 * 86_400_000)
    world.uploads.purge()
    here.sync()
    assert (state(here, large), media.get(here.store, large).address) == ("queued", "")
    here.line.bytes_left = None
    assert send(here).verified == 1


@pytest.mark.parametrize("seed", range(4))
def test_a_contact_goes_on_by_itself_and_sends_no_byte_twice(world, here, seed):
    rng = random.Random(seed)
    photos = [some_bytes(rng.randrange(1, 2 * LONG), seed * 10 + one) for one in range(3)]
    for data in photos:
        a_photo(here, data)
    line, breaks = here.line, 0

    def pause(_seconds):
        nonlocal breaks
        breaks += 1
        line.bytes_left = rng.randrange(400_000)
        line.break_at_request = rng.randrange(12)
        here.pass_time(20_000)

    pause(0)
    done = make_contact(here.store, line, pause=pause)
    assert (done.exchange.pending, done.exchange.sent, done.media.pending) == (0, 3, 0)
    assert done.media.verified <= 3
    assert line.bytes_arrived == sum(map(len, photos))
    assert breaks > 1
    for data in photos:
        assert arrived(world, data) == data


def test_a_line_that_never_answered_is_not_tried_again(here):
    a_photo(here, b"small")
    here.line.cut = True
    with pytest.raises(Unreachable):
        contact(here)
    assert here.line.answer_count == 0


def test_a_line_that_is_silent_for_too_long_is_left_and_what_was_done_is_told(world, here):
    a_photo(here, some_bytes(LONG))
    here.line.bytes_left = 1_000
    before = world.now

    done = contact(here)

    assert (done.exchange.sent, done.media.pending, done.media.code) == (1, 1, "unreachable")
    here.line.cut = True
    assert 0 < world.now - before < 120_000
    here.line.cut, here.line.bytes_left = False, None
    assert contact(here).media.verified == 1


def test_a_lost_reply_costs_one_question_and_no_byte_twice(world, here):
    data = some_bytes(3 * PIECE)
    a_photo(here, data)
    here.sync()
    here.line.lose_replies = 1
    assert send(here).code == "unreachable"
    first = [size for _, _, size in here.line.calls]
    assert send(here).verified == 1
    assert [method for method, _, _ in here.line.calls] == ["POST", "PATCH", "PATCH"]
    assert sum(first) + sum(size for _, _, size in here.line.calls) == len(data)
    assert arrived(world, data) == data


def test_a_lost_last_reply_leaves_the_bytes_here_until_the_server_says_so(world, here):
    photo = a_photo(here, b"small")
    here.sync()
    here.line.lose_replies = 1
    assert send(here).pending == 1
    assert arrived(world, b"small") == b"small"
    assert state(here, photo) == "uploading"
    assert room.evict(here.store, 1) == 0
    assert send(here).verified == 1
    assert [(method, size) for method, _, size in here.line.calls] == [("POST", 0)]


def test_an_upload_that_the_server_forgot_begins_anew(world, here):
    data = some_bytes(LONG)
    a_photo(here, data)
    here.sync()
    send(here, PIECE)
    world.now += 31 * 86_400_000
    assert world.uploads.purge() == 1
    assert send(here).verified == 1
    assert arrived(world, data) == data


def test_a_server_that_lost_its_files_is_sent_them_again(world, here):
    data = some_bytes(LONG)
    a_photo(here, data)
    here.sync()
    send(here, 2 * PIECE)
    (upload,) = world.files.uploads()
    world.files.discard(upload)
    assert send(here).verified == 1
    assert arrived(world, data) == data


def test_a_server_started_anew_goes_on(world, here):
    data = some_bytes(LONG)
    a_photo(here, data)
    here.sync()
    send(here, PIECE)
    world.restart()
    assert send(here).verified == 1
    assert arrived(world, data) == data


# Refusals


def test_a_refused_photo_is_put_off_and_does_not_hold_up_the_others(world, here):
    gone = a_photo(here, b"gone", purpose="signature")
    fine = a_photo(here, b"fine")
    here.sync()
    world.database.write(lambda work: work.delete("photo", gone))

    sent = send(here)

    assert (sent.verified, sent.pending, sent.code) == (1, 1, "record_unknown")
    assert media.get(here.store, gone).code == "record_unknown"
    assert state(here, fine) == "verified"
    assert send(here).pending == 1
    assert here.line.calls == []
    here.pass_time(2 * 86_400_000)
    send(here)
    assert len(here.line.calls) == 1


def test_a_clock_set_back_puts_nothing_off_for_years(world, here):
    gone = a_photo(here, b"gone")
    here.sync()
    world.database.write(lambda work: work.delete("photo", gone))
    send(here)
    here.clock.wall -= 5 * 365 * 86_400_000
    send(here)
    assert len(here.line.calls) == 1


def test_a_quota_that_is_full_ends_the_run_and_keeps_all(world, here):
    for seed in range(3):
        a_photo(here, some_bytes(1_000, seed))
    here.sync()
    world.serve_blobs(quota_bytes=1_500)
    sent = send(here)
    assert (sent.verified, sent.pending, sent.code) == (1, 2, "upload_quota_full")
    assert len(here.line.calls) == 2
    world.serve_blobs()
    assert send(here).verified == 2


def test_a_revoked_tablet_is_told_so_and_keeps_its_photos(world, here):
    photo = a_photo(here, b"small")
    here.sync()
    world.database.write(
        lambda work: devices.set_status(work, here.store.kept.device_id, devices.Status.REVOKED)
    )
    sent = send(here)
    assert (sent.pending, sent.code) == (1, "device_revoked")
    assert media.read(here.store, media.get(here.store, photo), 0, 9) == b"small"


def test_bytes_of_a_held_record_wait_with_it(world, here):
    photo = a_photo(here, b"small", commune_code=FAR)
    assert here.sync().held == 1
    assert send(here).pending == 1
    assert here.line.calls == []
    assert state(here, photo) == "captured"


def test_photos_of_a_commune_taken_away_still_arrive(world, here):
    photo = a_photo(here, b"small")
    here.sync()
    world.revoke("one", HOME)
    here.sync()
    assert here.store.find("photo", photo) is None
    assert send(here).verified == 1
    assert arrived(world, b"small") == b"small"


class Liar:
    """A server, or something between, whose words cannot be true."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def upload(self, method, path, body, headers):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, b"")


BEGUN = {"location": f"{BLOBS_PATH}/{'0' * 32}", "upload-offset": "0"}


@pytest.mark.parametrize(
    "answers",
    [
        [{}],
        [{"upload-complete": "?1"}],
        [{**BEGUN, "location": "https://elsewhere/"}],
        [{**BEGUN, "upload-offset": "99999"}],
        [{**BEGUN, "upload-complete": "?1"}],
        [BEGUN, {"upload-offset": "0"}],
        [BEGUN, {"upload-offset": "5"}, {"upload-offset": "5"}],
        [BEGUN, Refused("x", "", 409, {})],
        [BEGUN, *[Refused("x", "", 409, {"upload-offset": "0"})] * 4],
    ],
)
def test_no_word_but_that_of_completion_makes_a_photo_verified(here, answers):
    photo = a_photo(here, b"small")
    here.sync()
    summary = uploads.send_all(here.store, Liar(*answers))
    assert summary.verified == 0
    assert summary.code in {"sync_remote_fault", "x"}
    assert state(here, photo) != "verified"
    assert room.evict(here.store, 10) == 0


# From the server


@pytest.fixture
def there(world, here):
    """Another tablet that holds the record of a photo, and not its bytes."""
    world.user("two", HOME)
    photo = a_photo(here, some_bytes(LONG))
    here.sync()
    send(here)
    tablet = world.tablet("two")
    tablet.sync()
    tablet.photo = photo
    return tablet


def test_a_photo_of_others_comes_once_and_stays(there):
    for _ in range(2):
        assert fetch(there.store, there.line, "photo", there.photo) == some_bytes(LONG)
    assert there.line.calls == [("GET", 200, LONG)]
    assert state(there, there.photo) == "verified"
    assert media.pending_count(there.store) == 0
    assert room.evict(there.store, 1) == LONG
    assert fetch(there.store, there.line, "photo", there.photo) == some_bytes(LONG)


@pytest.mark.parametrize("seed", range(4))
def test_a_photo_goes_on_coming_from_the_byte_where_the_line_broke(there, seed):
    rng = random.Random(seed)
    line, came, breaks = there.line, 0, 0
    while True:
        line.bytes_left = left = rng.randrange(200_000)
        try:
            data = fetch(there.store, line, "photo", there.photo)
            break
        except Unreachable:
            came += left // 10_000 * 10_000
            breaks += 1
            assert media.get(there.store, there.photo).offset_bytes == came
            assert media.pending_count(there.store) == 0
    assert data == some_bytes(LONG)
    assert breaks > 1
    assert line.calls[-1] == ("GET", 206, LONG - came)


def test_a_photo_that_came_whole_before_the_line_broke_is_not_asked_for_again(there):
    blob = coming.await_bytes(there.store, "photo", there.photo)
    coming.take(there.store, blob, 0, some_bytes(LONG))
    assert fetch(there.store, there.line, "photo", there.photo) == some_bytes(LONG)
    assert there.line.calls == []


def test_bytes_that_are_not_those_of_the_record_are_thrown_away(there):
    blob = coming.await_bytes(there.store, "photo", there.photo)
    coming.take(there.store, blob, 0, bytes(150_000))
    assert fetch(there.store, there.line, "photo", there.photo) == some_bytes(LONG)
    assert [status for _, status, _ in there.line.calls] == [206, 200]


def test_wrong_bytes_from_the_server_are_refused_and_not_kept(there):
    class Wrong:
        def download(self, _path, _offset):
            yield 0, 5, b"wrong"

    with pytest.raises(coming.BlobDamaged):
        fetch(there.store, Wrong(), "photo", there.photo)
    assert media.find(there.store, there.photo) is None
    assert fetch(there.store, there.line, "photo", there.photo) == some_bytes(LONG)


# On the tablet alone


def test_only_verified_bytes_are_given_up_the_oldest_first(world, here):
    old, new = (a_photo(here, some_bytes(1_000, seed)) for seed in (1, 2))
    waiting = a_photo(here, some_bytes(1_000, 3))
    here.sync()
    send(here, 2_000)
    states = {one: state(here, one) for one in (old, new, waiting)}
    assert list(states.values()).count("verified") == 2
    verified = [one for one in (old, new, waiting) if states[one] == "verified"]

    assert room.evict(here.store, 1) == 1_000
    assert room.evict(here.store, 10_000) == 1_000
    assert room.evict(here.store, 10_000) == 0

    for one in (old, new, waiting):
        blob = media.get(here.store, one)
        left = media.read(here.store, blob, 0, 2_000)
        assert len(left) == (0 if one in verified else 1_000)
    assert send(here).verified == 1
    assert here.store.count("photo") == 3


def test_any_part_of_a_blob_can_be_read(here):
    data = some_bytes(2 * PIECE + 100)
    blob = media.get(here.store, a_photo(here, data))
    rng = random.Random(3)
    for _ in range(200):
        offset, most = rng.randrange(len(data)), rng.randrange(1, 3 * PIECE)
        assert media.read(here.store, blob, offset, most) == data[offset : offset + most]


def test_a_photo_and_its_record_are_stored_both_or_neither(here):
    with pytest.raises(Missing):
        media.capture(here.store, "photo", {"caption": "no commune"}, b"small")
    assert (media.pending_count(here.store), here.store.count("photo")) == (0, 0)
    with pytest.raises(media.BlobEmpty):
        a_photo(here, b"")
    with pytest.raises(media.BlobTooLarge):
        a_photo(here, bytes(limits.BLOB_BYTES_MAX + 1))
    with pytest.raises(UnknownEntity):
        media.capture(here.store, "visit", {"commune_code": HOME}, b"small")
    assert here.store.outbox.pending_count() == 0


def test_bytes_are_added_to_the_record_that_names_them_once(here):
    store = here.store
    names = {"commune_code": HOME, "sha256": sha256(b"scan").hexdigest()}
    record = here.put("document", **names).record_id
    for _ in range(2):
        blob = media.add(store, "document", record, b"scan")
        assert (blob.state, blob.size_bytes, blob.priority) == ("captured", 4, media.OTHER)
    with pytest.raises(media.BlobNotNamed):
        media.add(store, "document", record, b"other")
    with pytest.raises(NotFound):
        media.add(store, "document", bytes(16), b"scan")
    here.sync()
    assert send(here).verified == 1


def test_a_full_tablet_stores_neither_photo_nor_record(tmp_path):
    ids = iter(number.to_bytes(16, "big") for number in range(1, 100))
    clock = FakeClock(START)
    store = Store(tmp_path / "s.db", bytes(32), ENTITIES, clock=clock, ids=lambda: next(ids))
    with transaction(store.db):
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.login = "x"
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreFull):
        media.capture(store, "photo", {"commune_code": HOME}, some_bytes(500_000))
    assert (media.pending_count(store), store.outbox.pending_count()) == (0, 0)
    store.db.execute("PRAGMA max_page_count = 100000000")
    media.capture(store, "photo", {"commune_code": HOME}, some_bytes(500_000))
    store.close()
    assert b"photo" not in (tmp_path / "s.db").read_bytes()


def test_bytes_lie_encrypted(tmp_path):
    ids = iter(number.to_bytes(16, "big") for number in range(1, 100))
    store = Store(
        tmp_path / "s.db", bytes(32), ENTITIES, clock=FakeClock(START), ids=lambda: next(ids)
    )
    with transaction(store.db):
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.login = "x"
    media.capture(store, "photo", {"commune_code": HOME}, b"SECRET PICTURE" * 9_000)
    assert all(b"SECRET" not in path.read_bytes() for path in tmp_path.iterdir())
    store.close()


def test_a_cut_line_is_not_a_failure_of_the_exchange(here):
    a_photo(here, b"small")
    here.sync()
    here.line.cut = True
    assert send(here).code == "unreachable"
    with pytest.raises(Unreachable):
        upload_next(here.store, here.line)
