"""A newer app, fetched in pieces beside all else: what is offered, how far it is, is it right.

What is known lies beside the agents' folders, since the tablet is all of theirs, and is no secret:

    update/offer.json    when was asked, what is offered, and which file was refused and why
    update/SHA256.part   what came of it; SHA256.apk once all of it is there and was checked
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from mobile_app.device.installer import Installer, UpdateDamaged, UpdateForeign, UpdateOlder
from mobile_app.device.storage import StoreFull, write_private
from mobile_app.exchange.calls import Refused
from sync import updates
from sync.errors import RemoteSyncError
from sync.updates import Offer

ASKED_EVERY_MS = 24 * 3_600_000
ROOM_LEFT_BYTES = 100 * 2**20
"""Android unpacks the app beside the file; and there is work to be captured."""
_FOLDER, _NOTE = "update", "offer.json"
_GONE = (404, 416)


class Line(Protocol):
    """What asks and fetches: the transport, or a test's line."""

    def fetch(self, path: str) -> bytes:
        """Return an answer. Raises Unreachable, Refused."""

    def download(self, path: str, offset: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (where, of how much, bytes). Raises Unreachable, Refused, RemoteSyncError."""


class _Note(msgspec.Struct):
    """`asked_ms`: Unix milliseconds. `refused`: the hash of a file that was wrong, and its code."""

    asked_ms: int = 0
    offer: Offer | None = None
    refused: tuple[str, str] = ("", "")


class Updates:
    """What is known of a newer app on this tablet; everything is read anew from the disk."""

    def __init__(self, root: Path, installer: Installer) -> None:
        """Read nothing yet. `root`: of the app."""
        self._folder = root / _FOLDER
        self._installer = installer

    def offer(self) -> Offer | None:
        """Return what is offered beyond what runs here, and was not found wrong."""
        note, now = self._read(), self._installer.installed()
        if now is None or note.offer is None or note.offer.version <= now.version:
            return None
        return None if note.offer.sha256 == note.refused[0] else note.offer

    def refused(self) -> str:
        """Return why what the server offers was refused; empty: it was not."""
        note = self._read()
        is_same = note.offer is not None and note.offer.sha256 == note.refused[0]
        return note.refused[1] if is_same else ""

    def bytes_there(self, offer: Offer) -> int:
        """Return how much of it has come."""
        path = self._part(offer)
        return path.stat().st_size if path.exists() else 0

    def ready(self) -> Path | None:
        """Return the file that is whole and checked."""
        offer = self.offer()
        path = self._whole(offer) if offer else None
        return path if path and path.exists() else None

    def is_due(self, now_ms: int) -> bool:
        """Whether a day has passed since the server was asked, by a clock that may be set back."""
        return abs(now_ms - self._read().asked_ms) >= ASKED_EVERY_MS

    def ask(self, line: Line, now_ms: int) -> None:
        """Ask the server what is newer, and sweep up what is offered no more.

        Raises Unreachable, Refused, RemoteSyncError, StoreFull: nothing is changed.
        """
        now = self._installer.installed()
        if now is None:
            return
        note = self._read()
        note.offer = updates.read(line.fetch(updates.path_of(now.abi, now.version)))
        note.asked_ms = now_ms
        self._write(note)
        self._sweep(note.offer)

    def fetch(
        self, line: Line, free_bytes: int, *, may_go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Fetch what is missing of the offer, and check it; the next call goes on where this ended.

        Args:
            free_bytes: of the disk.
            may_go_on: asked before each piece: the line may have become one that costs, the tablet
                another's. A piece that came too late is not stored: another hand may be at work.

        Raises:
            Unreachable, Refused, RemoteSyncError: the line broke, or the server has it no more;
                then it is to be asked anew.
            StoreFull: there is no room for it.
            UpdateDamaged, UpdateForeign, UpdateOlder: it was wrong, and is deleted.
        """
        offer = self.offer()
        if offer is None or self.ready():
            return
        here = self.bytes_there(offer)
        # What is still to come, and all of it once more: Android copies the file into its own
        # session.
        if free_bytes < 2 * offer.size_bytes - here + ROOM_LEFT_BYTES:
            raise StoreFull(f"update: {offer.size_bytes} bytes, {free_bytes} free")
        if here < offer.size_bytes and not self._take(line, offer, here, may_go_on):
            return
        self._check(offer)

    def recheck(self) -> Path | None:
        """Return the file to install, read once more. Raises as `fetch`; what is wrong is gone."""
        offer, path = self.offer(), self.ready()
        if offer is None or path is None:
            return None
        path.rename(self._part(offer))
        self._check(offer)
        return path

    def _take(self, line: Line, offer: Offer, here: int, may_go_on: Callable[[], bool]) -> bool:
        """Store what comes. Returns whether it is whole."""
        try:
            with self._part(offer).open("r+b" if here else "wb") as file:
                for at, whole, content in line.download(offer.path, here):
                    if whole != offer.size_bytes or at + len(content) > whole:
                        raise RemoteSyncError(f"update: {whole} bytes, said {offer.size_bytes}")
                    if not may_go_on():
                        break
                    file.seek(at)
                    file.truncate()
                    here = at + file.write(content)
        except Refused as refused:
            if refused.status in _GONE:
                self._part(offer).unlink(missing_ok=True)
                self._write(_Note(refused=self._read().refused))
            raise
        except OSError as fault:
            raise StoreFull(f"update: {fault}") from fault
        return here == offer.size_bytes

    def _check(self, offer: Offer) -> None:
        """Let what is whole and right be `ready`; delete what is wrong, not to be fetched again."""
        part, path = self._part(offer), self._whole(offer)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != offer.sha256:
            part.unlink()  # it broke on its way: the same file may come whole
            raise UpdateDamaged(f"update: {digest}, not {offer.sha256}")
        part.rename(path)  # Android reads no other names
        try:
            self._installer.check(path, offer.version)
        except (UpdateDamaged, UpdateForeign, UpdateOlder) as wrong:
            path.unlink()
            note = self._read()
            note.refused = (offer.sha256, wrong.code)
            self._write(note)
            raise

    def _sweep(self, offer: Offer | None) -> None:
        for path in self._folder.iterdir():
            if path.name != _NOTE and (offer is None or path.stem != offer.sha256):
                path.unlink()

    def _part(self, offer: Offer) -> Path:
        return self._folder / f"{offer.sha256}.part"

    def _whole(self, offer: Offer) -> Path:
        return self._folder / f"{offer.sha256}.apk"

    def _read(self) -> _Note:
        try:
            return msgspec.json.decode((self._folder / _NOTE).read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):  # also of what a later version wrote otherwise
            return _Note()

    def _write(self, note: _Note) -> None:
        write_private(self._folder / _NOTE, msgspec.json.encode(note))
