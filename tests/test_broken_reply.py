"""A line that breaks in a long reply: what came of it is not paid for again."""

import os
import socket
import threading

import pytest

from mobile_app.exchange.calls import Part, Unreachable
from mobile_app.exchange.transport import Transport
from mobile_app.store.kept import PageBasis
from server.db.records import NotFound
from server.exchange import snapshots
from sync import limits, replies
from sync.errors import Malformed, RemoteSyncError
from tests.world import HOME, NEAR, sign

PEOPLE = 700
MINUTE_MS = 60_000


def add_people(tablet, count, commune=HOME):
    for _ in range(count):
        tablet.put("person", name_fr=os.urandom(30).hex(), commune_code=commune)


@pytest.fixture
def filled(world):
    """A tablet whose commune has people enough for a reply of some 24 kB."""
    world.user("one", HOME)
    world.user("two", HOME)
    tablet = world.tablet("one")
    add_people(tablet, PEOPLE)
    tablet.sync()
    return tablet


def broken(world, *breaks_after):
    """A new tablet whose first reply broke off there, and the rest of it again."""
    tablet = world.tablet("two")
    tablet.line.breaks_after = list(breaks_after)
    for _ in breaks_after:
        with pytest.raises(Unreachable):
            tablet.sync()
    return tablet


def people_of(tablet):
    return sorted(one.values["name_fr"] for one in tablet.store.list("person", limit=10_000))


@pytest.fixture
def whole_bytes(world, filled):
    """What a first sync brings on a line that holds, and that it is one reply."""
    tablet = world.tablet("two")
    tablet.sync()
    assert len(tablet.line.bytes_down) == 1
    return tablet.line.bytes_down[0]


@pytest.mark.parametrize("breaks_after", [(8_192,), (20_000,), (9_000, 1, 0, 4_000, 10_000)])
def test_no_byte_comes_twice_wherever_the_line_breaks(world, filled, whole_bytes, breaks_after):
    tablet = broken(world, *breaks_after)
    done = tablet.sync()

    assert abs(sum(tablet.line.bytes_down) - whole_bytes) < 40  # other moments, other signatures
    assert done.received > PEOPLE
    assert done.round_trips == 0  # nothing was asked for anew
    assert people_of(tablet) == people_of(filled)
    assert tablet.store.kept.part is None
    assert not tablet.store.kept.page_bytes  # nothing was lost, so no less is asked for
    assert tablet.sync().received == 0


def test_what_a_push_is_answered_goes_on_too(world, filled):
    tablet = world.tablet("two")
    mine = tablet.put("person", name_fr="Mine", commune_code=HOME).record_id
    tablet.line.breaks_after = [9_000]
    with pytest.raises(Unreachable):
        tablet.sync()
    later = tablet.put("person", name_fr="Later", commune_code=HOME).record_id
    done = tablet.sync()

    assert (done.pending, done.held) == (0, 0)
    assert world.get("person", mine)["name_fr"] == "Mine"
    assert world.get("person", later)["name_fr"] == "Later"


def keep_other(tablet, **other):
    tablet.store.kept.part = tablet.store.kept.part._replace(**other)


