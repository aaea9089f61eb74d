"""A page that cannot be read is seen: bounds chosen on some pages, held against others.

Chosen on Noto Sans and Noto Serif; held out: DejaVu Sans and Serif, other sizes, inks and noise.
"""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from server.media import cleaner

FOLDER = "/usr/share/fonts/truetype"
CHOSEN = ("noto/NotoSans-Regular.ttf", "noto/NotoSerif-Regular.ttf")
HELD_OUT = ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSerif.ttf")
WORDS = [
    *("Le", "présent", "extrait", "certifie", "que", "la", "coopérative", "est", "inscrite"),
    *("au", "registre", "local", "sous", "le", "numéro", "4821", "son", "siège", "au", "douar"),
]
SHARP = ((1.0, 0),)
BLURRED = ((3.0, 0), (0.8, 14))
"""Of pixels at 1600 on a side, where writing of 2 mm is 11 high: out of focus, and shaken."""


def page(dice, font, side=1600):
    """A sheet with writing on a part of it, or on all."""
    drawn = Image.new("L", (side * 7 // 10, side), dice.randint(215, 250))
    pen, size = ImageDraw.Draw(drawn), int(side * dice.uniform(0.011, 0.018))
    letters, ink = ImageFont.truetype(f"{FOLDER}/{font}", size), dice.randint(10, 90)
    for top in range(side // 16, int(side * dice.choice((0.3, 0.6, 0.9))), size * 17 // 10):
        line = " ".join(dice.choices(WORDS, k=dice.randint(5, 10)))
        pen.text((side // 18, top), line, fill=ink, font=letters)
    return drawn.rotate(dice.uniform(-4, 4), Image.Resampling.BICUBIC, fillcolor=120)


def taken(dice, sheet, focus, shaken):
    """A photo of a sheet: out of focus, shaken, with the camera's noise, as a JPEG."""
    photo = sheet.filter(ImageFilter.GaussianBlur(focus)) if focus else sheet
    still = photo
    for step in range(1, shaken):
        photo = Image.blend(photo, ImageChops.offset(still, step, 0), 1 / (step + 1))
    if strength := dice.choice((0, 6, 12)):
        noise = Image.effect_noise(photo.size, strength)
        photo = ImageChops.add(photo, noise, 1, -128)
    out = io.BytesIO()
    photo.convert("RGB").save(out, "JPEG", quality=dice.choice((60, 70, 85)))
    return out.getvalue()


@pytest.mark.parametrize("fonts", [CHOSEN, HELD_OUT], ids=["chosen", "held-out"])
def test_what_is_washed_out_is_seen_and_what_can_be_read_is_not(fonts):
    dice = random.Random(fonts[0])
    for font in fonts:
        sheet = page(dice, font)
        for focus, shaken in SHARP + BLURRED:
            photo = Image.open(io.BytesIO(taken(dice, sheet, focus, shaken)))
            is_seen = cleaner.is_blurred(photo)
            assert is_seen == ((focus, shaken) in BLURRED), (font, focus, shaken)


def test_a_page_without_writing_is_not_blurred():
    for light in (60, 240):
        blank = Image.new("L", (700, 1000), light)
        assert not cleaner.is_blurred(blank)
        # In whatever light: noise that a larger picture had is smooth in the small one.
        for strength in (10, 60):
            noise = Image.effect_noise((1400, 2000), strength).resize(blank.size)
            assert not cleaner.is_blurred(ImageChops.add(blank, noise, 1, -128))
    assert not cleaner.is_blurred(Image.new("L", (9, 9), 255))


def test_the_cleaner_says_it_and_keeps_the_page():
    dice = random.Random(5)
    for focus, quality in ((0, None), (5, "blurred")):
        what, content = cleaner.clean(taken(dice, page(dice, CHOSEN[0]), focus, 0))
        assert what["quality"] == quality
        assert content
