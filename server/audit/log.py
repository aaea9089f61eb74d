"""What a process notes for the audit log, and the batches in which it is written.

A page notes in memory and goes on. One thread writes, within a second, what was noted, and with it
the events that were stored with what they changed: each batch in one transaction. What could not be
written stays and is tried again; where too much waits, who notes more writes it.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from server.audit import chain
from server.db.events import Event
from server.db.records import Records
from server.db.work import Database, Work
from sync.errors import Refusal

BATCH_S = 1.0
"""How long a view waits in memory at most."""
WAITING_MAX = 5_000
_LOOK_S = 30.0
_ROWS = 500
_WHO = ("actor_id", "record_id", "subject_id", "detail")
log = logging.getLogger("nuqta.audit")


class AuditLog:
    """One writer: a process, from its start to its end."""

    def __init__(self, database: Database) -> None:
        """Begin a chain; nothing is written yet."""
        self.database = database
        self.writer = secrets.token_hex(6)
        self._noted: dict[tuple[object, ...], Event] = {}
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._has_some, self._is_over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write what is noted, as a writer of this process alone: it may be a fork."""
        self.writer = secrets.token_hex(6)
        self._thread = threading.Thread(target=self._write_on, name="audit", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._is_over.set()
        self._has_some.set()
        if self._thread is not None:
            self._thread.join()
        self._try_to_write()

    def note(self, event: Event) -> None:
        """Keep an event until the next batch; the same again in one batch is one."""
        key = (event.action, event.actor_id, event.entity, event.record_id, event.detail)
        with self._lock:
            self._noted.setdefault(key, event)
            is_much = len(self._noted) > WAITING_MAX
        self.wake()
        if is_much:
            self.write()

    def wake(self) -> None:
        """Say that something waits to be written."""
        if not self._has_some.is_set():
            self._has_some.set()

    def write(self) -> None:
        """Write all that waits, in batches.

        Raises:
            Busy, StoreFull: what was noted waits on.
        """
        with self._writing:
            with self._lock:
                noted, self._noted = self._noted, {}
            try:
                has_more = self.database.write(partial(seal, writer=self.writer, noted=noted))
            except BaseException:
                with self._lock:
                    self._noted = {**noted, **self._noted}
                raise
            while has_more:
                has_more = self.database.write(partial(seal, writer=self.writer, noted={}))

    def _write_on(self) -> None:
        while not self._is_over.is_set():
            # Now and then without a word too: a command or a job in another process left one.
            self._has_some.wait(_LOOK_S)
            self._is_over.wait(BATCH_S)
            self._has_some.clear()
            self._try_to_write()

    def _try_to_write(self) -> None:
        try:
            if bool(self._noted) or self.database.read(is_waiting):
                self.write()
        except (Refusal, DBAPIError) as fault:
            log.warning("audit: %s events wait: %s", len(self._noted), type(fault).__name__)


def is_waiting(records: Records) -> bool:
    """Whether events are stored that no chain has yet."""
    query = sa.select(records.tables.audit_waiting.c.id).limit(1)
    return records.connection.scalar(query) is not None


def seal(work: Work, writer: str, noted: Mapping[Any, Event]) -> bool:
    """Write events at the end of a writer's chain. Returns whether more are stored than taken.

    Args:
        noted: those noted in memory; those that are stored with what they changed go first.
    """
    waiting, event = work.tables.audit_waiting, work.tables.audit_event
    # SKIP LOCKED: another process may be sealing some of them.
    query = sa.select(waiting).order_by(waiting.c.id).limit(_ROWS)
    rows = work.connection.execute(query.with_for_update(skip_locked=True)).all()
    every = [Event(*row[1:]) for row in rows] + list(noted.values())
    if not every:
        return False
    if rows:
        work.connection.execute(
            sa.delete(waiting).where(waiting.c.id.in_([row.id for row in rows]))
        )
    # Read, not remembered: after a takeover the last batch may never have been.
    last = work.connection.execute(
        sa.select(event.c.seq, event.c.chain)
        .where(event.c.writer == writer)
        .order_by(event.c.seq.desc())
        .limit(1)
    ).first()
    seq, head = (last.seq, last.chain) if last is not None else (0, chain.first(writer))
    events, values = [], []
    for one in every:
        seq += 1
        salt = os.urandom(16)
        who = (one.actor_id, one.record_id, one.subject_id, one.detail)
        digest = chain.values_digest(salt, *who)
        head = chain.link(head, (writer, seq, one.at, one.action, one.entity, digest))
        key = {"writer": writer, "seq": seq, "at": one.at}
        what = {"action": one.action, "entity": one.entity}
        events.append({**key, **what, "values_digest": digest, "chain": head})
        values.append({**key, "salt": salt, **dict(zip(_WHO, who, strict=True))})
    work.connection.execute(sa.insert(event), events)
    work.connection.execute(sa.insert(work.tables.audit_value), values)
    return len(rows) == _ROWS
