"""Write the words of a code into the catalogues, beside those of its like: `make words`.

A code goes after the last one that has most parts in common with it, in the file that has most of
those: `contact_point.field.road` stands after the other fields of a contact point. The first of an
entity goes to the end of `entities.po`.
"""

from __future__ import annotations

import argparse
import sys
from itertools import takewhile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sync.catalogues import parse_po
from sync.entities import ENTITIES

LOCALE = Path(__file__).parent.parent / "sync" / "locale"


def likeness(code: str, other: str) -> int:
    """Return how many parts two codes have in common from their beginning."""
    pairs = zip(code.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def add(folder: Path, code: str, words: str) -> Path:
    """Write words into a language's catalogues. Returns the file.

    Raises:
        SystemExit: the code has words there, or none is like it.
    """
    found = {
        path: sorted(
            (likeness(code, other), at, other)
            for at, other in enumerate(parse_po(path.read_text(encoding="utf-8")))
        )
        for path in sorted(folder.glob("*.po"))
    }
    most = max(codes[-1][0] for codes in found.values())
    path = max(found, key=lambda path: [like for like, _, _ in found[path]].count(most))
    if not most:
        if code.partition(".")[0] not in {entity.name for entity in ENTITIES}:
            raise SystemExit(f"{code}: no code in {folder} begins like it")
        path = folder / "entities.po"
    if any(code == other for codes in found.values() for _, _, other in codes):
        raise SystemExit(f"{code}: has words in {folder}")
    text = path.read_text(encoding="utf-8").rstrip("\n")
    end = text.find("\n\n", text.index(f'msgid "{found[path][-1][2]}"'))
    end = len(text) if end < 0 else end
    escaped = words.replace("\\", r"\\").replace('"', r"\"")
    entry = f'\n\nmsgid "{code}"\nmsgstr "{escaped}"'
    path.write_text(f"{text[:end]}{entry}{text[end:]}\n", encoding="utf-8")
    return path


def main() -> None:
    """Write the words that were given, each in its language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code")
    for language in ("fr", "ar", "en", "zgh"):
        parser.add_argument(f"--{language}", default="")
    given = vars(parser.parse_args())
    code = given.pop("code")
    for language, words in given.items():
        if words:
            print(add(LOCALE / language, code, words).relative_to(LOCALE.parent.parent))


if __name__ == "__main__":
    main()
