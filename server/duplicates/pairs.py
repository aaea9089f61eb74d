"""The pairs that were found: kept once, asked once, and again only if what they rest on changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import sqlalchemy as sa

from server.db.work import Work
from server.web.waiting import PAIR_WAITS
from sync.rules.duplicates import COMPARED, Likeness
from sync.spec import Value

OPEN, ASKED, DISMISSED, MERGED = "open", "asked", "dismissed", "merged"
WAITING = PAIR_WAITS


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it is compared: which, and its values."""

    record_id: bytes
    values: Mapping[str, Value]


def keep(work: Work, entity: str, first: Seen, second: Seen, alike: Likeness) -> None:
    """Keep a pair: new, or as it is now; one that was answered stays so, unless it changed."""
    low, high = sorted((first, second), key=lambda one: one.record_id)
    table = work.tables.duplicate_pair
    rests_on = digest(low.values, high.values)
    values = {
        "low_commune": str(low.values["commune_code"]),
        "high_commune": str(high.values["commune_code"]),
        "score": round(alike.score * 100),
        "reasons": " ".join(reason.code for reason in alike.reasons),
        "rests_on": rests_on,
    }
    of_both = (table.c.low_id == low.record_id, table.c.high_id == high.record_id)
    before = work.connection.execute(
        sa.select(table.c.id, table.c.state, table.c.rests_on).where(*of_both)
    ).first()
    if before is None:
        work.connection.execute(
            work.insert_or_skip(table).values(
                entity=entity,
                low_id=low.record_id,
                high_id=high.record_id,
                state=OPEN,
                found_at=work.now_ms,
                **values,
            )
        )
        return
    if bytes(before.rests_on) == rests_on and before.state != MERGED:
        return
    again = {} if before.state in WAITING else {"state": OPEN, "found_at": work.now_ms}
    work.connection.execute(
        sa.update(table).where(table.c.id == before.id).values(**values, **again)
    )


def forget_unlike(work: Work, record_id: bytes, alike: Iterable[bytes]) -> None:
    """Forget the open pairs of a record with those that it is not alike any more."""
    table, kept = work.tables.duplicate_pair, set(alike)
    query = sa.select(table.c.id, table.c.low_id, table.c.high_id).where(
        sa.or_(table.c.low_id == record_id, table.c.high_id == record_id),
        table.c.state == OPEN,
    )
    gone = [
        row.id for row in work.connection.execute(query) if not {row.low_id, row.high_id} & kept
    ]
    if gone:
        work.connection.execute(sa.delete(table).where(table.c.id.in_(gone)))


def forget_open(work: Work, record_id: bytes) -> None:
    """Forget the pairs of a record that was merged: its survivor is compared anew."""
    forget_unlike(work, record_id, ())


def lock(work: Work, number: int) -> None:
    """Let nobody else answer a pair until the transaction ends."""
    table = work.tables.duplicate_pair
    work.connection.execute(sa.select(table.c.id).where(table.c.id == number).with_for_update())


def settle(work: Work, first: bytes, second: bytes, state: str, by: bytes | None) -> None:
    """Say what became of a pair, be it one that was found or not."""
    low, high = sorted((first, second))
    table = work.tables.duplicate_pair
    work.connection.execute(
        sa.update(table)
        .where(table.c.low_id == low, table.c.high_id == high)
        .values(state=state, decided_by=by, decided_at=work.now_ms)
    )


def digest(low: Mapping[str, Value], high: Mapping[str, Value]) -> bytes:
    """Return 8 bytes of the values that the likeness of two rests on."""
    both = [[one.get(name) for name in COMPARED] for one in (low, high)]
    return sha256(msgspec.msgpack.encode(both)).digest()[:8]
