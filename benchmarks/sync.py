"""What a sync costs: the peers' workload, proxy and counting rules, through our client and server.

    python -m benchmarks.sync --seed 20260101 --scale 1 --others 10

Writes `benchmarks/results/sync.json` and prints it beside the peers' recorded rows. Bytes are all
that the client writes and reads on its sockets, HTTP headers and authentication included; TCP and
TLS framing are not. Scenarios: S1 first sync, S2 a push of 40 visits with their patches, S3 one
per cent of the rows changed at the server, S4 nothing new, S5 fifty records changed on both sides
in different fields, S6 the reply to a push is lost, S7 the same with ten more territories on the
server. A row of S6 has `extra_bytes`: its bytes beyond those of the same push by a second copy of
the same tablet and server without the loss (`undisturbed_bytes`). A row of S7-S3 has
`cpu_to_s3`: the server's CPU beside that of S3; the clock of processes ticks every 10 ms, so it is
the sum of `S7_DAYS` such days on either side.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.entities import BY_NAME, ENTITIES, from_json
from benchmarks.peers import measures, workload
from benchmarks.server import NOW_MS, load
from mobile_app.device.clock import FakeClock
from mobile_app.exchange import connection, enrolment, runner
from mobile_app.exchange.calls import Unreachable
from mobile_app.store.database import transaction
from mobile_app.store.records import Store

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "sync.json"
S7_DAYS = 10
_COLUMNS = (
    "scenario",
    "bytes_up",
    "bytes_down",
    "round_trips",
    "server_cpu_s",
    "wall_s",
    "client_cpu_s",
    "fields_kept",
    "duplicates",
    "undisturbed_bytes",
    "extra_bytes",
    "cpu_to_s3",
)
SCENARIOS = ("S1", "S2", "S3", "S4", "S5", "S6", "S7-S3", "S7-S4")


class Tablet:
    """A real store in a temporary file, and the real runner."""

    def __init__(self, folder: Path, url: str, key: bytes = b"") -> None:
        """Open the file; the clock stands at the workload's time."""
        self.clock = FakeClock(NOW_MS)
        self.key = key or os.urandom(32)
        self.store = Store(
            folder / "tablet.db",
            self.key,
            ENTITIES,
            clock=self.clock,
            ids=lambda: os.urandom(16),
        )
        self._url = url

    def enrol(self, code: str) -> None:
        """Link it to the server."""
        enrolment.enrol(self.store, self._url, code)

    def copied(self, folder: Path, url: str) -> Tablet:
        """Return the same tablet once more: its file was copied to `folder`."""
        again = Tablet(folder, url, self.key)
        again.clock.move(self.clock.wall - again.clock.wall)
        with transaction(again.store.db):
            again.store.kept.url = url
        return again

    def sync(self) -> dict[str, Any]:
        """Exchange once."""
        began = time.process_time()
        transport = connection.connect(self.store)
        try:
            runner.exchange(self.store, transport)
        finally:
            transport.close()
        return {"client_cpu_s": round(time.process_time() - began, 3)}

    def capture(self, path: Path) -> None:
        """Do the workload's offline work, each visit with its patch as one group."""
        group: list[Any] = []
        for line in load(str(path)):
            entity = BY_NAME[line["t"]]
            if line["op"] == "new":
                values = from_json(entity, line["row"])
                group.append((entity.name, values, values["id"]))
                continue
            values = from_json(entity, line["set"])
            group.append((entity.name, values, UUID(line["id"]).bytes))
            self.clock.move(60_000)
            self.store.put_group(group)
            group = []


def run(seed: int, scale: float, others: int) -> list[dict[str, Any]]:
    """Run every scenario. Returns a row for each."""
    with tempfile.TemporaryDirectory(prefix="nuqta-bench-") as name:
        try:
            return _run(Path(name), seed, scale, others)
        finally:
            measures.stop_all()


def _run(folder: Path, seed: int, scale: float, others: int) -> list[dict[str, Any]]:
    work = folder / "workload"
    workload.generate(str(work), scale, others, seed)

    def server(*arguments: object) -> str:
        command = [sys.executable, "-m", "benchmarks.server", folder, *arguments]
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout.strip()

    def files(prefix: str = "") -> list[Path]:
        return [work / f"{prefix}{name}.jsonl" for name in BY_NAME]

    code = server("make", *files())
    serving, proxy = serve(folder)
    tablet = Tablet(folder, f"http://127.0.0.1:{proxy.port}")
    tablet.enrol(code)
    bench = measures.Bench("ours", "nuqta", proxy, [serving.pid])
    bench.run("S1", tablet.sync)
    tablet.capture(work / "push1.jsonl")
    bench.run("S2", tablet.sync)
    server("patch", work / "daily1.jsonl")
    bench.run("S3", tablet.sync)
    bench.run("S4", tablet.sync)
    server("patch", work / "conf_server.jsonl")
    tablet.capture(work / "conf_device.jsonl")
    bench.run("S5", tablet.sync)
    tablet.sync()
    kept = _fields_kept(tablet, server, work)
    bench.rows[-1].update(fields_kept=kept)
    tablet.capture(work / "push2.jsonl")
    undisturbed = _undisturbed(folder, tablet)
    proxy.drop("POST .*")

    def twice() -> dict[str, Any]:
        try:
            return tablet.sync()
        except Unreachable:
            return tablet.sync()

    bench.run("S6", twice)
    here = {name: tablet.store.count(name) for name in BY_NAME}
    there = json.loads(server("count"))
    row = bench.rows[-1]
    row.update(
        duplicates=sum(there.values()) - sum(here.values()),
        undisturbed_bytes=undisturbed,
        extra_bytes=row["bytes_up"] + row["bytes_down"] - undisturbed,
    )
    if others:
        alone = _days(tablet, server, work, serving.pid, 0)
        for number in range(1, others + 1):
            server("add", *files(f"other_{number:02d}_"))
        tablet.sync()
        server("patch", work / "daily2.jsonl")
        bench.run("S7-S3", tablet.sync)
        beside = _days(tablet, server, work, serving.pid, S7_DAYS)
        bench.rows[-1].update(cpu_to_s3=round(beside / alone, 2))
        bench.run("S7-S4", tablet.sync)
    return bench.rows


