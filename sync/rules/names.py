"""Names in two scripts: folding for equality, sounds for spelling, a score for order.

محمد, Mohamed, Mohammed and M'hamed are one name to those who search. A word's *sound* is its
consonants after the habits of Moroccan transliteration; vowels, doubled letters and articles do
not count. `tests/sync/name_variants.csv` lists variants; `tests/mobile_app/test_search.py`
measures what is found.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

ARABIC_DIGITS = {ord(one): str(number % 10) for number, one in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_ARABIC_FOLDED = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        "ى": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "گ": "ك",
        "ڭ": "ك",
        "ڤ": "ف",
        "پ": "ب",
        "ـ": None,
        "ء": None,
    }
)
_ARABIC_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("اوي", ""),
        "ع": "",
        "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "x", "د": "d", "ذ": "d",
        "ر": "r", "ز": "z", "س": "s", "ش": "c", "ص": "s", "ض": "d", "ط": "t", "ظ": "d",
        "غ": "g", "ف": "f", "ق": "k", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
    }
)  # fmt: skip
_LATIN_PAIRS = (
    ("sch", "c"), ("ch", "c"), ("sh", "c"), ("kh", "x"), ("gh", "ğ"), ("dj", "j"), ("th", "t"),
    ("dh", "d"), ("ph", "f"), ("gu", "k"), ("qu", "k"),
)  # fmt: skip
_ARTICLES = frozenset(
    ("el", "al", "l", "es", "as", "ez", "az", "et", "at", "er", "ar", "en", "an", "ed", "ad")
)
_ABD = re.compile(r"^abd(?:ou|[aeou])?(?:l|ll)?(?=[a-z]{3})(?!allah)(.+)$")
_ABDS = frozenset(("abdel", "abdul", "abdal", "abdoul"))
_AFTER_ABD = {**dict.fromkeys(("lah", "llah", "ellah", "oullah"), "allah"), "atif": "latif"}
_AL_OF_ITS_OWN = frozenset(("الله", "الياس", "الهام"))
_HEARD = {
    "larbi": "rb", "lamrani": "mrn", "thami": "thm", "ishak": "shk", "ishaq": "shk",
    "isaac": "shk", "jasmine": "smn",
}  # fmt: skip
"""Names that are written as no habit says."""
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d{4,}")
_NUMBER = re.compile(r"\+?\d[\d\s.\-]*\d")
_SOUND_LEAST = 2
NEAR_LETTERS_LEAST = 5
"""Of a word in which one slip is forgiven."""
_OPEN = "اعويaeiouyw"
SOUND = "~"
"""Marks a sound among the terms of an index."""


def fold(text: str) -> str:
    """Return a text as it is compared: no case, accents, vowel signs; one form of each letter."""
    text = text.translate(ARABIC_DIGITS).replace("'", "").replace("’", "").replace("ʿ", "")
    text = text.casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text)
    # The hamza's seats decompose too: fold them before the marks go.
    text = unicodedata.normalize("NFC", text).translate(_ARABIC_FOLDED)
    text = unicodedata.normalize("NFKD", text)
    return "".join(one for one in text if not unicodedata.combining(one)).translate(_ARABIC_FOLDED)


def words(text: str) -> list[str]:
    """Return a text's folded words, articles left out, `abdelkrim` cut as عبد الكريم is written."""
    return list(_words_of(text))


@lru_cache(maxsize=2_000)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_words(fold(text)))  # of who is compared at each letter that is typed


