"""Unicode bidirectional levels and visual runs, standard library only (UAX #9).

Covers P2-P3, W1-W7, N0 (brackets), N1-N2, I1-I2, L1-L2 and LRM/RLM/ALM. Explicit embeddings and
isolates are treated as neutral: the words and values of a field app do not need them. Checked in
the tests against python-bidi.

A line is handled as a string of its characters' classes, a letter each, so that each rule is one
replacement of the regular expressions' own machine: a slow tablet has no time for a Python loop
over the letters of everything that is drawn. "٣ km" in a line from the right, in three steps:
`NWLL` (number, space, letters), after N1-N2 `NRLL` (the space runs with the line), as levels
`2122`; drawn from the left that is "km ٣".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

_PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "〈": "〉"}
_CLOSE = {v: k for k, v in _PAIRS.items()}
_BRACKET = re.compile("[" + re.escape("".join([*_PAIRS, *_CLOSE])) + "]")
_LETTERS = {
    "L": "L", "R": "R", "AL": "A", "EN": "E", "AN": "N", "ES": "S", "ET": "T", "CS": "C",
    "NSM": "M", "B": "B", "S": "G", "WS": "W", "ON": "O",
    **dict.fromkeys(("LRI", "RLI", "FSI", "PDI", "BN"), "I"),
    **dict.fromkeys(("LRE", "RLE", "LRO", "RLO", "PDF"), "F"),
}  # fmt: skip
"""The letter that stands for a class."""
_NEUTRAL = "[BGWOIF]+"
_OPEN_BRACKETS_MAX = 63
"""BD16: what opens within more than these is not paired."""

_Becomes = Callable[[re.Match[str]], str]
_Rule = tuple[Callable[[_Becomes, str], str], _Becomes]


class Run(NamedTuple):
    """A piece of a line with one level and one script, so that one font and one call draw it.

    `start:end` are logical indices into the text.
    """

    start: int
    end: int
    is_rtl: bool
    script: str  # "Latn", "Arab" or "Tfng"


class _Classes(dict[int, str]):
    """Character -> the letter of its class, for `str.translate`; filled as they come."""

    def __missing__(self, point: int) -> str:
        found = self[point] = _LETTERS[unicodedata.bidirectional(chr(point)) or "L"]
        return found


class _Scripts(dict[int, str]):
    """Character -> L, A or T for its script, i for that of the character before it."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        is_bound = unicodedata.combining(character) or character in _INHERIT
        found = self[point] = "i" if is_bound else _script_of(character)[0]
        return found


def base_direction(text: str, default: str = "ltr") -> str:
    """Return "ltr" or "rtl" by the first strong character (P2, P3); `default` without one."""
    strong = _STRONG.search(text.translate(_CLASSES))
    if strong is None:
        return default
    return "ltr" if strong[0] == "L" else "rtl"


def _rule(pattern: str, becomes: str | _Becomes) -> _Rule:
    """Return what replaces, and by what; a letter takes the place of each that is found."""
    if isinstance(becomes, str):
        letter = becomes
        return re.compile(pattern).sub, lambda found: letter * len(found[0])
    return re.compile(pattern).sub, becomes


def _apply(rule: _Rule, types: str) -> str:
    replace, becomes = rule
    return replace(becomes, types)


_STRONG = re.compile("[LRA]")
_W1 = _rule("(.)M+", lambda found: found[1] * len(found[0]))
_W2 = _rule("A[^LR]*", lambda found: found[0].replace("E", "N"))
_W4 = (_rule("(?<=E)[SC](?=E)", "E"), _rule("(?<=N)C(?=N)", "N"))
_W5 = _rule("(?<=E)T+|T+(?=E)", "E")
_W7 = _rule("L[^R]*", lambda found: found[0].replace("E", "L"))
_N1 = {
    "L": _rule(f"(?<=[REN]){_NEUTRAL}(?=[REN])", "R"),
    "R": _rule(f"(?<=L){_NEUTRAL}(?=L)", "L"),
}
"""Between what runs against the line; all other neutrals run with it."""
_N2 = {emb: str.maketrans(dict.fromkeys("BGWOIF", emb)) for emb in "LR"}
_LEVELS = {
    "L": str.maketrans({"L": "0", "R": "1", "E": "2", "N": "2"}),
    "R": str.maketrans({"L": "2", "R": "1", "E": "2", "N": "2"}),
}
_W3_W6 = str.maketrans({"A": "R", "S": "O", "T": "O", "C": "O"})
_L1 = re.compile("[WI]*[BG]|[WI]+$")


_SIDES = {"L": "L", "R": "R", "E": "R", "N": "R"}
"""N0 counts numbers as running from the right."""


