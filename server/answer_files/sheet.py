"""A table that somebody saved as CSV, read whatever their spreadsheet made of it.

Encodings: UTF-8 with and without its mark, UTF-16, Windows-1256 (Arabic) and 1252. Separators:
comma, semicolon, tab, bar. Cells may be quoted and have line ends within (RFC 4180). Nothing is
believed: what cannot be read is said, and nothing of it is kept.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync import limits, typed
from sync.errors import Refusal

BYTES_MAX = 4 * 1024 * 1024
ROWS_MAX = 10_000
_CELLS_MAX = 60
_CELL_CHARS_MAX = 8 * limits.NOTE_CHARS_MAX
_SEPARATORS = ";,\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOUGHTS_APART = 12
"""Letters of UTF-16 in which there is a separator or a space, even in Arabic."""
_ARABIC_WORD = re.compile(r"\b[\u0621-\u064a]{2,}\b")
_GUARDS = ("'=", "'+", "'-", "'@")
"""What `server.web.csv` puts before a cell that begins like a formula: taken off again."""


class SheetEmpty(Refusal):
    """No file was chosen, or it has no row below its head."""

    code = "sheet_empty"


class SheetUnreadable(Refusal):
    """A file that is no table of text: a workbook, a picture, a torn quotation."""

    code = "sheet_unreadable"


class SheetTooLong(Refusal):
    """A file of more rows than are taken at once."""

    code = "sheet_too_long"


class ColumnLacking(Refusal):
    """A table without a column that it needs."""

    code = "sheet_column_lacking"


class ColumnTwice(Refusal):
    """A table that has a column twice: which one counts?"""

    code = "sheet_column_twice"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its number as a spreadsheet shows it, and its cells by column.

    `is_wide`: it has more cells than the head, so a separator stands where none was meant.
    """

    number: int
    cells: Mapping[str, str]
    is_wide: bool = False


def read_sheet(
    content: bytes, names: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> list[Line]:
    """Return the rows of a table that have anything in a known column.

    Args:
        names: column -> what it may be called, in any language; others are passed over.
        needed: columns that there must be.

    Raises:
        SheetEmpty, SheetUnreadable, SheetTooLong, ColumnLacking, ColumnTwice: as they say.
    """
    if not content.strip():
        raise SheetEmpty("sheet: empty")
    text = _decoded(content)
    if re.match(r"sep=.\r?\n", text, re.IGNORECASE):  # for Excel alone
        text = text.partition("\n")[2]
    known = {_plain(word): column for column, words in names.items() for word in (column, *words)}
    separator = _separator(text, known)
    found, head, rows = [], None, 0
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1
        ):
            if not any(map(str.strip, cells)):
                continue
            if head is None:
                head = _head(cells, known, needed)
                continue
            rows += 1
            if rows > ROWS_MAX:
                raise SheetTooLong(f"sheet: over {ROWS_MAX} rows", most=ROWS_MAX)
            line = _line(number, cells, head)
            if any(line.cells.values()):
                found.append(line)
    except csv.Error as fault:
        raise SheetUnreadable("sheet: no table") from fault
    if not found:
        raise SheetEmpty("sheet: no rows")
    return found


def _line(number: int, cells: Sequence[str], head: Sequence[str]) -> Line:
    pairs = zip(head, cells, strict=False)
    values = {name: _unguarded(cell) for name, cell in pairs if name}
    return Line(number, values, is_wide=any(map(str.strip, cells[len(head) :])))


def _unguarded(cell: str) -> str:
    if len(cell) > _CELL_CHARS_MAX:
        raise SheetUnreadable("sheet: a cell without end")
    plain = typed.text(cell)
    return plain[1:] if plain.startswith(_GUARDS) else plain


def _head(cells: Sequence[str], known: Mapping[str, str], needed: Sequence[str]) -> list[str]:
    """Return of each cell of the head its column, "" of an unknown one."""
    if len(cells) > _CELLS_MAX:
        raise SheetUnreadable("sheet: too many columns")
    head = [known.get(_plain(cell), "") for cell in cells]
    for column in filter(None, head):
        if head.count(column) > 1:
            raise ColumnTwice(f"sheet: {column} twice", column=column)
    for column in needed:
        if column not in head:
            raise ColumnLacking(f"sheet: no {column}", column=column)
    return head


def _plain(word: str) -> str:
    return typed.line(word).casefold()


def _separator(text: str, known: Mapping[str, str]) -> str:
    """Return the separator by which the first line has most of the columns that are known."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(
        _SEPARATORS,
        key=lambda one: sum(_plain(cell.strip(' "')) in known for cell in first.split(one)),
    )


def _decoded(content: bytes) -> str:
    """Return a file's text. Raises SheetUnreadable."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _read(content, encoding)
    high, low = content[:400:2].count(0), content[1:400:2].count(0)
    # UTF-16 without its mark: the high byte of separators and spaces is nought, again and again.
    if max(high, low) * _NOUGHTS_APART > len(content[:400:2]):
        return _read(content, "utf-16-be" if high > low else "utf-16-le")
    try:
        return _text(content.decode("utf-8"))
    except UnicodeDecodeError:
        return _text(_legacy(content))


def _legacy(content: bytes) -> str:
    """Return the text of a file of Windows: in Arabic where it has a word of Arabic letters alone.

    1256 has the small accented letters of French where 1252 has them; capital ones are Arabic
    letters in it, but stand within words of others.
    """
    arabic = content.decode("cp1256", errors="replace")
    if _ARABIC_WORD.search(arabic):
        return arabic
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return arabic


def _read(content: bytes, encoding: str) -> str:
    try:
        return _text(content.decode(encoding))
    except UnicodeDecodeError as fault:
        raise SheetUnreadable("sheet: torn text") from fault


def _text(text: str) -> str:
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):  # a workbook, a picture
        raise SheetUnreadable("sheet: not a text")
    return text
