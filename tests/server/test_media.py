"""Blobs on the server: what is on disk is what is said, and bytes go to those who may see them."""

# Long: what the server promises of an upload, an example each, looked up by its name.

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import threading
from base64 import b64encode
from hashlib import sha256

import msgspec
import pytest
import sqlalchemy as sa

from server.accounts import devices
from server.db.engine import Engines, StoreFull
from server.db.tables import TABLES
from server.db.work import Database
from server.exchange.routes import BLOBS_PATH
from server.media.commands import Uploads
from server.media.queries import Wanted
from server.media.routes import MediaEndpoint, blobs_app
from server.media.store import BlobFiles
from sync import limits, scopes
from sync.errors import Refusal
from tests.world import FAR, HOME, NEAR, call, sign

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
DATA = random.Random(5).randbytes(1_000)


@pytest.fixture
def here(world):
    world.user("one", HOME)
    return world.tablet("one")


def a_photo(tablet, data=DATA, entity="photo", **more):
    """Put the record of `data` and send it. Returns its id."""
    values = {"commune_code": HOME, "sha256": sha256(data).hexdigest(), **more}
    record_id = tablet.put(entity, **values).record_id
    tablet.sync()
    return record_id


def metadata(record_id, data=DATA, entity="photo"):
    named = {"entity": entity.encode(), "record": record_id, "sha256": sha256(data).digest()}
    return ",".join(f"{name} {b64encode(value).decode()}" for name, value in named.items())


def ask(tablet, method, path, body=b"", **headers):
    """Make a signed call as the tablet. `headers`: with _ for -."""
    given = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    signed = {"Sync-Auth": sign(tablet.store, tablet.line.next_counter(), body, path, method)}
    kind = PIECE if body or method == "PATCH" else TUS
    return call(tablet.world.blobs, method, path, body, {**kind, **signed, **given})


def begin(tablet, record_id, data=DATA, body=b"", entity="photo"):
    about = metadata(record_id, data, entity)
    return ask(tablet, "POST", BLOBS_PATH, body, Upload_Length=len(data), Upload_Metadata=about)


def patch(tablet, address, offset, body, **headers):
    return ask(tablet, "PATCH", address, body, Upload_Offset=offset, **headers)


def offset_of(tablet, address):
    return int(ask(tablet, "HEAD", address).headers["upload-offset"])


def get(tablet, data=DATA):
    return ask(tablet, "GET", f"{BLOBS_PATH}/{sha256(data).hexdigest()}")


def code_of(response):
    return msgspec.json.decode(response.content)["code"]


def device_of(world, tablet):
    table = TABLES.device
    with world.engines.read() as connection:
        query = sa.select(table).where(table.c.id == tablet.store.kept.device_id)
        return connection.execute(query).one()


def wanted(record_id, data=DATA):
    return Wanted("photo", record_id, sha256(data).digest(), len(data))


# The way of all bytes


@pytest.mark.parametrize("entity", ["photo", "document"])
def test_a_whole_upload_is_checked_kept_and_read_back(world, here, entity):
    record = a_photo(here, entity=entity)
    begun = begin(here, record, entity=entity)
    address = begun.headers["location"]

    half = patch(here, address, 0, DATA[:400])
    done = patch(here, address, 400, DATA[400:])

    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")
    assert (half.status_code, half.headers["upload-offset"]) == (204, "400")
    assert "upload-complete" not in half.headers
    assert (done.headers["upload-offset"], done.headers["upload-complete"]) == ("1000", "?1")
    assert get(here).content == DATA
    assert world.files.uploads() == []


def test_a_small_photo_is_one_request(here):
    done = begin(here, a_photo(here), body=DATA)
    assert (done.status_code, done.headers["upload-complete"]) == (201, "?1")
    assert get(here).content == DATA


def test_a_beginning_whose_reply_was_lost_is_answered_with_how_far_it_came(here):
    record = a_photo(here)
    first = begin(here, record, body=DATA[:300])
    again = begin(here, record, body=DATA[:300])
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["upload-offset"] == "300"
    patch(here, first.headers["location"], 300, DATA[300:])
    assert begin(here, record).headers["upload-complete"] == "?1"


