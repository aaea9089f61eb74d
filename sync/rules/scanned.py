"""What a scanned code is about: a tablet's link, a visit's slip, a signed paper, a code to look up.

nuqta:https://nuqta.example#K7QF-2M9P    LINK, the whole text: the form of the link reads it
nuqta:visit:W129-WQMJ:20782:received     CODE, W129-WQMJ
HTTPS://NUQTA.EXAMPLE/VERIFY/…            PAPER, the whole text: `sync.proof` reads it
W129-WQMJ                                CODE, as it is
"""

from __future__ import annotations

from dataclasses import dataclass

from sync import typed

LINK, CODE, PAPER, NOTHING = "link", "code", "paper", "nothing"
PAPER_PATH = "/VERIFY/"
"""In the address on a paper, before what is signed."""
_CHARS_MAX = 2_000
_VISIT = "nuqta:visit:"
_CODE_CHARS_MAX = 40


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code is, and its text: bounded, on one line."""

    kind: str
    text: str


def read(text: str) -> Scanned:
    """Return what a scanned text is. It is of anybody: nothing is believed of it here."""
    line = typed.line(text[:_CHARS_MAX])
    if line.startswith("nuqta:") and "#" in line:
        return Scanned(LINK, line)
    if PAPER_PATH in line.upper():
        return Scanned(PAPER, line)
    if line.startswith(_VISIT):
        line = line.removeprefix(_VISIT).partition(":")[0]
    is_code = 0 < len(line) <= _CODE_CHARS_MAX and ":" not in line and "/" not in line
    return Scanned(CODE, line) if is_code else Scanned(NOTHING, "")