def _words(folded: str) -> list[str]:
    found = []
    for word in _WORD.findall(folded):
        if word in _ARTICLES:
            continue
        if len(word) > 3 and word.startswith("ال") and word not in _AL_OF_ITS_OWN:
            word = word[2:]
        if word in _ABDS:
            found.append("abd")
        elif cut := _ABD.match(word):
            rest = cut[1]
            if rest[:2] in ("ss", "rr", "dd", "nn", "zz", "tt"):
                rest = rest[1:]
            found += ["abd", _AFTER_ABD.get(rest, rest)]
        elif word.startswith("عبدال") and len(word) > 6:
            found += ["عبد", word[5:]]
        else:
            found.append(word)
    return found


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Return the consonants of a folded word, the same for both scripts; empty for digits."""
    if any(one.isdigit() for one in word):
        return ""
    found = _consonants(word)
    return ("a" if word[0] in _OPEN else "") + found if len(found) < _SOUND_LEAST else found


@lru_cache(maxsize=20_000)
def _consonants(word: str) -> str:
    if word in _HEARD:
        return _HEARD[word]
    if any("\u0600" <= one <= "\u06ff" for one in word):
        word = re.sub(r"(.)\1+", r"\1", re.sub("^ل(?=ح)", "", word))
        # The t of Najat is heard, that of Fatima is not; nor is the last h of Salah.
        word = word[:-1] + "ت" if word.endswith("اه") else re.sub("[هح]$", "", word)
        return word.translate(_ARABIC_SOUNDS)
    word = re.sub(r"^(?:el(?=[a-z]{4}|[^aeiouyl][a-z]{2})|al(?=[^aeiouyl][a-z]{3}))", "", word)
    word = re.sub(r"^l(?:[ae]?(?=h)|(?=[^aeiouylh]))", "", word)
    word = re.sub(r"c(?=[eiy])", "s", word)
    word = re.sub(r"c(?!h)", "k", word)
    word = re.sub(r"(?:^|(?<=m))rh", "gh", word)
    for pair, one in _LATIN_PAIRS:
        word = word.replace(pair, one)
    word = re.sub(r"(?<=[aeiou])h$", "", word)
    # The hard g of Aznag is written ك or گ, that of Belgacem ق: all of them sound as k.
    word = re.sub(r"g(?=[eiy])", "j", word).replace("g", "k").replace("q", "k")
    word = word.replace("p", "b").replace("v", "f").replace("ğ", "g")
    word = re.sub(r"(.)\1+", r"\1", word)  # before the vowels go: the s of Soussi are two
    return re.sub(r"[^bcdfghjklmnrstxz]", "", word)


def sounds_of_two(one: str, two: str) -> set[str]:
    """Return the sounds of two neighbours written as one word: Ben Ali is Benali."""
    return {sound(one + two), _consonants(one) + _consonants(two)} - {""}


def index_terms(*texts: str) -> str:
    """Return what a record is indexed by: folded words, sounds marked `~`, national numbers."""
    terms: dict[str, None] = {}
    for text in texts:
        folded = fold(text)
        found = _words(folded)
        for word in found:
            terms[word] = None
            if heard := sound(word):
                terms[SOUND + heard] = None
        # A slip in Abdelhak or الحسين hides where it is cut: they are here whole, too.
        terms.update((word, None) for word in _WORD.findall(folded) if word not in _ARTICLES)
        for one, two in pairwise(found):
            terms.update((SOUND + heard, None) for heard in sorted(sounds_of_two(one, two)))
        for digits in _DIGITS.findall(folded.replace(" ", "")):
            terms[digits] = None
            if digits.startswith("212"):
                terms["0" + digits[3:]] = None
    return " ".join(terms)


@dataclass(frozen=True, slots=True)
class Token:
    """What to look up for the words `first` to `last` of a query.

    `word`: what a term begins with; `sounds`: the same, marked; a term may begin with either.
    """

    first: int
    last: int
    word: str
    sounds: tuple[str, ...]


def tokens(text: str) -> list[Token]:
    """Return what to look up for a query: each word, and each two neighbours as one.

    A record answers if each place, from 0 on, is covered by a token that it has a term for.
    """
    found = words(_NUMBER.sub(lambda one: re.sub(r"[\s.\-]", "", one[0]), fold(text)))
    singles = [
        Token(at, at, _national(word), (SOUND + heard,) if len(heard := sound(word)) > 1 else ())
        for at, word in enumerate(found)
    ]
    joined = [
        Token(at, at + 1, one + two, tuple(SOUND + heard for heard in sorted(heard_as_one)))
        for at, (one, two) in enumerate(pairwise(found))
        if (heard_as_one := sounds_of_two(one, two))
    ]
    return singles + joined


def _national(digits: str) -> str:
    """Return a phone number as it is said here; any other word as it is."""
    if digits.isdigit():
        digits = digits.removeprefix("00") if digits.startswith("00212") else digits
        return "0" + digits[3:].lstrip("0") if digits.startswith("212") else digits
    return digits


def may_slip(typed: str) -> bool:
    """Whether what was typed may be a word of NEAR_LETTERS_LEAST with one slip in it."""
    return len(typed) >= NEAR_LETTERS_LEAST - 1 and typed.isalpha()


def is_near(typed: str, word: str) -> bool:
    """Whether a word begins with what was typed, but for one slip of the finger.

    A slip: a letter too many, too few, another one, or two that changed places.
    """
    if len(word) < NEAR_LETTERS_LEAST:
        return False
    at = 0
    for mine, their in zip(typed, word, strict=False):
        if mine != their:
            break
        at += 1
    rest, other = typed[at:], word[at:]
    return (
        other.startswith(rest[1:])
        or other[1:].startswith(rest)
        or other[1:].startswith(rest[1:])
        or (other[1:2] == rest[:1] and other[:1] == rest[1:2] and other[2:].startswith(rest[2:]))
    )


def query_terms(text: str) -> list[tuple[str, str]]:
    """Return, for each word of a query, the folded prefix and the sound to look up ("" for none).

    A record is a candidate if for each word one of its terms starts with one of the two.
    """
    digits = fold(text).replace(" ", "").replace("-", "").replace(".", "").lstrip("+")
    if digits.isdigit():
        return [("0" + digits[3:] if digits.startswith("212") else digits, "")]
    found = []
    for word in words(text):
        heard = sound(word)
        found.append((word, SOUND + heard if len(heard) >= _SOUND_LEAST else ""))
    return found


def score(query: str, *texts: str) -> float:
    """Return how well texts answer a query: 0 not at all; the same words 1 each."""
    theirs = [word for text in texts for word in words(text)]
    heard = [sound(word) for word in theirs]
    total = 0.0
    for word in words(query):
        mine = sound(word)
        if word in theirs:
            total += 1.0
        elif any(their.startswith(word) for their in theirs):
            total += 0.8
        elif mine and mine in heard:
            total += 0.6 + 0.1 * max(_likeness(word, their) for their in theirs)
        elif may_slip(word) and any(is_near(word, their) for their in theirs):
            total += 0.5
        elif mine and any(their.startswith(mine) for their in heard):
            total += 0.4
        else:
            total += 0.2 * max((_likeness(word, their) for their in theirs), default=0.0)
    # Of two that match alike, the one with fewer other words is nearer.
    return total - 0.001 * len(theirs)


def _likeness(one: str, two: str) -> float:
    """Return the share of letters in common, from 0 to 1; cheap, and enough to order equals."""
    shared = sum(min(one.count(letter), two.count(letter)) for letter in set(one))
    return 2 * shared / (len(one) + len(two)) if one or two else 1.0
