"""A visit's flags in words: short on a line of a list, whole on the page of the visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.db.among import among_ids
from server.db.records import Records
from server.web.reader import Reader
from server.web.shell import DESK
from sync.rules import flags

_METRES = frozenset({flags.FAR})
_SIGNS: Mapping[str, str] = {
    flags.SHORT: "clock",
    flags.LATE: "clock",
    flags.CLOCK: "clock",
    flags.OVERLAP: "clock",
    flags.SAME_PHOTO: "photo",
    flags.SAME_SIGNATURE: "signature",
    flags.MANY: "clipboard-list",
}


@dataclass(frozen=True, slots=True)
class FlagWords:
    """A flag as pages show it: in short, in a sentence, and the visit that it meets."""

    code: str
    short: str
    reason: str
    sign: str
    other_url: str = ""


def flags_of(
    records: Records, reader: Reader, visit_ids: Sequence[bytes]
) -> dict[bytes, list[FlagWords]]:
    """Return the flags of visits, by the visit's id, each in the order of its rules."""
    table = records.tables.visit_flag
    found: dict[bytes, list[FlagWords]] = {visit_id: [] for visit_id in visit_ids}
    if not visit_ids:
        return found
    of_visits = among_ids(records.connection, table.c.visit_id, visit_ids)
    rows = records.connection.execute(sa.select(table).where(of_visits)).all()
    known = [row for row in rows if row.code in flags.CODES]
    for row in sorted(known, key=lambda row: flags.CODES.index(row.code)):
        found[row.visit_id].append(_in_words(reader, row))
    return found


def flag_name(reader: Reader, code: str) -> str:
    """Return what a flag is called, without its figure: in a filter."""
    return reader.phrases.say(f"desk.flag_name.{code}")


def _in_words(reader: Reader, row: Any) -> FlagWords:
    values = {"n": _figure(reader, row.code, row.figure or 0)}
    return FlagWords(
        row.code,
        reader.phrases.say(f"desk.flag_short.{row.code}", **values),
        reader.phrases.say(f"desk.flag_reason.{row.code}", **values),
        _SIGNS.get(row.code, "map-pin"),
        f"{DESK}/visits/{UUID(bytes=row.other_id)}" if row.other_id else "",
    )


def _figure(reader: Reader, code: str, figure: int) -> str:
    phrases = reader.phrases
    if code in _METRES:
        return phrases.say("desk.km", n=phrases.number(round(figure / 1000)))
    if code == flags.SHORT:
        minutes, seconds = divmod(figure, 60)
        return phrases.say("desk.minutes_seconds", m=minutes, s=f"{seconds:02}")
    if code == flags.LATE:
        return phrases.count("desk.days", figure)
    if code == flags.CLOCK:
        return phrases.count("desk.minutes", figure)
    return phrases.number(figure)
