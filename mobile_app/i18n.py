"""The words on the tablet: the catalogue both sides share, read from the app's own files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sync.catalogues import Catalogue, read_catalogue
from sync.languages import FALLBACK, LANGUAGES
from sync.phrases import Phrases

_LOCALE = Path(__file__).parent.parent / "sync" / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def load_phrases(language: str) -> Phrases:
    """Return the words of a language of `LANGUAGES`; what it lacks is said in its fallback."""
    words = _read(language)
    if language in FALLBACK:
        words = _read(FALLBACK[language]) | words
    return Phrases(LANGUAGES[language], words)


def _read(language: str) -> Catalogue:
    files = sorted((_LOCALE / language).glob("*.po"))
    return read_catalogue((file.read_text(encoding="utf-8") for file in files), language)