def test_an_upload_says_how_far_it_is(here):
    address = begin(here, a_photo(here), body=DATA[:300]).headers["location"]
    told = ask(here, "HEAD", address)
    assert told.status_code == 200
    assert told.content == b""
    assert told.headers["upload-offset"] == "300"
    assert told.headers["upload-length"] == "1000"
    assert told.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "part", "where"),
    [
        ("bytes=0-", DATA, "bytes 0-999/1000"),
        ("bytes=400-", DATA[400:], "bytes 400-999/1000"),
        ("bytes=400-499", DATA[400:500], "bytes 400-499/1000"),
        ("bytes=990-5000", DATA[990:], "bytes 990-999/1000"),
        ("bytes=-10", DATA[990:], "bytes 990-999/1000"),
        ("bytes=-5000", DATA, "bytes 0-999/1000"),
    ],
)
def test_a_part_of_the_bytes_is_given(here, asked, part, where):
    begin(here, a_photo(here), body=DATA)
    told = ask(here, "GET", f"{BLOBS_PATH}/{sha256(DATA).hexdigest()}", Range=asked)
    assert (told.status_code, told.headers["content-range"]) == (206, where)
    assert told.content == part


def test_a_range_that_cannot_be_read_gives_all_and_one_beyond_the_end_is_refused(here):
    begin(here, a_photo(here), body=DATA)
    path = f"{BLOBS_PATH}/{sha256(DATA).hexdigest()}"
    for asked in ("bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=²-"):
        assert ask(here, "GET", path, Range=asked).content == DATA
    for asked in ("bytes=1000-", "bytes=-0", "bytes=5-4"):
        refused = ask(here, "GET", path, Range=asked)
        assert (refused.status_code, code_of(refused)) == (416, "blob_range_wrong")
        assert refused.headers["content-range"] == "bytes */1000"


def test_options_say_what_is_served_without_a_signature(world, here):
    told = call(world.blobs, "OPTIONS", BLOBS_PATH, headers={})
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,creation-with-upload,checksum"
    assert told.headers["tus-max-size"] == str(limits.BLOB_BYTES_MAX)


# What cannot be, and changes nothing


def test_a_piece_at_the_wrong_offset_is_told_the_right_one(here):
    address = begin(here, a_photo(here), body=DATA[:300]).headers["location"]
    for offset in (0, 299, 301, 1_000):
        refused = patch(here, address, offset, DATA[:10])
        assert (refused.status_code, code_of(refused)) == (409, "upload_offset_wrong")
        assert refused.headers["upload-offset"] == "300"
    assert offset_of(here, address) == 300


def test_a_piece_that_is_not_its_checksum_is_not_stored(here):
    address = begin(here, a_photo(here)).headers["location"]
    right = "sha256 " + b64encode(sha256(DATA[:10]).digest()).decode()
    refused = patch(here, address, 0, DATA[1:11], Upload_Checksum=right)
    assert (refused.status_code, code_of(refused)) == (460, "upload_checksum_wrong")
    assert patch(here, address, 0, DATA[:10], Upload_Checksum="md5 AAAA").status_code == 400
    assert offset_of(here, address) == 0
    taken = patch(here, address, 0, DATA[:10], Upload_Checksum=right)
    assert taken.headers["upload-offset"] == "10"


def test_more_than_was_announced_is_refused(here):
    record = a_photo(here)
    refused = begin(here, record, body=DATA + b"x")
    assert (refused.status_code, code_of(refused)) == (413, "upload_too_long")
    address = begin(here, record, body=DATA[:300]).headers["location"]
    refused = patch(here, address, 300, DATA[300:] + b"x")
    assert (refused.status_code, code_of(refused)) == (413, "upload_too_long")
    assert offset_of(here, address) == 300


def test_bytes_that_are_not_those_of_the_hash_are_discarded_and_it_is_said(world, here):
    record = a_photo(here)
    address = begin(here, record, body=DATA[:300]).headers["location"]
    refused = patch(here, address, 300, bytes(700))
    assert (refused.status_code, code_of(refused)) == (422, "blob_hash_wrong")
    assert ask(here, "HEAD", address).status_code == 404
    assert get(here).status_code == 404
    assert world.files.uploads() == []
    assert begin(here, record, body=DATA).headers["upload-complete"] == "?1"


