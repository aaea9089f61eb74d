"""Commands of the audit log: its heads, its chains looked through, somebody forgotten in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import msgspec

from server.audit.erase import erase
from server.audit.log import AuditLog
from server.audit.verify import Flaw, Head, heads, verify
from server.cli.command import DONE, Commands, say
from server.db.records import NotFound
from server.db.work import Database
from server.settings import Settings
from sync import flat
from sync.errors import Refusal

FAULTY = 1
_WORDS = {
    Flaw.CHANGED: "is not what was written",
    Flaw.MOVED: "does not follow the one before: changed, or moved",
    Flaw.REMOVED: "was removed",
    Flaw.CUT: "is not what the head that was kept says: the chain was cut or written anew",
    Flaw.FORGOTTEN: "values were emptied that no act of forgetting counted",
}


class HeadUnreadable(Refusal):
    """Not a file that `audit-head` printed."""

    code = "head_unreadable"


def declare(commands: Commands) -> None:
    """Add them."""
    commands.add(
        "audit-head", _head, "print the heads of the audit log's chains, to be kept with a backup"
    )
    looked = commands.add(
        "verify-audit", _verify, "look through the audit log: exit status 1 if it was tampered with"
    )
    looked.add_argument("--head", metavar="FILE", help="what `audit-head` printed for a backup")
    forgotten = commands.add(
        "forget-in-audit", _forget, "empty who saw a person or enterprise; the chains stay whole"
    )
    forgotten.add_argument("record", metavar="ID", help="of the person or enterprise")


def _head(_parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    AuditLog(database).write()
    print(msgspec.json.encode(database.read(heads)).decode())


def _verify(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> int:
    kept = _kept(Path(parsed.head)) if parsed.head else None
    AuditLog(database).write()
    found = database.read(lambda records: verify(records, kept))
    faults = [
        {
            **msgspec.to_builtins(fault),
            "at": None if fault.at is None else flat.moment_text(fault.at),
        }
        for fault in found.faults
    ]
    lines = [f"{found.events} events of {found.writers} writers, {found.emptied} emptied"]
    for fault in faults:
        where = f"writer {fault['writer'] or '-'}, event {fault['seq']}, {fault['at'] or 'the end'}"
        lines.append(f"FAULT {where}: {_WORDS[Flaw(fault['flaw'])]}")
    shown = {"writers": found.writers, "events": found.events, "emptied": found.emptied}
    say(parsed, {**shown, "faults": faults}, "\n".join(lines))
    return FAULTY if faults else DONE


def _kept(path: Path) -> dict[str, Head]:
    """Return the heads of a file. Raises HeadUnreadable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Head])
    except (OSError, msgspec.MsgspecError) as fault:
        raise HeadUnreadable(f"{path}: {fault}", file=str(path)) from fault


def _forget(parsed: Any, _settings: Settings, database: Database, _stdin: TextIO) -> None:
    try:
        record_id = UUID(parsed.record).bytes
    except ValueError as fault:
        raise NotFound("record: not an id", entity="person") from fault
    AuditLog(database).write()
    count = database.write(lambda work: erase(work, record_id, by=None))
    say(parsed, {"emptied": count}, f"{count} events emptied")
