"""Pages are drawn in processes of their own, which live and die with the server."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from html import unescape

import httpx
import pytest

from server.app import build_app
from server.audit.log import AuditLog
from server.audit.verify import verify
from server.phrases import load_phrases
from server.processes.drawing import draw_pages
from server.processes.handing import Handing
from server.processes.lines import _AHEAD_BYTES, PIECE_BYTES
from server.processes.living import Process, Processes
from server.settings import Settings
from server.web.lost import IS_LOST
from tests.databases import free_port
from tests.server.test_jobs_apart import ROOT, children_of, is_gone, until
from tests.world import HOME, World

WHOLE = 3 * 1024 * 1024


@pytest.fixture
def begin(tmp_path):
    """Begin servers without jobs; end them and what they began, by their ids."""
    begun, their = [], set()
    environ = {**os.environ, "NUQTA_DATA_DIR": str(tmp_path / "data")}

    def begin(url):
        port = free_port()
        command = [sys.executable, "-m", "server", "serve", "--no-jobs", "--pages", "2"]
        server = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, env={**environ, "NUQTA_DATABASE_URL": url}
        )
        begun.append(server)
        (keeper,) = until(lambda: children_of(server.pid))
        until(lambda: len(children_of(keeper)) == 2)
        their.update((keeper, *children_of(keeper)))
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        until(lambda: is_open(port))
        return server, keeper, client

    yield begin
    for server in begun:
        if server.poll() is None:
            server.kill()
            server.wait()
    for pid in their:
        if not is_gone(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def is_open(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def sign_in(client):
    answer = client.post("/desk/sign-in", data={"login": "amina", "password": "password1"})
    assert answer.status_code == 303


def test_a_page_comes_though_a_process_is_killed_and_all_end_with_the_server(
    world, world_url, begin
):
    world.user("amina", HOME, role="regional_coordinator")
    server, keeper, client = begin(world_url)
    sign_in(client)
    killed = children_of(keeper)[0]

    os.kill(killed, signal.SIGKILL)

    until(lambda: client.get("/desk/people").status_code == 200)
    until(lambda: len({*children_of(keeper)} - {killed}) == 2)
    assert client.get("/desk/people").status_code == 200
    every = [keeper, *children_of(keeper)]
    server.terminate()
    assert server.wait(60) == 0
    assert all(map(is_gone, every)), "the server ended before its pages' processes"
    assert not world.database.read(verify).faults


def test_all_end_when_the_server_is_killed_and_pages_come_without_their_keeper(
    furnished_url, tmp_path, begin
):
    with World(furnished_url, tmp_path / "files", is_furnished=True) as world:
        world.user("amina", HOME, role="regional_coordinator")
    server, keeper, client = begin(furnished_url)
    sign_in(client)
    every = children_of(keeper)
    os.kill(keeper, signal.SIGKILL)
    until(lambda: is_gone(keeper))
    assert client.get("/desk/people").status_code == 200

    server.kill()
    server.wait()

    until(lambda: all(map(is_gone, every)))


def test_a_fork_writes_the_audit_log_as_a_writer_of_its_own(world):
    log = AuditLog(world.database)
    before = log.writer
    log.start()
    log.stop()
    assert log.writer != before


class Drawing:
    """An application on lines within this loop, and what hands it pages."""

    def __init__(self, app):
        self.app = app
        self.gone = asyncio.Event()

    @asynccontextmanager
    async def lifespan(self):
        yield

    async def __call__(self, scope, receive, send):
        await self.app(self, scope, receive, send)

    @asynccontextmanager
    async def handing(self, here=None):
        processes = Processes(None, 1)
        ours, theirs = socket.socketpair()
        processes._living[0] = Process(1, ours)
        drawing = asyncio.create_task(draw_pages(self, theirs))
        yield Handing(here, processes)
        ours.close()
        await drawing
        theirs.close()


def a_scope(**more):
    scope = {"type": "http", "method": "GET", "path": "/desk", "client": ("10.0.0.1", 5)}
    return {
        **scope,
        "server": ("x", 80),
        "headers": [(b"content-length", b"1")],
        "state": {},
        **more,
    }


async def echo(_drawing, scope, receive, send):
    """Send a request back as it comes."""
    assert scope["client"] == ("10.0.0.1", 5)
    await send({"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]})
    is_more = True
    while is_more:
        event = await receive()
        is_more = event["more_body"]
        body = {"type": "http.response.body", "body": event["body"], "more_body": is_more}
        await send(body)


def parts_of(whole, size):
    parts = [bytes(size)] * (whole // size)
    return [
        {"type": "http.request", "body": part, "more_body": number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]


def test_what_is_sent_and_answered_in_parts_comes_whole_both_ways():
    async def run():
        async with Drawing(echo).handing() as handing:
            for _ in range(2):  # the second over the line of the first
                coming, sent = parts_of(WHOLE, 3 * PIECE_BYTES), []

                async def receive(coming=coming):
                    return coming.pop(0) if coming else await asyncio.Future()

                async def send(message, sent=sent):
                    sent.append(message)

                await handing(a_scope(), receive, send)
                assert (sent[0]["status"], sent[0]["headers"]) == (201, [(b"a", b"b")])
                assert sum(len(one["body"]) for one in sent[1:]) == WHOLE
                assert [one["more_body"] for one in sent[1:]].count(False) == 1

    asyncio.run(run())


def test_no_more_is_drawn_than_a_slow_reader_takes_and_nothing_for_who_has_gone():
    drawn = 0

    async def much(drawing, _scope, receive, send):
        nonlocal drawn
        await send({"type": "http.response.start", "status": 200, "headers": []})
        watching = asyncio.create_task(receive())
        while not watching.done():
            await send({"type": "http.response.body", "body": bytes(9_000), "more_body": True})
            drawn += 9_000
            await asyncio.sleep(0)
        drawing.gone.set()

    async def run():
        has_gone = asyncio.Event()

        async def receive():
            await has_gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.body":
                await has_gone.wait()

        drawing = Drawing(much)
        async with drawing.handing() as handing:
            page = asyncio.create_task(handing(a_scope(headers=[]), receive, send))
            before = -1
            while drawn != before:  # until it stands still
                before = drawn
                await asyncio.sleep(0.1)
            has_gone.set()
            await asyncio.wait_for(asyncio.gather(page, drawing.gone.wait()), 30)

    asyncio.run(run())
    assert 0 < drawn < 2 * _AHEAD_BYTES + 1024 * 1024


def test_a_page_that_its_process_dies_over_is_told_as_lost():
    async def die(_drawing, _scope, _receive, _send):
        raise OSError("as a process that ends: its line breaks off")

    async def here(scope, _receive, send):
        await send(scope["state"])

    async def run():
        said = []

        async def send(message):
            said.append(message)

        async with Drawing(die).handing(here) as handing:
            await handing(a_scope(headers=[]), None, send)
        return said

    assert asyncio.run(run()) == [{IS_LOST: True}]


def test_where_no_process_lives_the_page_is_drawn_here():
    said = []

    async def here(_scope, _receive, send):
        await send("drawn")

    async def send(message):
        said.append(message)

    asyncio.run(Handing(here, Processes(None, 2))(a_scope(headers=[]), None, send))
    assert said == ["drawn"]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_lost_page_says_so_in_the_readers_language(world, tmp_path, language):
    app = build_app(Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path)}), world.database)
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"accept", b"text/html"), (b"accept-language", language.encode())]
    scope = a_scope(headers=headers, state={IS_LOST: True}, method="POST", path="/desk/sign-in")
    scope |= {"query_string": b"", "raw_path": b"/desk/sign-in", "root_path": "", "scheme": "http"}
    asyncio.run(app({**scope, "http_version": "1.1"}, None, send))
    assert sent[0]["status"] == 503
    sentence = load_phrases(language).sentence("page_lost", {})
    assert sentence in unescape(sent[1]["body"].decode())


def test_a_session_keeps_its_process_unless_that_one_has_more_to_do():
    processes = Processes(None, 2)
    ends = [socket.socketpair() for _ in range(2)]
    processes._living = [Process(number, one) for number, (one, _) in enumerate(ends)]
    own = [processes.choose(b"session %d" % number) for number in range(20)]
    assert {one.pid for one in own} == {0, 1}
    assert own == [processes.choose(b"session %d" % number) for number in range(20)]

    own[0].waiting = 1
    assert processes.choose(b"session 0") is not own[0]
    assert processes.choose(b"") is not own[0]
    for pair in ends:
        for one in pair:
            one.close()
