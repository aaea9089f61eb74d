"""What records are found by: an index in the tablet's file, written as records are shown.

A query is answered from the index alone, by how each word of it was met: the word itself, its
beginning, its sound, or with a slip of the finger. Only what is shown is then read from the
records. Laws: `sync.rules.names`; measures: `benchmarks/tablet_store.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from operator import neg
from typing import Any

import msgspec

from sync.rules import codes, names, search
from sync.spec import Entity, Value

SHOWN_MAX = 60
"""Of what answers a query, as many as someone reads."""
RULES = 2
"""Raised when terms are made by other rules: what is here is then indexed anew."""
TABLES = (
    "DROP TABLE IF EXISTS search_term",  # of the first rules
    "CREATE TABLE IF NOT EXISTS search_record (number INTEGER PRIMARY KEY, entity INTEGER NOT NULL,"
    " record_id BLOB NOT NULL UNIQUE, commune_code TEXT, code TEXT NOT NULL, terms TEXT NOT NULL)"
    " STRICT",
    "CREATE INDEX IF NOT EXISTS search_code ON search_record (code)",
    "CREATE TABLE IF NOT EXISTS search_entry (entity INTEGER, term TEXT, number INTEGER,"
    " PRIMARY KEY (entity, term, number)) STRICT, WITHOUT ROWID",
    # The words that a slip is looked for in. One may be here that no record has any more.
    "CREATE TABLE IF NOT EXISTS search_word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
)
_SAME, _BEGINNING, _SOUND, _SLIP, _SOUND_BEGINNING, _CODE = 1.0, 0.8, 0.65, 0.5, 0.4, 2.0
_CODE_LEAST = 4
_LAST = "\U0010ffff"


class Index:
    """The index of one file. Writes are within the caller's transaction."""

    def __init__(self, db: Any) -> None:
        """Look things up in `db`, which has the TABLES."""
        self._db = db

    def put(
        self, number: int, declared: Entity, record_id: bytes, values: Mapping[str, Value]
    ) -> None:
        """Index a record that is not in the index, by its values. `number`: the entity's."""
        code = codes.short_code(record_id).replace("-", "")
        terms = sorted(search.terms(declared, record_id, values) - {code.lower()})
        row = (number, record_id, values.get("commune_code"), code, " ".join(terms))
        at = self._db.execute(
            "INSERT INTO search_record (entity, record_id, commune_code, code, terms)"
            " VALUES (?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        self._db.executemany(
            "INSERT INTO search_entry VALUES (?, ?, ?)", [(number, term, at) for term in terms]
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO search_word VALUES (?)",
            [(term,) for term in terms if term.isalpha()],
        )

    def remove(self, record_id: bytes) -> None:
        """Forget a record, if it is here."""
        gone = self._db.execute(
            "DELETE FROM search_record WHERE record_id = ? RETURNING number, entity, terms",
            (record_id,),
        ).fetchall()  # to its end: a write that is still being read holds up the commit
        for at, number, terms in gone:
            self._db.executemany(
                "DELETE FROM search_entry WHERE entity = ? AND term = ? AND number = ?",
                [(number, term, at) for term in terms.split()],
            )

    def clear(self) -> None:
        """Forget all records."""
        for table in ("search_record", "search_entry", "search_word"):
            self._db.execute(f"DELETE FROM {table}")

    def forget_words(self) -> None:
        """Forget the words of names that no record has any more."""
        self._db.execute(
            "DELETE FROM search_word WHERE NOT EXISTS (SELECT 1 FROM search_entry"
            " WHERE entity IN (SELECT DISTINCT entity FROM search_record) AND term = word)"
        )

    def entries(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield what each record is found by: entity's number, term, record."""
        for number, record_id, code in self._db.execute(
            "SELECT entity, record_id, code FROM search_record"
        ):
            yield number, code.lower(), record_id
        yield from self._db.execute(
            "SELECT search_entry.entity, term, record_id FROM search_entry"
            " JOIN search_record USING (number)"
        )

    def find(
        self, text: str, numbers: Sequence[int], *, commune_code: str | None, most: int | None
    ) -> list[tuple[int, bytes]]:
        """Return the best of those that answer: entity's number and record, best first.

        Args:
            numbers: of the entities to look in.
            most: how many; None: all.
        """
        scores = self._answering(text, numbers, commune_code)
        ranked = zip(scores.values(), map(neg, scores), strict=True)
        best = [-at for _, at in heapq.nlargest(len(scores) if most is None else most, ranked)]
        rows = self._db.execute(
            "SELECT number, entity, record_id FROM search_record"
            " WHERE number IN (SELECT value FROM json_each(?))",
            (_json(best),),
        )
        found = {at: (number, record_id) for at, number, record_id in rows}
        return [found[at] for at in best]

    def count(
        self, text: str, numbers: Sequence[int], *, commune_code: str | None
    ) -> dict[int, int]:
        """Return how many of each entity answer, by the entity's number; without those of none."""
        rows = self._db.execute(
            "SELECT entity, count(*) FROM search_record"
            " WHERE number IN (SELECT value FROM json_each(?)) GROUP BY entity",
            (_json(list(self._answering(text, numbers, commune_code))),),
        )
        return dict(rows.fetchall())

    def _answering(
        self, text: str, numbers: Sequence[int], commune_code: str | None
    ) -> dict[int, float]:
        """Return, of each record that answers, how well."""
        scores = self._scores(text, numbers)
        for at in self._with_code(text, numbers):
            scores[at] = _CODE
        if commune_code is not None:
            rows = self._db.execute(
                "SELECT number FROM search_record WHERE commune_code = ?", (commune_code,)
            )
            scores = {at: scores[at] for (at,) in rows if at in scores}
        return scores

    def _scores(self, text: str, numbers: Sequence[int]) -> dict[int, float]:
        """Return, of each record that answers to every word, how well."""
        tokens = names.tokens(text)
        by_word: dict[int, dict[int, float]] = {}
        for token in tokens:
            met = self._met(token, numbers)
            for place in range(token.first, token.last + 1):
                so_far = by_word.setdefault(place, met)
                if so_far is not met:
                    by_word[place] = _best_of(so_far, met)
        if not by_word:
            return {}
        met, *others = sorted(by_word.values(), key=len)
        for other in others:
            met = {at: weight + other[at] for at, weight in met.items() if at in other}
        return met

    def _met(self, token: names.Token, numbers: Sequence[int]) -> dict[int, float]:
        """Return the records that have a term for a token, and how it was met."""
        wanted = [(token.word, _SAME, _BEGINNING)]
        wanted += [(heard, _SOUND, _SOUND_BEGINNING) for heard in token.sounds]
        met = self._with(self._slipped(token.word), numbers)
        for prefix, same, beginning in reversed(wanted):
            longer = self._numbers("term > ? AND term < ?", numbers, prefix, prefix + _LAST)
            found = dict.fromkeys(longer, beginning)
            found |= dict.fromkeys(self._numbers("term = ?", numbers, prefix), same)
            met = _best_of(met, found)
        return met

    def _numbers(self, where: str, numbers: Sequence[int], *arguments: str) -> list[int]:
        """Return the records with such a term: in one value, for thousands answer to a letter."""
        (found,) = self._db.execute(
            "SELECT json_group_array(number) FROM search_entry"
            f" WHERE entity IN (SELECT value FROM json_each(?)) AND {where}",
            (_json(numbers), *arguments),
        ).fetchone()
        return msgspec.json.decode(found, type=list[int])

    def _with(self, terms: Sequence[str], numbers: Sequence[int]) -> dict[int, float]:
        found = self._numbers("term IN (SELECT value FROM json_each(?))", numbers, _json(terms))
        return dict.fromkeys(found, _SLIP)

    def _slipped(self, typed: str) -> list[str]:
        """Return the words that begin with what was typed but for one slip."""
        if not names.may_slip(typed):
            return []
        # The slip is in the first letter, or that is right.
        rows = self._db.execute(
            "SELECT word FROM search_word WHERE substr(word, 1, 1) = ?"
            " OR substr(word, 2, 2) IN (?, ?) OR substr(word, 1, 2) IN (?, ?)",
            (typed[0], typed[1:3], typed[:2], typed[1:3], typed[1] + typed[0]),
        )
        return [word for (word,) in rows if names.is_near(typed, word)]

    def _with_code(self, text: str, numbers: Sequence[int]) -> list[int]:
        """Return the records whose short code begins with what was typed."""
        typed = codes.normal_code(names.fold(text))
        if len(typed) < _CODE_LEAST or not typed.isascii():
            return []
        rows = self._db.execute(
            "SELECT number FROM search_record WHERE code >= ? AND code < ?"
            " AND entity IN (SELECT value FROM json_each(?))",
            (typed, typed + _LAST, _json(numbers)),
        )
        return [at for (at,) in rows]


def _best_of(one: dict[int, float], two: dict[int, float]) -> dict[int, float]:
    if len(one) < len(two):
        one, two = two, one
    if not two:
        return one
    best = dict(one)
    for at, weight in two.items():
        if weight > best.get(at, 0):
            best[at] = weight
    return best


def _json(values: Sequence[int] | Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
