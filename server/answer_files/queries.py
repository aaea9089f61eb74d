"""What the pages of files show: those that somebody brought, and the rows of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.answer_files import commands
from server.answer_files.commands import Row
from server.answer_files.rows import COLUMNS, Stage
from server.db.records import NotFound, Records
from server.offices.queries import URL as QUEUE_URL
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS, read_id
from sync.rules.applications import REASONS

URL = f"{QUEUE_URL}/files"
_SHOWN = (Stage.WRONG, Stage.READY, Stage.DONE, Stage.NEW)
"""The stages in the order in which their rows are shown: what does not match first."""
_FILES_SHOWN = 10


def bring_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page shows on which a file is brought."""
    table = records.tables.answer_file
    query = (
        sa.select(table)
        .where(table.c.brought_by == reader.session.agent_id)
        .order_by(table.c.brought_at.desc(), table.c.id.desc())
        .limit(_FILES_SHOWN)
    )
    files = [
        {
            "url": f"{URL}/{UUID(bytes=row.id)}",
            "at": row.brought_at,
            "about": _about(reader, commands.counts(records, row.id)),
        }
        for row in records.connection.execute(query)
    ]
    reasons = [(code, word(reader, "application_step", "reason", code)) for code in REASONS]
    return {"files": files, "columns": COLUMNS, "reasons": reasons}


def _about(reader: Reader, count: dict[Stage, int]) -> str:
    return reader.phrases.facts(
        reader.phrases.count(f"desk.answers.count.{stage}", count[stage])
        for stage in (Stage.DONE, Stage.READY, Stage.WRONG)
        if count[stage]
    )


def get_file(records: Records, reader: Reader, text: str) -> Any:
    """Return the row of a file that the reader brought. Raises NotFound."""
    table, file_id = records.tables.answer_file, read_id("answer_file", text)
    query = sa.select(table).where(
        table.c.id == file_id, table.c.brought_by == reader.session.agent_id
    )
    found = records.connection.execute(query).first()
    if found is None:
        raise NotFound("answer_file: not found", entity="answer_file")
    return found


def file_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a file shows. Raises NotFound, RequestWrong."""
    file, stage = get_file(records, reader, text), reader.asked.one_of("rows", _SHOWN)
    count = commands.counts(records, file.id)
    stage = stage or next((one for one in _SHOWN if count[one]), Stage.WRONG)
    after = reader.asked.number("after") or 0
    found = commands.rows_of(records, file.id, Stage(stage), PAGE_ROWS + 1, after)
    page, url = found[:PAGE_ROWS], f"{URL}/{UUID(bytes=file.id)}"
    is_at_work = commands.is_at_work(records, file.job_id)
    return {
        "url": url,
        "at": file.brought_at,
        "numbers": {str(one): number for one, number in count.items()},
        "whole": sum(count.values()),
        "unanswered": file.unanswered,
        "stage": stage,
        "tabs": [
            (
                one,
                reader.phrases.say(f"desk.answers.stage.{one}"),
                f"{url}?rows={one}",
                count[one],
            )
            for one in _SHOWN
            if count[one]
        ],
        "rows": [_row(reader, row) for row in page],
        "older_url": f"{url}?rows={stage}&after={page[-1].number}"
        if len(found) > PAGE_ROWS
        else "",
        "newer_url": f"{url}?rows={stage}" if after else "",
        "is_looked_at": bool(count[Stage.NEW]),
        "is_at_work": is_at_work,
        "may_apply": bool(count[Stage.READY]) and not count[Stage.NEW] and not is_at_work,
    }


def _row(reader: Reader, row: Row) -> dict[str, Any]:
    record_id = row.application_id
    return {
        "number": row.number,
        "cells": row.cells,
        "url": f"{QUEUE_URL}/{UUID(bytes=record_id)}" if record_id is not None else "",
        "why": [reader.phrases.sentence(code, values) for code, values in row.refusals],
    }
