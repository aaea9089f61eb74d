"""What the tablet's window does for its agent, counted, not timed: a slow tablet does the same.

    python -m benchmarks.tablet_counts --seed 20260101 [--runs 2] [--before]

The file of `benchmarks.tablet_store` is opened by the real app, offscreen, in both languages
(`benchmarks.tablet_counted`), once to count calls and once to count instructions, apart from what
is timed. Writes `benchmarks/results/tablet_counts.json`: `before` (kept, but with
`--before`) and `now`, each with a row for each of

    start           from the process's first line to Today drawn, the PIN typed by the program
    search_letter   from a letter to the list drawn
    opened_record   from a touch to the person drawn
    saved_visit     from Save to the slip drawn, on disk
    scrolled_frame  a frame while the list of people is scrolled

that has, of the language that takes more, the mean of

    calls           calls of Python functions
    c_calls         calls of C from Python: Kivy's properties and graphics, SQLite, built-ins
    instructions    instructions of Python's bytecode
    *_later         what was put off and is done in the half second after
    drawn           Kivy's graphics instructions that a frame of the screen draws: Mesa, or a GPU,
                    does them, and nothing of it is in the other counts

`spread_percent`: how far two runs differed at most in calls and instructions, when it was last
looked at. Prints both rows, and their ratio. Exit status: 0 done, 1 something is more than half
of before.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import tablet_store
from benchmarks.tablet_window import PIN
from mobile_app.device.clock import FakeClock
from mobile_app.headless import FILE_NAME
from mobile_app.store.database import transaction
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks" / "results" / "tablet_counts.json"
HALVED, HALF = ("calls", "instructions"), 0.5
LANGUAGES = ("ar", "fr")
Acts = dict[str, dict[str, float]]


def fill(folder: Path, seed: int) -> None:
    """Make the file of 10,000 people, with its PIN."""
    ids = itertools.count(1)
    store = Store(
        folder / FILE_NAME,
        bytes(32),
        ENTITIES,
        clock=FakeClock(tablet_store.NOW),
        ids=lambda: next(ids).to_bytes(16, "big"),
    )
    with transaction(store.db):
        store.kept.device_id = 1
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.login = "x"
        tablet_store.Territory(store, seed)
    store.close()
    KeyRing(folder).set_pin(bytes(32), PIN)


def window(folder: Path, what: str, language: str) -> Acts:
    """Return what a window on a copy of the file counts."""
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(folder, Path(name) / "copy")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.tablet_counted", what, copy, language],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    acts: Acts = json.loads(done.stdout.splitlines()[-1])
    return acts


def both(folder: Path) -> Acts:
    """Return all columns of a row for each act, of the language that takes more."""
    jobs = [(what, language) for what in HALVED for language in LANGUAGES]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda job: window(folder, *job), jobs))
    return {
        act: {
            column: round(max(one[act].get(column, 0) for one in found))
            for column in sorted(set().union(*(one[act] for one in found)))
        }
        for act in found[0]
    }


def spread_percent(runs: list[Acts]) -> float:
    """Return how far runs differ at most in what is to be halved."""
    values = [[run[act][column] for run in runs] for act in runs[0] for column in HALVED]
    return round(max(100 * (max(one) - min(one)) / min(one) for one in values), 2)


def measure(seed: int) -> Acts:
    """Count, and return a row for each act."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), seed)
        return both(Path(name))


def main() -> int:
    """Count, write the rows, and say what is not halved."""
    parser = argparse.ArgumentParser(prog="benchmarks.tablet_counts")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--runs", type=int, default=1, help="more than one say how far they differ")
    parser.add_argument("--before", action="store_true", help="keep this one to compare with")
    given = parser.parse_args()
    kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    found, *again = [measure(given.seed) for _ in range(given.runs)]
    before = found if given.before else kept["before"]
    result = {"seed": given.seed, "before": before, "now": found}
    if again:
        kept["spread_percent"] = spread_percent([found, *again])
    result["spread_percent"] = kept.get("spread_percent")
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    missed = 0
    for act, row in found.items():
        for column in HALVED:
            ratio = row[column] / before[act][column]
            missed += ratio > HALF
            print(f"{act:16}{column:14}{before[act][column]:>10}{row[column]:>10}{ratio:8.2f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
