"""Keep the answers of a file, look at its rows, apply them, forget it.

A row is looked at and applied by the same checks, in turns that no push waits long for. What is
applied is not taken back, as an answer of the page is not: the file is shown before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from server.answer_files import rows
from server.answer_files.rows import COLUMNS, NEEDED, Stage
from server.answer_files.sheet import Line, read_sheet
from server.db.events import Action
from server.db.records import NotFound, Records
from server.db.work import Database, Work
from server.jobs import queue
from server.offices.commands import give
from server.web import acts
from server.web.forms import FormWrong
from server.web.reader import Reader
from sync.errors import Refusal

LOOK, APPLY = "look-at-answers", "apply-answers"
AT_ONCE = 200
"""Rows that are looked at while one waits; more are a job."""
KEPT_MS = 30 * 86_400_000
ROWS_PER_TURN = 50
_PACK, _UNPACK = msgspec.msgpack.encode, msgspec.msgpack.decode


class NothingAnswered(Refusal):
    """A list of which no row has a decision."""

    code = "answers_none"


class FileNotReady(Refusal):
    """A file whose rows are still looked at, or applied already."""

    code = "answers_not_ready"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file that is kept."""

    number: int
    stage: Stage
    cells: Mapping[str, str]
    application_id: bytes | None
    seen_rev: int
    refusals: Sequence[tuple[str, Mapping[str, Any]]]


def bring(database: Database, reader: Reader, content: bytes) -> bytes:
    """Keep the answers of a file, and look at its rows. Returns its id.

    Raises:
        Refusal: it is no table that can be read; nothing of it is kept.
    """
    lines = read_sheet(content, rows.column_words(), NEEDED)
    references = [line.cells.get("reference", "") for line in lines]
    found = database.read(lambda records: rows.requests_called(records, reader, references))
    kept, unanswered = _matched(lines, found)
    if not kept:
        raise NothingAnswered("sheet: no decision")
    file_id = database.write(lambda work: _keep(work, reader, kept, unanswered))
    if len(kept) <= AT_ONCE:
        while database.write(lambda work: look(work, reader, file_id)):
            pass
    return file_id