def test_too_large_a_photo_and_too_large_a_piece_are_refused(here):
    record = a_photo(here)
    about = metadata(record)
    refused = ask(here, "POST", BLOBS_PATH, Upload_Length=8 * 2**20 + 1, Upload_Metadata=about)
    assert (refused.status_code, code_of(refused)) == (413, "blob_too_large")
    address = begin(here, record).headers["location"]
    refused = patch(here, address, 0, bytes(2**20 + 1))
    assert (refused.status_code, code_of(refused)) == (413, "too_large")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412, "tus_version_wrong"),
        ({"Content-Type": "text/plain"}, 415, "piece_type_wrong"),
        ({"Upload-Offset": "-1"}, 400, "malformed"),
        ({"Upload-Offset": "²"}, 400, "malformed"),
        ({"Upload-Offset": ""}, 400, "malformed"),
    ],
)
def test_a_piece_must_say_what_tus_asks_for(here, headers, status, code):
    address = begin(here, a_photo(here)).headers["location"]
    given = {"Upload-Offset": "0", **headers}
    refused = ask(here, "PATCH", address, b"x", **given)
    assert (refused.status_code, code_of(refused)) == (status, code)


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Metadata": ""},
        {"Upload-Metadata": "entity !!!"},
        {"Upload-Length": "0"},
        {"Upload-Length": ""},
        {"Upload-Metadata": "entity cGhvdG8=,record AAAA,sha256 AAAA"},
    ],
)
def test_a_beginning_must_be_readable(here, headers):
    given = {"Upload-Length": "9", "Upload-Metadata": metadata(a_photo(here)), **headers}
    assert code_of(ask(here, "POST", BLOBS_PATH, **given)) == "malformed"


def test_a_problem_is_told_in_the_language_asked_for(here):
    path = f"{BLOBS_PATH}/{bytes(16).hex()}"
    told = ask(here, "PATCH", path, b"x", Upload_Offset=0, Accept_Language="ar")
    assert told.headers["content-type"] == "application/problem+json"
    assert "الإرسال" in msgspec.json.decode(told.content)["detail"]


def broken(tablet, address, offset, body, arrived, claimed=None):
    """Send a piece of which only the first `arrived` bytes come."""
    checksum = b64encode(sha256(claimed or body).digest()).decode()
    signed = sign(tablet.store, tablet.line.next_counter(), claimed or body, address, "PATCH")
    headers = {**PIECE, "Upload-Offset": str(offset), "Sync-Auth": signed}
    if claimed != b"":
        headers["Upload-Checksum"] = f"sha256 {checksum}"
    return call(tablet.world.blobs, "PATCH", address, body, headers, arrived=arrived)


def test_what_came_of_a_piece_whose_line_broke_is_kept(world, here):
    address = begin(here, a_photo(here), body=DATA[:300]).headers["location"]
    broken(here, address, 300, DATA[300:], 200)
    assert offset_of(here, address) == 500
    broken(here, address, 500, DATA[500:], 0)
    assert offset_of(here, address) == 500
    assert patch(here, address, 500, DATA[500:]).headers["upload-complete"] == "?1"
    assert get(here).content == DATA


def test_a_piece_that_does_not_say_its_hash_leaves_nothing_when_its_line_breaks(here):
    address = begin(here, a_photo(here), body=DATA[:300]).headers["location"]
    broken(here, address, 300, DATA[300:], 200, claimed=b"")
    assert offset_of(here, address) == 300


