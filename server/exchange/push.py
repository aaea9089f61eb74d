"""Take a device's push: number it, take it into custody chunk by chunk, acknowledge each change.

Chunks of whole groups are one transaction each: what a chunk changes and that it is acknowledged is
stored together, or neither. A device whose line breaks sends the same again, and what had arrived
is known by its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import incarnations
from server.accounts.incarnations import chain_after
from server.db.records import Records
from server.db.work import Work
from server.exchange import flags, refusals, requests, returns
from server.exchange.custody import Answer, Custody, content_of
from sync import changes as canon
from sync import scopes
from sync.changes import Change, Moment, Op
from sync.messages import Outcome, Push, Status

_ENCODER = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Sender:
    """Which device pushes, under which incarnation; `at`: its clocks as the push left it."""

    device_id: int
    inc: int
    at: Moment


@dataclass(frozen=True, slots=True)
class Numbered:
    """A change with its id, and the chain before and after it."""

    change: Change
    change_id: bytes
    before: bytes
    chain: bytes


def number(records: Records, sender: Sender, push: Push) -> list[Numbered]:
    """Return a push's changes with their ids, chained to what the server has.

    Returns:
        Nothing, if the server has not the change before the first.
    """
    device = incarnations.find(records, sender.device_id, sender.inc)
    chain = chain_after(records, device, push.first_seq - 1)
    if chain is None:
        return []
    numbered = []
    for change in push.changes:
        content = content_of(records.entity_by_name, change)
        # The id is of the capture and not of the journey: sent again under another incarnation it
        # is the same, and so is known (`_arrived`).
        born = (change.born_inc or sender.inc, change.born_seq or change.seq)
        change_id = canon.change_id(sender.device_id, *born, content)
        before, chain = chain, canon.link(chain, change_id)
        numbered.append(Numbered(change, change_id, before, chain))
    return numbered


def take_chunk(
    work: Work, sender: Sender, chunk: Sequence[Numbered], *, slice_count: int
) -> Outcome:
    """Take whole groups of a push into custody, in this transaction.

    A change that arrived before is passed over: its stored acknowledgement goes out again, under
    its new number if it was numbered anew. Other bytes under a known sequence mean that the
    device's identity lives twice (`FORK`).

    Say that 7 was the last to arrive (`last_seq`). A chunk of 6 to 9 is the outbox of one who never
    heard of 6 and 7: the chain before 6 and that before 8 are the server's own, so 8 and 9 are
    taken. A chunk of 6 and 7 is known whole, if the chain after 7 is the same. A chunk of 5 and 6
    leaves open whose the 7 here is, so the device is asked to compare (`COMPARE`).
    """
    device = incarnations.find(work, sender.device_id, sender.inc, is_locked=True)
    first, last = chunk[0], chunk[-1]
    if chain_after(work, device, first.change.seq - 1) != first.before:
        return Outcome.FORK
    if last.change.seq <= device.last_seq:
        is_same = chain_after(work, device, last.change.seq) == last.chain
        if not is_same:
            return Outcome.FORK
        return Outcome.DONE if last.change.seq == device.last_seq else Outcome.COMPARE
    new = [item for item in chunk if item.change.seq > device.last_seq]
    if new[0].before != device.chain:
        return Outcome.FORK
    custody = Custody(work, device, sender.at, slice_count=slice_count)
    # Before any record is locked, as whoever merges does.
    work.leads.know_of((one.change.entity, one.change.record_id, one.change.values) for one in new)
    # All before the first group is applied. Group by group, two tablets that send A, B and B, A
    # would each hold what the other waits for.
    keys = [key for item in new for key in _locked(work, item.change)]
    changes = [item.change for item in new]
    keys += [*returns.visits_beside(changes), *refusals.consents_beside(work, changes)]
    work.lock_in_order(keys)
    arrived = _arrived(work, device, [item.change_id for item in new])
    answers = []
    for group in canon.groups(changes):
        numbered = [(change, new[change.seq - new[0].change.seq].change_id) for change in group]
        answers += [
            custody.repeat(change, change_id, arrived[change_id])
            for change, change_id in numbered
            if change_id in arrived
        ]
        if fresh := [item for item in numbered if item[1] not in arrived]:
            answers += custody.take(fresh)
    answers.sort(key=lambda answer: answer.change.seq)
    refusals.let_prevail(work)
    returns.close_answered(work)
    requests.follow(work, custody.questions)
    flags.look_at_changes(work, clock_off_ms=sender.at.wall_ms - work.now_ms)
    work.flush()  # now the feed has its numbers, which the acknowledgements name
    _acknowledge(custody, answers, [item.chain for item in new])
    return Outcome.DONE


def _locked(work: Work, change: Change) -> list[tuple[str, bytes]]:
    """Return what a change may write: its record, and the one that stands for it if it is gone."""
    name, record_id = change.entity, change.record_id
    return [(name, one) for one in {record_id, work.leads.survivor_of(name, record_id)}]


def _arrived(work: Work, device: Any, change_ids: Sequence[bytes]) -> dict[bytes, Any]:
    """Return what was acknowledged of these changes under another incarnation."""
    # A change comes under another number only after a fork, which gives a second incarnation.
    # Nearly no device has one, and is spared the query.
    if device.newest_inc == 1:
        return {}
    table = work.tables.acknowledgement
    query = sa.select(table).where(table.c.change_id.in_(change_ids))
    return {bytes(row.change_id): row for row in work.connection.execute(query)}


def _acknowledge(custody: Custody, answers: Sequence[Answer], chains: Sequence[bytes]) -> None:
    """Write the acknowledgements and the device's place.

    Args:
        chains: after each change of `answers`.
    """
    work, device = custody.work, custody.device
    rows = []
    for answer, chain in zip(answers, chains, strict=True):
        change = answer.change
        scope_id, number = _place(custody, answer)
        rows.append(
            {
                "device_id": device.id,
                "inc": device.inc,
                "seq": change.seq,
                "change_id": answer.change_id,
                "chain": chain,
                "status": int(answer.status),
                "op": int(change.op),
                "entity": work.tables.number_by_entity.get(change.entity, -1),
                "record_id": change.record_id,
                "rev": answer.rev,
                "scope_id": scope_id,
                "number": number,
                "fields": _ENCODER.encode(_field_numbers(work, change)),
                "back": _ENCODER.encode(answer.back),
                "code": answer.code,
                "at": work.now_ms,
            }
        )
    work.connection.execute(sa.insert(work.tables.acknowledgement), rows)
    position = {
        "device": device.id,
        "incarnation": device.inc,
        "last_seq": answers[-1].change.seq,
        "chain": chains[-1],
        "last_effective_at": custody.last_effective_at,
    }
    work.connection.execute(_advance(work.tables.incarnation), position)


def _place(custody: Custody, answer: Answer) -> tuple[int, int]:
    """Return by which scope and row number a device knows what it inserted; zeros for the rest."""
    change, work = answer.change, custody.work
    if change.op is not Op.INSERT or answer.status in (Status.HELD, Status.DUPLICATE):
        return 0, 0
    entity = work.entity_by_name[change.entity]
    record = work.lock(change.entity, change.record_id)
    assert record is not None
    home = scopes.scope_name(entity, record.values, record.effective_at)
    user = scopes.user(custody.device.agent_id)
    scope_id = record.scope_id if home in custody.readable else work.scope_id(user)
    number = work.number_in(change.entity, change.record_id, scope_id)
    # None: it was moved out of reach by a later change of these.
    return (scope_id, number) if number else (0, 0)


@cache
def _advance(line: sa.Table) -> sa.Update:
    columns = ("last_seq", "chain", "last_effective_at")
    return (
        sa.update(line)
        .where(
            line.c.device_id == sa.bindparam("device"),
            line.c.inc == sa.bindparam("incarnation"),
        )
        .values({name: sa.bindparam(name) for name in columns})
    )


def _field_numbers(work: Work, change: Change) -> list[int]:
    if change.verbatim:
        return []
    numbers = work.entity_by_name[change.entity].number_by_name
    return sorted(numbers[name] for name in change.values)
