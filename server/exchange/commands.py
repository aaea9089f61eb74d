"""The server's half of an exchange: push into custody, then pull, in one round trip."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa

from server.accounts import devices, incarnations
from server.accounts.territories import readable_scopes, territory_of
from server.db.records import Records, any_of
from server.db.schema import EPOCH_BYTES, change_epoch, signing_key
from server.db.work import Database, Work
from server.exchange import first, pull
from server.exchange.contents import contents
from server.exchange.push import Numbered, number, take_chunk
from server.exchange.uploads import stands_of
from sync import changes, limits, versions, wire
from sync.acknowledgements import encode_acknowledgements, signed_content
from sync.digest import EMPTY_STATE
from sync.field_columns import UnknownHere
from sync.messages import End, Outcome, Proof, Push, Reply, Request, ScopeChanges
from sync.refs import UnresolvedNumber
from sync.spec import Value

log = logging.getLogger("nuqta")
_SEEN_EVERY_MS = 60_000
_VECTOR = msgspec.msgpack.Decoder(list[tuple[int, int]])
_ENCODER = msgspec.msgpack.Encoder()
_ROWS_LEAST = 50


_Answer: TypeAlias = tuple[bytes, pull.Offer | None]
"""A reply, and what the device holds once it has applied it, if that is new."""


@dataclass
class _Moment:
    """What one transaction sees of a device and its scopes, each read once, when asked for."""

    records: Records
    device: Any
    inc: int
    now_ms: int
    slice_count: int

    @cached_property
    def line(self) -> Any:
        """The device's row together with that of its incarnation, or None."""
        return incarnations.find(self.records, self.device.id, self.inc)

    @cached_property
    def is_disabled(self) -> bool:
        """Whether the account of the device's agent is disabled: it is given nothing."""
        return devices.is_disabled(self.records, self.device.agent_id)

    @cached_property
    def names(self) -> list[str]:
        """The scopes that the device's agent may read now."""
        agent_id = self.device.agent_id
        communes = territory_of(self.records, agent_id).communes(self.now_ms)
        return readable_scopes(agent_id, communes, now_ms=self.now_ms, slice_count=self.slice_count)

    @cached_property
    def heads(self) -> dict[int, Any]:
        """These scopes as they stand, by number."""
        return pull.scope_heads(self.records, self.names)

    @cached_property
    def state(self) -> bytes:
        """The hash of a device that holds all of them as they stand."""
        return pull.state_of(self.heads)


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
        outcome, vector, answer = self.database.read(
            lambda records: self._look(records, device, unread)
        )
        if outcome is Outcome.DONE and unread.has_push:
            try:
                with self.database.engines.read() as connection:
                    # Numbers given under another line of history may name other records.
                    is_ours = request.epoch == self.database.epoch
                    numbers = _Numbers(connection, self.database, (vector or ()) if is_ours else ())
                    push = unread.push(numbers.id_at, numbers)
            except UnresolvedNumber:
                outcome = Outcome.BY_ID
            except UnknownHere:
                outcome = Outcome.VERBATIM
            else:
                outcome = self._take(device, request, push)
                if outcome is Outcome.FORK and numbers.is_asked:
                    outcome = Outcome.BY_ID  # perhaps a number was read as another row's
        inc = 0
        if outcome is Outcome.FORK:
            inc = self.database.write(
                lambda work: incarnations.begin(work, device.id, beyond=request.inc)
            )
        reply, offered = answer or self.database.read(
            lambda records: self._reply(
                self._moment(records, device, request), request, vector or (), outcome, inc
            )
        )
        self._note(device, request, counter, offered)
        return reply

    def first_page(self, records: Records, device: Any, request: Request) -> bytes:
        """Return a reply to a device that has sent nothing: `device` is in place of its row."""
        moment = self._moment(records, device, request)
        moment.line = device
        return self._reply(moment, request, (), Outcome.DONE, 0)[0]

    def _look(
        self, records: Records, device: Any, unread: wire.Unread
    ) -> tuple[Outcome, Sequence[tuple[int, int]] | None, _Answer | None]:
        """Say where a device stands; if nothing is to be written, answer it at once."""
        request = unread.request
        moment = self._moment(records, device, request)
        outcome, vector = self._standing(moment, device, request)
        if outcome is Outcome.FORK or (outcome is Outcome.DONE and unread.has_push):
            return outcome, vector, None
        return outcome, vector, self._reply(moment, request, vector or (), outcome, 0)

    def _moment(self, records: Records, device: Any, request: Request) -> _Moment:
        return _Moment(records, device, request.inc, self.database.clock(), self.slice_count)

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

    def _standing(
        self, moment: _Moment, device: Any, request: Request
    ) -> tuple[Outcome, Sequence[tuple[int, int]] | None]:
        """Compare where a device says it stands with what is known here.

        Returns:
            `DONE` and its vector, or why nothing of the request can be taken.
        """
        line = moment.line
        if line is None or line.last_seq > request.acknowledged_seq + request.pending_count:
            return Outcome.FORK, None
        if line.last_seq < request.acknowledged_seq:
            return Outcome.BEHIND, None
        if request.sent is not None and line.last_seq > request.acknowledged_seq:
            # What is acknowledged must be known to be the device's own, up to the last of it.
            seq, chain = request.sent
            if incarnations.chain_after(moment.records, line, min(seq, line.last_seq)) != chain:
                return (Outcome.FORK if seq <= line.last_seq else Outcome.COMPARE), None
            if seq < line.last_seq:
                return Outcome.COMPARE, None
        vector = request.vector
        if vector is None:
            vector = self._vector(moment, device, request)
        return (Outcome.UNKNOWN_STATE if vector is None else Outcome.DONE), vector

    def _vector(
        self, moment: _Moment, device: Any, request: Request
    ) -> Sequence[tuple[int, int]] | None:
        """Return the vector that the device's hash stands for; None if it is not known here."""
        if request.state == EMPTY_STATE:
            return ()
        if request.state == moment.state:
            return sorted((row.id, row.head) for row in moment.heads.values())
        query = _vector_of(moment.records.tables.device_vector)
        which = {"device": device.id, "incarnation": request.inc, "state": request.state}
        content = moment.records.connection.scalar(query, which)
        return None if content is None else _VECTOR.decode(content)

    def _take(self, device: Any, request: Request, push: Push) -> Outcome:
        """Take a push chunk by chunk, each chunk of whole groups one transaction."""
        numbered = self.database.read(lambda records: number(records, device.id, request.inc, push))
        if not numbered or numbered[-1].chain != push.chain:
            return Outcome.FORK
        outcome, pushed = Outcome.DONE, [one.change for one in numbered]
        start = 0
        for chunk in changes.chunks(pushed, limits.CHANGES_PER_GROUP_MAX):
            part = numbered[start : start + len(chunk)]
            start += len(chunk)

            def take(work: Work, part: Sequence[Numbered] = part) -> Outcome:
                return take_chunk(
                    work, device.id, request.inc, part, request.at, slice_count=self.slice_count
                )

            outcome = self.database.write(take)
            if outcome not in (Outcome.DONE, Outcome.COMPARE):
                break
        return outcome

    def _note(
        self, device: Any, request: Request, counter: int, offered: pull.Offer | None
    ) -> None:
        """Keep the vector just offered; note when a device was heard, at most once a minute.

        Two vectors are kept: the one the device stated and the one it has when the reply arrives.
        """
        now = self.database.clock()
        is_fresh = now - device.seen_at < _SEEN_EVERY_MS
        known = (device.build, device.pending, device.schema)
        is_news = known != (request.app.build, request.pending_count, request.app.schema)
        if is_fresh and not is_news and offered is None:
            return

        def note(work: Work) -> None:
            execute = work.connection.execute
            if offered is not None:
                table = work.tables.device_vector
                whose = {"device": device.id, "incarnation": request.inc}
                kept = [request.state, offered.state]
                execute(_stale_vectors(table), {**whose, "kept": kept})
                vector = {"state": offered.state, "content": _ENCODER.encode(offered.vector)}
                named = {"device_id": device.id, "inc": request.inc}
                execute(work.insert_or_skip(table), {**named, **vector})
            heard = {
                "device": device.id,
                "seen_at": now,
                "heard": counter,
                "build": request.app.build,
                "schema": request.app.schema,
                "pending": request.pending_count,
                "clock_off_ms": request.at.wall_ms - now,
            }
            execute(_heard(work.tables.device), heard)

        self.database.write(note)

    def _reply(
        self,
        moment: _Moment,
        request: Request,
        vector: Sequence[tuple[int, int]],
        outcome: Outcome,
        inc: int,
    ) -> _Answer:
        """Build the reply from one moment's state; smaller pages until it fits.

        Returns:
            The reply, and what the device holds once it has applied it, if that is new.
        """
        records, device, now = moment.records, moment.line, moment.now_ms
        is_same_epoch = request.epoch in (b"", self.database.epoch)
        epoch = b"" if request.epoch == self.database.epoch else self.database.epoch
        if outcome is not Outcome.DONE:
            last_seq = device.last_seq if device else 0
            bare = Reply(
                outcome=outcome,
                epoch=epoch,
                server_ms=now,
                last_seq=last_seq,
                stable_seq=0,
                inc=inc,
            )
            return self._encode(records, moment.device, request, bare), None
        if moment.is_disabled:
            return self._receipt(moment, request, vector), None
        step = self._step(moment, request, vector)
        heads, state = step.heads, pull.state_of(step.heads) if step.later else moment.state
        is_idle = request.state == state and device.last_seq <= request.acknowledged_seq
        wants_more = request.wants_states or request.contents
        is_plain = not (request.progress or request.buckets or wants_more)
        if is_idle and is_plain and is_same_epoch:
            same = Reply(outcome=Outcome.SAME, epoch=epoch, server_ms=now, last_seq=0, stable_seq=0)
            return self._encode(records, moment.device, request, same), None
        after, rows_max = request.acknowledged_seq, limits.ROWS_PER_PAGE_MAX
        most = max(4_096, min(request.bytes_max, limits.BODY_BYTES_MAX))
        has_news = device.last_seq > after
        stable_seq = incarnations.stable_seq(records, device, now) if has_news else 0
        while True:
            seen = pull.view(
                heads,
                step.names,
                vector,
                request.progress,
                request.buckets,
                is_same_epoch=is_same_epoch,
                later=step.later,
            )
            page = pull.page(
                records,
                device,
                seen,
                acknowledged_seq=after,
                rows_max=rows_max,
                bytes_max=most,
                era=self.database.era,
            )
            reply = Reply(
                outcome=outcome,
                epoch=epoch,
                server_ms=now,
                last_seq=device.last_seq,
                stable_seq=stable_seq,
                acknowledgements=page.acknowledgements,
                signature=self._sign(records, device, page, now),
                scopes=ScopeChanges(
                    added=seen.added,
                    dropped=seen.dropped,
                    restarted=page.restarted,
                    reconcile=seen.reconcile,
                    later=list(step.later.items()),
                ),
                repairs=page.repairs,
                blocks=[*page.blocks, *first.rows_ahead(records, seen, step.ahead)],
                gone=page.gone,
                progress=page.progress,
                snapshots=page.snapshots,
                is_done=page.is_done,
                end=End(
                    heads=pull.moved_heads(seen),
                    state=state,
                    states=pull.states(seen) if request.wants_states else (),
                    contents=self._contents(records, seen, request),
                )
                if page.is_done
                else End(),
            )
            body = self._encode(records, moment.device, request, reply)
            rows = sum(len(block.rows) for block in page.blocks)
            if len(body) <= most or rows <= _ROWS_LEAST:
                break
            rows_max = max(_ROWS_LEAST, int(rows * most / len(body) * 0.9))
        if not page.is_done or state == request.state:
            return body, None
        return body, pull.Offer(state, sorted((row.id, row.head) for row in heads.values()))

    def _step(
        self, moment: _Moment, request: Request, vector: Sequence[tuple[int, int]]
    ) -> first.Step:
        """Return the scopes that the reply is about: all, or what is needed of them first."""
        if not request.in_steps:
            return first.Step(moment.names, moment.heads)
        agent_id = moment.device.agent_id
        wanted = first.round_of(moment.records, agent_id, moment.heads, now_ms=moment.now_ms)
        return first.step(
            moment.names,
            moment.heads,
            held={scope_id for scope_id, _ in vector} & set(moment.heads),
            going={one.scope_id for one in request.progress},
            wanted=wanted,
            bytes_max=request.bytes_max if vector else first.FIRST_BYTES,
        )

    def _receipt(
        self, moment: _Moment, request: Request, vector: Sequence[tuple[int, int]]
    ) -> bytes:
        """Say what was taken, and nothing else, to the device of a disabled account.

        Under the epoch that the device knows: what it holds is not compared, so it learns no other.
        Where this leaves it between two states of the server, the hashes will tell once it is
        given something again.

        Raises:
            AccountDisabled: it knows already. One that is leaving is answered, for the order.
        """
        records, device, now = moment.records, moment.line, moment.now_ms
        after = request.acknowledged_seq
        if device.last_seq <= after and moment.device.status != devices.Status.LEAVING:
            raise devices.AccountDisabled(f"device {device.id}: its account is disabled")
        is_same_epoch = request.epoch == self.database.epoch
        epoch = b"" if request.epoch else self.database.epoch
        page = pull.receipt(records, device, vector if is_same_epoch else (), after)
        signature = self._sign(records, device, page, now, request.epoch)
        stable_seq = incarnations.stable_seq(records, device, now)
        reply = Reply(
            outcome=Outcome.DONE,
            epoch=epoch,
            server_ms=now,
            last_seq=device.last_seq,
            stable_seq=stable_seq,
            acknowledgements=page.acknowledgements,
            signature=signature,
            end=End(state=request.state),
        )
        return self._encode(records, moment.device, request, reply)

    def _contents(
        self, records: Records, seen: pull.View, request: Request
    ) -> Sequence[tuple[int, int]]:
        """Return the hashes asked for; none to an app of other fields, which holds other values."""
        if request.app.schema != versions.SCHEMA_NOW:
            return ()
        return contents(records, seen, request.contents)

    def _encode(self, records: Records, device: Any, request: Request, reply: Reply) -> bytes:
        reply = replace(reply, uploads=stands_of(records, device, request.uploads))
        return wire.encode_reply(records.tables.entities, reply, peer_schema=request.app.schema)

    def _sign(
        self, records: Records, device: Any, page: pull.Page, now_ms: int, epoch: bytes = b""
    ) -> bytes:
        if not page.acknowledgements:
            return b""
        content = signed_content(
            device_id=device.id,
            inc=device.inc,
            last_seq=page.acknowledgements[-1].seq,
            chain=page.chain,
            columns=encode_acknowledgements(page.acknowledgements),
            epoch=epoch or self.database.epoch,
            server_ms=now_ms,
        )
        return signing_key(records).sign(content)


