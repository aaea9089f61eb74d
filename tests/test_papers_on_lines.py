"""Papers given over a line that breaks, without a browser: what an outage costs at most."""

from __future__ import annotations

import io
import os
import socket
import threading
import time

import pytest
import uvicorn
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

from server import serving
from server.app import build_app
from server.portal.arriving import PIECE_BYTES
from server.settings import Settings
from tests import test_requests
from tests.giver import Giver, connecting
from tests.line import Line
from tests.test_papers import address, eventually, pages_of

pytestmark = pytest.mark.filterwarnings(
    "ignore::litestar.exceptions.LitestarDeprecationWarning", "ignore::DeprecationWarning"
)
walk = test_requests.walk
OUTAGES = 5
BYTES = 3_000_000
AROUND_BYTES = 1_000
"""Head of a request with its cookies, a bit more than a browser sends."""


class Slow(Line):
    """A line of some bytes a second upwards, that counts them."""

    bytes_per_s = 2_000_000
    up = 0

    def _carry(self, source, target):
        is_up = target.getpeername()[1] == self._to
        if not is_up:
            return super()._carry(source, target)
        try:
            while piece := source.recv(16_384):
                self.up += len(piece)
                time.sleep(len(piece) / self.bytes_per_s)
                self._pass(piece, source, target)
        except OSError:
            pass
        return super()._carry(source, target)


def large_pdf(size=3_000_000):
    """A PDF that nothing makes smaller."""
    writer = PdfWriter()
    stream, page = StreamObject(), writer.add_blank_page(595, 842)
    stream._data = b"% " + os.urandom(size).hex().encode()[:size]
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def on_line(walk, tmp_path):
    """The walk's server behind a line that can be cut."""
    settings = Settings.from_env({"NUQTA_DATA_DIR": str(tmp_path), "NUQTA_DEMO": "1"})
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        serving.config(build_app(settings, walk.world.database), "127.0.0.1", 0)
    )
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    eventually(lambda: server.started)
    line = Slow(listener.getsockname()[1])
    yield line
    line.close()
    server.should_exit = True
    thread.join()


class Outages:
    """Breaks a line once for each of some amounts sent: by an end, or every other `silently`."""

    def __init__(self, line, amounts, *, silently):
        self._line, self._left, self._silently = line, sorted(amounts), silently
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._began = line.up
        self._thread.start()

    def _watch(self):
        while self._left:
            time.sleep(0.005)
            if self._line.up - self._began < self._left[0]:
                continue
            self._left.pop(0)
            is_silent = self._silently and len(self._left) % 2
            (self._line.hush if is_silent else self._line.cut)()
            time.sleep(0.1)
            self._line.mend()

    def end(self):
        self._thread.join(10)
        assert not self._left


def amounts(whole, count):
    """Return after how many bytes the line breaks: spread, and within pieces."""
    return [whole * (number + 1) // (count + 1) + 30_000 for number in range(count)]


def test_an_outage_costs_a_piece_and_another_session_goes_on(walk, on_line):
    request, content = walk.register("bank-account")["bank-account"], large_pdf(BYTES)
    outages = Outages(on_line, amounts(BYTES, OUTAGES), silently=True)
    connect = connecting("127.0.0.1", on_line.port)
    giver = Giver(connect, walk.portal.headers["cookie"], 1)
    for offset in giver.in_pieces(request, "CNIE", content):
        if offset is None or offset > BYTES * 3 // 5:  # the telephone is put away
            break
    other = Giver(connect, walk.enter_portal().headers["cookie"], 1)
    assert list(other.go_on(giver.address, content))[-1] is None
    outages.end()
    (page,) = pages_of(walk)
    assert page.values["size_bytes"] > BYTES * 0.9
    assert giver.broken + other.broken >= OUTAGES
    assert giver.sent + other.sent <= len(content) + OUTAGES * PIECE_BYTES


def test_without_script_an_outage_costs_a_page(walk, on_line):
    request, pages = walk.register("bank-account")["bank-account"], 3
    contents = [large_pdf(BYTES // pages) for _ in range(pages)]
    # Spread over what is sent again, too: an outage each time that half a page more is through.
    outages = Outages(on_line, amounts(2 * BYTES, OUTAGES), silently=False)
    began = on_line.up
    giver = Giver(connecting("127.0.0.1", on_line.port), walk.portal.headers["cookie"], 30)
    for content in contents:
        giver.as_form(address(request), content)
    outages.end()
    assert len(pages_of(walk)) == pages
    longest = max(map(len, contents)) + AROUND_BYTES
    assert on_line.up - began <= sum(map(len, contents)) + OUTAGES * longest + 10 * AROUND_BYTES
