"""The app's files: `app/ABI.json` says which is offered, `app/SHA256.apk` is its bytes.

One file for each kind of processor. An offer is in force by one rename, after its bytes are on
disk, so a server that dies meanwhile offers what it offered before.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from server.db.records import NotFound
from server.media.objects import full_disk_is_said, locked, make_folder
from sync.errors import Refusal
from sync.updates import ABIS, FILE_BYTES_MAX, Offer

_PIECE_BYTES = 64 * 1024


class AppUnreadable(Refusal):
    """The file is no app for a tablet, is for none of `ABIS`, or is too large."""

    code = "app_unreadable"


class AppOlder(Refusal):
    """A later version is offered already."""

    code = "app_older"


class AppFiles:
    """The files of one data folder, shared by threads and processes of one machine."""

    def __init__(self, folder: Path) -> None:
        """Take the data folder; nothing is made before the first offer."""
        self._folder = folder / "app"

    def offered(self, abi: str) -> Offer | None:
        """Return what is offered to tablets of a kind of processor."""
        try:
            return msgspec.json.decode(self._note(abi).read_bytes(), type=Offer)
        except FileNotFoundError:
            return None

    def offer(self, source: Path, version: int) -> dict[str, Offer]:
        """Offer a file from now on; what it takes the place of is deleted. Returns {ABI: offer}.

        Args:
            version: the APK's own versionCode, which the tablet compares with what it finds in it.

        Raises:
            AppUnreadable, AppOlder, StoreFull: nothing is changed.
        """
        abis = _abis(source)
        make_folder(self._folder)
        with locked(self._folder):
            for abi in abis:
                now = self.offered(abi)
                if now is not None and now.version > version:
                    raise AppOlder(f"app: {abi} has {now.version}", version=str(now.version))
            with full_disk_is_said():
                offer = self._keep(source, version)
                for abi in abis:
                    part = self._note(abi).with_suffix(".part")
                    with part.open("wb") as note:
                        note.write(msgspec.json.encode(offer))
                        _on_disk(note)
                    part.replace(self._note(abi))
            # After the notes: a tablet that asks meanwhile is told of the new file, which is there.
            self._sweep()
        return dict.fromkeys(abis, offer)

    def withdraw(self) -> None:
        """Offer nothing any more."""
        make_folder(self._folder)
        with locked(self._folder):
            for abi in ABIS:
                self._note(abi).unlink(missing_ok=True)
            self._sweep()

    def open(self, sha256: str) -> BinaryIO:
        """Return the file of an offer, to be closed. Raises NotFound: it is not offered."""
        is_offered = any(offer and offer.sha256 == sha256 for offer in map(self.offered, ABIS))
        with suppress(FileNotFoundError):
            if is_offered:
                return self._file(sha256).open("rb")
        raise NotFound("app: none of this hash is offered", entity="app")

    def _keep(self, source: Path, version: int) -> Offer:
        part, digest, size = self._folder / "new.part", hashlib.sha256(), 0
        with source.open("rb") as taken, part.open("wb") as kept:
            while piece := taken.read(_PIECE_BYTES):
                digest.update(piece)
                size += kept.write(piece)
            _on_disk(kept)
        part.replace(self._file(digest.hexdigest()))
        return Offer(version, size, digest.hexdigest())

    def _sweep(self) -> None:
        offered = {offer.sha256 for offer in map(self.offered, ABIS) if offer}
        for path in self._folder.glob("*.apk"):
            if path.stem not in offered:
                path.unlink()

    def _note(self, abi: str) -> Path:
        return self._folder / f"{abi}.json"

    def _file(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.apk"


def _on_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _abis(source: Path) -> list[str]:
    """Return for which kinds of processor a file is. Raises AppUnreadable."""
    try:
        with zipfile.ZipFile(source) as packed:
            names = packed.namelist()
        size = source.stat().st_size
    except (OSError, zipfile.BadZipFile) as fault:
        raise AppUnreadable(f"{source}: {fault}", file=source.name) from fault
    abis = [abi for abi in ABIS if any(name.startswith(f"lib/{abi}/") for name in names)]
    if "AndroidManifest.xml" not in names or not abis or size > FILE_BYTES_MAX:
        raise AppUnreadable(f"{source}: {size} bytes, for {abis}", file=source.name)
    return abis
