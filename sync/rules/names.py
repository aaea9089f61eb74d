"""Names in two scripts: folding for equality, sounds for spelling, slips of the finger.

محمد, Mohamed, Mohammed and M'hamed are one name to those who search. A word's *sound* is its
consonants after the habits of Moroccan transliteration; vowels, doubled letters and articles do
not count. What one habit writes in two ways (`rh` for غ, `z` for ظ) has *other sounds*, which
are looked for and never stored. `tests/sync/name_variants.csv` lists variants; what is found of
others: `benchmarks/search_kinds.py`. What a record is found by is in `sync.rules.search`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

ARABIC_DIGITS = {ord(one): str(number % 10) for number, one in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_ARABIC_FOLDED = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىئیےېۍ", "ي"),
        **dict.fromkeys("ؤۆۇۋ", "و"),
        **dict.fromkeys("ةۃہھەۀ", "ه"),
        **dict.fromkeys("گڭݣکڪ", "ك"),
        **dict.fromkeys("ڤڥ", "ف"),
        "پ": "ب",
        "ـ": None,
        "ء": None,
    }
)
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘`´ʼʿʾ′"))
_ELISION = re.compile(r"\b[dl]['’‘`´](?=\w)", re.IGNORECASE)
"""Of d'argan and L'houcine: what follows is the word."""
_UNSEEN = ("Mn", "Me", "Cf")
"""Categories of vowel signs, accents, joiners, soft hyphens and marks of direction."""
_ARABIC_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("اوي", ""),
        "ع": "",
        "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "x", "د": "d", "ذ": "d",
        "ر": "r", "ز": "z", "س": "s", "ش": "c", "ص": "s", "ض": "d", "ط": "t", "ظ": "d",
        "غ": "g", "ف": "f", "ق": "k", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
    }
)  # fmt: skip
_ARABIC_VOWELS = str.maketrans("اويعه", "auiaa")
_LATIN_PAIRS = (
    ("sch", "c"), ("ch", "c"), ("sh", "c"), ("kh", "x"), ("gh", "ğ"), ("dj", "j"), ("th", "t"),
    ("dh", "d"), ("ph", "f"), ("gu", "k"), ("qu", "k"),
)  # fmt: skip
_ARTICLES = frozenset(
    ("el", "al", "l", "es", "as", "ez", "az", "et", "at", "er", "ar", "en", "an", "ed", "ad",
     "ech", "ach", "esh", "ash", "d", "de", "du", "des", "la", "le", "les", "au", "aux", "pour",
     "ال")
)  # fmt: skip
_ABD = re.compile(r"^abd(?:ou|[aeou])?(?:l|ll)?(?=[a-z]{3})(?!allah)(.+)$")
_ABDS = frozenset(("abdel", "abdul", "abdal", "abdoul"))
_ABOU = frozenset(("abou", "abu", "ابو"))
_AFTER_ABD = {**dict.fromkeys(("lah", "llah", "ellah", "oullah"), "allah"), "atif": "latif"}
_AL_OF_ITS_OWN = frozenset(("الله", "الياس", "الهام"))
_AL_WITHIN = re.compile(r"^(..+?)ال(?=...)(.+)$")
_HEARD = {
    "larbi": "rb", "lamrani": "mrn", "thami": "thm", "ishak": "shk", "ishaq": "shk",
    "isaac": "shk", "jasmine": "smn", "med": "mhmd", "mohd": "mhmd",
}  # fmt: skip
"""Names that are written as no habit says."""
_DIGITS_FOR_LETTERS = str.maketrans({"3": "a", "7": "h", "9": "q", "5": "kh"})
_WITH_DIGITS = re.compile(r"^(?=(?:.*[a-z]){2})(?=.*\d)(?!.*\d\d)[a-z3579]+$")
_AYN = re.compile("3(?=[aeiou])")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
"""Of S.A.R.L. and ش.م.م, which are one word each."""
_TITLED = re.compile(r"^(moulay|sidi|lalla|مولاي|سيدي)(.{4,})$")
_RESPELT = (
    ("rh", "gh"), ("^r", "gh"), ("gh", "g"), ("g(?![h])", "gh"), ("kh", "k"), ("[kq](?!h)", "kh"),
    ("th", "s"), ("z", "d"), ("dh?", "z"), ("(?<=[aeiou])h", ""), ("g(?=[eiy])", "k"),
    ("ث", "س"), ("[ظذ]", "ز"), ("غ", "ر"), ("غ", "ك"), ("خ", "ك"), ("[حه]", ""), ("ج", "ك"),
)  # fmt: skip
"""What else a spelling may stand for; one at a time."""
_ARTICLED = (("^l(?=[aeiouy])", ""), ("^(?=a)", "l"), ("^ل", ""), ("^(?=ع)", "ل"))
"""The same of an article that is written as a part of the word: Layachi, العياشي."""
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\+?[\d(][\d\s.\-/()]*\d")
_NOT_DIGITS = re.compile(r"\D")
_SOUND_SHORT = 2
_OTHER_SOUND_LEAST = 3
"""Of two consonants, another one leaves nothing of the name."""
_DIGITS_LEAST = 4
NEAR_LETTERS_LEAST = 5
"""Of a Latin word in which one slip is forgiven; an Arabic one, without vowels, has one less."""
_LATIN_ALPHABET, _ARABIC_ALPHABET = "abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_JOINED_AL = re.compile(r"^(?:el(?=[a-z]{4}|[^aeiouyl][a-z]{2})|al(?=[^aeiouyl][a-z]{3}))")
_JOINED_ARTICLE = re.compile(r"^e(?=([dnrstz])\1)")
_OPEN = "اعويaeiouyw"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, folded, and the parts it is looked up by.

    `abdelkrim` has the parts of عبد الكريم. `has_article`: it, or a word of its own before it.
    """

    raw: str
    parts: tuple[str, ...]
    has_article: bool


