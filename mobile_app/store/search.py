"""What records are found by: an index in the tablet's file, written as records are shown.

A query is answered from the index alone, by how each word of it was met: the word itself, its
beginning, its sound, or with a slip of the finger. Only what is shown is then read from the
records. Laws: `sync.rules.names`; measures: `benchmarks/tablet_store.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter, neg
from typing import Any

import msgspec

from sync.rules import names, search
from sync.spec import Entity, Value

SHOWN_MAX = 60
"""Of what answers a query, as many as someone reads."""
TABLES = (
    "DROP TABLE IF EXISTS search_term",  # of the first rules
    "CREATE TABLE IF NOT EXISTS search_record (number INTEGER PRIMARY KEY, entity INTEGER NOT NULL,"
    " record_id BLOB NOT NULL UNIQUE, commune_code TEXT, terms TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS search_entry (entity INTEGER, term TEXT, number INTEGER,"
    " PRIMARY KEY (entity, term, number)) STRICT, WITHOUT ROWID",
    # The words that a slip is looked for in. One may be here that no record has any more.
    "CREATE TABLE IF NOT EXISTS search_word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
)
_CODE_AS_TERM = (
    "INSERT OR IGNORE INTO search_entry SELECT entity, '#' || code, number FROM search_record",
    "UPDATE search_record SET terms = terms || ' #' || code",
    "DROP INDEX IF EXISTS search_code",
    "ALTER TABLE search_record DROP COLUMN code",
)
"""Of files of the second rules: the code was a column."""
_BESIDE = search.BESIDE_WEIGHT
_SLIP = search.SLIP_WEIGHT / search.OTHER_WEIGHT
_IS_BESIDE = f"(substr(term, -1) = '{search.BESIDE}')"


# The slip is in the first letter, or that is right; so is the second, or the slip is there.
_MAY_BE_NEAR = (
    "substr(word, 2, 2) IN (:from0, :from1) OR substr(word, 1, 2) IN (:from1, :swapped)"
    " OR substr(word, 1, 1) = :head AND (substr(word, 2, 1) = :second OR length(:from2) < 2"
    " OR substr(word, 3, 2) IN (:from1, :from2) OR substr(word, 2, 2) IN (:from2, :late))"
)


def upgrade(db: Any) -> None:
    """Create the tables that `db` lacks, and bring older ones to their form."""
    for statement in TABLES:
        db.execute(statement)
    if "code" in {row[1] for row in db.execute("PRAGMA table_info(search_record)")}:
        for statement in _CODE_AS_TERM:
            db.execute(statement)


class Index:
    """The index of one file. Writes are within the caller's transaction."""

    def __init__(self, db: Any) -> None:
        """Look things up in `db`, which has the TABLES."""
        self._db = db

    def put(
        self, number: int, declared: Entity, record_id: bytes, values: Mapping[str, Value]
    ) -> None:
        """Index a record that is not in the index, by its values. `number`: the entity's."""
        # Words of names first: `search.words_of` reads them back up to the first that is marked.
        terms = sorted(
            search.terms(declared, record_id, values),
            key=lambda term: (search.is_marked(term), term),
        )
        row = (number, record_id, values.get("commune_code"), " ".join(terms))
        at = self._db.execute(
            "INSERT INTO search_record (entity, record_id, commune_code, terms)"
            " VALUES (?, ?, ?, ?)",
            row,
        ).lastrowid
        self._db.executemany(
            "INSERT INTO search_entry VALUES (?, ?, ?)", [(number, term, at) for term in terms]
        )
        self._db.executemany(
            "INSERT OR IGNORE INTO search_word VALUES (?)",
            [(word,) for term in terms if (word := term.removesuffix(search.BESIDE)).isalpha()],
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

    def is_empty(self) -> bool:
        """Whether no record is in the index."""
        return not self._db.execute("SELECT count(*) FROM search_record").fetchone()[0]

    def forget_words(self) -> None:
        """Forget the words of names that no record has any more."""
        self._db.execute(
            "DELETE FROM search_word WHERE NOT EXISTS (SELECT 1 FROM search_entry"
            " WHERE entity IN (SELECT DISTINCT entity FROM search_record)"
            f" AND term IN (word, word || '{search.BESIDE}'))"
        )

    def entries(self) -> Iterator[tuple[int, str, bytes]]:
        """Yield what each record is found by: entity's number, term, record."""
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
        query = search.read(text)
        scores = self._answering(query, numbers, commune_code)
        # More than are shown, since `finer` may put a later one first. Of those that weigh the same
        # the one that was indexed first: the largest of the negative numbers.
        ordered = heapq.nlargest(
            len(scores) if most is None else max(most, search.RANKED_MAX),
            zip(scores.values(), map(neg, scores), strict=True),
        )
        if len(ordered) < len(scores) and query.is_heard(last := ordered[-1][0]):
            as_good = [(last, -at) for at, weight in scores.items() if weight == last]
            ordered = [one for one in ordered if one[0] > last] + as_good[: search.RANKED_MOST]
        # The finer order first, and then the limit.
        finer = search.RANKED_MAX if most is None else len(ordered)
        rows = self._db.execute(
            "SELECT number, terms FROM search_record"
            " WHERE number IN (SELECT value FROM json_each(?))",
            (_json([-at for _, at in ordered[:finer]]),),
        )
        found = [(-scores[at] - query.finer(search.words_of(terms)), at) for at, terms in rows]
        best = [at for _, at in sorted(found)] + [-at for _, at in ordered[finer:]]
        rows = self._db.execute(
            "SELECT number, entity, record_id FROM search_record"
            " WHERE number IN (SELECT value FROM json_each(?))",
            (_json(best[:most]),),
        )
        record_by_number = {at: (number, record_id) for at, number, record_id in rows}
        return [record_by_number[at] for at in best[:most]]

    def count(
        self, text: str, numbers: Sequence[int], *, commune_code: str | None
    ) -> dict[int, int]:
        """Return how many of each entity answer, by the entity's number; without those of none."""
        rows = self._db.execute(
            "SELECT entity, count(*) FROM search_record"
            " WHERE number IN (SELECT value FROM json_each(?)) GROUP BY entity",
            (_json(list(self._answering(search.read(text), numbers, commune_code))),),
        )
        return dict(rows.fetchall())

    def _answering(
        self, query: search.Query, numbers: Sequence[int], commune_code: str | None
    ) -> dict[int, float]:
        """Return, of each record that answers, how well."""
        inside = None
        if commune_code is not None:
            rows = self._db.execute(
                "SELECT number FROM search_record WHERE commune_code = ?", (commune_code,)
            )
            inside = {at for (at,) in rows}
        by_place: dict[int, dict[int, float]] = {}
        having = self._having(
            {way.term for token in query.tokens for way in token.ways}.union(
                *(token.others for token in query.tokens)
            ),
            numbers,
        )
        for token in query.tokens:
            _cover(by_place, token, self._met(token, having, numbers))
        scores = _of_all(query, by_place, inside)
        if not query.is_enough(list(scores.values())):
            for token in query.tokens:
                _cover(by_place, token, self._slipped(token, numbers))
            scores = _of_all(query, by_place, inside)
        return scores

    def _having(self, terms: Iterable[str], numbers: Sequence[int]) -> dict[str, list[int]]:
        """Return, of each of some terms that anybody has, who has it."""
        rows = self._db.execute(
            "SELECT value, (SELECT json_group_array(number) FROM search_entry"
            " WHERE entity IN (SELECT value FROM json_each(?)) AND term = wanted.value)"
            " FROM json_each(?) AS wanted",
            (_json(numbers), _json([term + end for term in terms for end in ("", search.BESIDE)])),
        )
        return {term: _numbers(found) for term, found in rows if found != "[]"}

    def _met(
        self, token: search.Token, having: Mapping[str, list[int]], numbers: Sequence[int]
    ) -> dict[int, float]:
        """Return the records that have a term for a token, and how it was met."""
        whole = [(way.term, way.same) for way in token.ways]
        whole += [(term, search.OTHER_WEIGHT) for term in token.others]
        found = [(having.get(term), weight) for term, weight in whole]
        found += [(having.get(term + search.BESIDE), weight * _BESIDE) for term, weight in whole]
        for way in token.ways:
            if way.beginning:
                own, beside = self._beginning(way.term, numbers)
                found += [(own, way.beginning), (beside, way.beginning * _BESIDE)]
        met: dict[int, float] = {}
        # The best last, so that it overwrites: `update` of thousands is many times quicker than to
        # compare each.
        for records, weight in sorted((one for one in found if one[0]), key=itemgetter(1)):
            met.update(dict.fromkeys(records or (), weight))
        return met

    def _beginning(self, begun: str, numbers: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the records with a longer term: by a name, and by what stands beside it.

        In one value each, for thousands answer to a letter.
        """
        own, beside = self._db.execute(
            f"SELECT json_group_array(number) FILTER (WHERE NOT {_IS_BESIDE}),"
            f" json_group_array(number) FILTER (WHERE {_IS_BESIDE}) FROM search_entry"
            " WHERE entity IN (SELECT value FROM json_each(?)) AND term > ? AND term < ?",
            (_json(numbers), begun, begun + search.LAST),
        ).fetchone()
        return _numbers(own), _numbers(beside)

    def _slipped(self, token: search.Token, numbers: Sequence[int]) -> dict[int, float]:
        """Return the records with a word that begins with what was typed but for one slip."""
        words: set[str] = set()
        for typed in filter(names.may_slip, token.typed):
            rows = self._db.execute(
                f"SELECT word FROM search_word WHERE {_MAY_BE_NEAR}", _ends(typed)
            )
            words.update(word for (word,) in rows if names.is_near(typed, word))
        slips = search.Token(token.first, token.last, (), tuple(words))
        met = self._met(slips, self._having(words, numbers), numbers)
        return {at: weight * _SLIP for at, weight in met.items()}


def _ends(typed: str) -> dict[str, str]:
    """Return the parts of what was typed that are elsewhere in a word if a slip is before them."""
    first, second, third = typed[0], typed[1], typed[2]
    return {
        "head": first, "second": second, "swapped": second + first, "late": third + second,
        "from0": typed[:2], "from1": typed[1:3], "from2": typed[2:4],
    }  # fmt: skip


def _cover(
    by_place: dict[int, dict[int, float]], token: search.Token, met: dict[int, float]
) -> None:
    for place in range(token.first, token.last + 1):
        by_place[place] = _best_of(by_place.get(place, {}), met)


def _of_all(
    query: search.Query, by_place: Mapping[int, dict[int, float]], inside: set[int] | None
) -> dict[int, float]:
    """Return, of each record that answers to every place that is wanted, how well."""
    if not query.wanted:
        return {}
    # The rarest word first: all others only thin out whom it leaves.
    met, *rest = sorted((by_place[place] for place in query.wanted), key=len)
    if inside is not None:
        met = {at: weight for at, weight in met.items() if at in inside}
    for weights in rest:
        met = {at: weight + weights[at] for at, weight in met.items() if at in weights}
    if rest:
        met = {at: weight for at, weight in met.items() if weight >= query.least}
    for place in by_place.keys() - query.wanted:
        more = by_place[place]
        met = {at: weight + more.get(at, 0.0) for at, weight in met.items()}
    return met


def _best_of(larger: dict[int, float], smaller: dict[int, float]) -> dict[int, float]:
    if len(larger) < len(smaller):
        larger, smaller = smaller, larger
    if not smaller:
        return larger
    # A copy: `_cover` puts one and the same dictionary at several places.
    best = dict(larger)
    for at, weight in smaller.items():
        if weight > best.get(at, 0):
            best[at] = weight
    return best


def _numbers(found: str) -> list[int]:
    return msgspec.json.decode(found, type=list[int])


# A list as one parameter, for `json_each`: SQLite bounds how many a statement may have, and a text
# that is the same each time is prepared once.
def _json(values: Sequence[int] | Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
