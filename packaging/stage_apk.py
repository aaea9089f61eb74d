"""Lay out what goes into the APK: `build/apk/source` and, beside it, pip's constraints.

buildozer wants `main.py` at the root and packages beside it; the tree has both, and more that has
no business on a tablet.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from sync.versions import SCHEMA, Version  # noqa: E402 - after the path is set

SPEC = ROOT / "packaging" / "buildozer.spec"
STAGE = ROOT / "build" / "apk"
PACKAGES = ("mobile_app", "sync")
BESIDE = {"android_main.py": "main.py", "device_check.py": "device_check.py"}
"""Of this folder: what lies beside the packages on the tablet, and how it is called there."""
EXTENSIONS = {".py", ".po", ".json", ".ttf", ".txt", ".png"}


def stage(target: Path) -> Path:
    """Write the sources anew. Only what is committed or about to be. Returns their folder."""
    source = target / "source"
    shutil.rmtree(source, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if Path(name).suffix in EXTENSIONS and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    for name, there in BESIDE.items():
        shutil.copyfile(ROOT / "packaging" / name, source / there)
    pins = [f"{name}=={version}" for name, version in requirements().items()]
    (target / "constraints.txt").write_text("\n".join(pins) + "\n", encoding="ascii")
    return source


def listed(option: str) -> list[str]:
    """Return a list of the spec's section `app`."""
    spec = ConfigParser(allow_no_value=True, interpolation=None)
    spec.read(SPEC, encoding="utf-8")
    return [one.strip() for one in spec["app"][option].split(",")]


def requirements() -> dict[str, str]:
    """Return {package: version} as the spec pins them; the version is empty where it does not."""
    pairs = (one.partition("==") for one in listed("requirements"))
    return {name: version for name, _, version in pairs}


def refuse_open(newest: Version) -> None:
    """End while the newest schema may still grow: tablets would keep what it is now for months."""
    if newest.is_open:
        sys.exit(
            f"Schema {newest.number} is open. Take is_open from it in sync/versions.py, which"
            " freezes it, and commit that: docs/how-to/add-a-version.md"
        )


if __name__ == "__main__":
    refuse_open(SCHEMA[-1])
    print(stage(STAGE))
    sys.exit(0)
