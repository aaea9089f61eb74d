"""Write the communes and services that ship with the app: `mobile_app/assets/reference.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from server.reference import files  # noqa: E402 - after the path is set

TARGET = ROOT / "mobile_app" / "assets" / "reference.json"


def content() -> str:
    """Return the file: rows of code, names in French and Arabic, and the parent's code.

    Beside them, of each service, who it is for, which papers it takes who decides, and how
    long an answer may take.
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
        "terms": [
            [s.code, s.audience, s.documents, s.decided_by, files.declared_delays()[s.code]]
            for s in files.services()
        ],
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(content(), encoding="utf-8")
