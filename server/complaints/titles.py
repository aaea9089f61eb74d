"""What a complaint is about, in the language of whoever reads it: it is stored in words.

Tablets show what is stored, and who reads it there is not known: so it is in both their languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from server.phrases import OFFERED, SPOKEN, load_phrases
from sync.phrases import Phrases
from sync.spec import Value

ABOUTS = ("paper", "given", "delay", "person", "other")
"""What a complaint can be about: `portal.complaint.NAME`."""
_OF_TABLETS = ("tablet.request.unlisted", "tablet.request.disagrees.told")
"""What an agent complains of with one touch, in the language of their tablet."""


def title_of(about: str) -> str:
    """Return what a complaint of the portal has as its title. `about`: one of `ABOUTS`."""
    return _in_both(_code(about))


def title_in(phrases: Phrases, title: Value) -> str:
    """Return the title of a complaint as a reader has it; what somebody typed, as it is."""
    words = str(title or "")
    code = _codes().get(words)
    return phrases.say(code) if code else words


def _code(about: str) -> str:
    return f"portal.complaint.{about}"


def _in_both(code: str) -> str:
    return " · ".join(load_phrases(language).say(code) for language in SPOKEN)


@cache
def _codes() -> Mapping[str, str]:
    """Return by words of any of our languages, and of both, what they are of."""
    codes = (*map(_code, ABOUTS), *_OF_TABLETS)
    alone = {load_phrases(one).say(code): code for code in codes for one in OFFERED}
    return {**alone, **{_in_both(code): code for code in codes}}