def serve(folder: Path) -> tuple[Any, Any]:
    """Start a server on a folder's database. Returns its process and a proxy before it."""
    port = measures.free_port()
    serving = measures.spawn(
        [sys.executable, "-m", "benchmarks.server", str(folder), "serve", "--port", str(port)],
        cwd=ROOT,
        stderr=None,
    )
    measures.wait_port(port)
    return serving, measures.Proxy(port)


def _undisturbed(folder: Path, tablet: Tablet) -> int:
    """Return the bytes of the push that waits, by copies of tablet and server that lose nothing."""
    with tempfile.TemporaryDirectory(prefix="nuqta-bench-") as name:
        for path in (*folder.glob("bench.db*"), *folder.glob("tablet.db*")):
            shutil.copy(path, name)
        serving, proxy = serve(Path(name))
        again = tablet.copied(Path(name), f"http://127.0.0.1:{proxy.port}")
        proxy.reset()
        again.sync()
        said = proxy.stats()
        again.store.close()
        measures.stop(proxy.p)
        measures.stop(serving)
    return int(said["up"] + said["down"])


def _days(tablet: Tablet, server: Any, work: Path, pid: int, first: int) -> float:
    """Return the server's CPU for days like that of S3: its records, other values each day."""
    lines = load(str(work / "daily1.jsonl"))
    spent = 0.0
    for number in range(first + 1, first + S7_DAYS + 1):
        day = []
        for name in BY_NAME:
            own = [line for line in lines if line["t"] == name]
            day += [
                line | {"set": own[(at + number) % len(own)]["set"]} for at, line in enumerate(own)
            ]
        path = work / "day.jsonl"
        path.write_text("\n".join(map(json.dumps, day)), encoding="utf-8")
        server("patch", path)
        before = measures.cpu(pid)
        tablet.sync()
        spent += measures.cpu(pid) - before
    return spent


def _fields_kept(tablet: Tablet, server: Any, work: Path) -> int:
    """Count the fields of S5, on either side, that hold what was written; 200 is all."""
    ids = [line["id"] for line in load(str(work / "conf_server.jsonl"))]
    there = json.loads(server("show", *ids))
    kept = 0
    for name in ("conf_server", "conf_device"):
        for line in load(str(work / f"{name}.jsonl")):
            wanted = from_json(BY_NAME["sme"], line["set"])
            here = tablet.store.get("sme", UUID(line["id"]).bytes).values
            kept += sum(
                value == here[field] == there[line["id"]][field]
                for field, value in wanted.items()
                if field != "updated_at"
            )
    return kept


def show(rows: list[dict[str, Any]]) -> str:
    """Return the rows beside the peers' recorded ones, best first."""
    peers: list[dict[str, Any]] = []
    for path in sorted((ROOT / "benchmarks" / "peers" / "results").glob("*.json")):
        if path.name != "limits.json":
            peers += json.loads(path.read_text())
    lines = []
    for scenario in SCENARIOS:
        found = [row for row in [*rows, *peers] if row["scenario"] == scenario]
        for row in sorted(found, key=lambda row: row["bytes_up"] + row["bytes_down"]):
            total = row["bytes_up"] + row["bytes_down"]
            mark = ">" if row["peer"] == "ours" else " "
            lines.append(
                f"{mark} {scenario:6} {row['peer']:12} {row['variant']:16} "
                f"{row['bytes_up']:>9,} up "
                f"{row['bytes_down']:>11,} down {total:>11,} {row['round_trips']:>5} trips "
                f"{row['server_cpu_s']:>7} s cpu {row['wall_s']:>7} s"
            )
    return "\n".join(lines)


def main() -> int:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--others", type=int, default=10)
    parsed = parser.parse_args()
    rows = run(parsed.seed, parsed.scale, parsed.others)
    kept = [
        {"seed": parsed.seed, "scale": parsed.scale}
        | {name: row[name] for name in _COLUMNS if name in row}
        for row in rows
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    print(show(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
