"""Commands of the database, from empty to restored."""

from __future__ import annotations

import os
import sys
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from typing import Any, TextIO

from server.accounts import incarnations
from server.check import check
from server.cli.command import DONE, REFUSED, Commands, say, show_progress
from server.db.schema import EPOCH_BYTES, change_epoch, migrate
from server.db.work import Database
from server.exchange import settle
from server.pilot.bulk import generate_bulk
from server.pilot.bulk_parts import Profile
from server.pilot.generate import generate
from server.reference.load import load
from server.settings import Settings
from sync.errors import Refusal


class BadMoment(Refusal):
    """Not a moment that has been, written with its zone."""

    code = "moment_wrong"


def declare(commands: Commands) -> None:
    """Add them."""
    commands.add(
        "migrate",
        _migrate,
        "make the database, or bring it to this program's schema and search",
        needs_schema=False,
    )
    commands.add(
        "load-reference", _load_reference, "load the regions, provinces and communes of Morocco"
    )
    _declare_pilot(commands)
    epoch = commands.add(
        "new-epoch",
        _new_epoch,
        "to be run after a backup was restored: tablets compare, and send again what is missing",
    )
    epoch.add_argument(
        "--since",
        metavar="MOMENT",
        help="when the backup was restored, with its zone, if the server has served since then",
    )
    commands.add(
        "replay-held",
        _replay_held,
        "to be run after an upgrade: try all that is held once more by the present rules",
    )
    backed_up = commands.add(
        "backed-up",
        _backed_up,
        "to be run when a backup was verified: tablets may forget what it holds",
    )
    backed_up.add_argument(
        "--at",
        required=True,
        metavar="MOMENT",
        help="when the backup began, with its zone: 2026-11-25T02:00:00+01:00",
    )
    commands.add(
        "check", _check, "check settings and schema; recompute the feed's counts and digests"
    )


def _declare_pilot(commands: Commands) -> None:
    pilot = commands.add(
        "generate-pilot", _generate_pilot, "fill the three pilot provinces with invented data"
    )
    pilot.add_argument("--seed", type=int, default=1, help="the same seed, the same data (1)")
    pilot.add_argument("--farmers", type=int, help="how many farmers (2000)")
    pilot.add_argument("--visits", type=int, help="how many visits (6000)")
    pilot.add_argument(
        "--no-living",
        dest="living",
        action="store_false",
        help="without the days of work on tablets: nothing waits for anybody then",
    )
    pilot.add_argument(
        "--bulk", action="store_true", help="fill all communes of an empty database, for measuring"
    )
    pilot.add_argument(
        "--scale", type=float, default=1.0, help="of bulk data: 0.1 makes a tenth of all records"
    )
    for field in fields(Profile):
        if field.name != "visits":
            about = f"of bulk data: how many {field.name} ({field.default})"
            pilot.add_argument(f"--{field.name}", type=int, help=about)


def _migrate(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    ran = migrate(database.engines, database.tables, epoch=os.urandom(EPOCH_BYTES))
    say(parsed, {"revisions": ran}, f"{len(ran)} revisions ran: {', '.join(ran) or 'none needed'}")


def _load_reference(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    loaded = database.write(load)
    say(parsed, loaded, ", ".join(f"{count} {name}" for name, count in loaded.items()) + " new")


def _generate_pilot(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    tell = show_progress if sys.stderr.isatty() else lambda _what, _done, _all: None
    if parsed.bulk:
        names = [field.name for field in fields(Profile)]
        given = {name: value for name in names if (value := getattr(parsed, name)) is not None}
        profile = replace(Profile().scaled(parsed.scale), **given)
        made = generate_bulk(database, profile, seed=parsed.seed, tell=tell)
    else:
        # What draws pictures and serves is loaded for this command alone.
        from server.pilot.living import enliven  # noqa: PLC0415

        alive = {"enliven": partial(enliven, settings=settings)} if parsed.living else {}
        made = generate(
            database,
            seed=parsed.seed,
            farmer_count=2_000 if parsed.farmers is None else parsed.farmers,
            visit_count=6_000 if parsed.visits is None else parsed.visits,
            tell=tell,
            **alive,
        )
    say(parsed, made, ", ".join(f"{count} {name}" for name, count in made.items()))


def _new_epoch(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    epoch = os.urandom(EPOCH_BYTES)
    since_ms = None if parsed.since is None else _read_moment(parsed.since)
    database.write(lambda work: change_epoch(work, epoch, since_ms=since_ms))
    say(parsed, {"epoch": epoch.hex()}, f"the epoch is {epoch.hex()} now")


def _replay_held(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    done = settle.replay_all(database, slice_count=settings.slice_count)
    words = f"{done.applied} held changes applied, {done.held} wait still"
    say(parsed, {"applied": done.applied, "held": done.held}, words)


def _backed_up(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    moment_ms = _read_moment(parsed.at)
    if moment_ms > database.clock():
        raise BadMoment(f"backed-up: {parsed.at} is still to come", moment=parsed.at)
    database.write(lambda work: incarnations.note_backup(work, moment_ms))
    say(parsed, {"backed_up_ms": moment_ms}, f"everything up to {parsed.at} is backed up")


def _read_moment(text: str) -> int:
    """Return a moment written with its zone as Unix milliseconds. Raises BadMoment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadMoment(f"{text!r}: no moment", moment=text) from fault
    if moment.tzinfo is None:
        raise BadMoment(f"{text!r}: no zone", moment=text)
    return int(moment.timestamp() * 1_000)


def _check(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> int:
    found = check(settings, database)
    lines = [f"{name}: {value}" for name, value in found.items() if name != "faults"]
    say(parsed, found, "\n".join([*lines, *(f"FAULT {fault}" for fault in found["faults"])]))
    return REFUSED if found["faults"] else DONE
