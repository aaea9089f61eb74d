"""Read the catalogue of a language from the files both sides share."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sync.catalogues import CatalogueFault, read_catalogue
from sync.languages import FALLBACK, LANGUAGES
from sync.phrases import Phrases

SPOKEN = ("ar", "fr")
"""The languages of the desk."""
OFFERED = (*SPOKEN, "en")
"""Those of the portal, which have all its words; the pages for everybody are in each of ours."""
LOCALE = Path(__file__).parent.parent / "sync" / "locale"


@cache  # every refusal has its sentence from here
def load_phrases(language: str, locale: Path = LOCALE) -> Phrases:
    """Return the words of one language.

    Raises:
        CatalogueFault: a file cannot be read as PO, a code is worded twice, or a counted message
            lacks a plural form of its language.
        KeyError: the language is not one of ours.
    """
    spoken = LANGUAGES[language]
    files = sorted((locale / language).glob("*.po"))
    messages = read_catalogue((file.read_text(encoding="utf-8") for file in files), language)
    for code, message in messages.items():
        if isinstance(message, tuple) and len(message) != spoken.plural_forms:
            raise CatalogueFault(f"{language} {code}: needs {spoken.plural_forms} plural forms")
    return Phrases(spoken, messages)


def load_all_phrases(locale: Path = LOCALE) -> dict[str, Phrases]:
    """Return the words of every language, by its code."""
    return {language: load_phrases(language, locale) for language in SPOKEN}


def load_open_phrases(locale: Path = LOCALE) -> dict[str, Phrases]:
    """Return the words of every language that pages for everybody have, by its code.

    One without all of them borrows what it lacks.
    """
    found = {}
    for code, lender in {**dict.fromkeys(LANGUAGES, ""), **FALLBACK}.items():
        own = load_phrases(code, locale)
        others = load_phrases(lender, locale).messages if lender else {}
        lent = frozenset(others.keys() - own.messages.keys())
        found[code] = Phrases(own.language, {**others, **own.messages}, lent)
    return found
