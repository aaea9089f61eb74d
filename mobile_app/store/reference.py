"""Regions, provinces, communes and services, as they ship with the app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).parent.parent / "assets" / "reference.json"


@dataclass(frozen=True, slots=True)
class Named:
    """Something of the reference, in both scripts, under its parent's code."""

    code: str
    name_fr: str
    name_ar: str
    parent: str


class Reference:
    """The reference data by kind and code."""

    def __init__(self, path: Path = FILE) -> None:
        """Read the file."""
        parsed = msgspec.json.decode(path.read_bytes(), type=dict[str, list[Any]])
        self._by_kind = {
            kind: {row[0]: Named(*row) for row in rows} for kind, rows in parsed.items()
        }

    def name(self, kind: str, code: object, language: str) -> str:
        """Return a name, or the code of what later data brought."""
        found = self._by_kind[kind].get(str(code))
        if found is None:
            return str(code)
        return found.name_ar if language == "ar" else found.name_fr

    def parent(self, kind: str, code: object) -> str:
        """Return the code of what something belongs to; empty for what later data brought."""
        found = self._by_kind[kind].get(str(code))
        return found.parent if found else ""

    def all(self, kind: str) -> list[Named]:
        """Return everything of a kind."""
        return list(self._by_kind[kind].values())
