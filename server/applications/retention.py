"""How long papers are kept: so many days after the last answer that may need them, then erased.

One copy serves several requests, so the last of them counts; a draft that nobody goes on with has
no answer, and the days are counted from what was last done of it. A paper that no request ever took
is counted from when it came: a tablet's clock may be years behind. What remains is that there was a
paper, and since when it is gone: a tombstone for the tablets, and a row of `upload`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from server.accounts.passed_on import SUBJECTS
from server.applications.papers import wanted_by
from server.db.among import among_ids
from server.db.events import Action, subject_of
from server.db.merged import references
from server.db.records import Records, Stored
from server.db.work import Work
from server.exchange import passing
from server.exchange.stepping import order_of
from server.jobs.job import Run, Step
from server.media.queries import COMPLETE, ERASED, FORGOTTEN, named_hash
from server.reference import files
from sync.scopes import DAY_MS

KEPT_DAYS = 90
"""After the answer (design of retention under law 09-08; the controller may shorten it)."""
UNASKED_DAYS = 180
"""Of a paper that no request took: half a year has each service's season in it, or the next."""
_BATCH = 100
_BEFORE = ("draft", "ready", None)
_FOR_EVER = 2**62


def erase(work: Work, run: Run) -> Step:
    """Erase the papers, of some, whose days are over; their bytes go with the next purge."""
    table = work.tables.records["document"]
    after, cut = run.state.get("after") or bytes(16), work.now_ms - KEPT_DAYS * DAY_MS
    found = work.list(
        "document",
        table.c.type.is_not(None),
        sa.func.coalesce(table.c.taken_at, table.c.received_at) < cut,
        table.c.id > after,
        order=(table.c.id,),
        limit=_BATCH,
    )
    due = _due(work, found)
    if due:
        # Whoever files with one of them this very moment has it, or is told that it lacks.
        requests = _requests_of(work, due)
        work.lock_all("application", sorted(one.record_id for one in requests))
        due = _due(work, due)
    for page in due:
        _erase(work, page)
    is_last = len(found) < _BATCH
    return Step(None if is_last else {"after": found[-1].record_id}, done=len(due))


def _due(work: Work, pages: Sequence[Stored]) -> list[Stored]:
    """Return the pages that no request may need any more, and no other record names."""
    requests = _requests_of(work, pages)
    needed = _needed_until(work, requests)
    by_subject: dict[object, list[Stored]] = defaultdict(list)
    for request in requests:
        for one in SUBJECTS:
            by_subject[request.values[f"{one}_id"]].append(request)
    named, papers = _named(work, pages), files.documents()
    kept_from, asked_from = (work.now_ms - days * DAY_MS for days in (KEPT_DAYS, UNASKED_DAYS))
    due = []
    for page in pages:
        until = [
            needed[request.record_id]
            for one in SUBJECTS
            if page.values[f"{one}_id"] is not None
            for request in by_subject[page.values[f"{one}_id"]]
            if page.values["type"] in wanted_by(request)
        ]
        if until or page.values["application_id"] is not None:
            is_over = max(until, default=0) < kept_from
        else:  # what is none of the papers that services take is a note of its visit, and stays
            is_over = page.values["type"] in papers and page.received_at < asked_from
        if is_over and page.record_id not in named:
            due.append(page)
    return due


def _requests_of(records: Records, pages: Iterable[Stored]) -> list[Stored]:
    table = records.tables.records["application"]
    found: dict[bytes, Stored] = {}
    for one in SUBJECTS:
        ids = {page.values[f"{one}_id"] for page in pages} - {None}
        where = table.c[f"{one}_id"].in_(ids)
        found |= {request.record_id: request for request in records.list("application", where)}
    return list(found.values())


def _needed_until(records: Records, requests: Sequence[Stored]) -> dict[bytes, int]:
    """Return when each request was answered; of a draft, when something was last done of it."""
    table = records.tables.records["application_step"]
    ids = [request.record_id for request in requests]
    steps: dict[object, list[Stored]] = defaultdict(list)
    where = among_ids(records.connection, table.c.application_id, ids)
    for step in records.list("application_step", where) if ids else ():
        steps[step.values["application_id"]].append(step)
    found = {}
    for request in requests:
        taken = sorted(steps[request.record_id], key=order_of)
        ats = [order_of(step)[0] for step in taken]
        at = max([*ats, request.effective_at or 0])
        state = request.values["state"]
        if state in passing.WAITING:
            at = _FOR_EVER
        elif state not in _BEFORE:
            for step, at_step in zip(reversed(taken), reversed(ats), strict=True):
                if step.values["state"] in (*passing.WAITING, *_BEFORE):
                    break
                at = at_step
        found[request.record_id] = at
    return found


def _named(records: Records, pages: Sequence[Stored]) -> set[bytes]:
    """Return which pages another record names: the paper of a mandate, the photo of an offer."""
    ids, found = [page.record_id for page in pages], set()
    for declared, field, named in references(records.tables, "document"):
        table = records.tables.records[declared.name]
        if ids and not named:
            column = table.c[field.name]
            where = among_ids(records.connection, column, ids), table.c.deleted_at.is_(None)
            found |= set(records.connection.scalars(sa.select(column).where(*where)))
    return {bytes(one) for one in found}


def _erase(work: Work, page: Stored) -> None:
    table = work.tables.upload
    here = table.c.record_id == page.record_id
    arrived = work.connection.execute(
        sa.update(table)
        .where(here, table.c.state == COMPLETE)
        .values(state=ERASED, touched_at=work.now_ms)
    )
    coming = sa.update(table).where(here, table.c.state != ERASED)
    work.connection.execute(coming.values(state=FORGOTTEN))
    if not arrived.rowcount:  # its bytes never came: still, who asks after it is told
        work.connection.execute(
            sa.insert(table).values(
                id=work.ids(),
                entity="document",
                record_id=page.record_id,
                sha256=named_hash(page) or bytes(32),
                length_bytes=0,
                offset_bytes=0,
                state=ERASED,
                begun_at=work.now_ms,
                touched_at=work.now_ms,
            )
        )
    work.delete("document", page.record_id)
    subject = subject_of(work, page)
    work.note(Action.ERASE, None, "document", page.record_id, "retention", of=subject)
