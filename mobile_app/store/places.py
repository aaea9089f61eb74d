"""Where each record stands on the server: scope, row number, rev; and the digest of each scope.

The digests are kept up with every step, so that comparing with the server costs nothing however
many records there are. Used within one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sync import digest


class Place(NamedTuple):
    """What is known of a record at a number of a scope: of this the digest is made."""

    entity: int
    record_id: bytes
    rev: int
    era: int


class Places:
    """The table `place`, and count and digest of each scope."""

    def __init__(self, db: Any, *, is_in_doubt: bool = False) -> None:
        """Read the sums as they were last stored; count them again when they are in doubt."""
        self._db = db
        rows = db.execute("SELECT id, record_count, digest FROM scope").fetchall()
        stored = (
            {} if is_in_doubt else {scope_id: (count, total) for scope_id, count, total in rows}
        )
        held = [
            scope_id for (scope_id,) in db.execute("SELECT DISTINCT scope_id FROM place").fetchall()
        ]
        self.sums = {scope_id: stored.get(scope_id) or self._count(scope_id) for scope_id in held}
        # Scopes that were empty, with the numbers that came: there is nothing to look up in them.
        self._fresh: dict[int, set[int]] = {}

    def _count(self, scope_id: int) -> tuple[int, int]:
        hashes = [hashed for _, hashed in _hashes(self._db, scope_id)]
        return len(hashes), sum(hashes) % digest.MODULUS

    def put(self, scope_id: int, number: int, place: Place) -> None:
        """Note where a record stands; it may have come back under a new number."""
        if scope_id not in self.sums:
            self._fresh[scope_id] = set()
        fresh = self._fresh.get(scope_id)
        if fresh is None or number in fresh:
            for (old,) in self._db.execute(
                "SELECT number FROM place WHERE record_id = ? AND scope_id = ?"
                " UNION SELECT number FROM place WHERE scope_id = ? AND number = ?",
                (place.record_id, scope_id, scope_id, number),
            ).fetchall():
                self.remove(scope_id, old)
        self._db.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?)", (scope_id, number, *place))
        if fresh is not None:
            fresh.add(number)
        entity, record_id, rev, era = place
        self._add(scope_id, 1, digest.row_hash(entity, record_id, number, era, rev))

    def advance(self, record_id: bytes, rev: int, era: int) -> None:
        """Note a later rev of a record, wherever it stands."""
        for scope_id, number, entity, old in self._db.execute(
            "SELECT scope_id, number, entity, rev FROM place WHERE record_id = ?", (record_id,)
        ).fetchall():
            if old < rev:
                self.put(scope_id, number, Place(entity, record_id, rev, era))

    def remove(self, scope_id: int, number: int) -> None:
        """Note that a record left a scope."""
        row = self._db.execute(
            "SELECT entity, record_id, era, rev FROM place WHERE scope_id = ? AND number = ?",
            (scope_id, number),
        ).fetchone()
        if row is None:
            return
        entity, record_id, era, rev = row
        self._db.execute("DELETE FROM place WHERE scope_id = ? AND number = ?", (scope_id, number))
        self._add(scope_id, -1, -digest.row_hash(entity, record_id, number, era, rev))

    def remove_others(self, scope_ids: set[int]) -> None:
        """Give up every scope but these."""
        held = self._db.execute("SELECT DISTINCT scope_id FROM place").fetchall()
        for (scope_id,) in held:
            if scope_id not in scope_ids:
                self._db.execute("DELETE FROM place WHERE scope_id = ?", (scope_id,))
                self.sums.pop(scope_id, None)

    def keep_only(self, scope_id: int, numbers: set[int]) -> None:
        """Remove from a scope what has none of these numbers."""
        rows = self._db.execute("SELECT number FROM place WHERE scope_id = ?", (scope_id,))
        for (number,) in rows.fetchall():
            if number not in numbers:
                self.remove(scope_id, number)

    def clear_buckets(
        self, scope_id: int, count: int, buckets: set[int], numbers: set[int]
    ) -> None:
        """Remove from some buckets of a scope what has none of these numbers."""
        rows = self._db.execute(
            "SELECT number, record_id FROM place WHERE scope_id = ?", (scope_id,)
        )
        for number, record_id in rows.fetchall():
            if number not in numbers and digest.bucket_of(record_id, count) in buckets:
                self.remove(scope_id, number)

    def id_at(self, scope_id: int, number: int) -> bytes | None:
        """Return the record of a number, or None."""
        row = self._db.execute(
            "SELECT record_id FROM place WHERE scope_id = ? AND number = ?", (scope_id, number)
        ).fetchone()
        return bytes(row[0]) if row else None

    def _add(self, scope_id: int, count: int, hashed: int) -> None:
        here, total = self.sums.get(scope_id, (0, 0))
        self.sums[scope_id] = (here + count, (total + hashed) % digest.MODULUS)


class ShortNumbers:
    """Short numbers of records that the server surely knows by them."""

    def __init__(self, db: Any, vector: Sequence[tuple[int, int]], *, is_by_id: bool) -> None:
        """Take the scopes of a request in their order, which is what a place counts.

        Args:
            is_by_id: the server knows none of the numbers here: say the ids.
        """
        self._db = db
        self._places = {scope_id: at for at, (scope_id, _) in enumerate(vector)}
        self._is_by_id = is_by_id

    def place_of(self, _entity: int, record_id: bytes) -> tuple[int, int] | None:
        """Return (place, number), or None to send the id."""
        return self.number_of(record_id)

    def number_of(self, target_id: bytes) -> tuple[int, int] | None:
        """Return (place, number), or None to send the id."""
        if self._is_by_id:
            return None
        rows = self._db.execute(
            "SELECT scope_id, number FROM place WHERE record_id = ?", (target_id,)
        )
        # Only a scope that the request states has a place to be named by; a record may lie in one
        # that came since.
        for scope_id, number in rows.fetchall():
            if scope_id in self._places:
                return self._places[scope_id], number
        return None


def buckets(db: Any, scope_id: int) -> list[int]:
    """Return the digests of a scope's buckets."""
    rows = _hashes(db, scope_id)
    return digest.buckets(rows, digest.bucket_count(len(rows)))


def _hashes(db: Any, scope_id: int) -> list[tuple[bytes, int]]:
    """Return the records of a scope with their hashes."""
    return [
        (record_id, digest.row_hash(entity, record_id, number, era, rev))
        for entity, record_id, number, era, rev in db.execute(
            "SELECT entity, record_id, number, era, rev FROM place WHERE scope_id = ?", (scope_id,)
        )
    ]
