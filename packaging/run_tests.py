"""Run the whole suite in processes side by side: one core is left idle by waiting otherwise.

Kivy takes its window size and its environment when it is first imported, and a Java virtual machine
lasts as long as its process, so the tests of either share a process with no others. What each
process said is printed when it ends; the closing line adds up.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

RUNS = (
    "not postgres and not browser and not kivy and not java",
    "postgres and not kivy",
    "browser and not postgres and not kivy",
    "kivy",
    "java",
)
"""Marks of the runs, the longest first; each test is in one."""
LANES = 2
_COUNT = re.compile(r"(\d+) (passed|failed|error|errors|skipped)")
NOTHING_COLLECTED = 5


def main() -> int:
    """Run all, return the first exit status that is not 0."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    worst = 0
    with ThreadPoolExecutor(LANES) as lanes:
        for done in as_completed([lanes.submit(_run, marks) for marks in RUNS]):
            code, counts = done.result()
            worst = worst or code
            for number, word in counts:
                totals["failed" if word.startswith(("failed", "error")) else word] += int(number)
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return worst


def _run(marks: str) -> tuple[int, list[tuple[str, str]]]:
    """Run the tests of these marks; return the exit status, and how many passed and failed."""
    print(f"== pytest -m '{marks}' begins", flush=True)
    begun = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", marks],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line for line in run.stdout.splitlines() if _COUNT.search(line)]
    seconds = time.monotonic() - begun
    print(f"== pytest -m '{marks}', {seconds:.0f} s\n{run.stdout}", flush=True)
    code = 0 if run.returncode == NOTHING_COLLECTED else run.returncode
    return code, _COUNT.findall(lines[-1]) if lines else []


if __name__ == "__main__":
    sys.exit(main())
