"""How a record is found: the terms it is indexed by, and how a query is read and weighed.

Tablet and desk read a query here and look its ways up, each in its own index of terms. A record
answers if each place of the query that is `wanted` is covered by a token that it has a term for;
it answers as well as its terms were met. A term is a folded word, or, by its first letter:

    ~mhmd        a sound, of a word or of neighbours as one
    =coop        what a word of `lexicon` means
    !alitamast   all words of a name, in alphabetical order
    <876543216   a number from its end
    #7K3P9XQA    the short code

What stands beside the name, as a village, has BESIDE after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from sync.limits import QUERY_CHARS_MAX, QUERY_WORDS_MAX
from sync.rules import codes, names
from sync.rules.duplicates import SURVIVOR
from sync.rules.lexicon import FORMS, NOTION_BY_WORD, PARTICLES, TITLES
from sync.spec import Entity, Field, Value

RULES = 3
"""Raised when terms are made by other rules: what is indexed is then indexed anew."""
BESIDE = "."
"""Ends a term of a field that says where, not who."""
BESIDE_WEIGHT = 0.6
SLIP_WEIGHT = 0.45
SLIPS_BELOW = 10
"""Slips are looked for when fewer than these answer without, and none as it was typed."""
RANKED_MAX = 100
"""Of those that answer best, as many are put in a finer order."""
RANKED_MOST = 400
"""The same, where more sound as the last of them does."""
LAST = "\U0010ffff"
"""After every letter: what begins with a term is between the two."""
_SAME, _BEGINNING, _SOUND, _OTHER_SOUND, _SOUND_BEGINNING, _CODE = 1.0, 0.8, 0.65, 0.5, 0.4, 2.0
_WHOLE = 1.2
_LEAST = 0.52
_MARKS = "~=!<#"
_MARKED = re.compile(rf"(?:^| )(?:[{_MARKS}]|[^ ]*{re.escape(BESIDE)}(?: |$))")
_JOINED_MAX = 3
"""So many words may be written as one: Ait Ben Haddou."""
_DIGITS_LEAST, _DIGITS_FROM_END_LEAST, _CODE_LEAST = 4, 6, 4
BEGUN_LEAST = 3
"""With so many letters something has begun: with one or two, half of all do."""


def code_term(code: str) -> str:
    """Return the term of a record's short code, as it is printed."""
    return "#" + code.replace("-", "")


def terms(entity: Entity, record_id: bytes, values: Mapping[str, Value]) -> set[str]:
    """Return what a record is found by; empty when the entity declares no searched field.

    One that was merged is not found: the record that stands for it is.
    """
    searched = [spec for spec in entity.fields if spec.searched]
    if not searched or values.get(SURVIVOR):
        return set()
    found = {code_term(codes.short_code(record_id))}
    for spec in searched:
        if isinstance(text := values.get(spec.name), str):
            after = BESIDE if spec.form.is_place else ""
            found.update(term + after for term in _terms_of(text))
    return found


def tells(spec: Field) -> bool:
    """Whether a field is one of those that decide what a record is found by."""
    return spec.searched or spec.name == SURVIVOR


def called_by(entity: Entity) -> Iterator[str]:
    """Yield the searched fields but those that say where a record is."""
    return (spec.name for spec in entity.fields if spec.searched and not spec.form.is_place)


def words(entity: Entity, values: Mapping[str, Value]) -> list[str]:
    """Return the words of a record's names, as `Query.finer` takes them."""
    texts = (values.get(name) for name in called_by(entity))
    return list(_words_of(tuple(text for text in texts if isinstance(text, str))))


@lru_cache(maxsize=1_000)
def _words_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    found = {
        part
        for text in texts
        for word in names.parsed(text)
        for part in (word.raw, *word.parts)
        if names.national(part) == part
    }
    return tuple(sorted(found))


def is_marked(term: str) -> bool:
    """Whether a term is no word of a name as it is written."""
    return term[0] in _MARKS or term[-1] == BESIDE


