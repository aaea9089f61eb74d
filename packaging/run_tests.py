"""Run the whole suite: the tablet's window in a process of its own, the rest in another.

Kivy takes its window size and its environment when it is first imported, so its tests must not
share a process with the others. The closing line adds both up.
"""

from __future__ import annotations

import re
import subprocess
import sys

RUNS = ("not kivy", "kivy")
_COUNT = re.compile(r"(\d+) (passed|failed|error|errors|skipped)")
NOTHING_COLLECTED = 5


def main() -> int:
    """Run both, return the first exit status that is not 0."""
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    worst = 0
    for marks in RUNS:
        print(f"== pytest -m '{marks}'", flush=True)
        run = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-m", marks], stdout=subprocess.PIPE, text=True
        )
        assert run.stdout is not None
        last = ""
        for line in run.stdout:
            print(line, end="", flush=True)
            last = line if _COUNT.search(line) else last
        code = run.wait()
        worst = worst or (0 if code == NOTHING_COLLECTED else code)
        for number, word in _COUNT.findall(last):
            totals["failed" if word.startswith(("failed", "error")) else word] += int(number)
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return worst


if __name__ == "__main__":
    sys.exit(main())
