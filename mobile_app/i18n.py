"""The words on the tablet: the catalogue both sides share, read from the app's own files."""

from __future__ import annotations

from pathlib import Path

from sync.phrases import LANGUAGES, Phrases, merge_catalogues, parse_po

_LOCALE = Path(__file__).parent.parent / "sync" / "locale"


def load_phrases(language: str) -> Phrases:
    """Return the words of a language, `ar` or `fr`."""
    files = sorted((_LOCALE / language).glob("*.po"))
    parsed = [parse_po(file.read_text(encoding="utf-8")) for file in files]
    return Phrases(LANGUAGES[language], merge_catalogues(parsed))
