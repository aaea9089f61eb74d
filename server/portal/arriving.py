"""Pages of papers on their way from the portal, in pieces, over lines that break.

A piece is sealed and kept before the database says how far the page is: what was answered is never
asked for again, whatever is killed when. Whole, the page goes the way of every other
(`papers.Papers.take`). Whose it is, the phone says, so another session goes on with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from server.accounts.visitors import Visitor
from server.db.work import Database, Work
from server.media.cleaning import REFUSALS, refusal
from server.media.commands import Progress
from server.media.refusals import OffsetWrong, UploadTooLong, UploadUnknown
from server.media.store import BlobFiles
from server.portal.papers import PaperOf, Papers, PapersTooMany, require_open
from sync import limits
from sync.errors import Malformed, Refusal
from sync.scopes import DAY_MS

PIECE_BYTES = 64 * 1024
"""What a browser sends at once, and so what an outage costs at most: five seconds of EDGE."""
PIECE_BYTES_MIN, PIECE_BYTES_MAX = 1024, 256 * 1024
"""Each piece is a file: of a byte each they would take all that a disk has. The last is shorter."""
SILENT_S = 45
"""After how long without a byte or an answer a browser asks anew: more than a cleaner takes, and
more than a piece takes at 12 kbit/s. Slower lines are given four times what a piece took."""
KEPT_MS = 7 * DAY_MS
"""How long a page may lie unfinished; and one that is finished be asked about."""
_UNFINISHED_MAX = 40


@dataclass(frozen=True, slots=True)
class Arriving:
    """The pages that arrive at one server."""

    database: Database
    files: BlobFiles
    papers: Papers

    def begin(self, of: PaperOf, length_bytes: int) -> Progress:
        """Open an upload.

        Raises:
            NotFound, PaperClosed, PapersTooMany: as `papers.require_open`.
            PaperEmpty, PaperTooLarge: by what is announced.
        """
        if not 0 < length_bytes <= limits.BLOB_BYTES_MAX:
            raise refusal("paper_too_large" if length_bytes else "paper_empty")
        upload_id = self.database.write(partial(_begin, of, length_bytes))
        return Progress(upload_id, 0, length_bytes, is_complete=False)

    def look(self, visitor: Visitor, upload_id: bytes) -> Progress:
        """Return how far an upload is; one that is whole is made a page, if it is none yet.

        Raises:
            UploadUnknown: none of this phone.
            Refusal: the page is none, as `papers.Papers.take`.
        """
        row = self._own(visitor, upload_id)
        return self._finish(visitor, row) if row.offset_bytes == row.length_bytes else _how_far(row)

    def append(self, visitor: Visitor, upload_id: bytes, offset: int, content: bytes) -> Progress:
        """Keep a piece; kept when this returns. The last makes the page.

        Raises:
            UploadUnknown, OffsetWrong, UploadTooLong, StoreFull, Busy: nothing is kept.
            Malformed: a piece too small that is not the last.
            Refusal: the page is none, as `papers.Papers.take`.
        """
        row = self._own(visitor, upload_id)
        self._require_here(row, offset)
        after = offset + len(content)
        if after > row.length_bytes or len(content) > PIECE_BYTES_MAX:
            raise UploadTooLong(f"upload {upload_id.hex()}: {after} of {row.length_bytes}")
        if 0 < len(content) < PIECE_BYTES_MIN and after < row.length_bytes:
            raise Malformed(f"upload {upload_id.hex()}: a piece of {len(content)} bytes")
        if content:
            self.files.arriving.put(_name(upload_id, offset), content)
            if not self._move(row, after):  # another hand was faster, with the same or not
                self._require_here(self._own(visitor, upload_id), offset)
        return self.look(visitor, upload_id)

    def end(self, visitor: Visitor, upload_id: bytes) -> None:
        """Forget an upload that its owner does not want any more. Raises UploadUnknown."""
        self._remove(self._own(visitor, upload_id))

    def purge(self) -> int:
        """Forget uploads that nobody continued. Returns how many."""
        table, cut = self.database.tables.page_upload, self.database.clock() - KEPT_MS
        with self.database.engines.read() as connection:
            rows = connection.execute(sa.select(table).where(table.c.touched_at < cut)).all()
        for row in rows:
            self._remove(row)
        return len(rows)

    def _finish(self, visitor: Visitor, row: Any) -> Progress:
        if row.why:
            raise refusal(row.why)
        if row.document_id is None:
            content = self._whole(row)
            if content is None:
                return self._finished(visitor, row)
            of = PaperOf(visitor, str(row.application_id.hex()), row.type)
            try:
                document_id = self.papers.take(of, content)
            except Refusal as refused:
                if refused.code in REFUSALS:
                    self._note(row, why=refused.code)
                    self._discard(row)
                raise
            self._note(row, document_id=document_id)
            self._discard(row)
        return Progress(row.id, row.length_bytes, row.length_bytes, is_complete=True)

    def _finished(self, visitor: Visitor, row: Any) -> Progress:
        """Return what another hand made of an upload whose pieces are gone; or forget it."""
        now = self._own(visitor, row.id)
        if now.why or now.document_id is not None:
            return self._finish(visitor, now)
        # Taken away, or restored from before.
        self._remove(row)
        raise UploadUnknown(f"upload {row.id.hex()}: its pieces are gone")

    def _whole(self, row: Any) -> bytes | None:
        """Return the bytes of an upload; None: not all of its pieces are here."""
        parts, at = [], 0
        while at < row.length_bytes:
            try:
                parts.append(self.files.arriving.read(_name(row.id, at)))
            except FileNotFoundError:
                break
            at += len(parts[-1])
        return b"".join(parts) if at == row.length_bytes else None

    def _discard(self, row: Any) -> None:
        """Remove the pieces, and one that was kept and never noted."""
        at = 0
        while at <= row.length_bytes:
            name = _name(row.id, at)
            if not self.files.arriving.has(name):
                break
            at += self.files.arriving.length(name)
            self.files.arriving.remove(name)

    def _remove(self, row: Any) -> None:
        table = self.database.tables.page_upload
        gone = sa.delete(table).where(table.c.id == row.id)
        self._discard(row)
        self.database.write(lambda work: work.connection.execute(gone))

    def _require_here(self, row: Any, offset: int) -> None:
        if offset != row.offset_bytes:
            is_complete = row.document_id is not None
            raise OffsetWrong(
                f"upload {row.id.hex()}: at {row.offset_bytes}, not {offset}",
                offset=row.offset_bytes,
                is_complete=is_complete,
            )

    def _move(self, row: Any, after: int) -> bool:
        table = self.database.tables.page_upload
        here = sa.and_(table.c.id == row.id, table.c.offset_bytes == row.offset_bytes)
        moved = sa.update(table).where(here)

        def move(work: Work) -> bool:
            values = moved.values(offset_bytes=after, touched_at=work.now_ms)
            return bool(work.connection.execute(values).rowcount)

        return self.database.write(move)

    def _note(self, row: Any, **values: object) -> None:
        table = self.database.tables.page_upload
        noted = sa.update(table).where(table.c.id == row.id).values(**values)
        self.database.write(lambda work: work.connection.execute(noted))

    def _own(self, visitor: Visitor, upload_id: bytes) -> Any:
        table = self.database.tables.page_upload
        query = sa.select(table).where(table.c.id == upload_id, table.c.phone == visitor.phone)
        with self.database.engines.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise UploadUnknown(f"upload {upload_id.hex()}: none of this phone")
        return row


def _begin(of: PaperOf, length_bytes: int, work: Work) -> bytes:
    table, phone = work.tables.page_upload, of.visitor.phone
    work.lock_name("page_upload", phone)
    request = require_open(work, of, work.now_ms)
    unfinished = sa.select(sa.func.count()).where(
        table.c.phone == phone, table.c.document_id.is_(None), table.c.why.is_(None)
    )
    if (work.connection.scalar(unfinished) or 0) >= _UNFINISHED_MAX:
        raise PapersTooMany("portal: pages that arrive", most=_UNFINISHED_MAX)
    upload_id = work.ids()
    work.connection.execute(
        sa.insert(table).values(
            id=upload_id,
            phone=phone,
            application_id=request.record_id,
            type=of.code,
            length_bytes=length_bytes,
            offset_bytes=0,
            begun_at=work.now_ms,
            touched_at=work.now_ms,
        )
    )
    return upload_id


def _how_far(row: Any) -> Progress:
    return Progress(row.id, row.offset_bytes, row.length_bytes, is_complete=False)


def _name(upload_id: bytes, offset: int) -> bytes:
    return upload_id + offset.to_bytes(16, "big")
