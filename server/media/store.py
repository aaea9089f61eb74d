"""Files by content: `blobs/ab/abcdef…` when whole and checked, `uploads/ID` while they arrive.

How far an upload has come is the database's word, written after the bytes are on disk. A file may
be longer than that, after a crash or a full disk: the tail is cut off before the next piece. So a
failed write needs no undoing, and an offset is never ahead of the disk.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.db.engine import StoreFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NAME_CHARS = 32


class BlobFiles:
    """The files of one data folder, shared by threads and processes of one machine."""

    def __init__(self, folder: Path) -> None:
        """Take the data folder; nothing is made before the first upload."""
        self._blobs = folder / "blobs"
        self._uploads = folder / "uploads"

    @contextmanager
    def lock(self, upload_id: bytes) -> Iterator[None]:
        """Let one hand at a time at an upload, in all processes; others wait.

        Lock files are 256 for good and never removed: a lock on a file that another has unlinked
        would lock nobody out.
        """
        make_folder(self._uploads)
        with locked(self._uploads / f".lock-{upload_id[-1]:02x}", os.O_RDWR | os.O_CREAT):
            yield

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
            _sync_folder(self._uploads)

    def sha256(self, upload_id: bytes) -> bytes:
        """Return the hash of what has arrived, 32 bytes."""
        with self._upload(upload_id).open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    def keep(self, upload_id: bytes, sha256: bytes) -> bool:
        """Make a checked upload a blob, by one rename; again after a crash, if it must be.

        Returns:
            Whether the blob is there; not so only if files were taken away by another hand.
        """
        source, target = self._upload(upload_id), self._blob(sha256)
        if source.exists():
            with full_disk_is_said():
                make_folder(target.parent)
                source.replace(target)
                _sync_folder(target.parent)
                _sync_folder(self._uploads)
        return target.exists()

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
        return self._blob(sha256).exists()

    def length(self, sha256: bytes) -> int:
        """Return how many bytes a hash has. Raises FileNotFoundError."""
        return self._blob(sha256).stat().st_size

    def read(self, sha256: bytes, first: int = 0, end: int | None = None) -> bytes:
        """Return the bytes of a hash from `first` to before `end`. Raises FileNotFoundError."""
        with self._blob(sha256).open("rb") as file:
            file.seek(first)
            return file.read() if end is None else file.read(max(0, end - first))

    def _upload(self, upload_id: bytes) -> Path:
        return self._uploads / upload_id.hex()

    def _blob(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._blobs / name[:2] / name


@contextmanager
def full_disk_is_said() -> Iterator[None]:
    """Raise StoreFull for what the system says of a disk without room."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL:
            raise StoreFull("no room left for blobs") from fault
        raise


@contextmanager
def locked(path: Path, flags: int = os.O_RDONLY) -> Iterator[None]:
    """Let one hand at a time into what a file or a folder stands for, in all processes."""
    lock = os.open(path, flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def make_folder(folder: Path) -> None:
    """Make a folder that is on disk when this returns. Raises StoreFull."""
    if not folder.exists():
        with full_disk_is_said():
            folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Put a folder's names on disk: a file whose name is lost is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
