"""What in `static` others made, and whether it is still what they made.

`vendor.json` names each file with its origin, version, licence and SHA-256. Run as a program it
prints the digests of the files as they are, for a maintainer who has just replaced one.
"""

from __future__ import annotations

import hashlib
import json
from typing import TypedDict

from server.web.assets import STATIC

MANIFEST = STATIC / "vendor.json"


class Vendored(TypedDict):
    """One package of `vendor.json`; `files` gives a SHA-256 for each path in `static`."""

    name: str
    version: str
    licence: str
    licence_file: str
    origin: str
    files: dict[str, str]


def load_manifest() -> list[Vendored]:
    """Return the packages of the manifest."""
    manifest: list[Vendored] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def digest(path: str) -> str:
    """Return the SHA-256 of a file in `static`."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()


if __name__ == "__main__":
    for package in load_manifest():
        package["files"] = {path: digest(path) for path in package["files"]}
        print(json.dumps(package, indent=2, ensure_ascii=False))
