"""Clients that take for ever: each wait ends, and whoever is merely slow comes through."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from server import serving
from server.serving import Bounds

QUICK = Bounds(
    header_s=0.15,
    header_bytes=4_000,
    silent_s=0.2,
    pace_bytes=1_000,
    idle_s=0.3,
    connections=4,
    connections_each=3,
)
FORM = b"POST /desk HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = 20_000_000


async def app(scope, receive, send):
    """Answer with the size of the body; `/long` with much, `/early` before the body has come."""
    assert scope["type"] == "http"
    size, more = 0, scope["path"] != "/early"
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        size += len(event["body"])
        more = event["more_body"]
    content = bytes(LONG) if scope["path"] == "/long" else str(size).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


class Served:
    """A server of its own, in a thread, on a free port."""

    def __init__(self, bounds, app=app):
        config = serving.config(app, "127.0.0.1", 0, bounds)
        config.lifespan = "off"
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.open = contextlib.ExitStack()

    def connect(self, *sent):
        here = self.open.enter_context(socket.create_connection(("127.0.0.1", self.port)))
        here.settimeout(5)
        for one in sent:
            here.sendall(one)
        return here

    def stop(self):
        self.open.close()
        self.server.should_exit = True
        self.thread.join()


@pytest.fixture
def served():
    one = Served(QUICK)
    yield one
    one.stop()


def is_closed(here):
    """Whether the server ends a connection, whatever it says before."""
    with contextlib.suppress(ConnectionError):
        while here.recv(1 << 20):
            pass
    return True


def answer(here):
    """Return a short answer's body."""
    came = b""
    while not came.partition(b"\r\n\r\n")[2]:
        part = here.recv(1 << 16)
        assert part, "closed"
        came += part
    return came.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [b"G"],
        [b"POST /desk HTTP/1.1\r\nHost: x\r\nContent-Le"],
        [FORM],
        [FORM, b"name="],
        [ASK],
        [ASK, b"\r\n"],
        [ASK, b"G"],
        [b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nab"],
        [
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\na\r\n0\r\nX: ",
        ],
        [FORM.replace(b"/desk", b"/early"), b"name="],
        [b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"],
    ],
    ids=repr,
)
def test_what_is_not_gone_on_with_ends(served, sent):
    here = served.connect(*sent)
    assert is_closed(here)


def test_who_reads_nothing_is_not_waited_for(served):
    here = served.connect(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
    deadline = time.monotonic() + 5
    while served.server.server_state.connections and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not served.server.server_state.connections
    here.close()


def drip(here, part, pause_s):
    """Send a little again and again until the server has enough of it; False if it never does."""
    with contextlib.suppress(ConnectionError, TimeoutError):
        here.settimeout(pause_s)
        for _ in range(200):
            here.sendall(part)
            with contextlib.suppress(TimeoutError):
                return here.recv(1) == b""
        return False
    return True


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\n", FORM], ids=["header", "body"])
def test_a_byte_now_and_then_keeps_nothing_open(served, begun):
    part = b"X-A: b\r\n" if begun != FORM else b"x"
    assert drip(served.connect(begun), part, 0.04)


def test_a_slow_line_with_cuts_comes_through(served):
    """Twice the least pace, and silent for most of what is borne each time."""
    here = served.connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n")
    for _ in range(5):
        here.sendall(bytes(300))
        time.sleep(0.12)
    assert answer(here) == b"1500"


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HTTP/1.1\r\nX: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
    ],
)
def test_a_header_without_end_is_not_kept(served, begun):
    here = served.connect(begun)
    with contextlib.suppress(ConnectionError):
        for _ in range(20):
            here.sendall(b"x" * 1_000)
            time.sleep(0.005)
    assert is_closed(here)


def test_a_large_body_in_one_go_is_no_header(served):
    here = served.connect(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + bytes(50_000)
    )
    assert answer(here) == b"50000"


@pytest.mark.parametrize(
    "length",
    [b"x", b"-1", b"1\r\nContent-Length: 2", b"99999999999999999999999",
     b"1\r\nTransfer-Encoding: chunked"],
)  # fmt: skip
def test_a_length_that_means_two_things_is_refused(served, length):
    here = served.connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
    assert here.recv(100).startswith(b"HTTP/1.1 400")


def test_an_idle_connection_is_used_again(served):
    here = served.connect()
    for _ in range(4):
        here.sendall(ASK)
        assert answer(here) == b"0"
        time.sleep(0.1)


def test_who_comes_takes_the_place_of_who_waits():
    served = Served(Bounds(connections=3))
    try:
        idle = served.connect(ASK)
        assert answer(idle) == b"0"
        served.connect(b"G"), served.connect(FORM)
        for _ in range(5):
            here = served.connect(ASK)
            assert answer(here) == b"0"
        assert is_closed(idle)
        assert len(served.server.server_state.connections) <= 3
    finally:
        served.stop()


def test_one_address_has_not_all_the_room(monkeypatch):
    monkeypatch.setattr(serving, "is_loopback", lambda _host: False)
    served = Served(Bounds(connections_each=2))
    try:
        first, second = served.connect(FORM, b"x"), served.connect(FORM, b"x")
        time.sleep(0.05)
        assert is_closed(served.connect(ASK))
        first.close()
        time.sleep(0.05)
        assert answer(served.connect(ASK)) == b"0"
        second.close()
    finally:
        served.stop()
