"""Cut the web fonts from the Noto files of Debian's `fonts-noto-core`.

    pip install fonttools brotli
    python packaging/build_web_fonts.py [/usr/share/fonts/truetype/noto]

For maintainers only: the results are committed, so that nothing is fetched at run time. A page on
a slow phone loads only the scripts it shows (`unicode-range` in `fonts.css`), a dozen kilobytes
each. Letters of other countries' Arabic are left out; those Moroccans write are in (ݣ, ڭ, گ, ڤ, پ).
After a run, bring `vendor.json` up to date: the test of the hashes prints what it should say.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

DESTINATION = Path(__file__).parent.parent / "server" / "web" / "static" / "fonts"
DEBIAN = Path("/usr/share/fonts/truetype/noto")

# Each page has the first of these; the second is of Arabic pages the name of a language alone.
FIGURES = "0020-002F 0030-003B 003F 00A0 00AB 00B7 00BB 200E 200F 2013 2019 2026 202F 2066-2069"
# Those of French: an Arabic page has them for a name, and fetches no other.
LATIN = (
    "0041-005A 0061-007A 00C0-00C2 00C7-00CF 00D4 00D9-00DC 00E0-00E2 00E7-00EF 00F4 00F9-00FF "
    "0152 0153 0178"
)
SIGNS = (
    "003C-003E 0040 005B-0060 007B-007E 00A1-00AA 00AC-00B6 00B8-00BA 00BC-00BF 00D7 00F7 02BC "
    "2010-2012 2014 2015 2018 201A-201E 2022 2030 2032 2033 2039 203A 20AC 2122 2190-2193 2212 "
    "2248 2260 2264 2265"
)
# French never needs these; Tamazight in Latin letters and foreign names do.
LATIN_MORE = (
    "00C0-00D6 00D8-00F6 00F8-0151 0154-0177 0179-017F 018E 0190 0194 01B0 01DD 0259 025B 0263 "
    "02E4 1E00-1EFF"
)
ARABIC = "060C 061B 061F 0621-063A 0640-064A 066A"
# A vowel stands on its letter, which a browser takes from the same font: here are both, and the
# letters once more, for a page without a vowel needs no third of this.
ARABIC_VOWELS = "060C 061B 061F 0621-063A 0640-0652 066A 0670 0671 067E 06A4 06A9 06AD 06AF 0763"
# Verses, old spellings and signs of number.
ARABIC_MORE = (
    "0600-0605 0608-060B 060D-060F 061C-061E 0653-065F 066B-066D 0686 0698 06C0 06CC 06D5 0762 FDF2"
)
# Of the Royal Institute; other alphabets after.
TIFINAGH = (
    "2D30 2D31 2D33 2D37 2D39 2D3B-2D3D 2D40 2D43-2D45 2D47 2D49 2D4A 2D4D-2D4F 2D53-2D56 "
    "2D59-2D5C 2D5F 2D61-2D63 2D65 2D6F"
)
TIFINAGH_MORE = (
    "2D32 2D34-2D36 2D38 2D3A 2D3E 2D3F 2D41 2D42 2D46 2D48 2D4B 2D4C 2D50-2D52 2D57 2D58 "
    "2D5D 2D5E 2D60 2D64 2D66 2D67 2D70 2D7F"
)
SHAPING = ["init", "medi", "fina", "isol", "rlig", "liga", "calt"]
FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "tnum"]

CUTS = [
    *(
        (f"NotoSans-{weight}", f"NotoSans-{weight}{name}", ranges)
        for weight in ("Regular", "Bold")
        for name, ranges in (
            # Of two fonts with the same letter a browser takes the later one.
            ("-more", LATIN_MORE),
            ("", LATIN),
            ("-figures", FIGURES),
            ("-signs", SIGNS),
        )
    ),
    *(
        (f"NotoSansArabic-{weight}", f"NotoSansArabic-{weight}{name}", ranges)
        for weight in ("Regular", "Bold")
        for name, ranges in (("-vowels", ARABIC_VOWELS), ("", ARABIC), ("-more", ARABIC_MORE))
    ),
    ("NotoSansTifinagh-Regular", "NotoSansTifinagh-Regular", TIFINAGH),
    ("NotoSansTifinagh-Regular", "NotoSansTifinagh-Regular-more", TIFINAGH_MORE),
    # The names of the languages, which stand on every page in letters that it may not need else.
    ("NotoSans-Regular", "names-latin", "0045 0046 0061 0065 0067-0069 006C 006E 0072 0073 00E7"),
    ("NotoSansArabic-Regular", "names-arabic", "0627-0629 0631 0639 0644 064A"),
    ("NotoSansTifinagh-Regular", "names-tifinagh", "2D30 2D49 2D4E 2D56 2D5C 2D63"),
]
ICONS = DESTINATION.parents[3] / "mobile_app" / "assets" / "fonts" / "nuqta-icons.ttf"
"""All signs; a page fetches those of its kind alone."""
SIGNS_BY_PAGE = {
    "nuqta-icons-first": [
        "arrow-left", "arrow-right", "calendar-event", "check", "chevron-down", "chevron-left",
        "chevron-right", "clock", "file-text", "info-circle", "map-pin", "menu-2", "phone",
        "search", "user", "x",
    ],
    "nuqta-icons-pages": [
        "alert-triangle", "basket", "building-store", "camera", "circle-check", "circle-dashed",
        "eye", "flag", "logout", "mail", "plus", "scale", "seedling", "shield-check", "user-check",
        "users", "users-group", "wallet",
    ],
    "nuqta-icons-services": [
        "building-bank", "building-community", "bulb", "cash", "device-mobile", "file-certificate",
        "gauge", "heartbeat", "id-badge-2", "plant", "receipt", "school", "star", "tractor",
        "umbrella",
    ],
    "nuqta-icons-portal": [
        "arrow-back-up", "certificate", "checks", "help", "history", "hourglass", "layout-list",
        "microphone", "photo", "player-pause", "refresh", "send", "trash", "upload",
    ],
}  # fmt: skip
"""What points show and most others; what most have beside; services; the rest of the portal."""


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


def unicode_range(ranges: str) -> str:
    """Return ranges as a style sheet says them."""
    # As short as may be: they are most of the sheet.
    parts = ("-".join(f"{int(end, 16):X}" for end in part.split("-")) for part in ranges.split())
    return ",".join(f"U+{part}" for part in parts)


def face(family: str, name: str, ranges: str) -> str:
    """Return the rule that has a browser fetch a font where a page has letters of it."""
    weights = {"Regular": "400", "Bold": "700"}
    style = name.removeprefix("NotoSansTifinagh-").partition("-")[2].partition("-")[0]
    weight = f"font-weight: {weights[style]}; " if style in weights else ""
    shown = "block" if "icons" in name else "swap"
    return (
        f'@font-face {{ font-family: "{family}"; {weight}font-display: {shown}; '
        f"src: url(fonts/{name}.woff2); unicode-range:{unicode_range(ranges)} }}"
    )


def sheet(icons: Sequence[tuple[str, str]]) -> str:
    """Return `fonts.css`; `icons`: the fonts of signs, each with what is in it."""
    lines = [
        "/* Written by packaging/build_web_fonts.py: a page fetches only the letters it shows. */"
    ]
    for _, name, ranges in CUTS:
        family = "Nuqta Names" if name.startswith("names-") else "Nuqta Sans"
        lines.append(face(family, name, ranges))
    lines += [face("Nuqta Icons", name, ranges) for name, ranges in icons]
    filled = "url(fonts/nuqta-icons-filled.woff2)"
    lines.append(
        f'@font-face {{ font-family: "Nuqta Icons Filled"; src: {filled}; font-display: block; }}'
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else DEBIAN
    for source, name, ranges in CUTS:
        cut(folder / f"{source}.ttf", DESTINATION / f"{name}.woff2", ranges)
    glyphs = json.loads((DESTINATION / "icons.json").read_text("utf-8"))["outline"]
    icons = [
        (font, " ".join(sorted({glyphs[name].upper() for name in names})))
        for font, names in SIGNS_BY_PAGE.items()
    ]
    known = {code for _, codes in icons for code in codes.split()}
    others = sorted({code.upper() for code in glyphs.values()} - known)
    for name, ranges in (*icons, ("nuqta-icons", " ".join(others))):
        cut(ICONS, DESTINATION / f"{name}.woff2", ranges)
    # The later of two has a sign: so all that are left need not be listed in the sheet.
    icons.insert(0, ("nuqta-icons", f"{others[0]}-{others[-1]}"))
    (DESTINATION.parent / "fonts.css").write_text(sheet(icons), "utf-8")
