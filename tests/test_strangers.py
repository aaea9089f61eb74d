"""Who is not our server and answers in its place: proxies with a bound, pages that want a login."""

from __future__ import annotations

import io
import os
import random
from uuid import UUID

import pytest

from mobile_app import headless
from mobile_app.exchange import (
    connection,
    contact,
    courier,
    enrolment,
    history,
    orders,
    relay,
    runner,
    uploads,
)
from mobile_app.exchange.calls import Unreachable
from mobile_app.exchange.downloads import fetch
from mobile_app.store import media
from mobile_app.store.kept import BrokenReply
from sync import limits
from tests.line import Stranger, page
from tests.world import HOME

STRANGERS = {
    "a page": page(200, "Welcome"),
    "a redirect": page(302, "Found", "location: http://login.example/"),
    "an unknown page": page(404, "Not Found"),
    "a forbidden page": page(403, "Forbidden"),
    "a proxy's login": page(407, "Proxy Authentication Required"),
    "a taken place": page(409, "Conflict"),
    "a bad gateway": page(502, "Bad Gateway"),
    "a busy gateway": page(503, "Service Unavailable"),
    "a network's login": page(511, "Network Authentication Required"),
    "nothing": b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n",
    "another program": b"HTTP/1.1 401 No\r\ncontent-type: application/problem+json\r\n"
    b'content-length: 25\r\nconnection: close\r\n\r\n{"code":"device_unknown"}',
    "a bound": page(413, "Request Entity Too Large"),
}


@pytest.fixture(params=STRANGERS)
def stranger(request):
    stranger = Stranger(STRANGERS[request.param])
    yield stranger
    stranger.close()


@pytest.fixture
def here(world):
    """A tablet with work of every kind, whose server was reached before."""
    world.user("one", HOME)
    tablet = world.tablet("one")
    tablet.put("person", name_fr="Before", commune_code=HOME)
    tablet.sync()
    return tablet


@pytest.fixture
def line(here, stranger):
    with_keys = here.store
    with_keys.kept.url = stranger.url
    with_keys.kept.ca_pem = ""
    line = connection.connect(here.store)
    yield line
    line.close()


def test_a_stranger_enrols_nobody_and_refuses_nobody(stranger, tmp_path, capsys):
    arguments = ["--store", str(tmp_path), "enrol", stranger.url, "0000000000"]

    assert headless.main(arguments, {**os.environ}, io.StringIO()) == headless.UNREACHABLE
    assert stranger.asked == ["/sync/v1/enrol"]
    assert '"code"' in capsys.readouterr().out


def test_a_stranger_s_word_is_no_contact(here, line):
    here.put("person", name_fr="Waiting", commune_code=HOME)
    before = here.store.position()

    with pytest.raises(Unreachable):
        contact.make_contact(here.store, line, pause=lambda _s: pytest.fail("waits for more"))
    assert line.answer_count == 0
    assert here.store.position() == before
    assert here.store.outbox.pending_count() == 1


def test_a_stranger_settles_nothing_else(here, line, tmp_path):
    photo = media.capture(here.store, "photo", {"commune_code": HOME}, b"x" * 5_000).record_id
    here.sync()
    person = here.store.list("person")[0].record_id
    here.put("person", name_fr="In a letter", commune_code=HOME)
    letter = courier.export(here.store)
    relay.leave(here.store, tmp_path)
    here.store.kept.rescue_key = None

    assert uploads.send_all(here.store, line).code in ("unreachable", "body_too_large")
    with pytest.raises(Unreachable):
        courier.carry(line, letter)
    with pytest.raises(Unreachable):
        history.ask(here.store, line, "person", person)
    assert history.fetch(here.store, "person", person) == []
    enrolment.learn_keys(here.store, line)
    orders.confirm(line)

    assert media.get(here.store, photo).state == media.UPLOADING
    assert here.store.kept.rescue_key is None  # it is asked again
    assert relay.carry(line, [tmp_path]) == 0
    assert relay.is_waiting(tmp_path)
    assert not (tmp_path / "letter.answer").exists()


def test_a_stranger_s_page_is_no_photo(world, here, line):
    world.user("two", HOME)
    there = world.tablet("two")
    photo = media.capture(there.store, "photo", {"commune_code": HOME}, b"x" * 5_000).record_id
    there.sync()
    uploads.send_all(there.store, there.line)
    here.sync()

    with pytest.raises(Unreachable):
        fetch(here.store, line, "photo", photo)
    assert fetch(here.store, here.line, "photo", photo) == b"x" * 5_000


