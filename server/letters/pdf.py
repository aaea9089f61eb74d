"""A receipt or a letter as PDF, A4: French and Arabic beside each other, its square below.

HarfBuzz shapes the letters and fpdf2 lays the lines by the bidirectional algorithm: a number after
an Arabic word keeps its direction by the isolates that `sync.phrases` writes around it.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno

from server.phrases import load_phrases

_FONTS = Path(__file__).parent.parent.parent / "mobile_app" / "assets" / "fonts"
"""The tablet's, since the server runs from the tree: those of its pages are cut and packed."""
_MARGIN, _GAP, _WIDTH, _HEIGHT = 18.0, 10.0, 210.0, 297.0
_COLUMN = (_WIDTH - 2 * _MARGIN - _GAP) / 2
_LINE, _SIZE, _SQUARE = 6.0, 10.5, 42.0
_LEFT = {"ltr": _MARGIN, "rtl": _MARGIN + _COLUMN + _GAP}
_NUMBER = re.compile(r"[0-9A-Za-z]+(?:[-/.:][0-9A-Za-z]+)+")
"""A number, a date or a code that somebody typed: of it nothing changes places."""
_PARTS = ("greeting", "body", "decided", "reason", "amount", "pieces", "after")
"""What a column says of a letter, in its order."""


# They tell which letters they write: nothing of a paper is in a log.
logging.getLogger("fontTools").setLevel(logging.WARNING)
logging.getLogger("fpdf").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Seal:
    """What proves a paper: the text of its square, the code to be typed, and where it is typed."""

    square: str
    code: str
    url: str


def draw(columns: Sequence[dict[str, Any]], titles: Sequence[str], seal: Seal) -> bytes:
    """Return the PDF; a quarter of a second.

    Args:
        columns: the letter in each language, as `words.letter_of` returns it.
        titles: what the paper is, in each of these languages.
    """
    page = _Page()
    for column, title in zip(columns, titles, strict=True):
        page.begin_column(column["language"].direction)
        page.write(title, bold=True, size=15)
        page.write(column["office"], bold=True)
        page.write(column["on"])
        page.write(f"{column['subject']} {_isolated(column['number'])}", bold=True)
        for part in _PARTS:
            lines = column[part] if isinstance(column[part], list) else [column[part]]
            for line in lines:
                page.write(f"– {line}" if part == "pieces" else line)
    page.end_columns()
    if words := columns[0]["words"]:
        # Once, over both: as they were typed they are of one language.
        page.write(_NUMBER.sub(lambda found: _isolated(found[0]), words))
    phrases = [load_phrases(column["language"].code) for column in columns]
    page.seal(seal, [one.say("letter.check", url=one.code(seal.url)) for one in phrases])
    return page.end()


def _isolated(code: str) -> str:
    return f"\u2066{code}\u2069"


class _Page:
    """A page that is written from above, in two columns or over both."""

    def __init__(self) -> None:
        # Half a second: no start of the server and no job waits for what few pages need.
        from fpdf import FPDF  # noqa: PLC0415

        self._pdf = FPDF(format="A4")
        self._pdf.set_margin(_MARGIN)
        self._pdf.set_auto_page_break(auto=True, margin=_MARGIN)
        for family, file in (("latin", "NotoSans"), ("arabic", "NotoSansArabic")):
            for style, weight in (("", "Regular"), ("B", "Bold")):
                self._pdf.add_font(family, style, _FONTS / f"{file}-{weight}.ttf")
        self._pdf.add_font("tifinagh", "", _FONTS / "NotoSansTifinagh-Regular.ttf")
        self._pdf.set_title("Nuqta")
        self._pdf.add_page()
        self._top = self._lowest = self._pdf.get_y()
        self._left, self._width = _MARGIN, _WIDTH - 2 * _MARGIN
        self._column = ""

    def begin_column(self, direction: str) -> None:
        """Write from here on in the column of a direction, from its top."""
        self._left, self._width, self._column = _LEFT[direction], _COLUMN, direction
        self._pdf.set_y(self._top)

    def end_columns(self) -> None:
        """Write from here on over both columns, below them."""
        self._left, self._width, self._column = _MARGIN, _WIDTH - 2 * _MARGIN, ""
        self._pdf.set_y(self._lowest + _LINE / 2)

    def write(self, text: str, *, bold: bool = False, size: float = _SIZE) -> None:
        """Write a paragraph in its own direction, on its column's side; nothing of an empty one."""
        if not text:
            return
        direction = direction_of(text)
        is_arabic = direction == "rtl"
        self._pdf.set_font("arabic" if is_arabic else "latin", "B" if bold else "", size)
        self._pdf.set_fallback_fonts(
            ["latin" if is_arabic else "arabic", "tifinagh"], exact_match=False
        )
        self._pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if is_arabic else "ltr")
        self._pdf.set_x(self._left)
        self._pdf.multi_cell(
            self._width,
            _LINE * size / _SIZE,
            text,
            align="R" if (self._column or direction) == "rtl" else "L",
            new_x="LMARGIN",
            new_y="NEXT",
        )
        self._pdf.set_y(self._pdf.get_y() + _LINE / 3)
        self._lowest = max(self._lowest, self._pdf.get_y())

    def seal(self, seal: Seal, sentences: Sequence[str]) -> None:
        """Draw the square at the foot, and beside it how the paper is checked."""
        top = _HEIGHT - _MARGIN - _SQUARE
        if self._pdf.get_y() > top:
            self._pdf.add_page()
        # The margin of the foot is where the square stands: nothing of it goes to a new page.
        self._pdf.set_auto_page_break(auto=False)
        self._draw_square(seal.square, _MARGIN, top)
        self._left = _MARGIN + _SQUARE + _GAP / 2
        self._width = _WIDTH - _MARGIN - self._left
        self._pdf.set_y(top)
        self.write(seal.code, bold=True, size=13)
        for sentence in sentences:
            self.write(sentence, size=9)

    def _draw_square(self, text: str, left: float, top: float) -> None:
        rows = [[bool(one) for one in row] for row in segno.make(text, error="m").matrix]
        side = _SQUARE / len(rows)
        self._pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            x = 0
            while x < len(row):
                end = x
                while end < len(row) and row[end] == row[x]:
                    end += 1
                if row[x]:
                    # A hair over, or a reader sees white between two rows.
                    self._pdf.rect(
                        left + x * side, top + y * side, (end - x) * side, side + 0.02, style="F"
                    )
                x = end

    def end(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())


def direction_of(text: str) -> str:
    """Return the direction of a paragraph: that of its first letter outside of isolates."""
    depth = 0
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        depth += (kind in ("LRI", "RLI", "FSI")) - (kind == "PDI")
        if depth == 0 and kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"
