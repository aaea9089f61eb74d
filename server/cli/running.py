"""What serves, and what is due each night."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

from server import serving
from server.accounts import throttle
from server.app import build_app
from server.check import check
from server.cli.command import DONE, REFUSED, Commands, say, show_progress
from server.db.work import Database
from server.exchange import snapshots
from server.media.commands import Uploads
from server.media.store import BlobFiles
from server.people import authorisations
from server.settings import Settings
from sync.entities.forms import NATIONAL_CARD
from sync.errors import Refusal


def declare(commands: Commands) -> None:
    """Add them."""
    serve = commands.add(
        "serve", _serve, "serve tablets, coordinators and the portal until stopped"
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=8000, help="the port (8000)")
    commands.add(
        "purge-uploads", _purge_uploads, "forget uploads that nobody continued for 30 days"
    )
    commands.add(
        "build-snapshots",
        _build_snapshots,
        "prepare what new tablets download; to be run each night",
    )
    commands.add(
        "nightly",
        _nightly,
        "what is due each night: purge-uploads, build-snapshots, check; for a timer",
    )


def _serve(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "serving").write_text(f"http://{parsed.host}:{parsed.port}\n")
    if reference := settings.card_authorisation:
        database.write(lambda work: authorisations.require(work, NATIONAL_CARD, reference))
    serving.run(build_app(settings, database), parsed.host, parsed.port)


def _purge_uploads(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> None:
    gone = Uploads(database, BlobFiles(settings.data_dir)).purge()
    say(parsed, {"purged": gone}, f"{gone} uploads forgotten")


def _build_snapshots(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    made = snapshots.build(database, partial(show_progress, "snapshots"))
    say(parsed, {"made": made}, f"{made} snapshots made")


def _nightly(parsed: Any, settings: Settings, database: Database, _stdin: TextIO) -> int:
    """Do each job whatever became of the one before. Returns REFUSED if one failed."""
    jobs: dict[str, Callable[[], Any]] = {
        "purged": lambda: Uploads(database, BlobFiles(settings.data_dir)).purge(),
        "forgotten_tries": lambda: database.write(throttle.forget_old),
        "snapshots": lambda: snapshots.build(database, lambda _done, _all: None),
        "faults": lambda: check(settings, database)["faults"],
    }
    # A full disk must not keep the snapshots from being made, nor a refusal the check from running.
    done: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, job in jobs.items():
        try:
            done[name] = job()
        except Refusal as refusal:
            refused[name] = refusal.code
            print(f"{name}: {refusal.code}: {refusal}", file=sys.stderr)
    lines = [f"{name}: {value}" for name, value in {**done, **refused}.items()]
    say(parsed, {**done, "refused": refused}, "\n".join(lines))
    return REFUSED if refused or done.get("faults") else DONE
