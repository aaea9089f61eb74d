"""Incarnations: the lines of numbers that one device writes its changes under.

A device numbers its changes 1, 2, 3 … under one incarnation. If it is restored from a copy, or
cloned, two lines share their beginning and then differ (`Outcome.FORK`): whoever comes second goes
on under an incarnation of its own, with changes that keep the incarnation and sequence of their
capture, so that what had arrived is known again. Twins then work side by side.

How the second is noticed: each change is chained to those before it, so the chain after 6 says what
1 to 6 were. A tablet at 5 is copied. The copy sends its 6, and the server keeps the chain after it.
The tablet sends a 6 of its own: the chain before is that after 5, as here, the one after 6 is not.
It is told to go on under incarnation 2, where its 6 is the first. That change keeps its birth
(1, 6), of which with its content its id is made: sent once more after the next copy, it is known.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature

from server.db.records import Records
from server.db.schema import signing_key
from server.db.work import Work
from sync import limits, scopes
from sync.acknowledgements import signed_content
from sync.changes import CHAIN_START
from sync.errors import Malformed
from sync.messages import Proof

_TRANSACTION_MS_MAX = 60_000
_INC_MAX = 2**31 - 1
_AHEAD_MAX = 64
"""How many incarnations a restored server may have lost: each was a fork since its backup."""


def begin(work: Work, device_id: int, *, beyond: int = 0) -> int:
    """Give a device its next incarnation, and return its number.

    Args:
        beyond: the one that the device says it has. The next is higher, unless that is further
            ahead than a restored server can have lost: then the device made it up.

    Raises:
        Malformed: the device has none left.
    """
    device, table = work.tables.device, work.tables.incarnation
    newest = work.connection.scalar(
        sa.select(device.c.newest_inc).where(device.c.id == device_id).with_for_update()
    )
    # A server restored to incarnation 2 meets a device that says 4: the next is 5, since changes
    # born under 3 and 4 are about. One that says 4 billion did not get that from here.
    newest = int(newest or 0)
    inc = (beyond if newest < beyond <= newest + _AHEAD_MAX else newest) + 1
    if inc > _INC_MAX:
        raise Malformed(f"device {device_id}: no incarnation is left")
    work.connection.execute(
        sa.insert(table).values(
            device_id=device_id, inc=inc, last_seq=0, chain=CHAIN_START, last_effective_at=0
        )
    )
    work.connection.execute(
        sa.update(device).where(device.c.id == device_id).values(newest_inc=inc)
    )
    return inc


def find(records: Records, device_id: int, inc: int, *, is_locked: bool = False) -> Any:
    """Return a device's row together with that of one of its incarnations; None if there is none.

    Args:
        is_locked: hold both until the transaction ends.
    """
    query = _line(records.tables.device, records.tables.incarnation, is_locked)
    which = {"key": device_id, "incarnation": inc}
    return records.connection.execute(query, which).first()


@cache
def _line(device: sa.Table, line: sa.Table, is_locked: bool) -> sa.Select[Any]:
    query = (
        sa.select(device, *(column for column in line.c if column.name != "device_id"))
        .join(line, line.c.device_id == device.c.id)
        .where(device.c.id == sa.bindparam("key"), line.c.inc == sa.bindparam("incarnation"))
    )
    return query.with_for_update() if is_locked else query


def chain_after(records: Records, line: Any, seq: int) -> bytes | None:
    """Return the chain after a sequence as the server knows it; None if it forgot."""
    if seq <= 0:
        return CHAIN_START
    # Asked for with nearly every push; the row at hand has it.
    if seq == line.last_seq:
        return bytes(line.chain)
    table = records.tables.acknowledgement
    query = sa.select(table.c.chain).where(
        table.c.device_id == line.id, table.c.inc == line.inc, table.c.seq == seq
    )
    found = records.connection.scalar(query)
    return bytes(found) if found is not None else None


def stable_seq(records: Records, line: Any, now_ms: int) -> int:
    """Return the last change that no restored backup can lose: up to it a device may forget.

    That is what the last verified backup holds (`note_backup`), and what is older than
    `STABLE_AFTER_DAYS` in any case: no backup is kept unverified for longer.
    """
    installation, table = records.tables.installation, records.tables.acknowledgement
    kept = records.connection.scalar(_named(installation), {"name": "backed_up_ms"})
    safe_ms = max(int(kept or 0), now_ms - limits.STABLE_AFTER_DAYS * scopes.DAY_MS)
    which = {"device": line.id, "incarnation": line.inc, "moment": safe_ms}
    return int(records.connection.scalar(_last_until(table), which) or 0)


@cache
def _named(installation: sa.Table) -> sa.Select[Any]:
    return sa.select(installation.c.value).where(installation.c.name == sa.bindparam("name"))


@cache
def _last_until(table: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(table.c.seq)
        .where(
            table.c.device_id == sa.bindparam("device"),
            table.c.inc == sa.bindparam("incarnation"),
            table.c.at <= sa.bindparam("moment"),
        )
        .order_by(table.c.seq.desc())
        .limit(1)
    )


def note_backup(work: Work, moment_ms: int) -> None:
    """Keep that a verified backup holds everything up to a moment (Unix milliseconds).

    A little less is believed: what was begun before that moment may have ended after it.
    """
    table = work.tables.installation
    kept = {"name": "backed_up_ms", "value": str(moment_ms - _TRANSACTION_MS_MAX).encode()}
    work.connection.execute(work.insert_or_skip(table).values(**kept))
    work.connection.execute(
        sa.update(table).where(table.c.name == kept["name"]).values(value=kept["value"])
    )


def is_loss_proved(records: Records, device: Any, proof: Proof, epoch: bytes) -> bool:
    """Whether a device shows an acknowledgement of ours, of this epoch, that is no more here.

    Then the database was restored, or a standby took over without its last transactions, and
    nobody has said so by a new epoch.
    """
    content = signed_content(
        device_id=device.id,
        inc=proof.inc,
        last_seq=proof.last_seq,
        chain=proof.chain,
        columns=proof.columns,
        epoch=epoch,
        server_ms=proof.server_ms,
    )
    try:
        signing_key(records).public_key().verify(proof.signature, content)
    except InvalidSignature:
        return False
    line = find(records, device.id, proof.inc)
    return line is None or line.last_seq < proof.last_seq
