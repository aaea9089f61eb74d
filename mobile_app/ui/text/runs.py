"""Unicode bidirectional levels and visual runs, standard library only.

Covers P2-P3, W1-W7, N0 (brackets), N1-N2, I1-I2, L1-L2 and LRM/RLM/ALM.
Explicit embeddings and isolates are treated as neutral: UI strings and form
values of a field app do not need them. Checked in the tests against python-bidi.
"""

import unicodedata
from functools import lru_cache

_PAIRS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩", "〈": "〉"}
_CLOSE = {v: k for k, v in _PAIRS.items()}
_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NI = {"B", "S", "WS", "ON", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}


def base_direction(text, default="ltr"):
    """First strong character decides (P2, P3)."""
    for ch in text:
        strong = _STRONG.get(unicodedata.bidirectional(ch))
        if strong:
            return "ltr" if strong == "L" else "rtl"
    return default


def _weak(types, sor):
    prev_strong = prev = sor
    for i, t in enumerate(types):
        if t == "NSM":  # W1
            types[i] = t = prev
        if t == "EN" and prev_strong == "AL":  # W2
            types[i] = t = "AN"
        elif t in ("L", "R", "AL"):
            prev_strong = t
        prev = t
    types[:] = ["R" if t == "AL" else t for t in types]  # W3
    n = len(types)
    for i in range(1, n - 1):  # W4
        a, t, b = types[i - 1], types[i], types[i + 1]
        if t == "ES" and a == b == "EN":
            types[i] = "EN"
        elif t == "CS" and a == b and a in ("EN", "AN"):
            types[i] = a
    i = 0
    while i < n:  # W5
        if types[i] == "ET":
            j = i
            while j < n and types[j] == "ET":
                j += 1
            if (i and types[i - 1] == "EN") or (j < n and types[j] == "EN"):
                types[i:j] = ["EN"] * (j - i)
            i = j
        else:
            i += 1
    strong = sor
    for i, t in enumerate(types):  # W6, W7
        if t in ("ES", "ET", "CS"):
            types[i] = "ON"
        elif t == "EN" and strong == "L":
            types[i] = "L"
        elif t in ("L", "R"):
            strong = t


def _side(t):
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(t)


def _brackets(text, types, orig, emb, sor):  # N0
    stack: list = []
    pairs: list = []
    for i, ch in enumerate(text):
        if types[i] != "ON":
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
            before = next((s for s in map(_side, reversed(types[:a])) if s), sor)
            d = before if before != emb else emb
        else:
            continue
        for k in (a, b):
            types[k] = d
            m = k + 1
            while m < len(types) and orig[m] == "NSM":
                types[m] = d
                m += 1


def _neutral(types, emb, sor):  # N1, N2
    i, n = 0, len(types)
    while i < n:
        if types[i] in _NI:
            j = i
            while j < n and types[j] in _NI:
                j += 1
            left = _side(types[i - 1]) if i else sor
            right = _side(types[j]) if j < n else sor
            types[i:j] = [left if left == right else emb] * (j - i)
            i = j
        else:
            i += 1


@lru_cache(maxsize=4096)
def levels(text, base="auto"):
    """Embedding level of every character of one line or paragraph."""
    if base not in ("ltr", "rtl"):
        base = base_direction(text)
    para = 1 if base == "rtl" else 0
    emb = "R" if para else "L"
    orig = [unicodedata.bidirectional(ch) or "L" for ch in text]
    types = list(orig)
    _weak(types, emb)
    _brackets(text, types, orig, emb, emb)
    _neutral(types, emb, emb)
    out = []
    for t in types:  # I1, I2
        if para == 0:
            out.append({"R": 1, "AN": 2, "EN": 2}.get(t, 0))
        else:
            out.append(1 if t == "R" else 2)
    tail = True  # L1
    for i in range(len(text) - 1, -1, -1):
        if orig[i] in ("B", "S"):
            out[i], tail = para, True
        elif orig[i] in ("WS", "LRI", "RLI", "FSI", "PDI", "BN") and tail:
            out[i] = para
        else:
            tail = False
    return tuple(out)


def visual_order(lv):
    """Indices of `lv` in display order (L2)."""
    order = list(range(len(lv)))
    if not lv:
        return order
    for level in range(max(lv), 0, -1):
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


@lru_cache(maxsize=4096)
def visual_runs(text, base="auto"):
    """Tuple of (start, end, rtl, script) in the order they are drawn.

    A run has one level and one script, so one font and one HarfBuzz call can
    draw it. `start:end` are logical indices into `text`.
    """
    lv = levels(text, base)
    runs: list = []
    prev_script = None
    for i, ch in enumerate(text):
        script = script_of(ch)
        if prev_script and (unicodedata.combining(ch) or ch in _INHERIT):
            script = prev_script
        prev_script = script
        if runs and runs[-1][2] == lv[i] and runs[-1][3] == script:
            runs[-1][1] = i + 1
        else:
            runs.append([i, i + 1, lv[i], script])
    order = visual_order([r[2] for r in runs])
    return tuple((runs[k][0], runs[k][1], bool(runs[k][2] & 1), runs[k][3]) for k in order)
