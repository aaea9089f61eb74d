"""Send photos and documents in pieces, each until the server says that it has it all.

Resumable uploads as of tus 1.0 (`docs/protocol.md`). Each answer says how far the server is, and so
does the exchange before (`sending.learn`); only after a break without one it is asked. The server
keeps what arrived of a piece that broke off.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from mobile_app.exchange import bodies
from mobile_app.exchange.calls import Answer, BodyTooLarge, Refused, Unreachable
from mobile_app.store import media, sending
from mobile_app.store.database import transaction
from mobile_app.store.media import Blob
from mobile_app.store.records import Store
from sync import limits
from sync.errors import RemoteSyncError
from sync.messages import Reply

BLOBS_PATH = "/sync/v1/blobs"
_TUS = {"Tus-Resumable": "1.0.0"}
_PIECE = {**_TUS, "Content-Type": "application/offset+octet-stream"}
_GONE, _ELSEWHERE = 404, 409
_OF_THE_BLOB = frozenset({400, _GONE, _ELSEWHERE, 413, 422})
"""Refusals of one blob; any other is of the tablet, and the next blob would meet it too."""
_HASH_WRONG = "blob_hash_wrong"
_CORRECTIONS_MAX = 3
_NO_BUDGET = 2**62


class Uploader(Protocol):
    """What sends: the transport, or a test's line."""

    def upload(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Make a call. Raises Unreachable, Refused."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done for a blob. `bytes_up`: of pieces; `code`: why it was put off, or empty.

    `piece_bytes`: the largest piece that passed.
    """

    record_id: bytes
    bytes_up: int
    is_verified: bool
    code: str = ""
    piece_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Progress:
    """What the server said of an upload."""

    offset: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class MediaSummary:
    """What was sent of photos and documents. `bytes_up`: of their pieces, in answered runs.

    `code`: why it ended before all was sent: `unreachable`, a refusal's code, or empty.
    """

    verified: int
    bytes_up: int
    pending: int
    code: str


def send_all(
    store: Store,
    transport: Uploader,
    budget_bytes: int | None = None,
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> MediaSummary:
    """Send photos and documents whose records have arrived; to be called after an exchange.

    Nothing to send costs no request. A break is no failure of the exchange before it: what is
    left stays queued, and the summary says so.

    Args:
        budget_bytes: what may be sent of them now; None: all.
        may_go_on: asked before each blob; a person may pause.
    """
    sending.queue(store)
    verified = bytes_up = largest = 0
    code = ""
    try:
        while may_go_on():
            left = None if budget_bytes is None else budget_bytes - bytes_up
            sent = upload_next(store, transport, budget_bytes=left)
            if sent is None:
                break
            verified += sent.is_verified
            bytes_up += sent.bytes_up
            largest = max(largest, sent.piece_bytes)
            code = sent.code or code
    except (Unreachable, Refused, RemoteSyncError) as fault:
        code = fault.code
    bodies.grow(store, largest)
    return MediaSummary(verified, bytes_up, media.pending_count(store), code)


def learn(store: Store, asked: Sequence[bytes], reply: Reply) -> None:
    """Take what a reply says of the uploads that it was asked of.

    Nothing of any: a server that cannot say so in a reply. Each is asked for before it goes on.

    Raises:
        RemoteSyncError: it says something of others than these.
    """
    if reply.uploads and len(reply.uploads) != len(asked):
        raise RemoteSyncError(f"reply: {len(reply.uploads)} uploads, asked of {len(asked)}")
    for record_id, upload in zip(asked, reply.uploads, strict=False):
        address = f"{BLOBS_PATH}/{upload.upload_id.hex()}" if upload.upload_id else ""
        sending.learn(
            store, record_id, offset=upload.offset, address=address, is_complete=upload.is_complete
        )


def upload_next(
    store: Store, transport: Uploader, *, budget_bytes: int | None = None
) -> Sent | None:
    """Send the most urgent blob, or as much of it as the budget allows; None if none waits.

    Raises:
        Unreachable: the line broke; the next call goes on from the server's last byte.
        Refused: the server takes nothing from this tablet now.
        RemoteSyncError: the server's words cannot be true.
    """
    if budget_bytes is not None and budget_bytes <= 0:
        return None
    blob = sending.next_waiting(store)
    if blob is None:
        return None
    upload = _Upload(store, transport, blob, budget_bytes)
    try:
        is_verified = upload.run()
    except Refused as refused:
        if refused.status not in _OF_THE_BLOB:
            raise
        sending.put_off(store, blob, refused.code)
        return Sent(blob.record_id, upload.bytes_up, is_verified=False, code=refused.code)
    return Sent(blob.record_id, upload.bytes_up, is_verified, piece_bytes=upload.piece_bytes)


class _Upload:
    """One blob on its way, in one run."""

    def __init__(
        self, store: Store, transport: Uploader, blob: Blob, budget_bytes: int | None
    ) -> None:
        self.bytes_up = 0
        self._store = store
        self._transport = transport
        self._blob = blob
        self._address = blob.address
        self._bytes_left = _NO_BUDGET if budget_bytes is None else budget_bytes
        self._corrections = 0
        self.piece_bytes = 0

    def run(self) -> bool:
        """Send until the server has it all or the budget is spent. Returns whether it has."""
        # A beginning without an address is one whose reply was lost: first ask how it went.
        blob = self._blob
        is_lost = blob.state == media.UPLOADING and not self._address
        if not self._address:
            progress = self._begin(with_bytes=not is_lost)
        elif blob.offset_bytes == sending.UNSURE:
            progress = self._ask()
        else:
            progress = _Progress(blob.offset_bytes, is_complete=False)
        while not progress.is_complete:
            if progress.offset == self._blob.size_bytes:
                progress = self._confirm()
            elif self._bytes_left > 0:
                progress = self._go_on(progress.offset)
            else:
                break
        if progress.is_complete:
            sending.note(
                self._store, self._blob, state=media.VERIFIED, offset=self._blob.size_bytes
            )
        return progress.is_complete

    def _begin(self, *, with_bytes: bool) -> _Progress:
        blob = self._blob
        named = {
            "entity": blob.entity.encode(),
            "record": blob.record_id,
            "sha256": blob.sha256,
        }
        about = {
            "Upload-Length": str(blob.size_bytes),
            "Upload-Metadata": ",".join(
                f"{name} {_base64(value)}" for name, value in named.items()
            ),
        }
        # Noted before it is sent: after a kill in between, the next run asks first how it went
        # (`run`).
        sending.note(self._store, blob, state=media.UPLOADING)
        if with_bytes:
            answer = self._send_piece("POST", BLOBS_PATH, 0, about)
        else:
            answer = self._call("POST", BLOBS_PATH, b"", about)
        self._address = answer.headers.get("location", "")
        if not self._address.startswith(BLOBS_PATH + "/"):
            raise RemoteSyncError(f"upload: begun at {self._address!r}")
        return self._keep(self._read(answer.headers))

    def _ask(self) -> _Progress:
        """Ask how far an upload of an earlier run is; begin anew if the server forgot it."""
        try:
            answer = self._call("HEAD", self._address, b"", {})
        except Refused as refused:
            if refused.status != _GONE:
                raise
            return self._begin(with_bytes=True)
        return self._keep(self._read(answer.headers))

    def _confirm(self) -> _Progress:
        """All bytes are said to be there, but not that they were checked: ask once more."""
        progress = self._ask()
        if progress.offset == self._blob.size_bytes and not progress.is_complete:
            raise RemoteSyncError(f"upload of {self._blob.record_id.hex()}: whole, not complete")
        return progress

    def _go_on(self, offset: int) -> _Progress:
        try:
            where = {"Upload-Offset": str(offset)}
            answer = self._send_piece("PATCH", self._address, offset, where)
        except Unreachable:
            self._keep(_Progress(sending.UNSURE, is_complete=False))
            raise
        except Refused as refused:
            known = refused.status in (_GONE, _ELSEWHERE) or refused.code == _HASH_WRONG
            if not known or self._corrections == _CORRECTIONS_MAX:
                raise
            # Nothing vouches for what came of a piece that broke off: once more from the start.
            self._corrections += _CORRECTIONS_MAX if refused.code == _HASH_WRONG else 1
            if refused.status != _ELSEWHERE:
                return self._begin(with_bytes=True)
            return self._keep(self._read(refused.headers))
        progress = self._read(answer.headers)
        if progress.offset <= offset:
            raise RemoteSyncError(f"upload at {offset}: took a piece and is at {progress.offset}")
        return self._keep(progress)

    def _send_piece(
        self, method: str, path: str, offset: int, headers: Mapping[str, str]
    ) -> Answer:
        """Send what follows `offset`, in smaller pieces where the way takes none so large."""
        tried = self._store.kept.piece_tried
        if tried and tried[:2] == (self._blob.record_id, offset):
            # It broke, and nothing of it arrived: whatever is on the way kept it, or all broke.
            bodies.shrink(self._store, tried[2])
            self._keep_tried(None)
        while True:
            most = min(limits.BLOB_PIECE_BYTES, self._bytes_left, bodies.most(self._store))
            piece = media.read(self._store, self._blob, offset, most)
            try:
                answer = self._call(method, path, piece, headers)
            except BodyTooLarge:
                if not bodies.shrink(self._store, len(piece)):
                    raise
            except Unreachable as fault:
                if fault.is_broken:
                    self._keep_tried((self._blob.record_id, offset, len(piece)))
                raise
            else:
                self.piece_bytes = max(self.piece_bytes, len(piece))
                return answer

    def _keep_tried(self, tried: tuple[bytes, int, int] | None) -> None:
        with transaction(self._store.db):
            self._store.kept.piece_tried = tried

    def _call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.bytes_up += len(body)
        self._bytes_left -= len(body)
        kind = _TUS
        if body:
            kind = {**_PIECE, "Upload-Checksum": f"sha256 {_base64(sha256(body).digest())}"}
        return self._transport.upload(method, path, body, {**kind, **headers})

    def _read(self, headers: Mapping[str, str]) -> _Progress:
        """Read how far the server is. Raises RemoteSyncError: it says nothing that can be."""
        text = headers.get("upload-offset", "")
        is_number = text.isascii() and text.isdecimal()
        is_complete = headers.get("upload-complete") == "?1"
        if not is_number or int(text) > self._blob.size_bytes:
            raise RemoteSyncError(f"upload: at {text!r} of {self._blob.size_bytes}")
        if is_complete and int(text) != self._blob.size_bytes:
            raise RemoteSyncError(f"upload: complete at {text} of {self._blob.size_bytes}")
        return _Progress(int(text), is_complete)

    def _keep(self, progress: _Progress) -> _Progress:
        is_whole = progress.offset == self._blob.size_bytes
        sending.note(
            self._store,
            self._blob,
            state=media.RECEIVED if is_whole else media.UPLOADING,
            offset=progress.offset,
            address=self._address,
        )
        return progress


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
