"""What comes after an answer: a task to see how it went, as the catalogue says of a service.

It is of the agent of the request, or of the commune's. Where the request is granted and nothing
more is handed over by an office, the task that is done ends it (`server.exchange.bringing`).
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange import reach
from server.phrases import SPOKEN, load_phrases
from server.reference import catalogue
from sync import limits, local_time
from sync.spec import Values

KIND = "follow_up"
_SUBJECTS = ("person", "enterprise")


def make(work: Work, application: Stored, state: str) -> None:
    """Make the task that comes after a state, if the service has one and it is not there."""
    edition = catalogue.edition_of(application.values)
    follow_up = edition.follow_up if edition else None
    if edition is None or follow_up is None or state not in follow_up.after:
        return
    table = work.tables.records["task"]
    of_it = (table.c.application_id == application.record_id, table.c.kind == KIND)
    mine = [one for one in work.changed("task") if one.values.get("kind") == KIND]
    if work.list("task", *of_it, limit=1) or any(
        one.values.get("application_id") == application.record_id for one in mine
    ):
        return
    values, agent_id = application.values, application.values.get("agent_id")
    phrases = load_phrases(language_of(work, agent_id))
    service = edition.name(phrases.language.code)
    title = phrases.say("request.follow_up", service=service)[: limits.LINE_CHARS_MAX]
    task = Values(
        commune_code=values.get("commune_code"),
        kind=KIND,
        title=title,
        application_id=application.record_id,
        owner_id=agent_id,
        due_on=local_time.day_of(work.now_ms) + follow_up.days,
        state="open",
        **{f"{one}_id": values.get(f"{one}_id") for one in _SUBJECTS},
    )
    made = work.insert("task", task, Author(None))
    if isinstance(agent_id, bytes):
        reach.bring(work, "task", made.record_id, agent_id)


def make_of_steps(work: Work) -> None:
    """Make the tasks of the steps that this work brings, as a tablet's."""
    for step in work.changed("application_step"):
        of = step.values.get("application_id")
        application = work.lock("application", of) if isinstance(of, bytes) else None
        state = step.values.get("state")
        if application is None or application.deleted_at is not None or step.rev > 1:
            continue
        if application.values.get("state") == state:
            make(work, application, str(state))


def language_of(work: Work, agent_id: object) -> str:
    """Return the language in which an agent reads; of nobody the first of ours."""
    table = work.tables.account
    query = sa.select(table.c.language).where(table.c.agent_id == agent_id)
    found = work.connection.scalar(query) if isinstance(agent_id, bytes) else None
    return found if found in SPOKEN else SPOKEN[0]
