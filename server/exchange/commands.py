"""The server's half of an exchange: push into custody, then pull, in one round trip."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from server.accounts import incarnations
from server.db.records import Records, any_of
from server.db.schema import EPOCH_BYTES, change_epoch
from server.db.work import Database, Work
from server.exchange import reply
from server.exchange.contact import Contact
from server.exchange.numbers import Numbers
from server.exchange.push import Numbered, Sender, number, take_chunk
from server.exchange.reply import Built
from sync import changes, limits, wire
from sync.field_columns import UnknownHere
from sync.messages import Condition, Outcome, Proof, Push, Request
from sync.refs import UnresolvedNumber
from sync.unread import Unread

log = logging.getLogger("nuqta")
_SEEN_EVERY_MS = 60_000
_ENCODER = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Serve exchanges on one database."""

    database: Database
    slice_count: int

    def serve(self, device: Any, body: bytes, *, counter: int) -> bytes:
        """Answer one request of a device whose signature holds.

        Args:
            device: its row.
            counter: of the request, kept whenever something is written anyway.

        Raises:
            Malformed: the body is not a request.
            AccountDisabled: the agent's account is, and nothing is left to be taken.
            Busy, StoreFull: nothing of this chunk was stored; what was acknowledged stays.
        """
        entities = self.database.tables.entities
        unread = wire.decode_request(entities, body)
        request = unread.request
        if request.proof is not None:
            self._believe(device, request.proof)
        # Most contacts bring nothing. They are answered from this one reading transaction, so that
        # an idle tablet waits neither for a writer nor for the disk.
        outcome, vector, built = self.database.read(
            lambda records: self._look(records, device, unread)
        )
        if outcome is Outcome.DONE and unread.has_push:
            outcome = self._push(device, unread, vector or ())
        inc = 0
        if outcome is Outcome.FORK:
            inc = self.database.write(
                lambda work: incarnations.begin(work, device.id, beyond=request.inc)
            )
        # Built anew of the state after the push, so that the reply already acknowledges it. The
        # vector is as it was: what the device has applied, its own push does not change.
        if built is None:
            built = self.database.read(
                lambda records: reply.build(
                    self._contact(records, device, request), vector or (), outcome, inc=inc
                )
            )
        self._note(device, request, counter, built)
        return built.body

    def first_page(self, records: Records, device: Any, request: Request) -> bytes:
        """Return a reply to a device that has sent nothing: `device` is in place of its row."""
        contact = self._contact(records, device, request)
        contact.line = device
        return reply.build(contact, ()).body

    def _look(
        self, records: Records, device: Any, unread: Unread
    ) -> tuple[Outcome, Sequence[tuple[int, int]] | None, Built | None]:
        """Say where a device is; if nothing is to be written, answer it at once."""
        contact = self._contact(records, device, unread.request)
        outcome, vector = contact.position()
        if outcome is Outcome.FORK or (outcome is Outcome.DONE and unread.has_push):
            return outcome, vector, None
        return outcome, vector, reply.build(contact, vector or (), outcome)

    def _contact(self, records: Records, device: Any, request: Request) -> Contact:
        return Contact(
            records=records,
            device=device,
            request=request,
            epoch=self.database.epoch,
            now_ms=self.database.clock(),
            slice_count=self.slice_count,
        )

    def _push(self, device: Any, unread: Unread, vector: Sequence[tuple[int, int]]) -> Outcome:
        """Read a request's push and take it; say what the device must do if it cannot be read."""
        request = unread.request
        try:
            with self.database.engines.read() as connection:
                # Numbers given under another line of history may name other records.
                is_ours = request.epoch == self.database.epoch
                numbers = Numbers(connection, self.database.tables, vector if is_ours else ())
                push = unread.push(numbers.id_at, numbers)
        except UnresolvedNumber:
            return Outcome.BY_ID
        except UnknownHere:
            return Outcome.VERBATIM
        outcome = self._take(device, request, push)
        if outcome is Outcome.FORK and numbers.is_asked:
            return Outcome.BY_ID  # perhaps a number was read as another row's
        return outcome

    def _believe(self, device: Any, proof: Proof) -> None:
        """Begin a new epoch if a device proves that the database lost what it had signed."""
        database = self.database
        if not database.read(
            lambda records: incarnations.is_loss_proved(records, device, proof, database.epoch)
        ):
            return
        log.warning("device %s proves that the database was set back: new epoch", device.id)
        epoch = secrets.token_bytes(EPOCH_BYTES)
        lost = database.epoch
        # What was lost was written before it was signed, what was written instead after that.
        now = database.write(
            lambda work: change_epoch(work, epoch, only_from=lost, since_ms=proof.server_ms)
        )
        database.know_epoch(now)

    def _take(self, device: Any, request: Request, push: Push) -> Outcome:
        """Take a push chunk by chunk, each chunk of whole groups one transaction."""
        sender = Sender(device.id, request.inc, request.at)
        numbered = self.database.read(lambda records: number(records, sender, push))
        # Before the first chunk is stored: of a push that is read otherwise than it was written (a
        # row number that means another row here), nothing may be taken, not even a right beginning.
        if not numbered or numbered[-1].chain != push.chain:
            return Outcome.FORK
        outcome, pushed = Outcome.DONE, [item.change for item in numbered]
        start = 0
        for chunk in changes.chunks(pushed, limits.CHANGES_PER_GROUP_MAX):
            part = numbered[start : start + len(chunk)]
            start += len(chunk)

            def take(work: Work, part: Sequence[Numbered] = part) -> Outcome:
                return take_chunk(work, sender, part, slice_count=self.slice_count)

            # A chunk that had arrived (`COMPARE`) says nothing of the next one, which may be new.
            outcome = self.database.write(take)
            if outcome not in (Outcome.DONE, Outcome.COMPARE):
                break
        return outcome

    def _note(self, device: Any, request: Request, counter: int, built: Built) -> None:
        """Keep the vector just offered; note when a device was heard, at most once a minute.

        Two vectors are kept: the one the device stated and the one it has when the reply arrives.
        """
        now, offered = self.database.clock(), built.offer
        is_fresh = now - device.seen_at < _SEEN_EVERY_MS
        # To write for each contact would make every idle exchange wait for a disk.
        known = (device.build, device.pending, device.schema)
        is_news = known != (request.app.build, built.pending, request.app.schema)
        condition = request.condition
        if is_fresh and not is_news and offered is None and condition is None:
            return

        def note(work: Work) -> None:
            execute = work.connection.execute
            if offered is not None:
                table = work.tables.device_vector
                named = {"device": device.id, "incarnation": request.inc}
                kept = [request.state, offered.state]
                execute(_stale_vectors(table), {**named, "kept": kept})
                vector = {"state": offered.state, "content": _ENCODER.encode(offered.vector)}
                key = {"device_id": device.id, "inc": request.inc}
                execute(work.insert_or_skip(table), {**key, **vector})
            heard = {
                "device": device.id,
                "seen_at": now,
                "heard": counter,
                "build": request.app.build,
                "schema": request.app.schema,
                "pending": built.pending,
                "clock_off_ms": request.at.wall_ms - now,
            }
            execute(_heard(work.tables.device), heard)
            if condition is not None:
                execute(_is(work.tables.device, device.id, condition, now))

        self.database.write(note)


def _is(device: sa.Table, device_id: int, condition: Condition, now_ms: int) -> sa.Update:
    """Write down how a tablet said to be."""
    said = asdict(condition)
    minutes = said.pop("unsent_minutes")
    # By the server's clock: of the tablet's only the age is known.
    oldest = None if minutes is None else now_ms - minutes * 60_000
    return (
        sa.update(device)
        .where(device.c.id == device_id)
        .values(condition_at=now_ms, oldest_unsent_at=oldest, **said)
    )


@cache
def _stale_vectors(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        table.c.device_id == sa.bindparam("device"),
        table.c.inc == sa.bindparam("incarnation"),
        ~any_of(table.c.state, "kept"),
    )


@cache
def _heard(device: sa.Table) -> sa.Update:
    heard = sa.bindparam("heard", type_=device.c.counter.type)
    columns = ("seen_at", "build", "schema", "pending", "clock_off_ms")
    return (
        sa.update(device)
        .where(device.c.id == sa.bindparam("device"))
        .values(
            # Never back: two requests may be noted in the other order than they came.
            counter=sa.case((device.c.counter < heard, heard), else_=device.c.counter),
            **{name: sa.bindparam(name) for name in columns},
        )
    )
