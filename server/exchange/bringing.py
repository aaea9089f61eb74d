"""What an office asked for is a task of whoever works with the applicant, until it is brought.

The task is made with the step that asks. When papers arrive, be it days later from a tablet, it
closes by itself once the last is there, and the request goes back to its office: the clock runs
again from that day, though nobody thought of saying so.
"""

from __future__ import annotations

from server.accounts.passed_on import SUBJECTS
from server.db.indexed import OPEN
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import follow_ups, reach
from server.exchange.consents import at_of
from server.exchange.stepping import (
    Step,
    asked_pieces,
    decided_by,
    order_of,
    pieces_in,
    pieces_in_words,
    steps_of,
    take,
)
from server.phrases import load_phrases
from server.reference import files
from sync import limits
from sync.merge import INSERT, last_writer
from sync.rules.applications import ASKED, GRANTED, REVIEWED, Actor, piece_reasons, ways_from
from sync.spec import Values

KIND = "missing_piece"


def make_task(work: Work, application: Stored, step: Stored, due_on: int | None) -> Stored:
    """Make a task of what a step asked for: of the agent of the request, or of the commune's."""
    values, pieces = application.values, pieces_in(step.values)
    agent_id = values.get("agent_id")
    language = follow_ups.language_of(work, agent_id)
    phrases, names = load_phrases(language), files.documents()
    named = phrases.listed(names.get(code, {}).get(language, code) for code in pieces)
    whys = "\n".join(pieces_in_words(phrases, step.values) if piece_reasons(step.values) else ())
    notes = "\n".join(one for one in (whys, str(step.values.get("words") or "")) if one)
    task = Values(
        commune_code=values.get("commune_code"),
        kind=KIND,
        title=phrases.say("desk.queue.ask.task", papers=named)[: limits.LINE_CHARS_MAX],
        application_id=application.record_id,
        owner_id=agent_id,
        due_on=due_on,
        state="open",
        notes=notes[: limits.NOTE_CHARS_MAX] or None,
        **{f"{one}_id": values.get(f"{one}_id") for one in SUBJECTS},
    )
    made = work.insert("task", task, Author(step.writers[INSERT].agent_id))
    if isinstance(agent_id, bytes):
        reach.bring(work, "task", made.record_id, agent_id)
    return made


def close_brought(work: Work) -> None:
    """Close what is brought by the papers of this work, or by its steps; send requests back."""
    seen = set()
    for paper in work.changed("document"):
        for application in _waiting_for(work, paper):
            if application.record_id not in seen:
                seen.add(application.record_id)
                _look(work, application, paper)
    for application in work.changed("application"):
        if application.values.get("state") != ASKED and application.record_id not in seen:
            close_tasks(work, application)


def end_followed(work: Work) -> None:
    """Say delivered what was granted, once its follow-up is done: the agent saw how it went."""
    for task in work.changed("task"):
        of = task.values.get("application_id")
        if task.values.get("kind") != follow_ups.KIND or task.values.get("state") != "done":
            continue
        application = work.lock("application", of) if isinstance(of, bytes) else None
        if application is None or application.values.get("state") != GRANTED:
            continue
        ways = ways_from(application.values, Actor.AGENT, decided_by(application))
        if any(way.end == "delivered" for way in ways):
            by = last_writer(task.entity, task.writers, "state").agent_id
            said = Values(words=task.values.get("notes"))
            take(work, application, Step("delivered", Actor.AGENT, by, "tablet", said))


def _look(work: Work, application: Stored, paper: Stored) -> None:
    steps = steps_of(work, application)
    asked = asked_pieces(steps)
    if not asked or set(asked) - brought_since(work, application, steps[-1]):
        return
    by = paper.values.get("created_by")
    said = Values(pieces=asked)
    agent = by if isinstance(by, bytes) else None
    if paper.values.get("source") == "portal":
        step = Step(REVIEWED, Actor.APPLICANT, source="portal", said=said)
    else:
        step = Step(REVIEWED, Actor.AGENT, agent, "tablet", said)
    take(work, application, step)
    close_tasks(work, application)


def brought_since(records: Records, application: Stored, step: Stored) -> set[str]:
    """Return the codes of the papers that came after a step asked for them."""
    since, _ = order_of(step)
    return {
        str(one.values.get("type"))
        for one in papers_of(records, application)
        if isinstance(at := one.values.get("taken_at") or one.received_at, int) and at > since
    }


def papers_of(records: Records, application: Stored) -> list[Stored]:
    """Return the pages of papers of who made a request; one copy serves several requests."""
    found: dict[bytes, Stored] = {}
    for one in (f"{subject}_id" for subject in SUBJECTS):
        if isinstance(subject_id := application.values.get(one), bytes):
            pages = records.having("document", **{one: subject_id})
            found |= {page.record_id: page for page in pages}
    known = [page for page in found.values() if page.values.get("type")]
    return sorted(known, key=lambda page: at_of(page, "taken_at"))


def close_tasks(work: Work, application: Stored) -> None:
    """Close what was to be brought for a request: it is there, or not waited for any more."""
    table = work.tables.records["task"]
    found = work.list(
        "task",
        table.c.application_id == application.record_id,
        table.c.kind == KIND,
        table.c.state.in_(OPEN["task"]),
    )
    for task in found:
        values: Values = {"state": "done", "done_at": work.now_ms}
        work.change("task", task.record_id, values, Author(None))


def _waiting_for(work: Work, paper: Stored) -> list[Stored]:
    table = work.tables.records["application"]
    found = []
    for one in SUBJECTS:
        subject_id = paper.values.get(f"{one}_id")
        if isinstance(subject_id, bytes):
            found += work.list(
                "application", table.c[f"{one}_id"] == subject_id, table.c.state == ASKED
            )
    locked = [work.lock("application", one.record_id) for one in found]
    return [one for one in locked if one is not None and one.values.get("state") == ASKED]
