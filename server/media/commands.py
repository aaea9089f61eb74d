"""Take the bytes of photos and documents into custody, piece by piece, and give them back.

Records come first, by the exchange; a record names the SHA-256 of its bytes and never another.
States of an upload: `open`, bytes arrive; `matched`, all are on disk and their hash is right;
`complete`, they are a blob; `forgotten`, the record was taken back; `erased`, its days are over:
this row stays, since when in `touched_at`; `offset_bytes` is 0 once the bytes are gone. Between
`matched` and `complete` a crash costs nothing: whoever asks next makes the blob.

`tests/server/test_media.py` holds all of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import sha256 as sha256_of
from typing import Any

import sqlalchemy as sa

from server.accounts import devices
from server.db.work import Database, Work
from server.media.queries import (
    COMPLETE,
    ERASED,
    FORGOTTEN,
    MATCHED,
    OPEN,
    Wanted,
    is_named,
    is_readable,
    record_for,
)
from server.media.refusals import (
    BlobHashWrong,
    BlobTooLarge,
    BlobUnknown,
    ChecksumWrong,
    OffsetWrong,
    QuotaFull,
    RangeWrong,
    UploadTooLong,
    UploadUnknown,
)
from server.media.store import BlobFiles
from sync import limits, scopes

_UNFINISHED_MS = limits.BLOB_UNFINISHED_DAYS * scopes.DAY_MS
_QUOTA_MS = limits.BLOB_QUOTA_DAYS * scopes.DAY_MS


@dataclass(frozen=True, slots=True)
class Progress:
    """How an upload stands. Complete: checked, in its place, never asked for again."""

    upload_id: bytes
    offset_bytes: int
    length_bytes: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a blob from `first` on, of `length_bytes`."""

    first: int
    length_bytes: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one server."""

    database: Database
    files: BlobFiles
    quota_bytes: int = limits.BLOB_QUOTA_BYTES

    def begin(self, device: Any, wanted: Wanted) -> Progress:
        """Open an upload, or return the one there is: a lost reply is answered again.

        Raises:
            BlobTooLarge, QuotaFull, BlobNotNamed: as they say.
            NotFound: no such record, or not one of this agent's.
        """
        if wanted.length_bytes > limits.BLOB_BYTES_MAX:
            raise BlobTooLarge(
                f"blob: {wanted.length_bytes} bytes",
                most=limits.BLOB_BYTES_MAX // 2**20,
            )
        row = self.database.write(lambda work: self._begin(work, device, wanted))
        return self.look(device, row.id)

    def look(self, device: Any, upload_id: bytes) -> Progress:
        """Return how far an upload is on disk. Raises UploadUnknown."""
        row = self._own(device, upload_id)
        if row.state != MATCHED:
            return self._progress(row)
        with self.files.lock(upload_id):
            return self._finish(self._own(device, upload_id))

    def append(
        self, device: Any, upload_id: bytes, offset: int, content: bytes, checksum: bytes = b""
    ) -> Progress:
        """Store a piece; on disk when this returns. The last piece completes the upload.

        Args:
            checksum: the piece's SHA-256 if the device sent one.

        Raises:
            UploadUnknown, OffsetWrong, ChecksumWrong, UploadTooLong: nothing is stored.
            BlobHashWrong: the whole is not what the record names; nothing of it is kept.
            StoreFull, Busy: nothing is stored.
        """
        if checksum and sha256_of(content).digest() != checksum:
            raise ChecksumWrong(f"upload {upload_id.hex()}: checksum of a piece")
        with self.files.lock(upload_id):
            row = self._own(device, upload_id)
            if row.state == MATCHED:
                self._finish(row)
                row = self._own(device, upload_id)
            here = self._progress(row)
            if offset != here.offset_bytes:
                raise _wrong_offset(here, offset)
            after = offset + len(content)
            if after > row.length_bytes:
                raise UploadTooLong(f"upload {upload_id.hex()}: {after} of {row.length_bytes}")
            if here.is_complete or not content:
                return here
            self.files.append(upload_id, offset, content)
            if after == row.length_bytes:
                return self._match(row)
            self._note(row, state=OPEN, offset_bytes=after)
            return Progress(upload_id, after, row.length_bytes, is_complete=False)

    def require_room(self, device: Any, upload_id: bytes, offset: int, length: int) -> None:
        """Judge a piece before it comes. Raises UploadUnknown, OffsetWrong, UploadTooLong."""
        here = self.look(device, upload_id)
        if offset != here.offset_bytes:
            raise _wrong_offset(here, offset)
        if offset + length > here.length_bytes:
            raise UploadTooLong(f"upload {upload_id.hex()}: {offset + length} bytes")

    def go_back(self, device: Any, upload_id: bytes, from_offset: int, to_offset: int) -> None:
        """Give up what was stored of a piece that is not what it said, if nobody went on since."""
        with self.files.lock(upload_id):
            row = self._row(upload_id)
            is_here = row is not None and row.device_id == device.id and row.state == OPEN
            if is_here and row.offset_bytes == from_offset > to_offset:
                self._note(row, state=OPEN, offset_bytes=to_offset)

    def fetch(
        self, device: Any, sha256: bytes, first: int | None = None, end: int | None = None
    ) -> Part:
        """Return bytes of a hash to a device whose agent may read a record of it.

        Args:
            first, end: which, `end` not included; without `first` the last `end` bytes. None: all.

        Raises:
            BlobUnknown: there are none, or none for this agent.
            AccountDisabled: the agent is given nothing any more.
            RangeWrong: it has no such bytes.
        """
        self.database.read(lambda records: devices.require_enabled(records, device.agent_id))
        now = self.database.clock()
        if not self.database.read(
            lambda records: is_readable(records, device.agent_id, sha256, now_ms=now)
        ):
            raise BlobUnknown(f"blob {sha256.hex()}: none for device {device.id}")
        return self.part(sha256, first, end)

    def part(self, sha256: bytes, first: int | None = None, end: int | None = None) -> Part:
        """Return bytes of a hash to a reader known to be allowed them; arguments as `fetch`.

        Raises:
            BlobUnknown, RangeWrong: as `fetch`.
        """
        try:
            length = self.files.length(sha256)
            if first is None:
                first, end = (0 if end is None else max(0, length - end)), None
            stop = length if end is None else min(end, length)
            if first >= stop:
                raise RangeWrong(f"blob {sha256.hex()}: {first} of {length}", length=length)
            return Part(first, length, self.files.read(sha256, first, stop))
        except FileNotFoundError as fault:
            raise BlobUnknown(f"blob {sha256.hex()}: its file is missing") from fault

    def purge(self) -> int:
        """Forget uploads that nobody continued, and files that nothing speaks of. Returns how many.

        Safe while the server runs, any number of times.
        """
        table, cut = self.database.tables.upload, self.database.clock() - _UNFINISHED_MS
        stale = sa.and_(table.c.state == OPEN, table.c.touched_at < cut)
        with self.database.engines.read() as connection:
            ids = set(connection.scalars(sa.select(table.c.id).where(stale)))
        gone = self._forget()
        for upload_id in sorted(ids | set(self.files.uploads())):
            with self.files.lock(upload_id):
                gone += self._purge_one(upload_id, stale)
        return gone

    def _forget(self) -> int:
        """Remove the bytes of records that were taken back or erased since, and of no other."""
        table = self.database.tables.upload
        lies = sa.and_(table.c.state == ERASED, table.c.offset_bytes > 0)
        over = sa.select(table).where(sa.or_(table.c.state == FORGOTTEN, lies))
        with self.database.engines.read() as connection:
            rows = connection.execute(over).all()
        for row in rows:
            sha256, here = bytes(row.sha256), table.c.id == row.id
            stays = sa.update(table).where(here).values(offset_bytes=0)
            gone = stays if row.state == ERASED else sa.delete(table).where(here)
            if not self.database.read(partial(is_named, sha256)):
                self.files.remove(sha256)
            self.database.write(partial(_execute, gone))
        return len(rows)

    # Within the lock of an upload

    def _purge_one(self, upload_id: bytes, stale: sa.ColumnElement[bool]) -> bool:
        table = self.database.tables.upload
        self.database.write(
            lambda work: work.connection.execute(
                sa.delete(table).where(table.c.id == upload_id, stale)
            )
        )
        with self.database.engines.read() as connection:
            state = connection.scalar(sa.select(table.c.state).where(table.c.id == upload_id))
        if state in (OPEN, MATCHED):
            return False
        self.files.discard(upload_id)
        return True

    def _match(self, row: Any) -> Progress:
        """All bytes are on disk: check them, and make them a blob. Raises BlobHashWrong."""
        if self.files.sha256(row.id) != row.sha256:
            table = self.database.tables.upload
            # The row first: a file without one is swept up, a row without its bytes would lie.
            self.database.write(
                lambda work: work.connection.execute(sa.delete(table).where(table.c.id == row.id))
            )
            self.files.discard(row.id)
            raise BlobHashWrong(f"upload {row.id.hex()}: not {row.sha256.hex()}")
        # Before the rename, so that a crash between them leaves a row that says what to do next.
        self._note(row, state=MATCHED, offset_bytes=row.length_bytes)
        return self._finish(self._row(row.id))

    def _finish(self, row: Any) -> Progress:
        if row.state == MATCHED:
            if self.files.keep(row.id, row.sha256):
                self._note(row, state=COMPLETE, offset_bytes=row.length_bytes)
            else:
                self._note(row, state=OPEN, offset_bytes=0)
            row = self._row(row.id)
        return self._progress(row)

    def _note(self, row: Any, *, state: str, offset_bytes: int) -> None:
        """Write how an upload stands now, unless it stands elsewhere than `row` says."""
        table = self.database.tables.upload

        def note(work: Work) -> None:
            done = work.connection.execute(
                sa.update(table)
                .where(
                    table.c.id == row.id,
                    table.c.state == row.state,
                    table.c.offset_bytes == row.offset_bytes,
                )
                .values(state=state, offset_bytes=offset_bytes, touched_at=work.now_ms)
            )
            if done.rowcount != 1:  # only if another machine shares the database, not the files
                raise UploadUnknown(f"upload {row.id.hex()}: moved by another server")

        self.database.write(note)

    # Reading

    def _own(self, device: Any, upload_id: bytes) -> Any:
        row = self._row(upload_id)
        if row is None or row.device_id != device.id:
            raise UploadUnknown(f"upload {upload_id.hex()}: none of device {device.id}")
        return row

    def _row(self, upload_id: bytes) -> Any:
        table = self.database.tables.upload
        with self.database.engines.read() as connection:
            return connection.execute(sa.select(table).where(table.c.id == upload_id)).first()

    def _progress(self, row: Any) -> Progress:
        # A file shorter than the database says was restored from an older copy: go on from there.
        offset = row.offset_bytes
        if row.state == OPEN:
            offset = min(offset, self.files.size(row.id))
        return Progress(row.id, offset, row.length_bytes, is_complete=row.state == COMPLETE)

    # Beginning, within a transaction

    def _begin(self, work: Work, device: Any, wanted: Wanted) -> Any:
        record = record_for(work, device, wanted)
        table = work.tables.upload
        # One beginning at a time for each device: quota and row are of one moment.
        devices = work.tables.device
        work.connection.execute(
            sa.select(devices.c.id).where(devices.c.id == device.id).with_for_update()
        )
        same = sa.and_(table.c.device_id == device.id, table.c.record_id == record.record_id)
        row = work.connection.execute(sa.select(table).where(same)).first()
        if row is not None and self._still_holds(row, wanted):
            return row
        if row is not None:
            work.connection.execute(sa.delete(table).where(table.c.id == row.id))
        # What is here need not come again, if the agent may read a record that it came for. The
        # hash alone proves nothing: who knows that of another's photo would be given the photo.
        is_here = self.files.has(wanted.sha256) and is_readable(
            work, device.agent_id, wanted.sha256, now_ms=work.now_ms
        )
        if not is_here:
            self._require_quota(work, device, wanted.length_bytes)
        return work.connection.execute(
            sa.insert(table)
            .values(
                id=work.ids(),
                device_id=device.id,
                entity=wanted.entity,
                record_id=wanted.record_id,
                sha256=wanted.sha256,
                length_bytes=wanted.length_bytes,
                offset_bytes=wanted.length_bytes if is_here else 0,
                state=COMPLETE if is_here else OPEN,
                begun_at=work.now_ms,
                touched_at=work.now_ms,
            )
            .returning(table)
        ).one()

    def _still_holds(self, row: Any, wanted: Wanted) -> bool:
        """Whether a row answers `wanted`: not if its blob was lost, or its length was a mistake."""
        if row.state == COMPLETE:
            return self.files.has(row.sha256)
        return bool(row.length_bytes == wanted.length_bytes)

    def _require_quota(self, work: Work, device: Any, more_bytes: int) -> None:
        table = work.tables.upload
        announced = work.connection.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(table.c.length_bytes), 0)).where(
                table.c.device_id == device.id, table.c.begun_at > work.now_ms - _QUOTA_MS
            )
        )
        if int(announced or 0) + more_bytes > self.quota_bytes:
            raise QuotaFull(f"device {device.id}: {announced} bytes announced in a month")


def _execute(statement: sa.Delete | sa.Update, work: Work) -> None:
    work.connection.execute(statement)


def _wrong_offset(here: Progress, offset: int) -> OffsetWrong:
    return OffsetWrong(
        f"upload {here.upload_id.hex()}: at {here.offset_bytes}, not {offset}",
        offset=here.offset_bytes,
        is_complete=here.is_complete,
    )