def slowly(tablet, address, body, claimed):
    """Send a piece in four parts, each when the one before is on disk. Returns the status."""
    world, quarter = tablet.world, len(body) // 4
    blobs = blobs_app(
        MediaEndpoint(world.database, world.uploads, world.endpoint.counters), stored_every_s=0.01
    )
    signed = sign(tablet.store, tablet.line.next_counter(), claimed, address, "PATCH")
    headers = {
        **PIECE,
        "Upload-Offset": "0",
        "Sync-Auth": signed,
        "Upload-Checksum": f"sha256 {b64encode(sha256(claimed).digest()).decode()}",
    }
    parts = [body[at : at + quarter] for at in range(0, len(body), quarter)]
    on_disk = []

    async def wait():
        """Let the part before be stored, however busy the machine is."""
        for _ in range(2_000):
            size = world.files.size(bytes.fromhex(address[-32:]))
            if size >= min(len(on_disk), 3) * quarter:
                break
            await asyncio.sleep(0.01)
        on_disk.append(size)

    status = call(blobs, "PATCH", address, body, headers, parts=parts, wait=wait).status_code
    assert on_disk[:4] == [0, quarter, 2 * quarter, 3 * quarter]
    return status


def test_a_slow_piece_is_stored_as_it_comes(here):
    address = begin(here, a_photo(here)).headers["location"]
    assert slowly(here, address, DATA, DATA) == 204
    assert get(here).content == DATA


def test_a_slow_piece_that_is_not_what_it_said_is_given_up(here):
    address = begin(here, a_photo(here)).headers["location"]
    assert slowly(here, address, DATA[:-1] + b"!", DATA) == 460
    assert offset_of(here, address) == 0
    assert patch(here, address, 0, DATA).headers["upload-complete"] == "?1"


# Who may


def test_another_device_does_not_know_of_an_upload(world, here):
    world.user("two", HOME)
    there = world.tablet("two")
    address = begin(here, a_photo(here), body=DATA[:300]).headers["location"]
    for told in (ask(there, "HEAD", address), patch(there, address, 300, DATA[300:])):
        assert told.status_code == 404
    unknown = f"{BLOBS_PATH}/{bytes(16).hex()}"
    assert code_of(patch(there, address, 300, b"x")) == code_of(patch(there, unknown, 0, b"x"))
    assert offset_of(here, address) == 300


def test_a_request_unsigned_repeated_or_forged_is_turned_away(world, here):
    record = a_photo(here)
    address = begin(here, record).headers["location"]
    counter = here.line.next_counter()
    header = sign(here.store, counter, DATA[:9], address, "PATCH")
    headers = {**PIECE, "Sync-Auth": header, "Upload-Offset": "0"}
    assert call(world.blobs, "PATCH", address, DATA[:8], headers).status_code == 401
    assert call(world.blobs, "PATCH", address, DATA[:9], PIECE).status_code == 401
    assert call(world.blobs, "PATCH", address, DATA[:9], headers).status_code == 204
    replayed = call(world.blobs, "PATCH", address, DATA[:9], headers)
    assert (replayed.status_code, code_of(replayed)) == (401, "counter_old")
    assert offset_of(here, address) == 9


def test_a_revoked_device_sends_nothing(world, here):
    record = a_photo(here)
    world.database.write(
        lambda work: devices.set_status(work, here.store.kept.device_id, devices.Status.REVOKED)
    )
    assert code_of(begin(here, record)) == "device_revoked"


def test_only_a_record_that_names_the_hash_takes_its_bytes(world, here):
    record = a_photo(here)
    assert code_of(begin(here, record, data=b"other")) == "blob_not_named"
    assert code_of(begin(here, bytes(16))) == "record_unknown"
    assert code_of(begin(here, record, entity="visit")) == "record_unknown"
    assert code_of(begin(here, record, entity="document")) == "record_unknown"
    nameless = here.put("photo", commune_code=HOME).record_id
    here.sync()
    assert code_of(begin(here, nameless)) == "blob_not_named"


def test_other_territories_neither_read_nor_write(world, here):
    world.user("far", FAR)
    world.user("near", NEAR)
    record = a_photo(here)
    begin(here, record, body=DATA)
    for login in ("far", "near"):
        stranger = world.tablet(login)
        assert code_of(get(stranger)) == "blob_unknown"
        assert code_of(begin(stranger, record)) == "record_unknown"
    world.user("two", HOME)
    there = world.tablet("two")
    assert get(there).content == DATA
    world.revoke("two", HOME)
    assert get(there).status_code == 404


