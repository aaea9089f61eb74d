"""Files by content: `blobs/ab/abcdef…` when whole and checked, `uploads/ID` while they arrive.

How far an upload has come is the database's word, written after the bytes are on disk. A file may
be longer than that, after a crash or a full disk: the tail is cut off before the next piece. So a
failed write needs no undoing, and an offset is never ahead of the disk.

Whole ones are sealed (`sealed.py`), wherever they lie (`objects.py`); those that arrive lie open,
as long as they do.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.media.objects import Folder, full_disk_is_said, locked, make_folder, sync_folder
from server.media.sealed import Keys, Sealed
from server.settings import Settings

KEYS_NAME = "keys"
_NAME_CHARS = 32


class BlobFiles:
    """The files of one data folder, shared by threads and processes of one machine.

    `sealed`: what is whole, by its hash; `small`: small pictures of it, which can be made anew;
    `arriving`: pieces from the portal, by their upload and place in it.
    """

    def __init__(self, folder: Path, keys: Keys | None = None) -> None:
        """Take the data folder; nothing is made before the first upload.

        Args:
            keys: what seals; None: keys in the same folder.
        """
        self.keys = keys or Keys(folder / KEYS_NAME)
        self.sealed = Sealed(Folder(folder / "blobs"), self.keys)
        self.small = Sealed(Folder(folder / "small"), self.keys)
        self.arriving = Sealed(Folder(folder / "arriving"), self.keys)
        self._uploads = folder / "uploads"

    @classmethod
    def of(cls, settings: Settings) -> BlobFiles:
        """Return the files of a server."""
        own = settings.keys_file
        return cls(settings.data_dir, Keys(own, is_own=False) if own else None)

    @contextmanager
    def lock(self, upload_id: bytes) -> Iterator[None]:
        """Let one hand at a time at an upload, in all processes; others wait.

        Lock files are 256 for good and never removed: a lock on a file that another has unlinked
        would lock nobody out.
        """
        make_folder(self._uploads)
        with locked(self._uploads / f".lock-{upload_id[-1]:02x}", os.O_RDWR | os.O_CREAT):
            yield

    def reseal(self) -> int:
        """Seal whatever is not sealed by the newest key. Returns how many were.

        Safe while the server runs, any number of times.
        """
        done = 0
        for kept in (self.sealed, self.small, self.arriving):
            for sha256 in kept.hashes():
                with suppress(FileNotFoundError):  # removed meanwhile
                    done += kept.reseal(sha256)
        return done

    # Uploads

    def size(self, upload_id: bytes) -> int:
        """Return how many bytes lie there, 0 if there is no file."""
        try:
            return self._upload(upload_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, upload_id: bytes, offset: int, content: bytes) -> None:
        """Write a piece at `offset`, whatever stood after it; on disk when this returns.

        Raises:
            StoreFull: there is no room; what stood before `offset` is untouched.
        """
        path = self._upload(upload_id)
        is_new = not path.exists()
        with full_disk_is_said(), path.open("wb" if is_new else "r+b", buffering=0) as file:
            if self.size(upload_id) > offset:
                file.truncate(offset)
            file.seek(offset)
            left = memoryview(content)
            while left:
                # Unbuffered, a write may take less than it is given: on a disk that fills up, just
                # so much.
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self._uploads)

    def sha256(self, upload_id: bytes) -> bytes:
        """Return the hash of what has arrived, 32 bytes."""
        with self._upload(upload_id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def keep(self, upload_id: bytes, sha256: bytes) -> bool:
        """Make a checked upload a blob; again after a crash, if it must be.

        Returns:
            Whether the blob is there; not so only if files were taken away by another hand.
        """
        source = self._upload(upload_id)
        if source.exists():
            self.sealed.put(sha256, source.read_bytes())
            source.unlink()
        return self.sealed.has(sha256)

    def discard(self, upload_id: bytes) -> None:
        """Remove an upload's file, if there is one."""
        self._upload(upload_id).unlink(missing_ok=True)

    def uploads(self) -> list[bytes]:
        """Return the ids of all files that are or were arriving."""
        if not self._uploads.exists():
            return []
        return sorted(
            bytes.fromhex(path.name)
            for path in self._uploads.iterdir()
            if len(path.name) == _NAME_CHARS
        )

    # Blobs

    def has(self, sha256: bytes) -> bool:
        """Whether the bytes of a hash are here, whole."""
        return self.sealed.has(sha256)

    def length(self, sha256: bytes) -> int:
        """Return how many bytes a hash has. Raises FileNotFoundError."""
        return self.sealed.length(sha256)

    def read(self, sha256: bytes, first: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a hash from `first` to before `end`. Raises as `Sealed.read`."""
        return self.sealed.read(sha256, first, end)

    def remove(self, sha256: bytes) -> None:
        """Forget the bytes of a hash, and the small picture of them."""
        self.sealed.remove(sha256)
        self.small.remove(sha256)

    def _upload(self, upload_id: bytes) -> Path:
        return self._uploads / upload_id.hex()
