"""Cut the web fonts from the Noto files of Debian's `fonts-noto-core`.

    pip install fonttools brotli
    python packaging/build_web_fonts.py [/usr/share/fonts/truetype/noto]

For maintainers only: the results are committed, so that nothing is fetched at run time. A page on
a slow phone loads only the scripts it shows (`unicode-range` in `fonts.css`), a dozen kilobytes
each. Letters of other countries' Arabic are left out; those Moroccans write are in (ݣ, ڭ, گ, ڤ, پ).
After a run, bring `vendor.json` up to date: the test of the hashes prints what it should say.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

DESTINATION = Path(__file__).parent.parent / "server" / "web" / "static" / "fonts"
DEBIAN = Path("/usr/share/fonts/truetype/noto")

LATIN = (
    "0020-007E 00A0-00FF 0152 0153 0178 02BC 2010-2015 2018-201E 2022 2026 202F 2030 2032 2033 "
    "2039 203A 20AC 2122 2190-2193 2212 2248 2260 2264 2265 200E 200F 2066-2069"
)
# French never needs these; Tamazight in Latin letters and foreign names do.
LATIN_MORE = "0100-0151 0154-0177 0179-017F 018E 0190 0194 01B0 01DD 0259 025B 0263 02E4 1E00-1EFF"
ARABIC = (
    "0020 0021 0028 0029 002D 002E 002F 003A 005B 005D 00A0 00AB 00BB 0600-0605 0608-060F "
    "061B-061F 0621-065F 066A-066D 0670 0671 067E 0686 0698 06A4 06A9 06AD 06AF 06C0 06CC 06D5 "
    "0762 0763 2026 FDF2"
)
TIFINAGH = "2D30-2D7F"
SHAPING = ["init", "medi", "fina", "isol", "rlig", "liga", "calt"]
FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "tnum"]

CUTS = [
    ("NotoSans-Regular", "NotoSans-Regular", LATIN),
    ("NotoSans-Bold", "NotoSans-Bold", LATIN),
    ("NotoSans-Regular", "NotoSans-Regular-more", LATIN_MORE),
    ("NotoSans-Bold", "NotoSans-Bold-more", LATIN_MORE),
    ("NotoSansArabic-Regular", "NotoSansArabic-Regular", ARABIC),
    ("NotoSansArabic-Bold", "NotoSansArabic-Bold", ARABIC),
    ("NotoSansTifinagh-Regular", "NotoSansTifinagh-Regular", TIFINAGH),
]


def code_points(ranges: str) -> list[int]:
    """Return the code points of ranges written in hexadecimal, apart by spaces."""
    points: list[int] = []
    for part in ranges.split():
        first, _, last = part.partition("-")
        points += range(int(first, 16), int(last or first, 16) + 1)
    return points


def cut(source: Path, destination: Path, ranges: str) -> None:
    """Write a part of a font as WOFF2."""
    options = subset.Options(hinting=False, layout_features=FEATURES + SHAPING)
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=code_points(ranges))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(destination)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else DEBIAN
    for source, name, ranges in CUTS:
        cut(folder / f"{source}.ttf", DESTINATION / f"{name}.woff2", ranges)
