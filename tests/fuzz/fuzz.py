"""A fuzzer that goes by coverage: `make fuzz SECONDS=60 SEED=1`.

An input that takes a new way through `sync/` (a pair of lines that follow one another) is kept
and broken further. A decoder may answer with a value or say that the bytes are wrong; any other
exception, endless work, or memory out of proportion is a finding.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from hashlib import blake2b
from pathlib import Path

from sync.errors import Refusal, SyncError
from tests.fuzz.messages import TARGETS, mutate, seeds

CORPUS = Path(__file__).parent / "corpus"
SYNC = str(Path(__file__).parent.parent.parent / "sync")
LINES_MAX = 5_000_000
BYTES_MAX = 64 * 1024 * 1024
FILE_BYTES_MAX = 2_048


class TooMuchWork(Exception):
    """A decoder ran more lines than any honest message needs."""


class Coverage:
    """The ways taken through `sync/` while the body runs: {(code, line before, line)}."""

    def __init__(self):
        self.arcs = set()
        self._lines = 0

    def __enter__(self):
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *_exception):
        sys.settrace(None)

    def _enter_frame(self, frame, _event, _argument):
        code = frame.f_code
        if not code.co_filename.startswith(SYNC):
            return None
        arcs, before = self.arcs, 0

        def trace(frame, event, _argument):
            nonlocal before
            line = frame.f_lineno
            arcs.add((code, before, line))
            before = line
            self._lines += 1
            if self._lines > LINES_MAX:
                raise TooMuchWork(f"{LINES_MAX} lines")
            return trace

        return trace


def feed(target, data):
    """Feed one input. Return (arcs, finding or None, whether it was understood)."""
    finding, is_understood = None, False
    tracemalloc.start()
    coverage = Coverage()
    try:
        with coverage:
            TARGETS[target](data)
        is_understood = True
    except (SyncError, Refusal):
        pass
    except IndexError as fault:
        # An input too short to name its entity is the fuzzer's own affair.
        if data[1:]:
            finding = repr(fault)
    except Exception as fault:  # noqa: BLE001 - this is what we look for
        finding = f"{type(fault).__name__}: {fault}"[:200]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if peak > BYTES_MAX:
        finding = finding or f"{peak >> 20} MB for {len(data)} bytes"
    return coverage.arcs, finding, is_understood


def stored():
    """Return [(target, bytes)] of the committed corpus."""
    return [(path.parent.name, path.read_bytes()) for path in sorted(CORPUS.glob("*/*"))]


def name_of(data):
    return blake2b(data, digest_size=8).hexdigest()


class Fuzzer:
    """Inputs worth keeping, and what they have reached."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.pool = {target: [] for target in TARGETS}
        self.reached = {target: set() for target in TARGETS}
        self.findings = {}
        self.count = 0
        for target, data in [*seeds(), *stored()]:
            self.take(target, data, keep=True)

    def take(self, target, data, *, keep=False):
        """Feed an input; keep it if it went where none had been."""
        arcs, finding, _ = feed(target, data)
        self.count += 1
        if finding is not None:
            self.findings.setdefault((target, finding.split(" at ")[0][:60]), (finding, data))
        is_new = not arcs <= self.reached[target]
        self.reached[target] |= arcs
        if is_new or keep:
            self.pool[target].append(data)

    def run(self, seconds):
        """Break inputs until the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            target = self.rng.choice(tuple(TARGETS))
            pool = self.pool[target]
            data, other = self.rng.choice(pool), self.rng.choice(pool)
            if self.rng.random() < 0.5:
                data = self.rng.choice(pool[-20:])
            self.take(target, mutate(target, data, other, self.rng))

    def save(self):
        """Write the fewest small inputs that together, with the seeds, reach what all reach."""
        for target, pool in self.pool.items():
            covered = set()
            for seeded, data in seeds():
                if seeded == target:
                    covered |= feed(target, data)[0]
            folder = CORPUS / target
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.glob("*"):
                path.unlink()
            for data in sorted(pool, key=len):
                arcs = feed(target, data)[0]
                if len(data) <= FILE_BYTES_MAX and not arcs <= covered:
                    covered |= arcs
                    (folder / name_of(data)).write_bytes(data)


def main():
    """Fuzz for so many seconds; print findings; exit status 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--save", action="store_true", help="write what is new to the corpus")
    given = parser.parse_args()
    fuzzer = Fuzzer(given.seed)
    fuzzer.run(given.seconds)
    if given.save:
        fuzzer.save()
    arcs = sum(len(reached) for reached in fuzzer.reached.values())
    kept = sum(len(pool) for pool in fuzzer.pool.values())
    print(f"seed {given.seed}: {fuzzer.count} inputs, {kept} kept, {arcs} ways")
    for (target, _), (finding, data) in fuzzer.findings.items():
        Path("build").mkdir(exist_ok=True)
        path = Path("build") / f"fuzz-{target}-{name_of(data)}"
        path.write_bytes(data)
        print(f"{target}: {finding}\n    {path}")
    return 1 if fuzzer.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