def test_what_was_captured_arrives_after_the_commune_was_taken_away(world, here):
    record = a_photo(here)
    world.revoke("one", HOME)
    assert begin(here, record, body=DATA).headers["upload-complete"] == "?1"
    assert get(here).status_code == 404


def test_a_deleted_record_shows_nothing(world, here):
    record = a_photo(here)
    begin(here, record, body=DATA)
    world.database.write(lambda work: work.delete("photo", record))
    assert get(here).status_code == 404


def test_bytes_that_the_agent_may_read_already_are_not_asked_for_again(world, here):
    world.user("two", HOME)
    there = world.tablet("two")
    begin(here, a_photo(here), body=DATA)
    other = a_photo(there)
    assert begin(there, other).headers["upload-complete"] == "?1"


def test_a_hash_alone_tells_nothing_and_opens_nothing(world, here):
    """One who knows a hash writes a record that names it: no word of the bytes, no bytes."""
    world.user("far", FAR)
    stranger = world.tablet("far")
    begin(here, a_photo(here), body=DATA)
    guessed = a_photo(stranger, commune_code=FAR)

    told = begin(stranger, guessed)

    assert told.headers["upload-offset"] == "0"
    assert "upload-complete" not in told.headers
    assert get(stranger).status_code == 404
    sent = patch(stranger, told.headers["location"], 0, DATA)
    assert sent.headers["upload-complete"] == "?1"
    assert get(stranger).content == DATA


def test_a_device_sends_no_more_than_its_quota(world, here):
    world.serve_blobs(quota_bytes=1_500)
    other = random.Random(6).randbytes(600)
    begin(here, a_photo(here), body=DATA)
    record = a_photo(here, other)
    refused = begin(here, record, other)
    assert (refused.status_code, code_of(refused)) == (429, "upload_quota_full")
    world.now += 31 * scopes.DAY_MS
    assert begin(here, record, other).status_code == 201


# Races, crashes, full disks


