"""Unicode bidirectional levels and visual runs, standard library only.

Covers P2-P3, W1-W7, N0 (brackets), N1-N2, I1-I2, L1-L2 and LRM/RLM/ALM.
Explicit embeddings and isolates are treated as neutral: UI strings and form
values of a field app do not need them. Checked in the tests against python-bidi.

A line is handled as a string of its characters' classes, a letter each, so that each rule is one
replacement of the regular expressions' own machine: a slow tablet has no time for a Python loop
over the letters of everything that is drawn.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

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


class _Classes(dict):
    """Character -> the letter of its class, for `str.translate`; filled as they come."""

    def __missing__(self, point):
        found = self[point] = _LETTERS[unicodedata.bidirectional(chr(point)) or "L"]
        return found


class _Scripts(dict):
    """Character -> L, A or T for its script, i for that of the one before it."""

    def __missing__(self, point):
        ch = chr(point)
        is_bound = unicodedata.combining(ch) or ch in _INHERIT
        found = self[point] = "i" if is_bound else script_of(ch)[0]
        return found


def base_direction(text, default="ltr"):
    """First strong character decides (P2, P3)."""
    strong = _STRONG.search(text.translate(_CLASSES))
    if strong is None:
        return default
    return "ltr" if strong[0] == "L" else "rtl"


def _as(letter):
    return lambda found: letter * len(found[0])


def _rule(pattern, becomes):
    """Return a rule: what replaces, and by what; a letter takes the place of each."""
    if isinstance(becomes, str):
        becomes = _as(becomes)
    return re.compile(pattern).sub, becomes


def _apply(rule, types):
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


def _side(t):
    return {"L": "L", "R": "R", "E": "R", "N": "R"}.get(t)


def _brackets(text, types, orig, emb):  # N0
    stack: list = []
    pairs: list = []
    types = list(types)
    for i, ch in enumerate(text):
        if types[i] != "O":
            continue
        if ch in _PAIRS:
            if len(stack) == 63:
                break
            stack.append((_PAIRS[ch], i))
        elif ch in _CLOSE:
            for k in range(len(stack) - 1, -1, -1):
                if stack[k][0] == ch:
                    pairs.append((stack[k][1], i))
                    del stack[k:]
                    break
    for a, b in sorted(pairs):
        inside = {_side(t) for t in types[a + 1 : b]} - {None}
        if emb in inside:
            d = emb
        elif inside:
            before = next((s for s in map(_side, reversed(types[:a])) if s), emb)
            d = before if before != emb else emb
        else:
            continue
        for k in (a, b):
            types[k] = d
            m = k + 1
            while m < len(types) and orig[m] == "M":
                types[m] = d
                m += 1
    return "".join(types)


@lru_cache(maxsize=4096)
def levels(text, base="auto"):
    """Embedding level of every character of one line or paragraph."""
    if base not in ("ltr", "rtl"):
        base = base_direction(text)
    emb = "R" if base == "rtl" else "L"
    orig = text.translate(_CLASSES)
    types = emb + orig  # what stands before the line, by X10: no rule need ask for its start
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
        types = _brackets(text, types, orig, emb)
    out = _apply(_N1[emb], types).translate(_N2[emb]).translate(_LEVELS[emb])
    para = _LEVELS[emb][ord(emb)]
    for found in _L1.finditer(orig):
        at, end = found.span()
        out = out[:at] + para * (end - at) + out[end:]
    return tuple(map(int, out))


def visual_order(lv):
    """Indices of `lv` in display order (L2)."""
    order = list(range(len(lv)))
    if not lv:
        return order
    least, most = min(lv), max(lv)
    if least == most:
        return order[::-1] if most % 2 else order
    for level in range(most, 0, -1):
        i = 0
        while i < len(order):
            if lv[order[i]] >= level:
                j = i
                while j < len(order) and lv[order[j]] >= level:
                    j += 1
                order[i:j] = reversed(order[i:j])
                i = j
            else:
                i += 1
    return order


def script_of(ch):
    cp = ord(ch)
    if (
        0x0600 <= cp <= 0x06FF
        or 0x0750 <= cp <= 0x077F
        or 0x0870 <= cp <= 0x08FF
        or 0xFB50 <= cp <= 0xFDFF
        or 0xFE70 <= cp <= 0xFEFC
    ):
        return "Arab"
    if 0x2D30 <= cp <= 0x2D7F:
        return "Tfng"
    return "Latn"


_INHERIT = {"\u200c", "\u200d", "\u0640"}
_SCRIPT = {"A": "Arab", "T": "Tfng", "L": "Latn"}
_BOUND = _rule("(.)i+", lambda found: found[1] * len(found[0]))
_CLASSES, _SCRIPTS = _Classes(), _Scripts()


@lru_cache(maxsize=4096)
def visual_runs(text, base="auto"):
    """Tuple of (start, end, rtl, script) in the order they are drawn.

    A run has one level and one script, so one font and one HarfBuzz call can
    draw it. `start:end` are logical indices into `text`.
    """
    scripts = text.translate(_SCRIPTS)
    if scripts[:1] == "i":
        scripts = script_of(text[0])[0] + scripts[1:]
    if "i" in scripts:
        scripts = _apply(_BOUND, scripts)
    runs: list = []
    start = 0
    for (level, script), same in groupby(zip(levels(text, base), scripts, strict=True)):
        end = start + len(list(same))
        runs.append((level, start, end, script))
        start = end
    order = visual_order([one[0] for one in runs])
    return tuple(
        (start, end, level % 2 == 1, _SCRIPT[script])
        for level, start, end, script in map(runs.__getitem__, order)
    )
