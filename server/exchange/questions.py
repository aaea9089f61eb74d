"""Questions to a person, where a tablet's change meets what the rules do not decide.

Nothing waits for the answer: the record keeps the value that it has, the review the other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from server.db.records import Stored
from server.db.work import Author, Work
from server.exchange.steps import step_fault
from sync.changes import Change, Op
from sync.merge import Clash, Writer, last_writer
from sync.messages import Status
from sync.rules.applications import DRAFT
from sync.spec import Entity, Value


class Questions:
    """What the changes of one agent ask, in one transaction.

    `stepped`: the steps of applications among them: id, state, when.
    """

    def __init__(self, work: Work, agent_id: bytes) -> None:
        """Ask in the name of an agent, by a tablet."""
        self.work = work
        self.author = Author(agent_id, source="tablet")
        self.stepped: list[tuple[bytes, str, int]] = []

    def ask(self, change: Change, clash: Clash, at_ms: int, kind: str = "conflict") -> None:
        """Put a question to a person: the record keeps its value, the candidate waits.

        A clash of no field is about the record: the side that deleted it says nothing.

        Args:
            at_ms: when the change was made.
        """
        record = self.work.lock(change.entity, change.record_id)
        if "review" not in self.work.entity_by_name or record is None:
            return
        self.work.insert(
            "review",
            {
                "commune_code": record.values.get("commune_code"),
                "kind": kind,
                "entity": change.entity,
                "record_id": change.record_id,
                "field": clash.field or None,
                "mine": shown(clash.mine),
                "theirs": shown(clash.theirs),
                "mine_by": self.author.agent_id,
                "theirs_by": clash.theirs_by.agent_id,
                "mine_at": at_ms,
                "theirs_at": clash.theirs_by.at,
                "state": "open",
            },
            self.author,
        )

    def look_at_step(self, change: Change, was: Value, record: Stored, at_ms: int) -> None:
        """Take a step of an application as it came; one that the rules forbid a person looks at."""
        if change.entity != "application":
            return
        was, state = was or DRAFT, record.values.get("state") or DRAFT
        if state != was:
            self.stepped.append((change.record_id, str(state), at_ms))
        if state != was and step_fault(self.work, record, was, state) is not None:
            writer = last_writer(record.entity, record.writers, "state")
            self.ask(change, Clash("state", was, state, writer), at_ms, kind="flag")


def delete_of_edited(record: Stored, unseen: set[int]) -> Clash:
    """Return what is to be asked where a delete meets edits, made as revs that it had not seen."""
    names = [field.name for field in record.entity.fields]
    writers = {name: last_writer(record.entity, record.writers, name) for name in names}
    edited = [name for name, writer in writers.items() if writer.rev in unseen]
    last = max(writers.values(), key=lambda writer: writer.rev)
    return Clash("", None, _edited(record.entity, edited), last)


def edit_of_deleted(work: Work, record: Stored, values: Mapping[str, Value]) -> Clash:
    """Return what is to be asked where an edit meets a delete that its author had not seen."""
    assert record.deleted_at is not None
    device, table = work.tables.device, work.tables.acknowledgement
    query = (
        sa.select(device.c.id, device.c.agent_id)
        .join(table, table.c.device_id == device.c.id)
        .where(
            table.c.record_id == record.record_id,
            table.c.rev == record.rev,
            table.c.op == Op.DELETE,
            table.c.status == Status.OK,
        )
    )
    office = (0, None)
    device_id, agent_id = work.connection.execute(query).first() or office
    deleter = Writer(
        rev=record.rev,
        device_id=device_id,
        inc=0,
        seq=0,
        agent_id=agent_id,
        at=record.deleted_at,
    )
    return Clash("", _edited(record.entity, values), None, deleter)


def _edited(entity: Entity, names: Iterable[str]) -> str:
    """Return the fields that the side which kept a record wrote, as its review has them."""
    return " ".join(names) or entity.scope.field


def shown(value: object) -> str | None:
    """Return a value as the candidates of a review say it."""
    if value is None:
        return None
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
