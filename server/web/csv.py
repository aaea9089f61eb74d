"""Lines of CSV, as a spreadsheet opens them: what our pages give as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def first_line(names: Iterable[str]) -> str:
    """Return the head of a table; its mark tells a spreadsheet that the file is UTF-8."""
    return "\ufeff" + line(names)


def line(cells: Iterable[str]) -> str:
    """Return a line of a table."""
    file = io.StringIO()
    csv.writer(file).writerow(_guarded(cell) for cell in cells)
    return file.getvalue()


def _guarded(cell: str) -> str:
    """Return a cell that a spreadsheet takes for no formula, whatever somebody is called."""
    return f"'{cell}" if cell.startswith(_BEGINS_FORMULA) else cell
