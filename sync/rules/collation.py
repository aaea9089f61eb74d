"""The order of names in a list, as the readers of a language look them up.

Three levels, as the Unicode collation algorithm has them (UTS 10), cut to our scripts: first
the letters, one for all forms of each (é is e, أ is ا, a hyphen is a space); where these are the
same, accents and forms; then capitals, after small letters. Code points would put Tétouan behind
Tiznit and أكادير apart from اكادير. A name in the reader's own script stands before the others.

Arabic letters once folded, and Tifinagh (IRCAM's order), stand in Unicode as in their alphabets.
Not ICU: it is no part of Python, and its binding would be built for Android by us.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

from sync.rules.names import fold

Key = tuple[int, str, str, str]

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
_APART = re.compile(r"[\s\-\u2010-\u2015.,/()]+")
_SCRIPTS = {"ar": ("\u0600", "\u06ff"), "zgh": ("\u2d30", "\u2d7f")}
_LATIN = ("a", "\u024f")


def order_of(language: str) -> Callable[[str], Key]:
    """Return the key by which a language sorts names: `sorted(names, key=order_of("fr"))`."""
    return partial(_key, *_SCRIPTS.get(language, _LATIN))


@lru_cache(maxsize=8_000)  # a list has the names of a region's communes in its menu, each time
def _key(first: str, last: str, name: str) -> Key:
    whole = name.translate(_LIGATURES)
    letters = _APART.sub(" ", fold(whole)).strip()
    begins = next((letter for letter in letters if letter.isalpha()), first)
    forms = unicodedata.normalize("NFKD", whole.casefold())
    return (int(not first <= begins <= last), letters, forms, name.swapcase())
