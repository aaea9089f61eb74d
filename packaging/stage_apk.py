"""Lay out what goes into the APK: `build/apk/source` and, beside it, pip's constraints.

usage: stage_apk.py [release]        A release is refused without its key, or with one in the tree.

buildozer wants `main.py` at the root and packages beside it; the tree has both, and more that has
no business on a tablet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
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
SIGNING = tuple(
    f"P4A_RELEASE_{one}" for one in ("KEYSTORE", "KEYSTORE_PASSWD", "KEYALIAS", "KEYALIAS_PASSWD")
)
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


def refuse_unsigned(environ: Mapping[str, str]) -> None:
    """End where a release has no key to sign it, or the key lies where it might be committed."""
    if missing := [one for one in SIGNING if not environ.get(one)]:
        sys.exit(
            f"No key for a release: {' '.join(missing)} not set: docs/how-to/give-out-the-apk.md"
        )
    keystore = Path(environ[SIGNING[0]]).resolve()
    if not keystore.is_file():
        sys.exit(f"No keystore at {keystore}")
    if ROOT.resolve() in keystore.parents:
        sys.exit(f"The keystore lies in the tree: {keystore}. Keep it elsewhere, and twice.")


if __name__ == "__main__":
    refuse_open(SCHEMA[-1])
    if "release" in sys.argv[1:]:
        refuse_unsigned(os.environ)
    print(stage(STAGE))
    sys.exit(0)