def _matched(
    lines: Sequence[Line], found: Mapping[str, Sequence[bytes]]
) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that answer, each with its request or why it has none; how many do not."""
    kept, unanswered = [], 0
    first: dict[bytes, dict[str, Any]] = {}
    for line in lines:
        row = {"number": line.number, "cells": _PACK(dict(line.cells)), "application_id": None}
        row |= {"stage": Stage.NEW, "code": "", "said": _PACK([])}
        try:
            if not rows.require_decision(line):
                unanswered += 1
                continue
            record_id = row["application_id"] = rows.request_of(line, found)
            if record_id in first:
                other = first[record_id]
                _refuse(other, rows.RowTwice("row: twice", line=line.number))
                raise rows.RowTwice("row: twice", line=other["number"])
            first[record_id] = row
        except Refusal as refusal:
            _refuse(row, refusal)
        kept.append(row)
    return kept, unanswered


def _refuse(row: dict[str, Any], refusal: Refusal) -> None:
    found = refusal.refusals if isinstance(refusal, FormWrong) else (refusal,)
    row["stage"], row["code"] = Stage.WRONG, found[0].code
    row["said"] = _PACK([(one.code, one.values) for one in found])


def _keep(work: Work, reader: Reader, kept: Sequence[Mapping[str, Any]], unanswered: int) -> bytes:
    by, file_id, tables = reader.session.agent_id, work.ids(), work.tables
    row = {"id": file_id, "brought_by": by, "brought_at": work.now_ms, "unanswered": unanswered}
    work.connection.execute(sa.insert(tables.answer_file).values(row))
    work.connection.execute(
        sa.insert(tables.answer_row), [{"file_id": file_id, **one} for one in kept]
    )
    work.note(Action.MAKE, by, "answer_file", file_id, str(len(kept)))
    if len(kept) > AT_ONCE:
        queue.enqueue(work, LOOK, {"file": file_id}, by=by, total=len(kept))
    return file_id


def look(work: Work, reader: Reader, file_id: bytes) -> int:
    """Look at some rows that nobody has looked at. Returns how many."""
    some = rows_of(work, file_id, Stage.NEW, ROWS_PER_TURN)
    for row in some:
        change: dict[str, Any] = {"stage": Stage.READY}
        try:
            assert row.application_id is not None, "a new row has its request"
            request = rows.get_request(work, reader, row.application_id)
            rows.answer_of(work, reader, request, row.cells, request.rev)
            change["seen_rev"] = request.rev
        except Refusal as refusal:
            _refuse(change, refusal)
        _change(work, file_id, row, change)
    return len(some)


def order(work: Work, reader: Reader, file_id: bytes) -> None:
    """Order that the rows of a file which match be applied.

    Raises:
        NotFound: none that the reader brought.
        FileNotReady: it is looked at, or being applied, or no row is left.
    """
    by, table = reader.session.agent_id, work.tables.answer_file
    query = sa.select(table.c.job_id).where(table.c.id == file_id, table.c.brought_by == by)
    found = work.connection.execute(query.with_for_update()).first()
    if found is None:
        raise NotFound("answer_file: not found", entity="answer_file")
    count = counts(work, file_id)
    if count[Stage.NEW] or not count[Stage.READY] or is_at_work(work, found.job_id):
        raise FileNotReady("answer_file: not to be applied now")
    job_id = queue.enqueue(work, APPLY, {"file": file_id}, by=by, total=count[Stage.READY])
    change = sa.update(table).where(table.c.id == file_id).values(job_id=job_id)
    work.connection.execute(change)


def apply(work: Work, reader: Reader | None, file_id: bytes) -> int:
    """Apply some rows that match. Returns how many were looked at, done or not.

    Args:
        reader: who brought them; None: they may answer nothing any more.
    """
    some = rows_of(work, file_id, Stage.READY, ROWS_PER_TURN)
    # In the order of all who lock several.
    work.lock_all("application", [row.application_id for row in some if row.application_id])
    for row in some:
        change: dict[str, Any] = {"stage": Stage.DONE}
        try:
            _apply_one(work, reader, row)
        except Refusal as refusal:  # before anything of this row is written
            _refuse(change, refusal)
        _change(work, file_id, row, change)
    return len(some)


def _apply_one(work: Work, reader: Reader | None, row: Row) -> None:
    if reader is None or row.application_id is None:
        raise rows.ReferenceUnknown("row: nothing may be answered any more")
    request = rows.get_request(work, reader, row.application_id)
    given = rows.answer_of(work, reader, request, row.cells, row.seen_rev)
    by = reader.session.agent_id
    if request.values["holder_id"] is None:
        acts.change(work, acts.begin(work, "request_take", by), request, {"holder_id": by}, by)
    give(work, reader, request, given)


def rows_of(
    records: Records, file_id: bytes, stage: Stage, limit: int, after: int = 0
) -> list[Row]:
    """Return some rows of a file after a number, in the order of the sheet."""
    table = records.tables.answer_row
    query = (
        sa.select(table)
        .where(table.c.file_id == file_id, table.c.stage == stage, table.c.number > after)
        .order_by(table.c.number)
        .limit(limit)
    )
    return [
        Row(
            row.number,
            Stage(row.stage),
            dict.fromkeys(COLUMNS, "") | _UNPACK(row.cells),
            row.application_id,
            row.seen_rev or 0,
            [(code, values) for code, values in _UNPACK(row.said)],
        )
        for row in records.connection.execute(query)
    ]


def counts(records: Records, file_id: bytes) -> dict[Stage, int]:
    """Return how many rows of a file are at each stage."""
    table = records.tables.answer_row
    query = (
        sa.select(table.c.stage, sa.func.count())
        .where(table.c.file_id == file_id)
        .group_by(table.c.stage)
    )
    found = {row[0]: int(row[1]) for row in records.connection.execute(query)}
    return {stage: found.get(stage, 0) for stage in Stage}


def is_at_work(records: Records, job_id: bytes | None) -> bool:
    """Whether the job that applies a file's rows goes on."""
    table = records.tables.job
    query = sa.select(table.c.state).where(table.c.id == job_id)
    return job_id is not None and records.connection.scalar(query) in queue.OPEN


def forget(work: Work) -> int:
    """Delete the files of a month ago. Returns how many."""
    tables, cut = work.tables, work.now_ms - KEPT_MS
    old = sa.select(tables.answer_file.c.id).where(tables.answer_file.c.brought_at < cut)
    work.connection.execute(
        sa.delete(tables.answer_row).where(tables.answer_row.c.file_id.in_(old))
    )
    gone = work.connection.execute(
        sa.delete(tables.answer_file).where(tables.answer_file.c.brought_at < cut)
    )
    return int(gone.rowcount)


def _change(work: Work, file_id: bytes, row: Row, values: Mapping[str, Any]) -> None:
    table = work.tables.answer_row
    is_it = (table.c.file_id == file_id, table.c.number == row.number)
    work.connection.execute(sa.update(table).where(*is_it).values(**values))
