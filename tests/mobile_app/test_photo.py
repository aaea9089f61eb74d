"""A picture is small, upright and says nothing of where it was taken; a blurred page is noticed."""

from __future__ import annotations

import random
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from mobile_app.device import photo
from mobile_app.device.photo import PHOTO_BYTES_MAX, SHARPNESS_LEAST, PictureUnreadable, shrink
from mobile_app.device.storage import (
    DiskStorage,
)

FONTS = Path(photo.__file__).parent.parent / "assets" / "fonts"
LETTERS = {
    "NotoSansArabic-Regular.ttf": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "NotoSans-Regular.ttf": "abcdefghijklmnopqrstuvwxyz",
}
ORIENTATION, GPS = 0x0112, 0x8825


def as_bytes(image, form="PNG", **more):
    file = BytesIO()
    image.save(file, form, **more)
    return file.getvalue()


def a_page(lines=40, size=22, ink=40, paper=235):
    """Return a page of nonsense in both scripts, in uneven light, with a sensor's noise."""
    random.seed(1)
    image = Image.new("L", (1200, 1600), paper)
    draw = ImageDraw.Draw(image)
    for line in range(lines):
        font, letters = random.choice(list(LETTERS.items()))
        words = ("".join(random.choices(letters, k=random.randint(2, 9))) for _ in range(9))
        place = 80, 100 + int(line * size * 1.8)
        draw.text(place, " ".join(words), ink, ImageFont.truetype(FONTS / font, size))
    light = Image.linear_gradient("L").resize(image.size).point(lambda grey: 128 + grey // 2)
    return ImageChops.multiply(image, light)


def noisy(image, strength=3):
    return ImageChops.add(image, Image.effect_noise(image.size, strength), offset=-128)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (640, 480)])
def test_the_worst_of_pictures_fits_and_keeps_its_shape(size):
    noise = Image.merge("RGB", [Image.effect_noise(size, 120) for _ in "rgb"])
    small = shrink(as_bytes(noise, "JPEG"))

    assert len(small.content) <= PHOTO_BYTES_MAX
    opened = Image.open(BytesIO(small.content))
    assert (opened.format, opened.size) == ("WEBP", (small.width, small.height))
    assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.01)
    assert small.sha256 == sha256(small.content).hexdigest()


def test_what_fits_uses_the_room():
    page = noisy(a_page().resize((2400, 3200)), 12)
    assert PHOTO_BYTES_MAX * 0.85 < len(shrink(as_bytes(page)).content) <= PHOTO_BYTES_MAX


def test_the_cameras_turn_is_applied_and_its_notes_are_dropped(tmp_path):
    image = Image.new("RGB", (400, 200), "white")
    image.paste("black", (0, 0, 200, 200))  # the left half; turned right, it is the upper
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    path = tmp_path / "camera.jpg"
    image.save(path, exif=exif)

    small = shrink(path)

    opened = Image.open(BytesIO(small.content))
    assert (small.width, small.height) == (200, 400)
    upper, lower = (opened.getpixel((100, y))[0] for y in (50, 350))
    assert (upper < 40, lower > 215) == (True, True)
    assert not opened.getexif()
    assert b"Exif" not in small.content


def noted(notes):
    """Return a JPEG, black above and white below, with these notes of a camera in it."""
    image = Image.new("RGB", (200, 400), "white")
    image.paste("black", (0, 0, 200, 200))
    return as_bytes(image, "JPEG", exif=b"Exif\0\0" + notes)


ONE_NOTE = b"II*\0\x08\0\0\0\x01\0"
"""Of TIFF: one entry follows, of twelve bytes: tag, type, count, value."""
BROKEN_NOTES = {
    "nonsense": b"nonsense" * 9,
    "cut off": b"II*\0\x08",
    "cut off in an entry": ONE_NOTE + b"\x12\x01\x03",
    "a place beyond the end": b"II*\0\xff\xff\xff\x7f",
    "no such type": ONE_NOTE + b"\x12\x01\x63\0\x01\0\0\0\x06\0\0\0" + bytes(4),
    "too many turns": ONE_NOTE + b"\x12\x01\x03\0\xff\xff\xff\x7f\x06\0\0\0" + bytes(4),
    "a turn in words": ONE_NOTE + b"\x12\x01\x02\0\x04\0\0\0six\0" + bytes(4),
    "a turn by nothing": ONE_NOTE + b"\x12\x01\x05\0\x01\0\0\0\x1a\0\0\0" + bytes(12),
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says what is broken
@pytest.mark.parametrize("notes", BROKEN_NOTES)
def test_a_picture_whose_notes_are_broken_is_kept_as_it_lies(notes):
    small = shrink(noted(BROKEN_NOTES[notes]))

    opened = Image.open(BytesIO(small.content))
    assert (small.width, small.height) == (200, 400)
    upper, lower = (opened.getpixel((100, y))[0] for y in (50, 350))
    assert (upper < 40, lower > 215) == (True, True)


def test_of_notes_broken_elsewhere_the_turn_is_still_read():
    turn = b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
    broken = b"\x69\x87\x04\0\x01\0\0\0\xff\xff\xff\x7f"  # more notes, beyond the end
    small = shrink(noted(b"II*\0\x08\0\0\0\x02\0" + turn + broken + bytes(4)))
    assert (small.width, small.height) == (400, 200)


@pytest.mark.parametrize("mode", ["1", "P", "L", "LA", "RGBA"])
def test_every_kind_of_picture_becomes_one_on_white_paper(mode):
    small = shrink(as_bytes(Image.new(mode, (8, 8))))
    assert (small.width, small.height) == (8, 8)
    is_clear = mode in ("LA", "RGBA")
    assert (Image.open(BytesIO(small.content)).getpixel((4, 4))[0] > 128) is is_clear


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture" * 9, as_bytes(Image.new("RGB", (99, 99)), "JPEG")[:300],
     as_bytes(Image.new("1", (9_000, 9_000)))],
    ids=["empty", "text", "cut off", "huge"],
)  # fmt: skip
def test_what_is_no_picture_is_said_to_be_none(content):
    with pytest.raises(PictureUnreadable):
        shrink(content)


PAGES = {
    "dense": {},
    "few lines": {"lines": 3, "size": 30, "ink": 50, "paper": 220},
    "small print": {"size": 14, "ink": 60, "paper": 220},
    "large print": {"size": 44, "ink": 30, "paper": 240, "lines": 18},
    "faint": {"lines": 20, "size": 30, "ink": 90, "paper": 200},
}
"""How each is drawn, when it is wanted: not as tests are collected."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_out_of_focus_is_told_from_one_in_focus(name):
    page = a_page(**PAGES[name])
    sharp = noisy(page)
    blurred = [noisy(page.filter(ImageFilter.GaussianBlur(r))) for r in (2, 3, 5)]

    assert photo.sharpness(sharp) > SHARPNESS_LEAST * 1.5
    assert max(map(photo.sharpness, blurred)) < SHARPNESS_LEAST


def test_a_blurred_page_is_called_so():
    page = a_page(**PAGES["few lines"])
    assert shrink(as_bytes(page)).quality == "sharp"
    assert shrink(as_bytes(page.filter(ImageFilter.GaussianBlur(3)))).quality == "blurred"


def test_a_single_pixel_has_no_writing():
    assert photo.sharpness(Image.new("L", (1, 1))) == 0


def test_the_disk_says_what_is_free(tmp_path):
    assert DiskStorage(tmp_path).free_bytes() > 0
