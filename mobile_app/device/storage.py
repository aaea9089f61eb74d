"""The room that is left on the tablet: a port, the file system's, and a fake."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sync.errors import Refusal

PHOTO_ROOM_BYTES = 100 * 1024 * 1024
"""Below it no photo is taken and nothing recorded: what is left is for what is typed, which takes a
thousandth."""


_FULL = (errno.ENOSPC, errno.EDQUOT)


class StoreFull(Refusal):
    """There is no room on the tablet; what was typed is not stored yet."""

    code = "disk_full"


class SpaceLow(Refusal):
    """No room for another photo or recording; writing goes on."""

    code = "space_low"


class Storage(Protocol):
    """What a screen asks of the place where the store lies."""

    def free_bytes(self) -> int:
        """Return how many bytes this app may still write."""


@dataclass(frozen=True, slots=True)
class DiskStorage:
    """The file system of a folder; Linux and Android."""

    folder: Path

    def free_bytes(self) -> int:
        """Return what is free for programs without privileges."""
        return shutil.disk_usage(self.folder).free


@dataclass(slots=True)
class FakeStorage:
    """A disk with as much room as is said."""

    free: int

    def free_bytes(self) -> int:
        """Return what was said."""
        return self.free


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read; whole or not at all. Folders are made.

    Raises:
        StoreFull: what was there before is there still.
    """
    part = path.with_suffix(path.suffix + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as fault:
        if fault.errno not in _FULL:
            raise
        part.unlink(missing_ok=True)
        raise StoreFull(f"{path.name}: {fault}") from fault