class _Numbers:
    """Row numbers of a request's scopes back to ids; each asked once."""

    def __init__(
        self, connection: sa.Connection, database: Database, vector: Sequence[tuple[int, int]]
    ) -> None:
        self._connection = connection
        self._query = _row_at(database.tables.feed)
        self._vector = vector
        self._rows: dict[tuple[int, int], Any] = {}

    @property
    def is_asked(self) -> bool:
        """Whether any number was looked up."""
        return bool(self._rows)

    def id_at(self, entity: int, place: int, number: int) -> bytes | None:
        """Return a record's id, or None if no such row of the entity is there."""
        found = self._row(place, number)
        return found.record_id if found is not None and found.entity == entity else None

    def id_of(self, place: int, number: int) -> Value:
        """Return the id of what is referred to. Raises UnresolvedNumber."""
        found = self._row(place, number)
        if found is None:
            raise UnresolvedNumber(f"push: no row {number} at place {place}")
        return bytes(found.record_id)

    def _row(self, place: int, number: int) -> Any:
        if not 0 <= place < len(self._vector):
            return None
        if (place, number) not in self._rows:
            which = {"scope": self._vector[place][0], "number": number}
            self._rows[place, number] = self._connection.execute(self._query, which).first()
        return self._rows[place, number]


@cache
def _row_at(feed: sa.Table) -> sa.Select[Any]:
    return sa.select(feed.c.record_id, feed.c.entity).where(
        feed.c.scope_id == sa.bindparam("scope"), feed.c.number == sa.bindparam("number")
    )


@cache
def _vector_of(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.content).where(
        table.c.device_id == sa.bindparam("device"),
        table.c.inc == sa.bindparam("incarnation"),
        table.c.state == sa.bindparam("state"),
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
            counter=sa.case((device.c.counter < heard, heard), else_=device.c.counter),
            **{name: sa.bindparam(name) for name in columns},
        )
    )