class _Seen(dict[int, int | None]):
    """Each letter as it is, and None for what is not seen; for `str.translate`."""

    def __missing__(self, point: int) -> int | None:
        found = self[point] = None if unicodedata.category(chr(point)) in _UNSEEN else point
        return found


_SEEN = _Seen()


def fold(text: str) -> str:
    """Return a text as it is compared: no case, accents, vowel signs; one form of each letter."""
    text = text.translate(ARABIC_DIGITS).translate(_APOSTROPHES).casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text)
    # The hamza's seats decompose too: fold them before the marks go.
    text = unicodedata.normalize("NFC", text).translate(_ARABIC_FOLDED)
    text = unicodedata.normalize("NFKD", text)
    return text.translate(_SEEN).translate(_ARABIC_FOLDED)


def words(text: str) -> list[str]:
    """Return a text's folded words, articles left out, `abdelkrim` cut as عبد الكريم is written."""
    return [part for word in parsed(text) for part in word.parts]


@lru_cache(maxsize=2_000)  # of who is compared at each letter that is typed
def parsed(text: str) -> tuple[Word, ...]:
    """Return a text's words; articles of their own only where there is nothing else."""
    text = _INITIALS.sub(lambda one: one[0].replace(".", ""), _ELISION.sub("", text))
    written = _WORD.findall(fold(text))
    found, has_article = [], False
    for raw in written:
        if raw in _ARTICLES:
            has_article = True
        else:
            found.append(Word(raw, _parts(raw), has_article or raw.startswith("ال")))
            has_article = False
    return tuple(found or (Word(raw, (raw,), has_article=False) for raw in written))