def test_a_reply_that_had_begun_is_not_lost_by_a_stranger(here, line):
    basis = runner.page_basis(here.store.position())
    here.store.kept.part = BrokenReply(1, bytes(20_000), [], basis)

    with pytest.raises(Unreachable):
        runner.exchange(here.store, line)
    assert here.store.kept.part.content == bytes(20_000)
    assert not here.store.kept.page_bytes


# A bound on the way

KB = 1024


def people(tablet, count, notes=0):
    """Write people in groups of one, incompressible; return their names."""
    rng = random.Random(7)
    names = [rng.randbytes(30).hex() for _ in range(count)]
    for name in names:
        tablet.put("person", name_fr=name, commune_code=HOME, landmark=rng.randbytes(90).hex())
    return names


def arrived(world, tablet):
    return {
        one.values["name_fr"]
        for one in tablet.store.list("person", limit=10_000)
        if one.state == "received" and world.get("person", one.record_id)
    }


@pytest.mark.parametrize("is_rude", [False, True])
def test_a_push_goes_in_parts_that_pass(world, here, is_rude):
    names = people(here, 400)
    here.line.body_bytes_max, here.line.is_rude = 6 * KB, is_rude
    for _ in range(20 if is_rude else 1):
        try:
            summary = here.sync()
        except Unreachable:
            assert is_rude
        else:
            break

    assert (summary.pending, summary.code) == (0, "")
    assert arrived(world, here) >= set(names)
    assert max(here.line.tried) > 20 * KB  # as much as one likes, at first
    assert len([one for one in here.line.tried if one > 6 * KB]) <= 6
    here.line.tried.clear()
    people(here, 100)
    here.sync()
    assert len([one for one in here.line.tried if one > 6 * KB]) <= 2  # it is not forgotten


def test_on_a_way_without_a_bound_a_push_grows_again(world, here):
    here.store.kept.body_bytes = limits.REQUEST_BYTES_LEAST
    for _ in range(12):
        people(here, 100)
        here.sync()

    assert here.store.kept.body_bytes > 16 * KB


def test_what_passes_nowhere_is_told_and_all_else_goes_on(world, here):
    world.user("two", HOME)
    there = world.tablet("two")
    photo = media.capture(here.store, "photo", {"commune_code": HOME}, bytes(50_000)).record_id
    here.sync()
    large = here.put(
        "visit",
        commune_code=HOME,
        outcome="done",
        notes="".join(map(chr, random.Random(3).choices(range(0x621, 0x64A), k=4_000))),
    ).record_id
    there.put("person", name_fr="News", commune_code=HOME)
    there.sync()
    here.line.body_bytes_max = 2 * KB

    made = contact.make_contact(here.store, here.line)

    assert (made.exchange.pending, made.exchange.code) == (1, "body_too_large")
    assert "News" in {one.values["name_fr"] for one in here.store.list("person")}
    assert media.get(here.store, photo).state != media.VERIFIED
    here.line.body_bytes_max = 4 * KB
    made = contact.make_contact(here.store, here.line)
    assert (made.exchange.pending, made.media.pending) == (0, 0)
    assert world.get("visit", large)["outcome"] == "done"


@pytest.mark.parametrize("is_rude", [False, True])
def test_a_photo_goes_in_pieces_that_pass(world, here, is_rude):
    data = random.Random(1).randbytes(300_000)
    photo = media.capture(here.store, "photo", {"commune_code": HOME}, data).record_id
    here.sync()
    here.line.body_bytes_max, here.line.is_rude = 20 * KB, is_rude
    here.line.tried.clear()
    for _ in range(20 if is_rude else 1):
        done = uploads.send_all(here.store, here.line)
        if not done.code:
            break

    assert media.get(here.store, photo).state == media.VERIFIED
    assert len([one for one in here.line.tried if one > 20 * KB]) == 4  # 256, 128, 64 and 32 kB
    assert world.files.read(media.get(here.store, photo).sha256) == data


def test_a_letter_too_large_for_the_way_keeps_no_other(here, tmp_path):
    class Way:
        def upload(self, _method, _path, body, _headers):
            here.line._require_line(body)
            return type("Answer", (), {"content": b"answer"})()

    large, small = tmp_path / "a", tmp_path / "b"
    for folder, size in ((large, 9 * KB), (small, KB)):
        folder.mkdir()
        (folder / "letter").write_bytes(bytes(size))
    here.line.body_bytes_max = 4 * KB

    assert relay.carry(Way(), [large, small]) == 1
    assert relay.is_waiting(large)
    assert (small / "letter.answer").exists()


def test_the_server_s_own_answers_are_known_as_such(world, here):
    from tests.world import call

    answered = call(world.blobs, "GET", f"/sync/v1/blobs/{UUID(int=7).hex}", headers={})
    assert answered.headers["sync"] == "1"
