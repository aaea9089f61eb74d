"""Run a command: `python -m server COMMAND`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from server import problems
from server.accounts.standing import THE_OPERATOR
from server.app import open_database
from server.cli import accounts, auditing, database, running, services, tablets
from server.cli.command import DONE, MISUSED, REFUSED, Commands
from server.db.schema import is_current
from server.phrases import load_phrases
from server.settings import BadSettings, Settings
from sync.errors import Refusal

GROUPS = (database, accounts, services, tablets, running, auditing)


class NotMigrated(Refusal):
    """The database has not the schema of this program."""

    code = "database_not_migrated"


def main(arguments: Sequence[str], environ: Mapping[str, str], stdin: TextIO) -> int:
    """Run one command. Returns the exit status: 0 done, 2 misused, 4 refused."""
    parsed = parser().parse_args(arguments)
    try:
        settings = Settings.from_env(environ)
    except BadSettings as bad:
        for mistake in bad.mistakes:
            print(mistake, file=sys.stderr)
        return MISUSED
    opened = open_database(settings)
    try:
        # Who sits here has every right that a command names: one without is a mistake of ours.
        THE_OPERATOR.require(parsed.right)
        if parsed.needs_schema and not is_current(opened.engines, opened.tables):
            raise NotMigrated("run `python -m server migrate` first")
        result = parsed.command(parsed, settings, opened, stdin)
    except Refusal as refusal:
        language = problems.language_of(environ.get("LANG", ""))
        sentence = load_phrases(language).sentence(refusal.code, refusal.values)
        if getattr(parsed, "json", False):
            print(json.dumps({"code": refusal.code, "sentence": sentence}, ensure_ascii=False))
        print(f"{refusal.code}: {sentence} ({refusal})", file=sys.stderr)
        return REFUSED
    finally:
        opened.engines.close()
    return int(result or DONE)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m server",
        description="The server of Nuqta: contact points, people and visits of the programme.",
        epilog="Settings: NUQTA_DATABASE_URL (SQLite in the data folder by default, or "
        "postgresql://…), NUQTA_DATA_DIR (./var), NUQTA_PUBLIC_URL (how tablets reach this "
        "server), NUQTA_SLICE_COUNT (half-years of visits on a tablet, 2), NUQTA_DEMO=1 "
        "(shows /dev/outbox). First: migrate, load-reference, create-user, serve.",
    )
    commands = Commands(top)
    for group in GROUPS:
        group.declare(commands)
    return top