def words_of(terms: str) -> Sequence[str]:
    """Return the words of names among a record's terms: the first, before those that are marked."""
    marked = _MARKED.search(terms)
    return (terms[: marked.start()] if marked else terms).split()


def _terms_of(text: str) -> Iterator[str]:
    for digits in names.digits_in(text):
        yield digits
        if len(digits) >= _DIGITS_FROM_END_LEAST:
            yield "<" + digits[::-1]
    parsed = names.parsed(text)
    # A slip in Abdelhak or الحسين hides where it is cut: they are here whole, too.
    for part in (part for word in parsed for part in (word.raw, *word.parts)):
        if names.national(part) == part:
            yield part
        if notion := NOTION_BY_WORD.get(part):
            yield "=" + notion
    parts = _parts(parsed)
    for part, _ in parts:
        if heard := names.sound(part):
            yield "~" + heard
    for _, _, run in _runs(parts):
        yield from ("~" + heard for heard in names.sounds_of_joined(run))
    if whole := _whole(parts):
        yield whole


def _parts(parsed: Sequence[names.Word]) -> list[tuple[str, bool]]:
    """Return the parts of all words, each with whether it has an article."""
    return [
        (part, (word.has_article and not at) or bool(at))
        for word in parsed
        for at, part in enumerate(word.parts)
    ]


def _runs(
    parts: Sequence[tuple[str, bool]],
) -> Iterator[tuple[int, int, tuple[tuple[str, bool], ...]]]:
    """Yield the neighbours that may be one word: first, last, and they."""
    for length in range(2, _JOINED_MAX + 1):
        for first in range(len(parts) - length + 1):
            run = tuple(parts[first : first + length])
            if not any(part.isdigit() for part, _ in run):
                yield first, first + length - 1, run


def _whole(parts: Iterable[tuple[str, bool]]) -> str:
    """Return the term of a whole name, without what says what it is; "" if that is all."""
    own = sorted(part for part, _ in parts if NOTION_BY_WORD.get(part) not in FORMS | TITLES)
    return "!" + "".join(own) if own else ""


@dataclass(frozen=True, slots=True)
class Way:
    """A term to look up, and what it weighs to be met, whole or as a beginning (0: it is not)."""

    term: str
    same: float
    beginning: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether it is a word itself, and not how one sounds."""
        return self.same >= _SAME


@dataclass(frozen=True, slots=True)
class Token:
    """What the words from `first` to `last` of a query are looked up by.

    `others`: terms to be met whole, of OTHER_WEIGHT. `typed`: words that may have a slip.
    """

    first: int
    last: int
    ways: tuple[Way, ...]
    others: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()

    def covers(self, place: int) -> bool:
        """Whether a place of the query is one of the token's."""
        return self.first <= place <= self.last


