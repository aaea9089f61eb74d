"""What a first sync and a day's cost the tablet: CPU and memory, in a process of its own.

    python -m benchmarks.client --seed 20260101

The peers' workload: 30,200 records in 42 scopes at first, then 302 changed ones. The server runs
beside it; only the tablet's process is measured. Writes `benchmarks/results/client.json`:

    first_apply_cpu_s   decode and store all 30,200 records, in as many steps as they come in
    first_cpu_s         the whole exchange, its requests and replies included
    first_memory_mb     the most that the process held (RssAnon) beyond what it held before
    day_apply_ms        from the last reply on, the slower of two days of 302 changed records
    day_cpu_ms          the whole exchange

Exit status: 0 done, 1 a target missed (6 s, 150 MB, 150 ms).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.entities import BY_NAME
from benchmarks.peers import measures, workload
from benchmarks.sync import Tablet
from mobile_app.exchange import connection, runner
from mobile_app.store import apply
from mobile_app.store.applying import Result
from mobile_app.store.records import Store

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "client.json"
TARGETS = {"first_apply_cpu_s": 6.0, "first_memory_mb": 150, "day_apply_ms": 150}
_DAYS = ("daily1", "daily2")


class Memory:
    """The most that this process held since it was begun, sampled every few milliseconds."""

    def __init__(self) -> None:
        """Begin."""
        self._base = self._most = _rss_anon_kb()
        self._is_open = True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> float:
        """Return the megabytes beyond the beginning."""
        self._is_open = False
        self._thread.join()
        return round((self._most - self._base) / 1_024, 1)

    def _look(self) -> None:
        while self._is_open:
            self._most = max(self._most, _rss_anon_kb())
            time.sleep(0.005)


def _rss_anon_kb() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0])


def exchange(tablet: Tablet) -> dict[str, float]:
    """Exchange once; what it took, applying it, and all that came after the last reply."""
    began = time.process_time()
    last_wall, apply_cpu = time.perf_counter(), 0.0
    applied = apply.apply

    def tell(_up: int, _down: int) -> None:
        nonlocal last_wall
        last_wall = time.perf_counter()

    def timed(store: Store) -> Result:
        nonlocal apply_cpu
        start = time.process_time()
        result = applied(store)
        apply_cpu += time.process_time() - start
        return result

    transport = connection.connect(tablet.store)
    try:
        with mock.patch.object(apply, "apply", timed):
            summary = runner.exchange(tablet.store, transport, tell=tell)
    finally:
        transport.close()
    return {
        "rows": summary.received,
        "cpu_s": time.process_time() - began,
        "apply_cpu_s": apply_cpu,
        "apply_s": time.perf_counter() - last_wall,
    }


def measure(folder: Path, url: str, code: str) -> None:
    """Be the tablet: print what the first sync took, then what a day's did for each line read."""
    tablet = Tablet(folder, url)
    tablet.enrol(code)
    memory = Memory()
    print(json.dumps({**exchange(tablet), "memory_mb": memory.end()}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(exchange(tablet)), flush=True)
    tablet.store.close()


def run(folder: Path, seed: int) -> dict[str, Any]:
    """Serve the workload to a tablet in another process. Returns the row."""
    work = folder / "workload"
    workload.generate(str(work), 1.0, 0, seed)

    def server(*arguments: object) -> str:
        command = [sys.executable, "-m", "benchmarks.server", str(folder), *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()

    code = server("make", *(work / f"{name}.jsonl" for name in BY_NAME))
    port = measures.free_port()
    measures.spawn(
        [sys.executable, "-m", "benchmarks.server", str(folder), "serve", "--port", str(port)],
        cwd=ROOT,
        stderr=None,
    )
    measures.wait_port(port)
    command = [sys.executable, "-m", "benchmarks.client", "--tablet", str(folder)]
    tablet = subprocess.Popen(
        [*command, f"http://127.0.0.1:{port}", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert tablet.stdin is not None
    assert tablet.stdout is not None
    first = json.loads(tablet.stdout.readline())
    days = []
    for name in _DAYS:
        server("patch", work / f"{name}.jsonl")
        tablet.stdin.write("day\n")
        tablet.stdin.flush()
        days.append(json.loads(tablet.stdout.readline()))
    tablet.stdin.close()
    tablet.wait(30)
    worst = max(days, key=lambda day: float(day["apply_s"]))
    return {
        "seed": seed,
        "first_rows": first["rows"],
        "first_apply_cpu_s": round(first["apply_cpu_s"], 2),
        "first_cpu_s": round(first["cpu_s"], 2),
        "first_memory_mb": first["memory_mb"],
        "day_rows": worst["rows"],
        "day_apply_ms": round(1_000 * worst["apply_s"], 1),
        "day_cpu_ms": round(1_000 * worst["cpu_s"], 1),
    }


def main() -> int:
    """Measure, write, print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--tablet", nargs=3, metavar=("DIR", "URL", "CODE"))
    parsed = parser.parse_args()
    if parsed.tablet:
        measure(Path(parsed.tablet[0]), parsed.tablet[1], parsed.tablet[2])
        return 0
    with tempfile.TemporaryDirectory(prefix="nuqta-client-") as name:
        try:
            row = run(Path(name), parsed.seed)
        finally:
            measures.stop_all()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(row, indent=1) + "\n")
    print(json.dumps(row))
    missed = [name for name, most in TARGETS.items() if row[name] > most]
    if missed:
        print(f"MISSED: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