@lru_cache(maxsize=20_000)
def _parts(word: str) -> tuple[str, ...]:
    if _WITH_DIGITS.match(word):
        word = _AYN.sub("", word).translate(_DIGITS_FOR_LETTERS)
    word = _without_al(word)
    if word in _ABDS:
        return ("abd",)
    if cut := _ABD.match(word):
        rest = cut[1]
        if rest[:2] in ("ss", "rr", "dd", "nn", "zz", "tt"):
            rest = rest[1:]
        return "abd", _AFTER_ABD.get(rest, rest)
    if word.startswith("عبدال") and len(word) > 6:
        return "عبد", _without_al(word[3:])
    if cut := _TITLED.match(word) or _AL_WITHIN.match(word):
        return cut[1], cut[2]
    return (word,)


def _without_al(word: str) -> str:
    is_article = len(word) > 3 and word.startswith("ال") and word not in _AL_OF_ITS_OWN
    return word[2:] if is_article else word


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """Return the consonants of a folded word, the same for both scripts; empty for digits.

    One or two are few: whether a vowel was before them tells Imane from Mina.
    """
    if not word or any(letter.isdigit() for letter in word):
        return ""
    found = _consonants(word)
    return "a" + found if len(found) <= _SOUND_SHORT and _is_open(word) else found


def _is_open(word: str) -> bool:
    """Whether a word begins with a vowel that is no article's, as those of Ettazi and Elfath."""
    return _JOINED_AL.sub("", word)[0] in _OPEN and not _JOINED_ARTICLE.match(word)


@lru_cache(maxsize=20_000)
def _consonants(word: str) -> str:
    if word in _HEARD:
        return _HEARD[word]
    if any("\u0600" <= letter <= "\u06ff" for letter in word):
        word = re.sub(r"(.)\1+", r"\1", re.sub("^ل(?=ح)", "", word))
        # The t of Najat is heard, that of Fatima is not; nor is the last h of Salah.
        word = word[:-1] + "ت" if word.endswith("اه") else re.sub("[هح]$", "", word)
        return word.translate(_ARABIC_SOUNDS)
    word = _JOINED_AL.sub("", word)
    word = re.sub(r"^l(?:[ae]?(?=h)|(?=[^aeiouylh]))", "", word)
    word = re.sub(r"c(?=[eiy])", "s", word)
    word = re.sub(r"c(?!h)", "k", word)
    word = re.sub(r"(?:^|(?<=m))rh", "gh", word)
    for pair, letter in _LATIN_PAIRS:
        word = word.replace(pair, letter)
    word = re.sub(r"(?<=[aeiou])h$", "", word)
    # The hard g of Aznag is written ك or گ, that of Belgacem ق: all of them sound as k.
    word = re.sub(r"g(?=[eiy])", "j", word).replace("g", "k").replace("q", "k")
    word = word.replace("p", "b").replace("v", "f").replace("ğ", "g")
    word = re.sub(r"(.)\1+", r"\1", word)  # before the vowels go: the s of Soussi are two
    return re.sub(r"[^bcdfghjklmnrstxz]", "", word)


@lru_cache(maxsize=2_000)
def other_sounds(word: str) -> frozenset[str]:
    """Return what a folded word may sound like too, if one of its letters was written otherwise."""
    heard = sound(word)
    if not heard:
        return frozenset()
    found = {sound(re.sub(this, that, word)) for this, that in _RESPELT}
    found |= {"l" + heard, heard.removeprefix("l")}
    # غ is rare: Ghali is known by it, and written in more ways than any other letter.
    found = {one for one in found if len(one) >= _OTHER_SOUND_LEAST or "g" in one + heard}
    found |= {sound(re.sub(this, that, word)) for this, that in _ARTICLED}
    if _is_open(word):  # as Ait Taleb sounds, where it is two words
        found.add("a" + _consonants(word))
    return frozenset(found - {heard, ""})


def sounds_of_joined(parts: tuple[tuple[str, bool], ...]) -> set[str]:
    """Return the sounds of neighbours written as one word: Ben Ali is Benali.

    Args:
        parts: each with whether it has an article, which may be heard within the word.
    """
    heard = [_consonants(part) for part, _ in parts]
    whole = "".join(heard)
    articled = heard[0] + "".join(
        "l" * has_article + sound_of_part
        for sound_of_part, (_, has_article) in zip(heard[1:], parts[1:], strict=True)
    )
    found = {whole, articled, _consonants("".join(part for part, _ in parts))} - {""}
    # Timdouine is not Ait Mouden; but Bouzid is Abou Zid.
    is_open = _is_open(parts[0][0]) and parts[0][0] not in _ABOU
    return {"a" + sound_of_part for sound_of_part in found} if is_open else found


