"""Open the tablet's file: SQLCipher, whole and encrypted, one writer, every commit on disk.

The key is 32 raw bytes: a passphrase would cost 0.1 s at each opening. This is the one place that
knows the library; `path` ":memory:" serves tests and the simulator.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3

from mobile_app.device.storage import StoreFull
from sync.errors import Refusal

KEY_BYTES = 32
_ONE_AT_A_TIME = threading.RLock()
"""A contact runs beside the window, on the same connection, which can have one transaction."""
FILE_VERSION = 1
"""Raised when an older app could not read the file any more."""


class KeyWrong(Refusal):
    """The key does not open the file, or it is no store."""

    code = "store_key_wrong"


class StoreNewer(Refusal):
    """The file was written by a newer app; this one leaves it alone."""

    code = "store_newer"


class StoreBusy(Refusal):
    """Another program holds the file for too long."""

    code = "database_busy"


def open_database(path: Path | str, key: bytes) -> Any:
    """Return a connection to the encrypted file at `path`, made if it is new.

    Raises:
        KeyWrong: the key is another one.
        StoreNewer: a newer app made the file.
        StoreFull, StoreBusy: as they say.
    """
    assert len(key) == KEY_BYTES
    db = sqlcipher3.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        db.execute("PRAGMA busy_timeout = 5000")
        version = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlcipher3.DatabaseError as fault:
        db.close()
        raise _refusal(fault) from fault
    if version > FILE_VERSION:
        db.close()
        raise StoreNewer(f"{path}: file version {version}, this app reads {FILE_VERSION}")
    db.execute("PRAGMA journal_mode = WAL")
    # With NORMAL a put could be gone after a power cut, though the agent was told that it is
    # stored.
    db.execute("PRAGMA synchronous = FULL")
    # Never a file: what SQLite sorts aside would lie on the disk, and be people's data.
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(f"PRAGMA user_version = {FILE_VERSION}")
    return db


@contextmanager
def transaction(db: Any) -> Iterator[None]:
    """Everything inside is on disk when it ends, or nothing is. Other threads wait.

    One inside another is part of it.

    Raises:
        StoreFull, StoreBusy: nothing was stored.
    """
    with _ONE_AT_A_TIME:
        if db.in_transaction:
            yield
            return
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlcipher3.DatabaseError as fault:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise _refusal(fault) from fault


def _refusal(fault: Exception) -> Exception:
    text = str(fault)
    if "full" in text or "disk I/O" in text:
        return StoreFull(text)
    if "locked" in text or "busy" in text:
        return StoreBusy(text)
    if "not a database" in text:
        return KeyWrong(text)
    return fault
