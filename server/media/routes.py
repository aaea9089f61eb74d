"""Blobs under `/sync/v1/blobs`: tus 1.0 (tus.io/protocols/resumable-upload), signed as all else.

    POST    /sync/v1/blobs          begin, with the first bytes if one likes; again: the same upload
    HEAD    /sync/v1/blobs/ID       how far it is
    PATCH   /sync/v1/blobs/ID       go on from there
    GET     /sync/v1/blobs/SHA256   the bytes, or with `Range` a part: they never change
    OPTIONS /sync/v1/blobs          what is served here; needs no signature

Beyond tus: `Upload-Complete: ?1` (a word of the IETF's draft of the same) is the only promise that
bytes are checked and kept; a tablet may forget its own for nothing less.

A signature covers the hash of the body. A piece that says its hash (`Upload-Checksum`) can be
judged before it has come, so it is stored as it comes: what arrived before a line broke is not
sent again. Of a piece broken off nobody can say that it was right; the hash of the whole will.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.accounts import devices, signatures
from server.db.work import Database
from server.exchange.bodies import SMALL_BYTES, Receive, TooLarge, length_of, take_body
from server.exchange.routes import (
    BLOBS_PATH,
    OURS,
    App,
    Counters,
    Gate,
    Send,
    header_of,
    path_of,
)
from server.media.commands import Uploads
from server.media.queries import Wanted
from server.media.refusals import ChecksumWrong, UploadTooLong
from server.media.tus import (
    CREATED,
    HASH_BYTES,
    ID_BYTES,
    NO_CONTENT,
    OK,
    OPTIONS,
    TUS,
    VERSION,
    Answer,
    VersionWrong,
    answer_part,
    problem_answer,
    progress_headers,
    read_checksum,
    read_name,
    read_number,
    read_wanted,
    require_piece,
)
from sync import limits
from sync.errors import Malformed

_STORED_EVERY_S = 1.0
_SILENT_S_MAX = 45.0
"""Nobody says farewell in an outage; whoever comes back begins a new connection."""


class _BrokenOff(Malformed):
    """The line broke in the midst of a piece; nobody hears an answer."""


@dataclass(slots=True)
class Piece:
    """A piece on its way: signed by `device`, `checksum` claimed, bytes up to `offset` on disk."""

    device: Any
    upload_id: bytes
    began_at: int
    offset: int
    checksum: bytes
    created: tuple[tuple[str, str], ...] = ()


class MediaEndpoint:
    """What tablets send photos and documents to."""

    def __init__(self, database: Database, uploads: Uploads, counters: Counters) -> None:
        """Serve `uploads`; counters are those of the exchange, a device has one."""
        self._database = database
        self._uploads = uploads
        self._counters = counters
        self.gate = Gate(database, counters)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request, in a thread of its own. Raises Refusal, SyncError."""
        if method == "OPTIONS":
            return Answer(NO_CONTENT, OPTIONS)
        device, signed = self._database.read(
            lambda records: devices.authenticate(
                records, headers.get("sync-auth", ""), method=method, path=path, body=body
            )
        )
        self._counters.require_new(device, signed.counter)
        name = path.removeprefix(BLOBS_PATH).removeprefix("/")
        if method == "GET":
            return self._fetch(device, read_name(name, HASH_BYTES), headers.get("range", ""))
        if headers.get("tus-resumable") != VERSION:
            raise VersionWrong(f"tus {headers.get('tus-resumable')!r}")
        if method == "POST" and not name:
            return self._begin(device, headers, body)
        if method == "HEAD":
            progress = self._uploads.look(device, read_name(name, ID_BYTES))
            length = ("upload-length", str(progress.length_bytes))
            return Answer(
                OK, (TUS, *progress_headers(progress), length, ("cache-control", "no-store"))
            )
        if method == "PATCH":
            require_piece(headers)
            offset = read_number(headers, "upload-offset")
            progress = self._uploads.append(
                device, read_name(name, ID_BYTES), offset, body, read_checksum(headers)
            )
            return Answer(NO_CONTENT, (TUS, *progress_headers(progress)))
        raise Malformed(f"no such call: {method} {path}")

    def _fetch(self, device: Any, sha256: bytes, asked: str) -> Answer:
        return answer_part(
            asked,
            "application/octet-stream",
            lambda first, end: self._uploads.fetch(device, sha256, first, end),
        )

    def open(
        self, method: str, path: str, headers: Mapping[str, str], length: int
    ) -> Piece | Answer | None:
        """Judge a piece by its head, in a thread of its own.

        Returns:
            What to store it as; the answer, if it is not wanted; None if it must come whole first:
            its hash is not said, or is not the one that was signed. Raises Refusal, SyncError.
        """
        checksum = read_checksum(headers)
        if not checksum or length > limits.BLOB_REQUEST_BYTES_MAX:
            return None
        try:
            device, signed = self._database.read(
                lambda records: devices.authenticate(
                    records,
                    headers.get("sync-auth", ""),
                    method=method,
                    path=path,
                    body_sha256=checksum,
                )
            )
        except signatures.SignatureWrong:
            return None
        if headers.get("tus-resumable") != VERSION:
            return None
        require_piece(headers)
        name = path.removeprefix(BLOBS_PATH).removeprefix("/")
        if method == "POST":
            wanted = read_wanted(headers)
            if name or length > wanted.length_bytes:
                return None
            self._counters.require_new(device, signed.counter)
            return self._open_first(device, wanted, checksum)
        offset = read_number(headers, "upload-offset")
        self._counters.require_new(device, signed.counter)
        upload_id = read_name(name, ID_BYTES)
        self._uploads.require_room(device, upload_id, offset, length)
        return Piece(device, upload_id, offset, offset, checksum)

    def _open_first(self, device: Any, wanted: Wanted, checksum: bytes) -> Piece | Answer:
        """Begin an upload with its first piece; answer one that was begun before."""
        progress = self._uploads.begin(device, wanted)
        created = ("location", f"{BLOBS_PATH}/{progress.upload_id.hex()}")
        if progress.offset_bytes:  # its reply was lost
            return Answer(CREATED, (TUS, created, *progress_headers(progress)))
        return Piece(device, progress.upload_id, 0, 0, checksum, (created,))

    def store(self, piece: Piece, content: bytes) -> None:
        """Put on disk what came of a piece so far. Raises as `Uploads.append`."""
        progress = self._uploads.append(piece.device, piece.upload_id, piece.offset, content)
        piece.offset = progress.offset_bytes

    def finish(self, piece: Piece, rest: bytes, sha256: bytes) -> Answer:
        """Store the end of a piece, if the whole is what it said. Raises as `Uploads.append`."""
        if sha256 != piece.checksum:
            self._uploads.go_back(piece.device, piece.upload_id, piece.offset, piece.began_at)
            raise ChecksumWrong(f"upload {piece.upload_id.hex()}: checksum of a piece")
        progress = self._uploads.append(piece.device, piece.upload_id, piece.offset, rest)
        status = CREATED if piece.created else NO_CONTENT
        return Answer(status, (TUS, *piece.created, *progress_headers(progress)))

    def _begin(self, device: Any, headers: Mapping[str, str], body: bytes) -> Answer:
        wanted = read_wanted(headers)
        if body:
            require_piece(headers)
        if len(body) > wanted.length_bytes:
            raise UploadTooLong(f"upload: {len(body)} of {wanted.length_bytes}")
        progress = self._uploads.begin(device, wanted)
        # A repeated beginning brings its bytes again; how far they are known is said below.
        if body and progress.offset_bytes == 0:
            progress = self._uploads.append(
                device, progress.upload_id, 0, body, read_checksum(headers)
            )
        address = ("location", f"{BLOBS_PATH}/{progress.upload_id.hex()}")
        return Answer(CREATED, (TUS, address, *progress_headers(progress)))


