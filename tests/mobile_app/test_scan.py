"""Codes read out of pictures: the port's contract, real squares, and where they lead."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from mobile_app.device import scan
from mobile_app.qr import qr
from mobile_app.screens.find.presenter import FindPresenter
from sync.rules import scanned
from sync.rules.codes import short_code
from tests.mobile_app.scenes import a_context
from tests.world import HOME


class LibraryScanner:
    """ZXing in C++, in place of the one in Java: the same steps before it, the same library."""

    is_there = True

    def read(self, picture):
        grey = scan.grey_of(picture)
        if grey is None:
            return ""
        pixels, wide, high = grey
        found = zxingcpp.read_barcodes(Image.frombytes("L", (wide, high), pixels))
        return found[0].text if found else ""


def photo_of(text, path, *, size=(2_400, 3_200), turned=0):
    """Write a picture of a code as a tablet's camera takes it: large, askew, not quite sharp."""
    modules = qr(text)
    side = len(modules)
    square = Image.new("L", (side + 8, side + 8), 255)
    for y, row in enumerate(modules):
        for x, is_dark in enumerate(row):
            square.putpixel((x + 4, y + 4), 20 if is_dark else 235)
    across = size[0] // 2
    square = square.resize((across, across), Image.Resampling.NEAREST).rotate(4, fillcolor=200)
    sheet = Image.new("L", size, 200)
    sheet.paste(square, (size[0] // 4, size[1] // 3))
    written = BytesIO()
    sheet.rotate(turned, expand=True).save(written, "JPEG", quality=70)
    path.write_bytes(written.getvalue())
    return path


SLIP = "NUQTA:DAY2:" + "0123456789ABCDEFGHJK" * 20


@pytest.mark.parametrize("turned", [0, 90, 180])
@pytest.mark.parametrize(
    "text", ["nuqta:https://nuqta.example#K7QF-2M9P", "nuqta:visit:W129-WQMJ:20782:received", SLIP]
)
def test_our_squares_are_read_off_a_photo_whichever_way_it_is_held(tmp_path, text, turned):
    assert LibraryScanner().read(photo_of(text, tmp_path / "a.jpg", turned=turned)) == text


@pytest.mark.parametrize(
    ("scanner", "text"),
    [(scan.NoScanner(), ""), (scan.FakeScanner("seen"), "seen"), (LibraryScanner(), "seen")],
    ids=lambda one: type(one).__name__,
)
def test_a_scanner_gives_a_text_or_nothing_and_leaves_the_picture(tmp_path, scanner, text):
    path = photo_of("seen", tmp_path / "a.jpg", size=(600, 800))
    before = path.read_bytes()
    assert scanner.read(path) == text
    assert path.read_bytes() == before, "whoever asked deletes it"


def test_what_is_no_picture_or_holds_no_code_is_nothing(tmp_path):
    for name, content in (("empty", b""), ("text", b"no picture"), ("cut", b"\xff\xd8\xff\xe0")):
        (tmp_path / name).write_bytes(content)
        assert scan.grey_of(tmp_path / name) is None
    Image.new("L", (300, 200), 255).save(tmp_path / "white.png")
    assert LibraryScanner().read(tmp_path / "white.png") == ""


def test_a_large_picture_is_made_small_before_it_is_read(tmp_path):
    Image.new("RGB", (4_000, 3_000)).save(tmp_path / "large.jpg")
    pixels, wide, high = scan.grey_of(tmp_path / "large.jpg")
    assert max(wide, high) <= scan.SIDE_PIXELS_MAX
    assert len(pixels) == wide * high


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("nuqta:https://n.example#K7QF", scanned.LINK, "nuqta:https://n.example#K7QF"),
        ("nuqta:visit:W129-WQMJ:20782:received", scanned.CODE, "W129-WQMJ"),
        ("W129-WQMJ", scanned.CODE, "W129-WQMJ"),
        ("https://elsewhere.example/x", scanned.NOTHING, ""),
        ("", scanned.NOTHING, ""),
        ("x" * 100_000, scanned.NOTHING, ""),
        ("WIFI:S:net;P:secret;;", scanned.NOTHING, ""),
    ],
)
def test_a_scanned_text_is_taken_for_what_it_is_and_bounded(text, kind, found):
    assert scanned.read(text) == scanned.Scanned(kind, found)


def test_the_slip_of_a_visit_opens_that_visit(tmp_path):
    context = a_context(tmp_path, "fr")
    visit = {"commune_code": HOME, "state": "ended", "started_at": context.now_ms()}
    record = context.opened.put("visit", visit).record_id
    find = FindPresenter(context)
    assert find.visit_of(short_code(record)) == record
    assert find.visit_of(short_code(record).lower()) == record
    assert find.visit_of("0000-0000") == b""