def may_slip(typed: str) -> bool:
    """Whether what was typed may be a word with one slip in it."""
    return typed.isalpha() and len(typed) >= _near_least(typed) - 1


def _near_least(word: str) -> int:
    return NEAR_LETTERS_LEAST - (word[:1] > "\u0600")


def slips(typed: str, within: int) -> set[str]:
    """Return what was meant, if there is one slip in the first letters of what was typed."""
    alphabet = _ARABIC_ALPHABET if typed[:1] > "\u0600" else _LATIN_ALPHABET
    found = set()
    for at in range(min(within, len(typed))):
        before, rest = typed[:at], typed[at:]
        found |= {before + rest[1:], before + rest[1:2] + rest[:1] + rest[2:]}
        found |= {before + one + end for one in alphabet for end in (rest, rest[1:])}
    return {one for one in found - {typed} if len(one) >= _near_least(one)}


def is_near(typed: str, word: str) -> bool:
    """Whether a word begins with what was typed, but for one slip of the finger.

    A slip: a letter too many, too few, another one, or two that changed places.
    """
    if len(word) < _near_least(word):
        return False
    at = 0
    for mine, their in zip(typed, word, strict=False):
        if mine != their:
            break
        at += 1
    rest, other = typed[at:], word[at:]
    # In order: a letter too many, one too few, another one, two that changed places.
    return (
        other.startswith(rest[1:])
        or other[1:].startswith(rest)
        or other[1:].startswith(rest[1:])
        or (other[1:2] == rest[:1] and other[:1] == rest[1:2] and other[2:].startswith(rest[2:]))
    )


def digits_joined(text: str) -> str:
    """Return a text with the digits of each number written together."""
    return _NUMBER.sub(lambda number: _NOT_DIGITS.sub("", number[0]), text)


def digits_in(text: str) -> list[str]:
    """Return the numbers of a text, phones as they are said here."""
    found = (_NOT_DIGITS.sub("", number) for number in _NUMBER.findall(fold(text)))
    return [national(digits) for digits in found if len(digits) >= _DIGITS_LEAST]


def national(digits: str) -> str:
    """Return a phone number as it is said here; other digits as they are."""
    digits = digits.removeprefix("00") if digits.startswith("00212") else digits
    return "0" + digits[3:].lstrip("0") if digits.startswith("212") else digits


_ARABIC = re.compile("[\u0600-\u06ff]")


@lru_cache(maxsize=20_000)
def likeness(first: str, second: str) -> float:
    """Return how much of their letters and pairs of letters is common, 0 to 1; to order equals."""
    mine, their = _pieces(first), _pieces(second)
    return 2 * len(mine & their) / (len(mine) + len(their)) if mine or their else 1.0


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> frozenset[str]:
    """Return the letters and pairs of letters of a word; one that comes again with a mark more."""
    spelt = _spelt(word)
    pieces = [*spelt, *map("".join, pairwise(spelt))]
    once = frozenset(pieces)
    if len(once) == len(pieces):
        return once
    return frozenset(
        piece + "\n" * again for piece, count in Counter(pieces).items() for again in range(count)
    )


def _spelt(word: str) -> str:
    """Return a word as Latin letters, vowels by kind, as far as they are written."""
    if _ARABIC.search(word):
        return word.translate(_ARABIC_VOWELS).translate(_ARABIC_SOUNDS)
    for pair, letter in (
        *_LATIN_PAIRS,
        ("ou", "u"),
        ("o", "u"),
        ("w", "u"),
        ("y", "i"),
        ("e", "a"),
    ):
        word = word.replace(pair, letter)
    return word
