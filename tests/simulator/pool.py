"""Seeds over processes, each with a server of its own in memory."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from functools import partial

from tests.simulator.mutants import MUTANTS, Kill, hunt
from tests.simulator.run import Outcome, run


def play(seeds: Sequence[int], jobs: int = 2) -> Iterator[Outcome]:
    """Yield what each seed came to, in order."""
    if jobs == 1 or len(seeds) == 1:
        yield from map(run, seeds)
        return
    # Spawned, not forked: a copy of a process that holds open databases is none to rely on.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(run, seeds, chunksize=10)


def hunt_all(names: Sequence[str] = tuple(MUTANTS), jobs: int = 2, **bounds: int) -> Iterator[Kill]:
    """Yield how each mutant fared, as they are found."""
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(partial(hunt, **bounds), names)