def test_of_two_pieces_at_one_offset_one_wins(world, here):
    record = a_photo(here, data=bytes(4_000))
    device = device_of(world, here)
    upload = world.uploads.begin(device, wanted(record, bytes(4_000))).upload_id
    # A second set of engines and files stands for another process.
    engines = Engines(str(world.engines.writing.url.render_as_string(hide_password=False)))
    database = Database(engines, TABLES, clock=lambda: world.now, ids=world.new_id)
    elsewhere = Uploads(database, BlobFiles(world.files._uploads.parent))
    for offset in range(0, 3_000, 500):
        gate, ends = threading.Barrier(6), []

        def send(number, offset=offset, gate=gate, ends=ends):
            uploads = (world.uploads, elsewhere)[number % 2]
            gate.wait()
            try:
                uploads.append(device, upload, offset, bytes([number]) * 500)
                ends.append(number)
            except Refusal as refusal:
                ends.append((refusal.code, refusal.values["offset"]))

        hands = [threading.Thread(target=send, args=(number,)) for number in range(6)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()

        (winner,) = [end for end in ends if isinstance(end, int)]
        assert ends.count(("upload_offset_wrong", offset + 500)) == 5
        content = world.files._upload(upload).read_bytes()
        assert content[offset:] == bytes([winner]) * 500
    engines.close()


def test_two_beginnings_at_once_are_one_upload(world, here):
    record = a_photo(here)
    device = device_of(world, here)
    gate, ids = threading.Barrier(4), []

    def start():
        gate.wait()
        ids.append(world.uploads.begin(device, wanted(record)).upload_id)

    hands = [threading.Thread(target=start) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


class Killed(BlobFiles):
    """Files whose process is killed at a certain step, as by `kill -9`."""

    at = ""

    def append(self, upload_id, offset, content):
        if self.at == "before the bytes are on disk":
            self._upload(upload_id).open("ab").write(content[:50])
            os.kill(os.getpid(), signal.SIGKILL)
        super().append(upload_id, offset, content)
        if self.at == "before the offset is written":
            os.kill(os.getpid(), signal.SIGKILL)

    def keep(self, upload_id, sha256):
        if self.at == "before the rename":
            os.kill(os.getpid(), signal.SIGKILL)
        kept = super().keep(upload_id, sha256)
        os.kill(os.getpid(), signal.SIGKILL)
        return kept


@pytest.mark.parametrize(
    ("at", "offset"),
    [
        ("before the bytes are on disk", 300),
        ("before the offset is written", 300),
        ("before the rename", 1_000),
        ("after the rename", 1_000),
    ],
)
def test_a_server_killed_while_it_stores_a_piece_goes_on_where_it_was(world, here, at, offset):
    record = a_photo(here)
    address = begin(here, record, body=DATA[:300]).headers["location"]
    device, upload = device_of(world, here), bytes.fromhex(address.split("/")[-1])
    url = world.engines.writing.url.render_as_string(hide_password=False)

    def store_and_die():
        database = Database(Engines(url), TABLES, clock=lambda: world.now, ids=world.new_id)
        files = Killed(world.files._uploads.parent)
        files.at = at
        Uploads(database, files).append(device, upload, 300, DATA[300:])

    child = multiprocessing.get_context("fork").Process(target=store_and_die)
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    assert world.uploads.purge() == 0

    told = ask(here, "HEAD", address)
    assert int(told.headers["upload-offset"]) == offset
    if offset == 300:
        assert get(here).status_code == 404
        patch(here, address, 300, DATA[300:310])
        assert world.files.size(upload) == 310
        told = patch(here, address, 310, DATA[310:])
    assert told.headers["upload-complete"] == "?1"
    assert get(here).content == DATA
    assert world.files.uploads() == []


def test_a_full_disk_takes_nothing_and_the_upload_goes_on_later(world, here):
    """`/dev/full` in the file's place: each write to it fails for want of room."""
    record = a_photo(here)
    address = begin(here, record).headers["location"]
    device, upload = device_of(world, here), bytes.fromhex(address.split("/")[-1])
    file = world.files._upload(upload)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.symlink_to("/dev/full")
    with pytest.raises(StoreFull):
        world.uploads.append(device, upload, 0, DATA)
    refused = patch(here, address, 0, DATA)
    assert (refused.status_code, code_of(refused)) == (507, "server_full")
    assert offset_of(here, address) == 0
    file.unlink()
    assert patch(here, address, 0, DATA).headers["upload-complete"] == "?1"


def test_files_lost_from_the_disk_are_asked_for_again(world, here):
    record = a_photo(here)
    address = begin(here, record, body=DATA[:300]).headers["location"]
    world.files.discard(bytes.fromhex(address.split("/")[-1]))
    assert offset_of(here, address) == 0
    patch(here, address, 0, DATA)
    world.files.sealed.remove(sha256(DATA).digest())
    assert get(here).status_code == 404
    assert begin(here, record, body=DATA).headers["upload-complete"] == "?1"
    assert get(here).content == DATA


def test_what_nobody_continues_is_forgotten_and_nothing_else(world, here):
    whole = a_photo(here)
    begin(here, whole, body=DATA)
    other, fresh = (random.Random(seed).randbytes(500) for seed in (7, 8))
    stale = begin(here, a_photo(here, other), other, body=other[:9]).headers["location"]
    stray = b"\x09" * 16
    world.files.append(stray, 0, b"of no row")
    world.now += 31 * scopes.DAY_MS
    kept = begin(here, a_photo(here, fresh), fresh, body=fresh[:9]).headers["location"]

    assert world.uploads.purge() == 2
    assert world.uploads.purge() == 0

    assert ask(here, "HEAD", stale).status_code == 404
    assert offset_of(here, kept) == 9
    assert get(here).content == DATA
    assert [upload.hex() for upload in world.files.uploads()] == [kept.split("/")[-1]]


def test_a_wrong_length_announced_is_put_right(here):
    record = a_photo(here)
    about = metadata(record)
    ask(here, "POST", BLOBS_PATH, DATA[:5], Upload_Length=2_000, Upload_Metadata=about)
    assert begin(here, record, body=DATA).headers["upload-complete"] == "?1"
