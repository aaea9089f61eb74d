"""Making thousands of tasks, and taking that back: one act, done by the server turn by turn.

A turn and how far the job has come are one transaction, so that one that is killed goes on where it
was and makes nothing twice.
"""

from __future__ import annotations

from server.chosen import many
from server.chosen.kinds import KINDS
from server.db.work import Work
from server.jobs import queue
from server.jobs.job import Job, Run, Step
from server.visits.jobs import reader_of, undo
from server.web import acts
from server.web.asked import read_query
from server.web.lists import Listing, Total
from server.web.reader import Reader

MAKING, UNDOING = "make-tasks", "undo-tasks"


def enqueue(
    work: Work,
    reader: Reader,
    choice: many.Choice,
    order: many.Order,
    counted: Total,
) -> None:
    """Order that a task be made of all of a list."""
    by = reader.session.agent_id
    act_id = acts.begin(work, many.ACT, by)
    state = {
        "entity": choice.kind.entity,
        "list": Listing.of(choice.kind.url, reader, choice.listed).state,
        "counted_at": choice.counted_at,
        "kind": order.task_kind,
        "agent": order.agent_id,
        "due_on": order.due_on,
        "act": act_id,
    }
    queue.enqueue(
        work,
        MAKING,
        state,
        by=by,
        total=None if counted.is_more else counted.count,
        once=acts.once(act_id),
    )


def _make(work: Work, run: Run) -> Step:
    reader, state = reader_of(work, run), run.state
    if reader is None:
        return Step(None)
    listed = read_query(str(state["list"]).encode())
    kind, counted_at = KINDS[str(state["entity"])], int(state["counted_at"])
    choice = many.Choice(kind, listed, None, counted_at)
    due_on = state["due_on"]
    order = many.Order(
        str(state["kind"]), bytes(state["agent"]), None if due_on is None else int(due_on)
    )
    try:
        _, made = many.turn(work, reader, choice, order, bytes(state["act"]))
    except acts.ActOver:  # taken back meanwhile
        return Step(None)
    return Step(state if made else None, done=made)


JOBS = (Job(MAKING, step=_make), Job(UNDOING, step=undo))
