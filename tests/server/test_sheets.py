"""A table, whatever the spreadsheet that it was saved by made of it."""

import pytest

from server.answer_files.rows import NEEDED, column_words
from server.answer_files.sheet import (
    ROWS_MAX,
    ColumnLacking,
    ColumnTwice,
    SheetEmpty,
    SheetTooLong,
    SheetUnreadable,
    read_sheet,
)
from server.web.csv import line

FRENCH = "référence;décision;explication\nAB12-CD3E;refuser;Pièce périmée, à refaire\n"
ARABIC = "المرجع;القرار;الشرح\nAB12-CD3E;رفض;الوثيقة منتهية\n"


def read(content):
    return read_sheet(content, column_words(), NEEDED)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_french_is_read_in_any_encoding(encoding):
    (row,) = read(FRENCH.encode(encoding))
    assert row.cells["words"] == "Pièce périmée, à refaire"
    assert row.cells["reference"] == "AB12-CD3E"
    assert row.number == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1256"])
def test_arabic_is_read_in_any_encoding(encoding):
    (row,) = read(ARABIC.encode(encoding))
    assert row.cells == {"reference": "AB12-CD3E", "decision": "رفض", "words": "الوثيقة منتهية"}


def test_capitals_of_french_are_no_arabic():
    (row,) = read("reference;decision;words\nA;B;CRÉÉE À AÏT ÊTRE\n".encode("cp1252"))
    assert row.cells["words"] == "CRÉÉE À AÏT ÊTRE"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_separator_and_line_ends_within_quotes(separator, end):
    rows = [["Reference", "autre", "decision", "words"], ["A", "x", "approved", '"a;b,c\nd ""e"""']]
    text = end.join([f"sep={separator}", *map(separator.join, rows), "", separator * 3, ""])
    (row,) = read(text.encode())
    assert row.cells == {"reference": "A", "decision": "approved", "words": 'a;b,c\nd "e"'}


def test_what_our_own_tables_guard_comes_back_as_it_was():
    text = line(["reference", "decision"]) + line(["-12", "=cmd()"])
    assert "'-12" in text
    (row,) = read(text.encode())
    assert row.cells == {"reference": "-12", "decision": "=cmd()"}


def test_a_row_with_cells_too_many_is_said_to_be():
    wide, short = read(b"reference,decision,words\nA,rejected,no, not now\nB,approved\n")
    assert (wide.is_wide, short.is_wide) == (True, False)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", SheetEmpty),
        (b" \r\n", SheetEmpty),
        (b"reference;decision\n;;\n", SheetEmpty),
        (b"PK\x03\x04\x14\x00" + b"\x00\x01\x02" * 90, SheetUnreadable),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), SheetUnreadable),
        (b"\xff\xfe\x00", SheetUnreadable),
        (b"reference;decision\nAB12-CD3E;app\x00roved\n", SheetUnreadable),
        (b'reference;decision;words\nA;rejected;"no\nB;approved;\n', SheetUnreadable),
        (b"reference;decision\n" + b"x" * 200_000 + b";y\n", SheetUnreadable),
        (b";" * 100 + b"\n", SheetEmpty),
        (b"a;" * 100 + b"\nx\n", SheetUnreadable),
        (b"reference;words\nA;b\n", ColumnLacking),
        ("decision;Décision;reference\nA;b;c\n".encode(), ColumnTwice),
        (b"reference;decision\n" + b"A;approved\n" * (ROWS_MAX + 1), SheetTooLong),
    ],
)
def test_what_is_no_such_table_is_refused_with_a_sentence(content, refusal):
    with pytest.raises(refusal):
        read(content)
