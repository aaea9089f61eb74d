"""A document of 3 MB given on the portal over a bad mobile line, in pieces and as a form. As root.

    python -m benchmarks.edge_papers --seed 1      an outage of 20 seconds each minute

Server and giver stand in network namespaces of their own (`benchmarks.edge_link`). Writes
`benchmarks/results/edge_papers.json`, a row for each way of giving.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.edge_link import EDGE, TOWER_IP, Link, Shape
from server import serving
from server.app import build_app
from server.portal.arriving import PIECE_BYTES, SILENT_S
from server.settings import Settings
from tests.doors.conftest import opened
from tests.giver import Giver
from tests.test_papers import address
from tests.test_papers_on_lines import large_pdf
from tests.test_requests import Walk
from tests.world import HOME, World

RESULTS = Path(__file__).parent / "results" / "edge_papers.json"
BYTES, FORM_BYTES = 3_000_000, 200_000
"""A document in pieces; a page by a form, which is a photo that a telephone made small."""
_PORT, _OUTAGE = 8000, (15.0, 20.0)
_CLONE_NEWNET = 0x40000000


def within(namespace: str, make: Callable[[], Any]) -> Any:
    """Return what is made in a network namespace: a socket stays where it was opened."""

    def enter() -> Any:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/var/run/netns/{namespace}").open("rb") as file:
            if libc.setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        return make()

    with ThreadPoolExecutor(1) as apart:  # a thread has a namespace of its own, and ends with it
        return apart.submit(enter).result()


def run(folder: Path, seed: int) -> list[dict[str, Any]]:
    """Give a document in pieces over a line with outages, then a page as a form."""
    rows = []
    with World(f"sqlite:///{folder / 'server.db'}", folder) as world, Link(seed) as link:
        for login, role in (("amina", "regional_coordinator"), ("one", "field_agent")):
            world.user(login, HOME, role=role)
        with opened(world, folder, NUQTA_DEMO="1") as doors:
            walk = Walk(world, doors, folder)
            request = walk.register("bank-account")["bank-account"]
            settings = Settings.from_env({"NUQTA_DATA_DIR": str(folder), "NUQTA_DEMO": "1"})
            app = build_app(settings, world.database)
            listener = within(link.tower, lambda: socket.create_server((TOWER_IP, _PORT)))
            server = uvicorn.Server(serving.config(app, TOWER_IP, _PORT))
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                for way in ("pieces", "form"):
                    shape = Shape(EDGE.rtt_ms, EDGE.kbit, EDGE.loss_percent, _OUTAGE)
                    link.shape(shape, seed)
                    row = _given(walk, request, link, way)
                    print(json.dumps(row), flush=True)
                    rows.append({"seed": seed, **row})
            finally:
                server.should_exit = True
                thread.join()
    return rows


def _given(walk: Walk, request: bytes, link: Link, way: str) -> dict[str, Any]:
    def connect() -> Any:
        return within(link.phone, lambda: socket.create_connection((TOWER_IP, _PORT), SILENT_S))

    content = large_pdf(BYTES if way == "pieces" else FORM_BYTES)
    giver = Giver(connect, walk.portal.headers["cookie"], SILENT_S)
    began = time.monotonic()
    if way == "pieces":
        for offset in giver.in_pieces(request, "CNIE", content):
            if offset is None or offset > len(content) // 2:  # the telephone is put away
                break
        giver.drop()
        for _ in giver.go_on(giver.address, content):
            pass
    else:
        giver.as_form(address(request), content)
    minutes = (time.monotonic() - began) / 60
    return {
        "way": way,
        "bytes": len(content),
        "sent_again_bytes": giver.sent - len(content),
        "most_bytes": PIECE_BYTES if way == "pieces" else len(content),
        "outages": int(minutes) + (minutes % 1 * 60 > _OUTAGE[0]),
        "broken": giver.broken,
        "calls": giver.calls,
        "seconds": round(minutes * 60),
        "ip_bytes_up": link.counts.ip_bytes_up,
        "packets_cut": link.counts.cut,
    }


def main() -> int:
    """Measure, write, print. Returns the exit status: 1, an outage cost more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        print("edge_papers: needs root and /dev/net/tun, to make network namespaces: try sudo")
        return 2
    with tempfile.TemporaryDirectory(prefix="nuqta-edge-") as name:
        rows = run(Path(name), seed)
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    missed = [row for row in rows if row["sent_again_bytes"] > row["outages"] * row["most_bytes"]]
    for row in missed:
        print(f"MISSED: {row['way']}: {row['sent_again_bytes']} bytes sent again")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
