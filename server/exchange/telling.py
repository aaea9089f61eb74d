"""What was answered to one whom no message reaches is told by an agent: a task, until it is.

Of a request it is made with the step, of the agent of the request or of the commune's, and has the
words that a message would have had. It is done when the agent says how they told it; what the
request has become since overtakes what was not told yet.

Of a complaint it has the answer itself, which a message does not, and is of the agent who wrote the
complaint down or of the commune's: not of the request's agent, who may be whom it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from server.accounts.passed_on import SUBJECTS
from server.db.indexed import OPEN
from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import follow_ups, reach
from server.phrases import load_phrases
from server.reference import catalogue
from sync import limits, local_time
from sync.merge import INSERT
from sync.phrases import Phrases
from sync.spec import Value, Values

KIND = "tell"
_DAYS = 3
"""Within so many days it is told: the days to appeal run."""


def make(work: Work, application: Stored, words: str) -> None:
    """Make a task of what is to be told of a request."""
    values, agent_id = application.values, application.values.get("agent_id")
    phrases = load_phrases(follow_ups.language_of(work, agent_id))
    edition = catalogue.edition_of(values)
    service = edition.names[phrases.language.code] if edition else str(values.get("service"))
    title = phrases.say("request.tell", service=service)
    _insert(work, application, agent_id, title, words, application_id=application.record_id)


def make_of_complaint(
    work: Work, complaint: Stored, about: Callable[[Phrases], str], words: str
) -> None:
    """Make a task of the answer to a complaint. No step of its request overtakes it.

    Args:
        about: says what it is about, in the language of whoever tells.
    """
    agent_id = complaint.writers[INSERT].agent_id
    phrases = load_phrases(follow_ups.language_of(work, agent_id))
    title = phrases.say("request.tell.complaint", about=about(phrases))
    _insert(work, complaint, agent_id, title, words, record_id=_id_of(complaint))


def of_complaint(records: Records, complaint: Stored) -> Stored | None:
    """Return the task of the answer to a complaint; None: a message told it, or nobody has to."""
    return records.find("task", _id_of(complaint))


def _id_of(complaint: Stored) -> bytes:
    """Return the id of its task: made of its own, since no field of a task names another so."""
    first, rest = complaint.record_id[:9], complaint.record_id[9:]
    return first + sha256(b"tell" + complaint.record_id).digest()[: len(rest)]


def _insert(
    work: Work,
    of: Stored,
    agent_id: Value,
    title: str,
    words: str,
    *,
    application_id: bytes | None = None,
    record_id: bytes = b"",
) -> None:
    task = Values(
        commune_code=of.values.get("commune_code"),
        kind=KIND,
        title=title[: limits.LINE_CHARS_MAX],
        application_id=application_id,
        owner_id=agent_id,
        due_on=local_time.day_of(work.now_ms) + _DAYS,
        state="open",
        notes=words,
        **{f"{one}_id": of.values.get(f"{one}_id") for one in SUBJECTS},
    )
    made = work.insert("task", task, Author(None), record_id=record_id)
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
