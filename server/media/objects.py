"""Where bytes lie by name: the port, and the folder that fills it on a server of one machine.

An object store fills the same port: it has names, whole writes, reads of a part, and no appends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from server.db.engine import StoreFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Objects(Protocol):
    """Bytes by a name of hexadecimal digits, whole or not at all; any number of readers."""

    def put(self, name: str, content: bytes) -> None:
        """Keep bytes under a name, in the place of others; kept when this returns.

        Raises:
            StoreFull: there is no room; what stood there is untouched.
        """

    def read(self, name: str, first: int = 0, end: int | None = None) -> bytes:
        """Return bytes from `first` to before `end`. Raises FileNotFoundError."""

    def length(self, name: str) -> int:
        """Return how many bytes there are. Raises FileNotFoundError."""

    def remove(self, name: str) -> None:
        """Forget a name, if it is there."""

    def names(self) -> Iterator[str]:
        """Yield all names, in whatever order."""


class Folder:
    """Objects as files: `ab/abcdef…` of one folder, shared by threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first object."""
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """As the port says: written beside, then renamed."""
        path = self._path(name)
        make_folder(path.parent)
        own = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            with full_disk_is_said(), own.open("xb", buffering=0) as file:
                write_all(file.fileno(), content)
            with full_disk_is_said():
                own.replace(path)
                sync_folder(path.parent)
        finally:
            own.unlink(missing_ok=True)

    def read(self, name: str, first: int = 0, end: int | None = None) -> bytes:
        """As the port says."""
        with self._path(name).open("rb") as file:
            file.seek(first)
            return file.read() if end is None else file.read(max(0, end - first))

    def length(self, name: str) -> int:
        """As the port says."""
        return self._path(name).stat().st_size

    def remove(self, name: str) -> None:
        """As the port says."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """As the port says."""
        with suppress(FileNotFoundError):
            for below in sorted(self._folder.iterdir()):
                if below.is_dir():
                    yield from (one.name for one in below.iterdir() if one.name[0] != ".")

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def write_all(handle: int, content: bytes | memoryview) -> None:
    """Write bytes to an open file; on disk when this returns."""
    left = memoryview(content)
    while left:
        # A write may take less than it is given: on a disk that fills up, just so much.
        left = left[os.write(handle, left) :]
    os.fsync(handle)


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
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk: a file whose name is lost is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
