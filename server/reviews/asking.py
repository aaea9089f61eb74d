"""What the office asks an agent about a held record, or about two: a task, and the answer.

The task is the agent's own, so it comes to their tablet like any other, also where the record lies
in a commune that is theirs no more. What they write in its notes and that it is done comes back to
the page of what is held, or of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server.accounts.territories import territory_of
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.phrases import SPOKEN, load_phrases
from server.voice.queries import recordings_of
from server.web.reader import Reader, name_of
from server.web.seen import named
from sync import limits, local_time, scopes, typed
from sync.checks import TooLong
from sync.errors import Refusal
from sync.phrases import Phrases
from sync.rules.codes import short_code

_DAYS_TO_ANSWER = 3


class AskedNothing(Refusal):
    """A question to an agent without a sentence."""

    code = "asked_nothing"


def ask(work: Work, row: Any, text: str, *, by: bytes) -> None:
    """Ask the agent of a held change a question about it.

    Args:
        row: of the table of what is held.
        text: the question as it was typed.
        by: who asks.

    Raises:
        AskedNothing, TooLong: no sentence, or one longer than a note.
        NotFound: it was decided meanwhile, or nobody of the office has a commune to ask from.
    """
    question = typed.text(text)
    if not question:
        raise AskedNothing("held: nothing asked", field="question")
    if len(question) > limits.NOTE_CHARS_MAX:
        over = len(question) - limits.NOTE_CHARS_MAX
        raise TooLong("held: question", field="question", most=limits.NOTE_CHARS_MAX, over=over)
    if row.state != "open":
        raise NotFound(f"held {bytes(row.change_id).hex()}: {row.state}", entity="held")
    agent_id = bytes(row.agent_id)
    own = territory_of(work, agent_id).communes(work.now_ms)
    place = row.commune_code if row.commune_code in own else next(iter(own), "")
    is_shared = not place
    if is_shared:  # who has no commune any more is asked from one of the asker's
        place = next(iter(territory_of(work, by).communes(work.now_ms)), "")
    if not place:
        raise NotFound(f"held {bytes(row.change_id).hex()}: no commune to ask in", entity="commune")
    phrases = phrases_of(work, agent_id)
    subject = work.find(row.entity, row.record_id) if row.entity in work.entity_by_name else None
    title = phrases.say("desk.held.task", code=short_code(bytes(row.record_id)))
    values = {
        "commune_code": place,
        "kind": "verification",
        "title": title[: limits.LINE_CHARS_MAX],
        "owner_id": agent_id,
        "due_on": local_time.day_of(work.now_ms) + _DAYS_TO_ANSWER,
        "priority": "high",
        "state": "open",
        "notes": question,
    }
    if subject is not None and row.entity in ("person", "enterprise"):
        values[f"{row.entity}_id"] = subject.record_id
    task = work.insert("task", values, Author(by))
    if is_shared:
        work.share_with("task", task.record_id, scopes.user(agent_id))
    keep(work, task, (row.entity, row.record_id, None), by)


def keep(work: Work, task: Stored, of: tuple[str, bytes, bytes | None], by: bytes) -> None:
    """Keep what was asked by a task, of which entity and record, or of which two."""
    entity, record_id, other_id = of
    work.connection.execute(
        sa.insert(work.tables.held_question).values(
            task_id=task.record_id,
            record_id=record_id,
            other_id=other_id,
            entity=entity,
            question=task.values["notes"],
            asked_by=by,
            asked_at=work.now_ms,
        )
    )


def questions_of(
    records: Records, reader: Reader, entity: str, record_id: bytes, other_id: bytes | None = None
) -> list[dict[str, Any]]:
    """Return what was asked, the latest first, with what was answered in writing and by voice.

    Args:
        record_id: of what is held; of the lower of two that may be one, with `other_id`.
    """
    table = records.tables.held_question
    rows = records.connection.execute(
        sa.select(table)
        .where(
            table.c.record_id == record_id,
            table.c.entity == entity,
            table.c.other_id.is_(None) if other_id is None else table.c.other_id == other_id,
        )
        .order_by(table.c.asked_at.desc())
    ).all()
    task_ids = [row.task_id for row in rows]
    tasks = records.load("task", task_ids)
    said = recordings_of(records, reader, "task", task_ids)
    owners = {task.values["owner_id"] for task in tasks.values()}
    names = lookup.agents(records, [*(row.asked_by for row in rows), *owners])
    found = []
    for row in rows:
        task = tasks[row.task_id]
        notes = str(task.values["notes"] or "")
        found.append(
            {
                "question": row.question,
                "agent": name_of(names.get(task.values["owner_id"]), reader.language),  # type: ignore[arg-type]
                "recordings": said[row.task_id],
                "at": row.asked_at,
                "by": name_of(names.get(row.asked_by), reader.language),
                "is_answered": task.values["state"] == "done",
                # Notes of both are joined, the office's first: what follows is the agent's.
                "answer": typed.text(notes.removeprefix(row.question)),
            }
        )
    return found


def asked_about(records: Records, record_ids: Sequence[bytes]) -> dict[bytes, bool]:
    """Return of which records something was asked, and whether the last task of it is done."""
    table, task = records.tables.held_question, records.tables.records["task"]
    query = (
        sa.select(table.c.record_id, task.c.state)
        .join(task, task.c.id == table.c.task_id)
        .where(table.c.record_id.in_(record_ids), table.c.other_id.is_(None))
        .order_by(table.c.asked_at)
    )
    return {
        bytes(record_id): state == "done" for record_id, state in records.connection.execute(query)
    }


def titles_of(records: Records, reader: Reader, task_ids: Sequence[bytes]) -> dict[bytes, str]:
    """Return what tasks that ask something are called in the reader's words.

    What is stored is in the words of the agent who was asked.
    """
    table = records.tables.held_question
    found = records.connection.execute(sa.select(table).where(table.c.task_id.in_(task_ids))).all()
    titles = {}
    for row in found:
        code = short_code(bytes(row.record_id))
        titles[bytes(row.task_id)] = reader.phrases.say("desk.held.task", code=code)
    tasks = records.load("task", [row.task_id for row in found if row.other_id is not None])
    for task_id, task in tasks.items():
        # The one that the agent registered, whom the task is about.
        entity, about = next(
            (
                (entity, found_id)
                for entity in ("person", "enterprise")
                if isinstance(found_id := task.values[f"{entity}_id"], bytes)
            ),
            ("", b""),
        )
        subject = named(records, reader, entity, [about]).get(about) if entity else None
        name = name_of(subject, reader.language) or short_code(about)
        titles[task_id] = reader.phrases.say("desk.duplicates.task", name=name)
    return titles


def phrases_of(records: Records, agent_id: bytes) -> Phrases:
    """Return the words in which an agent reads: those of their account."""
    account = records.tables.account
    query = sa.select(account.c.language).where(account.c.agent_id == agent_id)
    language = records.connection.scalar(query)
    return load_phrases(language if language in SPOKEN else SPOKEN[0])
