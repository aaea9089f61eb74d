"""Draw every screen in every language and size, and lay them out in sheets: `docs/screens/`.

Pictures go to `build/sheets/SIZE/THEME/LANGUAGE/`, with what is wrong with any in `faults.json`.
Each size takes a process of its own; what there is to draw says `tests/mobile_app/ui/gallery.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PICTURES, SHEETS = ROOT / "build" / "sheets", ROOT / "docs" / "screens"
SIZES = ("800x1280", "1280x800", "600x1024")
SHEET_PIXELS = 2_300_000
"""Of all screens in a sheet: it stays within its bytes, however many there come to be."""
COLUMNS, GAP = 8, 8
SHEET_BYTES_MAX, TOTAL_BYTES_MAX = 125_000, 3_000_000


def sheet(folder: Path) -> Image.Image:
    """Return the pictures of a folder in rows, by name."""
    pictures = [Image.open(path) for path in sorted(folder.glob("*.png"))]
    wide, high = pictures[0].size
    scale = (SHEET_PIXELS / len(pictures) / (wide * high)) ** 0.5
    wide, high = round(wide * scale), round(high * scale)
    rows = -(-len(pictures) // COLUMNS)
    made = Image.new("RGB", (COLUMNS * (wide + GAP) + GAP, rows * (high + GAP) + GAP), "#8a8f96")
    for number, picture in enumerate(pictures):
        row, column = divmod(number, COLUMNS)
        small = picture.resize((wide, high), Image.Resampling.LANCZOS)
        made.paste(small, (GAP + column * (wide + GAP), GAP + row * (high + GAP)))
    return made


def save(made: Image.Image, path: Path) -> int:
    """Write a sheet as small as it has to be. Returns its bytes."""
    for quality in (70, 55, 40, 25):
        made.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= SHEET_BYTES_MAX:
            break
    return path.stat().st_size


def main() -> int:
    """Draw all. Returns 1 if a screen has a fault or the sheets are too heavy."""
    SHEETS.mkdir(parents=True, exist_ok=True)
    for old in SHEETS.glob("*.webp"):
        old.unlink()
    total, faults = 0, 0
    for size in SIZES:
        arguments = ["-m", "tests.mobile_app.ui.gallery", size, str(PICTURES / size)]
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)
        for folder in sorted((PICTURES / size).glob("*/*/")):
            path = SHEETS / f"{size}-{folder.parent.name}-{folder.name}.webp"
            total += save(sheet(folder), path)
        said = json.loads((PICTURES / size / "faults.json").read_text(encoding="utf-8"))
        for where, found in said.items():
            faults += len(found)
            print(f"{size}/{where}:", *found, sep="\n  ")
    print(f"{len(list(SHEETS.glob('*.webp')))} sheets, {total:,} bytes; {faults} faults")
    return int(faults > 0 or total > TOTAL_BYTES_MAX)


if __name__ == "__main__":
    sys.exit(main())