def _bracket_pairs(text: str, types: str) -> list[tuple[int, int]]:
    """Return where brackets open and close, in the order in which they open (BD16)."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        if types[at] != "O":
            continue
        if character in _PAIRS:
            if len(opened) == _OPEN_BRACKETS_MAX:
                break
            opened.append((_PAIRS[character], at))
        elif character in _CLOSE:
            # The innermost that waits for this one; what was opened within stays unpaired.
            for depth in range(len(opened) - 1, -1, -1):
                if opened[depth][0] == character:
                    pairs.append((opened[depth][1], at))
                    del opened[depth:]
                    break
    return sorted(pairs)


def _turn_brackets(text: str, types: str, classes: str, embedding: str) -> str:
    """Let a pair of brackets run as what is within, or before, so that both look alike (N0)."""
    turned = list(types)
    for opening, closing in _bracket_pairs(text, types):
        inside = {_SIDES.get(letter) for letter in turned[opening + 1 : closing]} - {None}
        if not inside:
            continue
        side = embedding
        if embedding not in inside:
            before = (_SIDES[letter] for letter in reversed(turned[:opening]) if letter in _SIDES)
            side = next(before, embedding)
        for bracket in (opening, closing):
            turned[bracket] = side
            mark = bracket + 1  # marks upon a bracket go with it
            while mark < len(turned) and classes[mark] == "M":
                turned[mark] = side
                mark += 1
    return "".join(turned)


@lru_cache(maxsize=4096)
def levels(text: str, base: str = "auto") -> tuple[int, ...]:
    """Return the embedding level of every character of one line; odd ones run from the right.

    Args:
        base: "ltr", "rtl", or "auto": as its first strong character.
    """
    if base not in ("ltr", "rtl"):
        base = base_direction(text)
    embedding = "R" if base == "rtl" else "L"
    classes = text.translate(_CLASSES)
    types = embedding + classes  # what goes before the line, by X10: no rule need ask for its start
    # Each rule is asked only where it could find something: most lines are of one script.
    if "M" in types:
        types = _apply(_W1, types)
    if "E" in types:
        types = _apply(_W2, types)
    if "E" in types or "N" in types:
        for rule in (*_W4, _W5):
            types = _apply(rule, types)
    types = types.translate(_W3_W6)
    if "E" in types:
        types = _apply(_W7, types)
    types = types[1:]
    if _BRACKET.search(text):
        types = _turn_brackets(text, types, classes, embedding)
    found = _apply(_N1[embedding], types).translate(_N2[embedding]).translate(_LEVELS[embedding])
    of_line = _LEVELS[embedding][ord(embedding)]
    for blank in _L1.finditer(classes):
        start, end = blank.span()
        found = found[:start] + of_line * (end - start) + found[end:]
    return tuple(map(int, found))


def visual_order(line_levels: Sequence[int]) -> list[int]:
    """Return the indices of `line_levels` from left to right (L2).

    From the highest level down to 1, each stretch at or above the level is turned round.
    """
    order = list(range(len(line_levels)))
    if not order:
        return order
    lowest, highest = min(line_levels), max(line_levels)
    if lowest == highest:
        return order[::-1] if highest % 2 else order
    for level in range(highest, 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and line_levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _script_of(character: str) -> str:
    point = ord(character)
    if any(first <= point <= last for first, last in _ARABIC):
        return "Arab"
    first, last = _TIFINAGH
    return "Tfng" if first <= point <= last else "Latn"


_ARABIC = ((0x600, 0x6FF), (0x750, 0x77F), (0x870, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
_TIFINAGH = (0x2D30, 0x2D7F)
_INHERIT = {"\u200c", "\u200d", "\u0640"}
"""Joiners and the lengthening stroke: of the script they stand in."""
_SCRIPT = {"A": "Arab", "T": "Tfng", "L": "Latn"}
_BOUND = _rule("(.)i+", lambda found: found[1] * len(found[0]))
_CLASSES, _SCRIPTS = _Classes(), _Scripts()


@lru_cache(maxsize=4096)
def visual_runs(text: str, base: str = "auto") -> tuple[Run, ...]:
    """Return the runs of one line, from left to right; `base` as `levels`."""
    scripts = text.translate(_SCRIPTS)
    if scripts[:1] == "i":
        scripts = _script_of(text[0])[0] + scripts[1:]
    if "i" in scripts:
        scripts = _apply(_BOUND, scripts)
    run_levels: list[int] = []
    runs: list[Run] = []
    start = 0
    for (level, script), same in groupby(zip(levels(text, base), scripts, strict=True)):
        end = start + len(list(same))
        run_levels.append(level)
        runs.append(Run(start, end, level % 2 == 1, _SCRIPT[script]))
        start = end
    return tuple(map(runs.__getitem__, visual_order(run_levels)))
