"""Records of a list as lines of CSV, page after page, each record noted in the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from uuid import UUID

from server.chosen import many
from server.db import lookup
from server.db.events import Action, Event, subject_of
from server.db.records import Records, Stored
from server.reference import catalogue
from server.web.csv import first_line, line
from server.web.reader import Reader
from server.web.site import Site
from server.web.values import shown

FILE_MOST = 5_000
"""Records of one file: whose it had is told to each of them, so each is an event of the log."""
_ROWS = 500


def lines(site: Site, reader: Reader, choice: many.Choice) -> Iterator[str]:
    """Yield the table, its head first; each page of it is read in a transaction of its own."""
    entity, say = choice.kind.entity, reader.phrases.say
    names = [_label(reader, entity, name) for name in choice.kind.columns]
    yield first_line([say("desk.chosen.id"), *names])
    after, left = b"", FILE_MOST
    while left > 0:
        rows, events, after = site.read(
            partial(_page, reader=reader, choice=choice, after=after, limit=min(_ROWS, left))
        )
        # Before they are sent: what is on its way has been shown.
        for event in events:
            site.audit.note(event)
        for row in rows:
            yield line(row)
        left -= len(rows)
        if len(rows) < _ROWS:
            return


def _label(reader: Reader, entity: str, name: str) -> str:
    own = f"{entity}.field.{name}"
    return reader.phrases.say(own if reader.phrases.message(own) else f"field.{name}")


def _page(
    records: Records, reader: Reader, choice: many.Choice, after: bytes, limit: int
) -> tuple[list[list[str]], list[Event], bytes]:
    """Return some rows, an event for each, and the id to go on after."""
    table = records.tables.records[choice.kind.entity]
    where = list(many.where(records, reader, choice))
    if after:
        where.append(table.c.id > after)
    found = records.list(choice.kind.entity, *where, order=(table.c.id,), limit=limit)
    words = {
        "commune_code": lookup.commune_names(records, reader.language),
        "service": catalogue.names(reader.language),
    }
    rows = [
        [
            str(UUID(bytes=record.record_id)),
            *(_cell(reader, record, name, words) for name in choice.kind.columns),
        ]
        for record in found
    ]
    events = [
        Event(
            reader.now_ms,
            Action.EXPORT,
            reader.session.agent_id,
            choice.kind.entity,
            record.record_id,
            subject_of(records, record),
        )
        for record in found
    ]
    return rows, events, found[-1].record_id if found else after


def _cell(reader: Reader, record: Stored, name: str, words: Mapping[str, Mapping[str, str]]) -> str:
    value = record.values.get(name)
    if value is None:
        return ""
    if name in words:
        return words[name].get(str(value), str(value))
    return shown(reader, record.entity, name, value)