OTHER_WEIGHT = _OTHER_SOUND


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, read. `wanted`: the places, from 0 on, that a record must answer to."""

    words: tuple[str, ...]
    tokens: tuple[Token, ...]
    wanted: frozenset[int]

    @property
    def least(self) -> float:
        """Return what a record must weigh: of several words not all may be met poorly."""
        return _LEAST * len(self.wanted) if len(self.wanted) > 1 else 0.0

    def is_as_typed(self, weight: float) -> bool:
        """Whether who weighs so much was met as it was typed."""
        return weight >= _BEGINNING * len(self.wanted)

    def is_heard(self, weight: float) -> bool:
        """Whether who weighs so much only sounds so: a finer order tells who was meant."""
        return weight >= _OTHER_SOUND * len(self.wanted) and not self.is_as_typed(weight)

    def is_enough(self, weights: Sequence[float]) -> bool:
        """Whether those that answer, by their weights, may be meant: no slip is looked for."""
        best = max(weights, default=0.0)
        return len(weights) >= SLIPS_BELOW or (bool(weights) and self.is_as_typed(best))

    def finer(self, theirs: Sequence[str]) -> float:
        """Return what to add to the weight of a record by its words: less than a way's worth.

        Nearer is who is spelt more alike, and has fewer other words.
        """
        alike = sum(
            max(map(names.likeness, repeat(word), theirs), default=0.0) for word in self.words
        )
        return 0.1 * alike - 0.001 * len(theirs)


def read(text: str) -> Query:
    """Return a query as it was meant; of a longer one the first words.

    Args:
        text: as it was typed, of any length: no more than QUERY_CHARS_MAX is looked at.
    """
    text = text[:QUERY_CHARS_MAX]
    parsed: list[names.Word] = []
    spans: list[tuple[names.Word, int, int]] = []
    parts: list[tuple[str, bool]] = []
    for word in names.parsed(names.digits_joined(text)):
        if len(parts) + len(word.parts) > QUERY_WORDS_MAX:
            break
        parsed.append(word)
        spans.append((word, len(parts), len(parts) + len(word.parts) - 1))
        parts = _parts(parsed)
    if not parts:
        return Query((), (), frozenset())
    final = len(parts) - 1
    tokens = [_single(at, part, is_final=at == final) for at, (part, _) in enumerate(parts)]
    tokens += [
        Token(first, last, (Way(word.raw, _SAME, _BEGINNING),), typed=(word.raw,))
        for word, first, last in spans
        if word.parts != (word.raw,)
    ]
    for first, last, run in _runs(parts):
        joined = "".join(part for part, _ in run)
        heard = names.sounds_of_joined(run)
        heard |= {one.removeprefix("a") for one in heard}
        tokens.append(
            Token(
                first,
                last,
                (Way(joined, _SAME, _BEGINNING if last == final else 0.0),),
                tuple("~" + one for one in sorted(heard) if len(one) > 1),
                (joined,),
            )
        )
    whole = [Way(one, _WHOLE) for one in (_whole(parts),) if one]
    code = codes.normal_code(names.fold(text))
    if len(code) >= _CODE_LEAST and code.isascii() and code.isalnum():
        whole.append(Way("#" + code, _CODE, _CODE))
    tokens.append(Token(0, final, tuple(whole)))
    return Query(tuple(part for part, _ in parts), tuple(tokens), _wanted(parts))


def _single(at: int, part: str, *, is_final: bool) -> Token:
    if part.isdigit():
        return Token(at, at, tuple(_ways_of_number(part)))
    heard = names.sound(part)
    ways = [Way(part, _SAME, _BEGINNING)]
    if notion := NOTION_BY_WORD.get(part):
        ways.append(Way("=" + notion, _SAME))
    if len(heard) > 1:
        is_begun = is_final and len(heard.lstrip("a")) >= BEGUN_LEAST
        ways.append(Way("~" + heard, _SOUND, _SOUND_BEGINNING if is_begun else 0.0))
    others = tuple("~" + one for one in sorted(names.other_sounds(part)))
    return Token(at, at, tuple(ways), others, (part,))


def _ways_of_number(digits: str) -> Iterator[Way]:
    national = names.national(digits)
    yield Way(national, _SAME, _BEGINNING)
    if national == digits and not digits.startswith("0") and len(digits) >= _DIGITS_LEAST:
        yield Way("0" + digits, _SAME, _BEGINNING)
    if len(national) >= _DIGITS_LEAST:
        yield Way("<" + national[::-1], _SAME, _BEGINNING)


def _wanted(parts: Sequence[tuple[str, bool]]) -> frozenset[int]:
    """Return the places without forms and titles, if something else was typed."""
    found = set()
    before = ""
    for at, (part, _) in enumerate(parts):
        notion = NOTION_BY_WORD.get(part)
        is_title = notion in TITLES and before not in PARTICLES and at < len(parts) - 1
        if not is_title and notion not in FORMS:
            found.add(at)
        before = part
    return frozenset(found or range(len(parts)))
