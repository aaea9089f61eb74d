"""Names in two scripts: folding for equality, sounds for spelling, a score for order.

محمد, Mohamed, Mohammed and M'hamed are one name to those who search. A word's *sound* is its
consonants after the habits of Moroccan transliteration; vowels, doubled letters and articles do
not count. `tests/sync/test_names.py` holds a list of variants and measures what is found.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ARABIC_DIGITS = {ord(one): str(number % 10) for number, one in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
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
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d{4,}")
_SOUND_LEAST = 2
SOUND = "~"
"""Marks a sound among the terms of an index."""


def fold(text: str) -> str:
    """Return a text as it is compared: no case, accents, vowel signs; one form of each letter."""
    text = text.translate(_ARABIC_DIGITS).replace("'", "").replace("’", "").replace("ʿ", "")
    text = unicodedata.normalize("NFKD", text.casefold())
    # The hamza's seats decompose too: fold them before the marks go.
    text = unicodedata.normalize("NFC", text).translate(_ARABIC_FOLDED)
    text = unicodedata.normalize("NFKD", text)
    return "".join(one for one in text if not unicodedata.combining(one)).translate(_ARABIC_FOLDED)


def words(text: str) -> list[str]:
    """Return a text's folded words, articles left out, `abdelkrim` cut as عبد الكريم is written."""
    found = []
    for word in _WORD.findall(fold(text)):
        if word in _ARTICLES:
            continue
        if len(word) > 4 and word.startswith("ال"):
            word = word[2:]
        if cut := _ABD.match(word):
            rest = cut[1]
            found += ["abd", rest[1:] if rest[:2] in ("ss", "rr", "dd", "nn", "zz", "tt") else rest]
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
    if any("\u0600" <= one <= "\u06ff" for one in word):
        starts_open = word[0] in "اعوي"
        found = word.removesuffix("ه").translate(_ARABIC_SOUNDS)
    else:
        starts_open = word[0] in "aeiouyw"
        word = re.sub(r"^l[ae]?(?=h)", "", word)
        word = re.sub(r"c(?=[eiy])", "s", word)
        for pair, one in _LATIN_PAIRS:
            word = word.replace(pair, one)
        word = re.sub(r"(?<=[aeiou])h$", "", word)
        # The hard g of Aznag is written ك or گ, that of Belgacem ق: all of them sound as k.
        word = re.sub(r"g(?=[eiy])", "j", word).replace("g", "k").replace("q", "k")
        word = word.replace("p", "b").replace("v", "f").replace("ğ", "g")
        found = re.sub(r"[^bcdfghjklmnrstxz]", "", word)
    found = re.sub(r"(.)\1+", r"\1", found)
    if len(found) < _SOUND_LEAST:
        found = ("a" if starts_open else "") + found
    return found


def index_terms(*texts: str) -> str:
    """Return what a record is indexed by: folded words, sounds marked `~`, national numbers."""
    terms: dict[str, None] = {}
    for text in texts:
        for word in words(text):
            terms[word] = None
            if heard := sound(word):
                terms[SOUND + heard] = None
        for digits in _DIGITS.findall(fold(text).replace(" ", "")):
            terms[digits] = None
            if digits.startswith("212"):
                terms["0" + digits[3:]] = None
    return " ".join(terms)


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
