"""Pictures of the pilot, drawn: fields, products, papers, signatures. Nobody is in them."""

from __future__ import annotations

import math
import random
from io import BytesIO

from PIL import Image, ImageDraw

from sync.spec import Values

_Colour = tuple[int, int, int]
WIDTH, HEIGHT = 640, 480
_PAPER = 480, 640
_PEN = 600, 200
_SKIES: tuple[_Colour, ...] = ((158, 201, 232), (190, 212, 226), (235, 205, 170))
_SOILS: tuple[_Colour, ...] = ((176, 124, 78), (150, 110, 76), (196, 152, 102))
_LEAVES: tuple[_Colour, ...] = ((74, 112, 54), (98, 130, 60), (120, 140, 92))
_FRUITS: tuple[_Colour, ...] = ((226, 132, 30), (196, 164, 40), (110, 96, 36), (160, 40, 44))


def site(rng: random.Random) -> bytes:
    """Return a field under the hills as a WebP, some 10 kB: rows of trees, a path, a well."""
    image, draw = _canvas(rng.choice(_SKIES))
    horizon = rng.randint(170, 230)
    for depth in range(3):
        _hills(draw, rng, horizon - 50 + depth * 25, (120 + depth * 14, 110 + depth * 8, 110))
    soil = rng.choice(_SOILS)
    draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=soil)
    path = rng.randint(180, 460)
    draw.polygon(
        ((path - 6, horizon), (path + 6, horizon), (path + 120, HEIGHT), (path - 60, HEIGHT)),
        fill=_lighter(soil, 26),
    )
    leaves = rng.choice(_LEAVES)
    for row in range(5):
        size = 12 + row * 13
        y = horizon + 14 + row * row * 9 + row * 14
        for x in range(rng.randint(0, size), WIDTH, size * 2 + rng.randint(6, 18)):
            if abs(x - path) > size + row * 16:
                _tree(draw, rng, (x, y), size, leaves)
    if rng.random() < 0.5:
        x = rng.choice((90, 520))
        draw.rectangle((x, HEIGHT - 120, x + 70, HEIGHT - 70), fill=(206, 200, 190))
        draw.ellipse((x, HEIGHT - 132, x + 70, HEIGHT - 108), fill=(70, 90, 104))
    return _written(image)


def product(rng: random.Random) -> bytes:
    """Return crates of a harvest on a table as a WebP."""
    image, draw = _canvas((224, 214, 198))
    draw.rectangle((0, 330, WIDTH, HEIGHT), fill=(132, 94, 62))
    fruit = rng.choice(_FRUITS)
    for crate in range(rng.randint(2, 3)):
        x = 40 + crate * 195
        draw.rectangle((x, 210, x + 170, 350), fill=(184, 142, 92), outline=(110, 78, 46), width=4)
        for plank in (255, 300):
            draw.line((x, plank, x + 170, plank), fill=(110, 78, 46), width=4)
        for _ in range(38):
            at, up, size = x + rng.randint(12, 158), rng.randint(182, 226), rng.randint(11, 15)
            shade = rng.randint(-18, 18)
            draw.ellipse((at - size, up - size, at + size, up + size), fill=_lighter(fruit, shade))
    return _written(image)


def paper(rng: random.Random) -> bytes:
    """Return a page with lines of writing, a stamp and a table as a JPEG."""
    image = Image.new("RGB", _PAPER, (246, 243, 234))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 479, 639), outline=(206, 200, 186), width=6)
    draw.rectangle((150, 34, 330, 46), fill=(40, 44, 60))
    for line in range(22):
        y = 84 + line * 19
        left, right = rng.randint(36, 60), rng.randint(250, 440)
        at = left
        while at < right:
            word = rng.randint(12, 46)
            draw.line((at, y, min(at + word, right), y), fill=(84, 84, 92), width=5)
            at += word + 9
    draw.ellipse((320, 500, 430, 610), outline=(54, 74, 150), width=5)
    draw.ellipse((340, 520, 410, 590), outline=(54, 74, 150), width=3)
    written = BytesIO()
    image.save(written, "JPEG", quality=70)
    return written.getvalue()


def signature(rng: random.Random) -> bytes:
    """Return a signature by a finger as a tablet stores it: a WebP without loss."""
    image = Image.new("L", _PEN, 255)
    draw = ImageDraw.Draw(image)
    turns, lean, high = rng.uniform(3, 6), rng.uniform(-0.6, 0.6), rng.uniform(28, 56)
    points = []
    for step in range(90):
        along = step / 89
        x = 90 + along * 400 + math.sin(along * turns * 6.3) * 34
        y = 104 + math.cos(along * turns * 6.3 + lean) * high * (1.1 - along) + lean * 40 * along
        points.append((x, y))
    draw.line(points, fill=0, width=4, joint="curve")
    draw.line((120, 160, rng.randint(380, 500), rng.randint(140, 172)), fill=0, width=4)
    written = BytesIO()
    image.save(written, "WEBP", lossless=True)
    return written.getvalue()


def described(purpose: str) -> Values:
    """Return what a photo's record says of a picture from here."""
    width, height = _PEN if purpose == "signature" else (WIDTH, HEIGHT)
    return {"purpose": purpose, "width": width, "height": height}


def _canvas(colour: _Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, HEIGHT), colour)
    return image, ImageDraw.Draw(image)


def _hills(draw: ImageDraw.ImageDraw, rng: random.Random, base: int, colour: _Colour) -> None:
    wide, shift = rng.uniform(90, 170), rng.uniform(0, 6)
    line = [(x, base - 34 * math.sin(x / wide + shift)) for x in range(0, WIDTH + 20, 20)]
    draw.polygon([(0, HEIGHT), *line, (WIDTH, HEIGHT)], fill=colour)


def _tree(
    draw: ImageDraw.ImageDraw,
    rng: random.Random,
    place: tuple[int, int],
    size: int,
    leaves: _Colour,
) -> None:
    x, y = place
    draw.ellipse((x - size, y + size - 4, x + size, y + size + 5), fill=(96, 74, 52))
    draw.line((x, y, x, y + size), fill=(92, 66, 42), width=max(2, size // 6))
    for _ in range(3):
        at, up = x + rng.randint(-size // 3, size // 3), y + rng.randint(-size // 2, 0)
        wide = size * 2 // 3
        shade = rng.randint(-14, 14)
        draw.ellipse((at - wide, up - wide, at + wide, up + wide), fill=_lighter(leaves, shade))


def _lighter(colour: _Colour, by: int) -> _Colour:
    red, green, blue = (max(0, min(255, part + by)) for part in colour)
    return red, green, blue


def _written(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=70)
    return written.getvalue()
