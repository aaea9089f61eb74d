"""What an office answered to one whom no message reaches is told by an agent: a task, until it is.

The task is made with the step, of the agent of the request or of the commune's, and has the words
that a message would have had. It is done when the agent says how they told it; what the request
has become since overtakes what was not told yet.
"""

from __future__ import annotations

from server.accounts.passed_on import SUBJECTS
from server.db.indexed import OPEN
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import follow_ups, reach
from server.phrases import load_phrases
from server.reference import catalogue
from sync import limits, local_time
from sync.spec import Values

KIND = "tell"
_DAYS = 3
"""Within so many days it is told: the days to appeal run."""


def make(work: Work, application: Stored, words: str) -> None:
    """Make a task of what is to be told."""
    values, agent_id = application.values, application.values.get("agent_id")
    phrases = load_phrases(follow_ups.language_of(work, agent_id))
    edition = catalogue.edition_of(values)
    service = edition.names[phrases.language.code] if edition else str(values.get("service"))
    task = Values(
        commune_code=values.get("commune_code"),
        kind=KIND,
        title=phrases.say("request.tell", service=service)[: limits.LINE_CHARS_MAX],
        application_id=application.record_id,
        owner_id=agent_id,
        due_on=local_time.day_of(work.now_ms) + _DAYS,
        state="open",
        notes=words,
        **{f"{one}_id": values.get(f"{one}_id") for one in SUBJECTS},
    )
    made = work.insert("task", task, Author(None))
    if isinstance(agent_id, bytes):
        reach.bring(work, "task", made.record_id, agent_id)


def drop(work: Work, application: Stored) -> None:
    """Drop what was not told yet: the request is further."""
    for task in tasks_of(work, application):
        if task.values.get("state") in OPEN["task"]:
            work.change("task", task.record_id, {"state": "dropped"}, Author(None))


def tasks_of(records: Records, application: Stored) -> list[Stored]:
    """Return what was to be told of a request, the first first."""
    table = records.tables.records["task"]
    is_its = (table.c.application_id == application.record_id, table.c.kind == KIND)
    return records.list("task", *is_its, order=(table.c.id,))
