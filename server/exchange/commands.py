"""The server's half of an exchange: push into custody, then pull, in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.accounts.territories import readable_scopes, territory_of
from server.db.records import Records
from server.db.work import Database, Work
from server.exchange import pull
from server.exchange.push import take_chunk
from sync import changes, limits, wire
from sync.blocks import UnresolvedNumber
from sync.messages import Outcome, Push, Reply, Request

_SEEN_EVERY_MS = 60_000
_ROWS_LEAST = 50


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
            Busy, StoreFull: nothing of this chunk was stored; what was acknowledged stays.
        """
        entities = self.database.tables.entities
        unread = wire.decode_request(entities, body)
        request = unread.request
        outcome = Outcome.DONE
        if request.inc != device.inc:
            outcome = Outcome.FORK
        elif unread.has_push:
            try:
                with self.database.engines.read() as connection:
                    push = unread.push(_Numbers(connection, self.database, request).id_at)
            except UnresolvedNumber:
                outcome = Outcome.BY_ID
            else:
                outcome = self._take(device, request, push)
        self._note_contact(device, request, counter)
        return self.database.read(lambda records: self._reply(records, device, request, outcome))

    def _take(self, device: Any, request: Request, push: Push) -> Outcome:
        """Take a push chunk by chunk, each chunk of whole groups one transaction."""
        left, chain = list(push.changes), push.chain
        while left:
            chunk = changes.whole_groups(left, limits.CHANGES_PER_GROUP_MAX)
            part = Push(chunk[0].seq, chain, chunk)

            def take(work: Work, part: Push = part) -> Any:
                return take_chunk(work, device.id, part, request.at, slice_count=self.slice_count)

            taken = self.database.write(take)
            if taken.outcome is not Outcome.DONE:
                return taken.outcome  # type: ignore[no-any-return]
            for change in chunk:
                entity = next(
                    one for one in self.database.tables.entities if one.name == change.entity
                )
                born = (change.born_inc or device.inc, change.born_seq or change.seq)
                content = changes.canonical(entity, change)
                chain = changes.link(chain, changes.change_id(device.id, *born, content))
            left = left[len(chunk) :]
        return Outcome.DONE

    def _note_contact(self, device: Any, request: Request, counter: int) -> None:
        """Note when a device was heard, at most once a minute unless something else changed."""
        now = self.database.clock()
        is_fresh = now - device.seen_at < _SEEN_EVERY_MS
        known = (device.build, device.pending, device.schema)
        if is_fresh and known == (request.build, request.pending_count, request.schema):
            return

        def note(work: Work) -> None:
            table = work.tables.device
            work.connection.execute(
                sa.update(table)
                .where(table.c.id == device.id)
                .values(
                    seen_at=now,
                    counter=counter,
                    build=request.build,
                    schema=request.schema,
                    pending=request.pending_count,
                    clock_off_ms=request.at.wall_ms - now,
                )
            )

        self.database.write(note)

    def _reply(self, records: Records, device: Any, request: Request, outcome: Outcome) -> bytes:
        """Build the reply from one moment's state; smaller pages until it fits."""
        table = records.tables.device
        device = records.connection.execute(sa.select(table).where(table.c.id == device.id)).one()
        now = self.database.clock()
        names = readable_scopes(
            device.agent_id,
            territory_of(records, device.agent_id).communes(now),
            now_ms=now,
            slice_count=self.slice_count,
        )
        seen = pull.view(
            records,
            names,
            request.vector,
            request.pages,
            is_same_epoch=request.epoch in (b"", self.database.epoch),
        )
        is_known = request.inc == device.inc
        after = request.acknowledged_seq if is_known else device.last_seq
        rows_max = limits.ROWS_PER_PAGE_MAX
        most = max(4_096, min(request.bytes_max, limits.BODY_BYTES_MAX))
        while True:
            page = pull.page(records, device, seen, acknowledged_seq=after, rows_max=rows_max)
            reply = Reply(
                outcome,
                self.database.epoch,
                now,
                device.last_seq,
                device.stable_seq,
                page.acknowledgements,
                self._sign(records, device, page, now),
                seen.added,
                seen.dropped,
                page.states,
                page.blocks,
                page.gone,
                page.pages,
                page.is_done,
            )
            body = wire.encode_reply(records.tables.entities, reply, peer_schema=request.schema)
            rows = sum(len(block.rows) for block in page.blocks)
            if len(body) <= most or rows <= _ROWS_LEAST:
                return body
            rows_max = max(_ROWS_LEAST, int(rows * most / len(body) * 0.9))

    def _sign(self, records: Records, device: Any, page: pull.Page, now_ms: int) -> bytes:
        if not page.acknowledgements:
            return b""
        table = records.tables.installation
        key = records.connection.scalar(
            sa.select(table.c.value).where(table.c.name == "signing_key")
        )
        assert key is not None
        content = wire.signed_content(
            device.id,
            device.inc,
            page.acknowledgements[-1].seq,
            page.chain,
            wire.encode_acknowledgements(page.acknowledgements),
            self.database.epoch,
            now_ms,
        )
        return Ed25519PrivateKey.from_private_bytes(key).sign(content)


class _Numbers:
    """Row numbers of a request's scopes back to ids; each asked once."""

    def __init__(self, connection: sa.Connection, database: Database, request: Request) -> None:
        self._connection = connection
        self._feed = database.tables.feed
        self._vector = request.vector

    def id_at(self, entity: int, place: int, number: int) -> bytes | None:
        """Return a record's id, or None if no such row is there."""
        if not 0 <= place < len(self._vector):
            return None
        feed = self._feed
        query = sa.select(feed.c.record_id).where(
            feed.c.scope_id == self._vector[place][0],
            feed.c.number == number,
            feed.c.entity == entity,
        )
        return self._connection.scalar(query)