def blobs_app(endpoint: MediaEndpoint, *, stored_every_s: float = _STORED_EVERY_S) -> App:
    """Return the ASGI application below `BLOBS_PATH`.

    Args:
        stored_every_s: how long bytes of a piece may have come without being on disk, and so what
            a line that falls silent may cost.
    """
    return _Blobs(endpoint, stored_every_s)


@dataclass(frozen=True, slots=True)
class _Blobs:
    """The application: an endpoint, and how bytes come to it."""

    endpoint: MediaEndpoint
    stored_every_s: float

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        headers["sync-auth"] = header_of(scope, b"sync-auth")
        # tus: for clients that cannot say PATCH. What is signed is the method meant.
        method = headers.get("x-http-method-override", scope["method"])
        try:
            answer = await self._answer(method, scope, headers, receive)
        except Exception as fault:  # noqa: BLE001 - the edge: a bug is logged whole, and named
            answer = problem_answer(fault, headers)
        sent = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        sent.append(OURS)
        if answer.status != NO_CONTENT:
            sent.append((b"content-length", str(len(answer.content)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        content = b"" if scope["method"] == "HEAD" else answer.content
        await send({"type": "http.response.body", "body": content})

    async def _answer(
        self, method: str, scope: Any, headers: Mapping[str, str], receive: Receive
    ) -> Answer:
        path, length, most = path_of(scope), length_of(scope), limits.BLOB_REQUEST_BYTES_MAX
        endpoint = self.endpoint
        if method in ("POST", "PATCH") and "upload-checksum" in headers and length:
            try:
                piece = await asyncio.to_thread(endpoint.open, method, path, headers, length)
                if isinstance(piece, Piece):
                    return await self._take(piece, receive)
            except _BrokenOff:
                raise
            except Exception:
                # The other side sends to the end before it listens.
                with contextlib.suppress(Malformed):
                    (await take_body(receive, length, most, is_kept=False)).close()
                raise
            if isinstance(piece, Answer):
                (await take_body(receive, length, most, is_kept=False)).close()
                return piece
        if method in ("POST", "PATCH"):
            taken = await endpoint.gate.take(scope, receive, method, path, most)
        else:
            taken = await take_body(receive, length, SMALL_BYTES)
        async with endpoint.gate.content(taken) as body:
            return await asyncio.to_thread(endpoint.answer, method, path, headers, body)

    async def _take(self, piece: Piece, receive: Receive) -> Answer:
        """Store a piece as it comes; what came is on disk when the line breaks.

        Bytes are gathered in memory and put on disk once a second, by the clock of the first that
        is not on disk yet. So a line of 4 kB/s that breaks after 7.6 s has 28 kB on disk and costs
        no more than the 2.4 kB since, and a fast one makes a few writes, not one for each packet.

        Raises:
            Malformed: the line broke, or was silent for too long.
            TooLarge: more came than one request may bring.
        """
        endpoint, hashing, size = self.endpoint, hashlib.sha256(), 0
        gathered = bytearray()  # what is not on disk yet
        gathered_since = time.monotonic()
        while True:
            left = gathered_since + self.stored_every_s - time.monotonic()
            # With nothing to lose there is time; with bytes in hand, only until they must be safe.
            patience = max(0.0, left) if gathered else _SILENT_S_MAX
            try:
                event = await asyncio.wait_for(receive(), patience)
            except TimeoutError:
                if not gathered:
                    raise _BrokenOff("piece: nothing came for too long") from None
                await asyncio.to_thread(endpoint.store, piece, bytes(gathered))
                gathered.clear()
                continue
            if event["type"] == "http.disconnect":
                await asyncio.to_thread(endpoint.store, piece, bytes(gathered))
                raise _BrokenOff("piece: broken off")
            part = event.get("body", b"")
            size += len(part)
            if size > limits.BLOB_REQUEST_BYTES_MAX:
                raise TooLarge("request: too large")
            if not gathered:
                gathered_since = time.monotonic()
            gathered += part
            hashing.update(part)
            if not event.get("more_body"):
                last = bytes(gathered)
                return await asyncio.to_thread(endpoint.finish, piece, last, hashing.digest())
