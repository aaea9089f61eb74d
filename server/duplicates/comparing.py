"""How alike two records are: the rule of both sides, with a library's measures of names.

A tablet compares one that is being typed with a few; here everybody is compared with everybody who
shares a key, and what a slip or another transliteration makes of a name is met oftener. So words
are compared by rapidfuzz, over our folding: the same signs, the same weights, the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from sync.phrases import has_arabic
from sync.rules import duplicates, names
from sync.rules.duplicates import Likeness
from sync.spec import Value

SHOWN = 0.65
"""From here on a pair is shown: what is asked of a person in vain costs their trust."""
_NEAR = 0.88
_LETTERS_LEAST = 3
_SPELT_ALIKE = 0.75
_NEAR_WHOLE, _LONG = 0.9, 7
"""A space too few or too many, a letter in the family's name: of all of a name, that is little."""
_FORMS = frozenset(
    word
    for form in (
        "coopérative", "coop", "société", "sté", "sarl", "gie", "association", "entreprise", "ets",
        "تعاونية", "شركة", "مقاولة", "جمعية", "مجموعة",
    )
    for word in names.words(form)
)  # fmt: skip
"""Words for what an enterprise is: written out, in short or not at all, they tell nobody apart."""
_SLIP_LONG = 5
"""Letters of a word whose first may be the slip."""


class Name(NamedTuple):
    """A name as it is compared: its words, their sounds, all of it as one word, and its sound."""

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    whole: str
    joined: str
    is_arabic: bool


@lru_cache(maxsize=200_000)
def parsed(text: str) -> Name:
    """Return a name as it is compared. Few names are many people's, so it is kept."""
    written = tuple(names.words(text))
    words = tuple(word for word in written if word not in _FORMS) or written
    heard = tuple(sorted(names.sound(word) or word for word in words))
    return Name(words, heard, names.sound("".join(words)), "".join(words), has_arabic(text))


def likeness(mine: Mapping[str, Value], theirs: Mapping[str, Value]) -> Likeness:
    """Compare two of one entity by their values; who is not to be shown may have no signs."""
    return duplicates.likeness(
        mine, theirs, is_same_name=is_same_name, are_alike=are_alike, is_strict=True, least=SHOWN
    )


@lru_cache(maxsize=200_000)
def is_same_name(first: str, second: str) -> bool:
    """Whether two names are one but for the script, the order and the habit of writing."""
    mine, their = parsed(first), parsed(second)
    if sorted(mine.words) == sorted(their.words):
        return True
    if len(mine.words) < 2 or len(their.words) < 2:
        return False
    is_heard = mine.sounds == their.sounds or (
        mine.whole == their.whole and len(mine.whole) > _LETTERS_LEAST
    )
    # Hamid and Ahmed have one sound, Lahcen and Lhoussaine too: within a script letters tell.
    return is_heard and (mine.is_arabic != their.is_arabic or _ratio(mine, their) >= _SPELT_ALIKE)


def _ratio(mine: Name, their: Name) -> float:
    return fuzz.ratio("".join(sorted(mine.words)), "".join(sorted(their.words))) / 100


@lru_cache(maxsize=200_000)
def are_alike(first: str, second: str) -> bool:
    """Whether each word of the shorter is met in the longer, but for a slip or another habit."""
    mine, their = parsed(first), parsed(second)
    fewer, more = sorted((mine, their), key=lambda name: len(name.words))
    if not fewer.words:
        return False
    if fewer.whole == more.whole and fewer.whole:
        return True
    is_long = mine.is_arabic == their.is_arabic and len(fewer.joined) > _LONG
    if is_long and fuzz.ratio(mine.joined, their.joined) / 100 >= _NEAR_WHOLE:
        return True
    if len(fewer.words) == 1 < len(more.words):
        return False
    left = list(more.words)
    is_one_script = mine.is_arabic == their.is_arabic
    for word in fewer.words:
        met = max(left, key=lambda other: _closeness(word, other, is_one_script), default="")
        if _closeness(word, met, is_one_script) < _NEAR:
            return False
        left.remove(met)
    return True


@lru_cache(maxsize=200_000)
def _closeness(first: str, second: str, is_one_script: bool) -> float:
    """Return how close two words are, 0 to 1: by their letters, or across scripts by sound."""
    mine, their = names.sound(first), names.sound(second)
    if first == second or (mine and mine == their):
        return 1.0
    if their in names.other_sounds(first) or mine in names.other_sounds(second):
        return 0.95
    if not is_one_script:
        first, second = mine, their
    least = min(len(first), len(second))
    if least < _LETTERS_LEAST or (first[0] != second[0] and least < _SLIP_LONG):
        return 0.0
    if OSA.distance(first, second, score_cutoff=1) <= 1:
        return 0.9 if least > _LETTERS_LEAST else 0.0
    return JaroWinkler.similarity(first, second) if is_one_script else 0.0
