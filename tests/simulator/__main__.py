"""`python -m tests.simulator`: many seeds, or one seed event by event, with or without a mutant."""

from __future__ import annotations

import argparse
import sys

from tests.simulator import pool
from tests.simulator.mutants import BUDGET, MUTANTS
from tests.simulator.run import run


def main() -> int:
    """Run what was asked for; 1 when something did not hold."""
    parser = argparse.ArgumentParser(prog="tests.simulator")
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, help="one seed, event by event")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mutant", help="put this fault back in: it must be found")
    parser.add_argument("--mutants", action="store_true", help="each of them")
    parser.add_argument("--budget", type=int, default=BUDGET, help="seeds a mutant may survive")
    given = parser.parse_args()
    if given.mutants or given.mutant:
        names = [given.mutant] if given.mutant else list(MUTANTS)
        return _hunt(names, given)
    if given.seed is not None:
        outcomes = [run(given.seed, is_told=True)]
    else:
        outcomes = list(pool.play(range(given.start, given.start + given.seeds), given.jobs))
    faults = [one for one in outcomes if one.violation]
    for one in faults:
        print(f"seed {one.seed}: {one.violation}")
    total = sum(one.exchanges for one in outcomes)
    print(f"seeds {len(outcomes)}, exchanges {total}, violations {len(faults)}")
    return 1 if faults else 0


def _hunt(names: list[str], given: argparse.Namespace) -> int:
    alive = 0
    for kill in pool.hunt_all(names, given.jobs, start=given.start, budget=given.budget):
        alive += kill.seed is None or bool(kill.doubt)
        end = "SURVIVED" if kill.seed is None else f"seed {kill.seed}: {kill.violation[:70]}"
        doubt = f"NO KILL, {kill.doubt}: " if kill.doubt else ""
        print(f"{kill.name:<42} {kill.tried:>5}  {doubt}{end}", flush=True)
    print(f"mutants {len(names)}, not killed {alive}")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
