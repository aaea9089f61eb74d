"""What a phone is sent: the templates, in which language, and how many segments each may cost.

Each language that messages are written in has all templates, in `messages.po` of its catalogue. One
without them all is written in the language that lends it words: a message in two is read by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from server.phrases import load_phrases
from server.sms.segments import count, plain
from sync.languages import FALLBACK, LANGUAGES
from sync.phrases import Phrases

_DEFAULT = "ar"
"""Who speaks a language that no message is written in reads this one."""


@dataclass(frozen=True, slots=True)
class Template:
    """How long a message may be that begins with a template.

    Attributes:
        segments: what it may cost, in whichever language, with the longest values.
        cut: the value that is shortened, as far as it must: it has no length of its own.
    """

    segments: int
    cut: str = ""


TEMPLATES: Mapping[str, Template] = {
    "portal.message": Template(1),
    "portal.claim.message": Template(1),
    "notice.submitted": Template(1),
    "notice.submitted.due": Template(1),
    "notice.info_requested": Template(3, cut="papers"),
    "notice.info_requested.words": Template(1),
    "notice.approved": Template(1),
    "notice.rejected": Template(2),
    "notice.rejected.why": Template(2),
    "notice.delivered": Template(1),
    "notice.taken_back": Template(1),
    "notice.restated": Template(2),
    "notice.restated.complaint": Template(2),
    "notice.state": Template(1),
    "notice.state.due": Template(1),
    "notice.unknown": Template(1),
    "notice.order.seller.asked": Template(2, cut="product"),
    "notice.order.seller.withdrawn": Template(1),
    "notice.order.buyer.accepted": Template(2, cut="product"),
    "notice.order.buyer.declined": Template(1),
    "notice.order.buyer.handed_over": Template(1),
    "notice.order.buyer.cancelled": Template(1),
    "notice.order.buyer.expired": Template(1),
    "notice.complaint": Template(1),
    "notice.complaint.own": Template(1),
}
"""By the code of what a message begins with."""
FOLLOWING = ("notice.appeal", "notice.appeal.until")
"""Templates that stand behind another in its message."""
_MORE = "…"


@cache
def phrases_of(language: str) -> Phrases:
    """Return the words in which somebody of a language is written to."""
    return load_phrases(written_in(language))


def written_in(language: str) -> str:
    """Return the language in which messages are written to somebody who chose one."""
    known = language if language in LANGUAGES else _DEFAULT
    own = load_phrases(known).messages
    return known if all(code in own for code in (*TEMPLATES, *FOLLOWING)) else FALLBACK[known]


def cost(body: str) -> int:
    """Return how many segments a message costs as it goes out, in the letters that cost less."""
    return count(plain(body))


def compose(phrases: Phrases, begins: str, /, *following: str, **values: object) -> str:
    """Return a message: of a template, and of those that follow, on one line.

    Args:
        values: what the templates leave open.
    """
    template = TEMPLATES[begins]

    def said(**cut: str) -> str:
        words = (phrases.say(one, **{**values, **cut}) for one in (begins, *following))
        return " ".join(words)

    body = said()
    if not template.cut or cost(body) <= template.segments:
        return body
    whole = str(values[template.cut])
    least, most = 0, len(whole)
    while least < most:  # the longest beginning that has room
        length = (least + most + 1) // 2
        fits = cost(said(**{template.cut: whole[:length] + _MORE})) <= template.segments
        least, most = (length, most) if fits else (least, length - 1)
    return said(**{template.cut: whole[:least].rstrip() + _MORE})
