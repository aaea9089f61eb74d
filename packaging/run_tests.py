"""Run the suite in processes side by side: one core is left idle by waiting otherwise.

Kivy takes its window size and its environment when it is first imported, and a Java virtual machine
lasts as long as its process, so the tests of either share a process with no others. A test is of
the first of `KINDS` whose mark it has, or of none; a kind is run in one process or more, by files.
What each process said is printed when it ends, with the seconds it took; the closing lines add up.

usage: run_tests.py             all but the paths of stories that `make stories` plays
       run_tests.py check       what needs nothing beside Python, and is not slow
       run_tests.py stories     each story on every path: language, width, script
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
KINDS = ("kivy", "java", "browser", "postgres")
PARTS = {
    "kivy": ("tests/mobile_app/ui/test_[a-f]", "tests/mobile_app/ui/test_[g-q]"),
    "": ("tests/simulator/", "tests/(server|doors)/"),
    "postgres": ("tests/(server|doors)/",),
}
"""Files of a kind that have a process of their own, by how they begin; the rest share another."""
ORDER = ("browser", "postgres", "", "kivy", "java")
"""The kinds whose processes take longest come first: the last to end are short."""
LANES = 3
"""One more than the cores of the least machine: a browser's process waits for half its time."""
NOTHING_COLLECTED = 5
_COUNT = re.compile(r"(\d+) (passed|failed|error|errors|skipped)")
_WHOLE = re.compile(r"^pytestmark = .*", re.MULTILINE)
_MARK = re.compile(r"mark\.(\w+)")


@dataclass(frozen=True)
class Run:
    """One process of pytest: the tests of a kind in some files."""

    kind: str
    files: tuple[str, ...]
    more: str = "not replay"
    """What else is asked of their marks."""

    @property
    def marks(self) -> str:
        """The expression for `pytest -m`."""
        before = KINDS[: KINDS.index(self.kind)] if self.kind else KINDS
        wanted = [self.kind] if self.kind else []
        return " and ".join((*wanted, *(f"not {mark}" for mark in before), self.more))

    @property
    def name(self) -> str:
        """What it is called in the report."""
        first, *others = self.files
        return f"{self.kind or 'plain'}, {first}" + (f" and {len(others)} more" if others else "")


def test_files() -> tuple[str, ...]:
    """Return the paths of all files with tests, from the root."""
    return tuple(
        sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
    )


def runs(more: str = "not replay", kinds: Iterable[str] = ORDER) -> Iterator[Run]:
    """Yield the processes of some kinds, the longest first."""
    marked = {name: _marks_in(ROOT / name) for name in test_files()}
    if "not slow" in more:
        marked = {name: marks for name, marks in marked.items() if "slow" not in marks}
    if "not" not in more:
        # Of what a browser shows, paths are left to the stories as they are collected.
        marked = {name: marks for name, marks in marked.items() if {more, "browser"} & set(marks)}
    for kind in kinds:
        left = [name for name in marked if kind in marked[name]]
        for pattern in PARTS.get(kind, ()):
            part = tuple(name for name in left if re.match(pattern, name))
            left = [name for name in left if name not in part]
            if part:
                yield Run(kind, part, more)
        if left:
            yield Run(kind, tuple(left), more)


def _marks_in(path: Path) -> set[str]:
    """Return the kinds of tests that a file may have: what it imports is loaded for no others.

    Among them are "slow" if all its tests are, and "story" if it tells any.
    """
    text = path.read_text(encoding="utf-8")
    whole = {mark for line in _WHOLE.findall(text) for mark in _MARK.findall(line)}
    more = (whole & {"slow"}) | ({"story"} if "\n@story(" in text else set())
    if kind := next((kind for kind in KINDS if kind in whole), None):
        return {kind, *more}
    # A database on either engine comes with a fixture, which a file need not name.
    return {"", "postgres", *(set(_MARK.findall(text)) & {*KINDS}), *more}


def main(what: str = "all") -> int:
    """Run what is asked for, return the first exit status that is not 0."""
    if what == "check":
        asked = runs("not replay and not slow", kinds=("",))
    elif what == "stories":
        asked = runs("story", kinds=("kivy", "browser"))
    else:
        asked = runs()
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    begun, seconds, worst = time.monotonic(), [], 0
    with ThreadPoolExecutor(LANES) as lanes:
        for done in as_completed([lanes.submit(_run, run) for run in asked]):
            code, cpu, counts = done.result()
            worst = worst or code
            seconds.append(cpu)
            for number, word in counts:
                totals["failed" if word.startswith(("failed", "error")) else word] += int(number)
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    print(f"{time.monotonic() - begun:.0f} s, {sum(seconds):.0f} s of CPU")
    return worst


def _run(run: Run) -> tuple[int, float, list[tuple[str, str]]]:
    """Run it; return the exit status, the seconds of CPU, and how many passed and failed."""
    print(f"== {run.name} begins", flush=True)
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-m", run.marks, *run.files],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)  # with all the processes that it has waited for
    process.stdout.close()
    process.returncode = code = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    seconds = time.monotonic() - begun
    print(f"== {run.name}: {seconds:.0f} s, {cpu:.0f} s of CPU\n{said}", flush=True)
    lines = [line for line in said.splitlines() if _COUNT.search(line)]
    return (
        0 if code == NOTHING_COLLECTED else code,
        cpu,
        _COUNT.findall(lines[-1]) if lines else [],
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
