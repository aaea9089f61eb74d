"""Commands of the catalogue of services: written as files, and proposed from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from server.cli.command import Commands, say
from server.db.work import Database
from server.services import exporting
from server.settings import Settings


def declare(commands: Commands) -> None:
    """Add them."""
    exported = commands.add(
        "export-services", _export, "write the newest edition of each service as CODE.json"
    )
    exported.add_argument("folder", metavar="FOLDER", help="where to; made if it is not there")
    imported = commands.add(
        "import-services",
        _import,
        "propose what differs in such files: it holds once it is published at the desk",
    )
    imported.add_argument("folder", metavar="FOLDER", help="with a CODE.json for each service")


def _export(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    count = database.read(lambda records: exporting.export(records, Path(parsed.folder)))
    say(parsed, {"services": count}, f"{count} services written to {parsed.folder}")


def _import(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    taken = database.write(lambda work: exporting.take(work, Path(parsed.folder)))
    say(parsed, {"proposed": taken}, f"{len(taken)} proposed: {', '.join(taken) or 'none differs'}")