ELSEWHERE = PageBasis(b"another", 1, b"state", 0, [], [])
OBSTACLES = {
    "the server started anew": lambda world, _: world.restart(),
    "too long ago": lambda world, _: setattr(world, "now", world.now + 11 * MINUTE_MS),
    "its beginning is another's": lambda _, tablet: keep_other(tablet, content=bytes(20_000)),
    "the tablet stands elsewhere": lambda _, tablet: keep_other(tablet, basis=ELSEWHERE),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_cannot_go_on_is_asked_for_anew_in_less(world, filled, obstacle):
    tablet = broken(world, 20_000)
    OBSTACLES[obstacle](world, tablet)
    tablet.sync()

    assert people_of(tablet) == people_of(filled)
    assert tablet.store.kept.part is None
    assert tablet.store.kept.page_bytes == limits.PAGE_BYTES // 2


def test_a_short_reply_is_sooner_sent_again(world, filled):
    tablet = broken(world, limits.REPLY_KEPT_BYTES - 1)
    assert tablet.store.kept.part is None
    assert tablet.store.kept.page_bytes == limits.PAGE_BYTES // 2


def rest_for(world, tablet, counter, offset=0):
    path = f"{replies.PATH}/{counter}/{offset}"
    header = sign(tablet.store, tablet.line.next_counter(), b"", path, "GET")
    return world.endpoint.answer("GET", path, header, b"")


def test_a_reply_is_for_the_tablet_that_asked(world, filled):
    tablet, other = broken(world, 20_000), world.tablet("two")
    counter = tablet.store.kept.part[0]
    with pytest.raises(NotFound):
        rest_for(world, other, counter)
    with pytest.raises(NotFound):
        rest_for(world, tablet, counter + 1)
    with pytest.raises(Malformed):
        rest_for(world, tablet, counter, "-1")
    mark, content = (found := rest_for(world, tablet, counter))[:16], found[16:]
    assert replies.mark(content) == mark


def test_a_commune_taken_meanwhile_ends_a_reply_that_has_it(world, filled):
    world.grant("one", NEAR)
    world.grant("two", NEAR)
    add_people(filled, 1, NEAR)
    filled.sync()
    tablet = broken(world, 20_000)
    counter = tablet.store.kept.part[0]
    world.revoke("two", HOME)
    with pytest.raises(NotFound):
        rest_for(world, tablet, counter)
    tablet.sync()
    assert len(people_of(tablet)) == 1


def test_a_snapshot_that_a_line_cannot_carry_comes_in_pages(world, filled):
    snapshots.build(world.database)
    tablet = world.tablet("two")
    send, sizes = tablet.line.send, []

    def cut(body):
        world.restart()  # and the server keeps nothing
        answer = send(body)
        sizes.append(len(answer))
        if len(answer) > 12_000:
            raise Unreachable("broken", is_broken=True)
        return answer

    tablet.line.send = cut
    for _ in range(40):
        try:
            tablet.sync()
            break
        except Unreachable:
            continue
    assert max(sizes) > 20_000  # the snapshot, as it was first sent
    assert people_of(tablet) == people_of(filled)


class Server:
    """Answers one connection after the other, then hangs up."""

    def __init__(self, *answers):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = []
        threading.Thread(target=self._serve, args=(answers,), daemon=True).start()

    def _serve(self, answers):
        for length, content in answers:
            line, _ = self._listener.accept()
            self.asked.append(line.recv(65_536).split(b"\r\n")[0].decode())
            head = b"HTTP/1.1 200 OK\r\nsync: 1\r\nconnection: close\r\n"
            head += b"content-length: %d\r\n\r\n" % length
            line.sendall(head + content)
            line.close()


class Counting:
    counter = 0

    def next(self):
        self.counter += 1
        return self.counter


class Signing:
    def sign(self, _content):
        return bytes(64)


def test_a_transport_gives_what_had_come_and_asks_for_what_had_not():
    whole = os.urandom(1_000)
    mark = replies.mark(whole)
    server = Server(
        (1_000, whole[:300]),
        (716, mark + whole[300:500]),
        (716, mark[:10]),
        (516, mark + whole[500:]),
        (516, mark + bytes(500)),
    )
    transport = Transport(server.url, key=Signing(), counter=Counting())
    with pytest.raises(Unreachable) as first:
        transport.send(b"body")
    assert first.value.part == Part(1, whole[:300])
    with pytest.raises(Unreachable) as second:
        transport.rest(first.value.part)
    assert second.value.part == Part(1, whole[:500])
    with pytest.raises(Unreachable) as third:
        transport.rest(first.value.part)
    assert third.value.part == first.value.part
    assert transport.rest(second.value.part) == whole
    with pytest.raises(RemoteSyncError):
        transport.rest(second.value.part)
    assert server.asked[:2] == ["POST /sync/v1 HTTP/1.1", "GET /sync/v1/replies/1/300 HTTP/1.1"]
    assert transport.traffic.round_trips == 5
    transport.close()
