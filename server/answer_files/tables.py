"""The day's list of an office, to be filled in, and the rows of a file that did not match."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa

from server.answer_files.commands import rows_of
from server.answer_files.rows import COLUMNS, Stage
from server.answer_files.sheet import ROWS_MAX
from server.applications.clocks import clocks_of, left_words
from server.applications.papers import papers_of
from server.applications.queries import applicants_of, service_name
from server.db.events import Action, Event, subject_of
from server.db.records import Records, Stored
from server.offices.queries import Place, conditions, order_of, place_of
from server.web.csv import first_line, line
from server.web.reader import Reader, name_of
from server.web.site import Site
from sync import flat, local_time
from sync.rules.codes import short_code

_FACTS = ("receipt", "name", "service", "filed_on", "left", "papers")
"""What the list says of a request, between its reference and what is filled in."""
_ROWS = 500


def list_lines(site: Site, reader: Reader, view: str) -> Iterator[str]:
    """Yield a part of the queue as a table; each page of it is read in a transaction of its own."""
    say = reader.phrases.say
    names = (COLUMNS[0], *_FACTS, *COLUMNS[1:])
    yield first_line(say(f"desk.answers.column.{name}") for name in names)
    after: Place | None = None
    left = ROWS_MAX
    while left > 0:
        page = partial(_page, reader=reader, view=view, after=after, limit=min(_ROWS, left))
        rows, events, after = site.read(page)
        # Before they are sent: what is on its way has been shown.
        for event in events:
            site.audit.note(event)
        for row in rows:
            yield line(row)
        left -= len(rows)
        if after is None:
            return


def _page(
    records: Records, *, reader: Reader, view: str, after: Place | None, limit: int
) -> tuple[list[list[str]], list[Event], Place | None]:
    """Return some rows, an event for each, and the place to go on after, if there are more."""
    where, order = conditions(records, reader, view), order_of(records)
    if after is not None:
        where.append(sa.tuple_(*order) > after.within(records))
    found = records.list("application", *where, order=order, limit=limit)
    asked_by = applicants_of(records, reader, found)
    papers, clocks = papers_of(records, found), clocks_of(records, found, reader.now_ms)
    rows = []
    for request in found:
        here = [paper.is_here for paper in papers[request.record_id]]
        left = left_words(reader.phrases, request, clocks[request.record_id])
        filed_at = request.values["submitted_at"]
        rows.append(
            [
                short_code(request.record_id),
                str(request.values["receipt_number"] or ""),
                name_of(asked_by.get(request.record_id), reader.language),
                service_name(reader, request),
                flat.day_text(local_time.day_of(filed_at)) if isinstance(filed_at, int) else "",
                left.words,
                reader.phrases.say("desk.queue.papers_of", n=sum(here), total=len(here))
                if here
                else "",
                *[""] * len(COLUMNS[1:]),
            ]
        )
    events = [_event(records, reader, request) for request in found]
    return rows, events, place_of(found[-1]) if len(found) == limit else None


def _event(records: Records, reader: Reader, request: Stored) -> Event:
    subject, by = subject_of(records, request), reader.session.agent_id
    return Event(reader.now_ms, Action.EXPORT, by, "application", request.record_id, subject)


def wrong_lines(site: Site, reader: Reader, file_id: bytes) -> Iterator[str]:
    """Yield the rows of a file that did not match, as they came, each with why in words."""
    say = reader.phrases.say
    names = [say(f"desk.answers.column.{name}") for name in (*COLUMNS, "why")]
    yield first_line([say("desk.answers.line"), *names])
    after = 0
    while True:
        page = partial(rows_of, file_id=file_id, stage=Stage.WRONG, limit=_ROWS, after=after)
        found = site.read(page)
        for row in found:
            why = " ".join(reader.phrases.sentence(*one) for one in row.refusals)
            yield line([str(row.number), *(row.cells[name] for name in COLUMNS), why])
        if len(found) < _ROWS:
            return
        after = found[-1].number
