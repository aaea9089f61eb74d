"""How a command is declared, and how it says what it did."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol, TextIO

from server.db.work import Database
from server.rights import Right
from server.settings import Settings

DONE, REFUSED, MISUSED = 0, 4, 2


class Command(Protocol):
    """What a command does: its words, the settings, the database, standard input."""

    def __call__(
        self, parsed: Any, settings: Settings, database: Database, stdin: TextIO, /
    ) -> int | None:
        """Do it. Returns the exit status if it is not DONE. Raises Refusal."""
        ...


class Commands:
    """The commands of one parser."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        """Add to a parser, which then wants a command."""
        self._commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        self,
        name: str,
        command: Command,
        about: str,
        right: Right = Right.RUN_SERVER,
        *,
        needs_schema: bool = True,
    ) -> argparse.ArgumentParser:
        """Declare a command; its arguments are added to what this returns.

        Args:
            right: that the operator must have.
            needs_schema: whether it refuses a database that is not of this program's schema.
        """
        parser = self._commands.add_parser(name, help=about, description=about)
        parser.set_defaults(command=command, right=right, needs_schema=needs_schema)
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        return parser


def say(parsed: Any, result: Mapping[str, Any], words: str) -> None:
    """Print what a command did: `result` for programs, `words` for people."""
    print(json.dumps(result, ensure_ascii=False) if parsed.json else words)


def show_progress(what: str, done: int, whole: int) -> None:
    """Draw how far a long command is, in place, on standard error."""
    filled = 30 * done // max(whole, 1)
    end = "\n" if done >= whole else ""
    print(
        f"\r{what:<14} {'█' * filled}{'·' * (30 - filled)} {done}/{whole}", end=end, file=sys.stderr
    )
