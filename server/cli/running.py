"""What serves, and what is due each night."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import ExitStack
from functools import partial
from typing import Any, TextIO

from server import parent, serving
from server.app import build_app
from server.cli.command import DONE, REFUSED, Commands, say, show_progress
from server.db.work import Database
from server.exchange import snapshots
from server.jobs.apart import JobsProcess
from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.notices.running import sender_of
from server.people import authorisations
from server.processes import drawing
from server.processes.handing import Handing
from server.processes.keeper import Keeper
from server.processes.living import Processes
from server.settings import Settings
from server.sms import outbox
from sync import local_time
from sync.entities.forms import NATIONAL_CARD

_PAGES_ASKED_MAX, _PAGES_MAX = 64, 8
"""Unless more are asked for: each has connections to the database of its own."""


def declare(commands: Commands) -> None:
    """Add them."""
    serve = commands.add(
        "serve", _serve, "serve tablets, coordinators and the portal until stopped"
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="the port (8000)")
    serve.add_argument(
        "--no-jobs", action="store_true", help="begin no process for the jobs: `run-jobs` does them"
    )
    serve.add_argument(
        "--pages",
        type=_pages,
        metavar="N",
        help="processes that draw pages: one for each core on PostgreSQL; 0: none but the server's "
        "own, as on SQLite",
    )
    serve.add_argument(
        parent.OPTION, action="store_true", help="until standard input ends: with who began it"
    )
    commands.add(
        "purge-uploads", _purge_uploads, "forget uploads that nobody continued for 30 days"
    )
    commands.add("new-key", _new_key, "seal photos and documents by a new key from now on")
    commands.add("reseal", _reseal, "put what older keys sealed under the newest one")
    commands.add(
        "build-snapshots",
        _build_snapshots,
        "prepare what new tablets download; to be run each night",
    )
    commands.add("nightly", _nightly, "do now what is due each night, whether it was done or not")
    commands.add("count-messages", _count_messages, "how many messages went, and today's cost")
    jobs = commands.add(
        "run-jobs", _run_jobs, "do what waits as jobs, apart from the server's pages, until stopped"
    )
    until = jobs.add_mutually_exclusive_group()
    until.add_argument("--once", action="store_true", help="until nothing is due, then end")
    until.add_argument(
        parent.OPTION, action="store_true", help="until standard input ends, as `serve` begins it"
    )


def _pages(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _PAGES_ASKED_MAX):
        raise argparse.ArgumentTypeError(f"a number from 0 to {_PAGES_ASKED_MAX}")
    return int(text)


def _serve(parsed: Any, settings: Settings, database: Database, stdin: TextIO) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "serving").write_text(f"http://{parsed.host}:{parsed.port}\n")
    if reference := settings.card_authorisation:
        database.write(lambda work: authorisations.require(work, NATIONAL_CARD, reference))
    count = _page_processes(database) if parsed.pages is None else parsed.pages
    app: Any = build_app(settings, database, max(count, 1))
    serving.settle()
    database.engines.close()  # a fork would speak over the same connections
    with ExitStack() as ends:
        if count:
            keeper = ends.enter_context(Keeper(partial(drawing.run, app)))
            app = Handing(app, Processes(keeper.asks, count))
        if not parsed.no_jobs:
            ends.enter_context(JobsProcess())
        until = stdin.fileno() if parsed.until_input_ends else None
        serving.run(app, parsed.host, parsed.port, until)


def _page_processes(database: Database) -> int:
    """Return how many processes draw pages: one for each core, where the database serves many."""
    cores = len(os.sched_getaffinity(0))
    return min(cores, _PAGES_MAX) if cores > 1 and not database.engines.is_sqlite else 0


def _purge_uploads(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    gone = Uploads(database, BlobFiles.of(settings)).purge()
    say(parsed, {"purged": gone}, f"{gone} uploads forgotten")


def _new_key(parsed: Any, settings: Settings, _database: Database, _stdin: TextIO) -> None:
    count = BlobFiles.of(settings).keys.add()
    say(parsed, {"keys": count}, f"{count} keys; the newest seals from now on")


def _reseal(parsed: Any, settings: Settings, _database: Database, _stdin: TextIO) -> None:
    done = BlobFiles.of(settings).reseal()
    say(parsed, {"resealed": done}, f"{done} files put under the newest key")


def _build_snapshots(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    made = snapshots.build(database, partial(show_progress, "snapshots"))
    say(parsed, {"made": made}, f"{made} snapshots made")


def _run_jobs(parsed: Any, settings: Settings, database: Database, stdin: TextIO) -> None:
    runner = Runner(Ground(settings, database))
    if parsed.once:
        runner.enqueue_night()
        turns = runner.run_due()
        say(parsed, {"turns": turns}, f"{turns} turns, nothing is due any more")
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: runner.end())
    if parsed.until_input_ends:
        parent.end_with_input(stdin.fileno(), runner.end)
    with sender_of(settings, database):
        runner.run_for_ever()


def _count_messages(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    day = local_time.day_of(database.clock())
    stages, kinds = database.read(
        lambda records: (outbox.counts(records), outbox.segments_of_day(records, day))
    )
    segments, centimes = sum(kinds.values()), settings.limits.centimes
    said = {"stages": stages, "segments": kinds, "centimes": segments * centimes}
    lines = [f"{name}: {number}" for name, number in sorted(stages.items())]
    cost = f"today: {segments} segments, {segments * centimes / 100:.2f} MAD"
    say(parsed, said, "\n".join([*lines, cost]))


def _nightly(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> int:
    """Do each job whatever became of the one before. Returns REFUSED if one failed."""
    runner = Runner(Ground(settings, database))
    nightly = [job for job in runner.jobs.values() if job.nightly_at is not None]
    # A full disk must not keep the snapshots from being made, nor a refusal the check from running.
    done: dict[str, dict[str, int]] = {}
    refused: dict[str, str] = {}
    for job in sorted(nightly, key=lambda job: job.nightly_at or 0):
        ended = runner.run_now(job.name)
        if ended.code:
            refused[job.name] = f"{ended.code} {ended.reference}".rstrip()
            print(f"{job.name}: {refused[job.name]}", file=sys.stderr)
        else:
            done[job.name] = ended.numbers
    lines = [
        f"{name}: " + ", ".join(f"{number} {word}" for word, number in numbers.items())
        for name, numbers in done.items()
    ]
    say(parsed, {"done": done, "refused": refused}, "\n".join(lines))
    return REFUSED if refused or any(one.get("faults") for one in done.values()) else DONE
