"""Write the communes and services that ship with the app: `mobile_app/assets/reference.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from server.reference import files  # noqa: E402 - after the path is set
from server.reference.offices import offices  # noqa: E402

TARGET = ROOT / "mobile_app" / "assets" / "reference.json"


_KEPT = (
    "code",
    "edition",
    "valid_from",
    "valid_to",
    "regions",
    "name",
    "about",
    "audience",
    "decided_by",
    "eligibility",
    "documents",
    "delay",
    "fee",
)
_LANGUAGES = ("fr", "ar")


def _edition(declared: dict[str, Any]) -> dict[str, Any]:
    """Return an edition with what the tablet asks of it, in its languages."""
    kept = {name: declared[name] for name in _KEPT}
    kept["eligibility"] = [
        {
            name: _names(one[name]) if name == "title" else one[name]
            for name in one
            if name != "says"
        }
        for one in declared["eligibility"]
    ]
    return {**kept, "name": _names(declared["name"]), "about": _names(declared["about"])}


def _names(names: dict[str, str]) -> dict[str, str]:
    return {language: names[language] for language in _LANGUAGES}


def content() -> str:
    """Return the file: rows of code, names in French and Arabic, and the parent's code.

    Beside them, who answers requests, and the edition of each service without what no screen
    shows.
    """
    shown = {
        "regions": [[r["code"], r["name_fr"], r["name_ar"], ""] for r in files.rows("regions")],
        "provinces": [
            [r["code"], r["name_fr"], r["name_ar"], r["region_code"]]
            for r in files.rows("provinces")
        ],
        "communes": [
            [r["code"], r["name_fr"], r["name_ar"], r["province_code"]]
            for r in files.rows("communes")
        ],
        "services": [[s.code, s.names["fr"], s.names["ar"], ""] for s in files.services()],
        "documents": [[code, n["fr"], n["ar"], ""] for code, n in files.documents().items()],
        "editions": [_edition(declared) for declared in files.declared_services()],
        "offices": [
            [
                one.code,
                one.kind,
                {code: one.names[code] for code in ("fr", "ar")},
                one.provinces,
                one.services,
                one.share,
                one.is_meant_without_name,
            ]
            for one in offices().values()
        ],
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
