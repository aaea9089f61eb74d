"""What a first sync costs on a line that breaks: `python -m benchmarks.breaks --seed 20260101`.

The peers' workload, a server with its snapshots made, and a new tablet for each line. A line
carries so many bytes down and goes, whatever was under way. With `--forgetful` the server has
forgotten the reply by then, as after a restart: what had come of it is lost.
Writes `benchmarks/results/breaks.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.entities import BY_NAME
from benchmarks.peers import measures, workload
from benchmarks.server import AGENT, make, open_database
from benchmarks.sync import ROOT, Tablet, serve
from mobile_app.exchange import connection, runner
from mobile_app.exchange.calls import Part, Refused, Unreachable
from mobile_app.exchange.transport import Transport
from server.accounts import enrolment

RESULTS = ROOT / "benchmarks" / "results" / "breaks.json"
LINES_KB = (None, 1_200, 500, 200, 100, 50, 20)
"""What a line carries before it breaks; None: all."""
_BREAKS_MAX = 2_000


class Breaking:
    """A transport whose line goes whenever it has carried so much.

    Args:
        every: bytes down; None: never.
        is_forgotten: the server keeps no reply.
    """

    def __init__(self, transport: Transport, every: int | None, *, is_forgotten: bool) -> None:
        """Carry nothing yet."""
        self.traffic = transport.traffic
        self.bytes_down = self.breaks = 0
        self._transport, self._every, self._is_forgotten = transport, every, is_forgotten
        self._left = every

    def send(self, body: bytes) -> bytes:
        """Send a request. Raises Unreachable in the middle of the reply that is too much."""
        return self._carried(lambda: self._transport.send(body), 0)

    def rest(self, part: Part) -> bytes:
        """Ask for the rest of a reply. Raises Refused, Unreachable."""
        if self._is_forgotten:
            raise Refused("record_unknown", "", 404)
        return self._carried(lambda: self._transport.rest(part), len(part.content))

    def _carried(self, call: Callable[[], bytes], had: int) -> bytes:
        before = self.traffic.bytes_down
        whole = call()
        size = self.traffic.bytes_down - before
        carried = size if self._left is None else min(size, self._left)
        self.bytes_down += carried
        if self._left is not None:
            self._left -= carried
        if self._left != 0:
            return whole
        self._left = self._every
        self.breaks += 1
        heads = size - (len(whole) - had)
        came = whole[: had + max(0, carried - heads)]
        counter = int(self._transport._counted)
        raise Unreachable("the line went", is_broken=True, part=Part(counter, came))


def first_sync(tablet: Tablet, every: int | None, *, is_forgotten: bool) -> dict[str, Any]:
    """Exchange until all has come. Returns what that took; `breaks`: -1 if it never came."""
    transport = connection.connect(tablet.store)
    line = Breaking(transport, every, is_forgotten=is_forgotten)
    try:
        while line.breaks < _BREAKS_MAX:
            try:
                runner.exchange(tablet.store, line)  # type: ignore[arg-type]
                break
            except Unreachable:
                continue
    finally:
        transport.close()
    return {
        "line_kb": every and every // 1_000,
        "breaks": line.breaks if line.breaks < _BREAKS_MAX else -1,
        "bytes_up": transport.traffic.bytes_up,
        "bytes_down": line.bytes_down,
        "round_trips": transport.traffic.round_trips,
    }


def run(folder: Path, seed: int, scale: float, *, is_forgotten: bool) -> list[dict[str, Any]]:
    """Return a row for each line."""
    work = folder / "workload"
    workload.generate(str(work), scale, 0, seed)
    database = open_database(folder)
    make(database, [str(work / f"{name}.jsonl") for name in BY_NAME])
    _, proxy = serve(folder)
    rows = []
    for at, kilobytes in enumerate(LINES_KB):
        own = folder / str(at)
        own.mkdir()
        tablet = Tablet(own, f"http://127.0.0.1:{proxy.port}")
        tablet.enrol(database.write(lambda work: enrolment.make_code(work, AGENT)[0]))
        every = kilobytes and kilobytes * 1_000
        rows.append(first_sync(tablet, every, is_forgotten=is_forgotten))
        rows[-1]["extra_bytes"] = rows[-1]["bytes_down"] - rows[0]["bytes_down"]
        rows[-1]["is_forgotten"] = is_forgotten
        tablet.store.close()
        print(rows[-1], flush=True)
    return rows


def main() -> int:
    """Measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--forgetful", action="store_true", help="print only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nuqta-breaks-") as name:
        try:
            rows = run(Path(name), given.seed, given.scale, is_forgotten=given.forgetful)
        finally:
            measures.stop_all()
    if not given.forgetful:
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
