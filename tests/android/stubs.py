"""Compile the stubs of Android's classes, once for what they are now.

`compiled()` is what the bench runs on: the stubs, their behaviours, python-for-android's classes
as Python sees them, and what is ours of Java. `compiled(of=SIGNATURES)` is what other Java compiles
against: the signatures alone, without any class of SDL or python-for-android.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
PACKAGING = HERE.parent.parent / "packaging"
SIGNATURES = ("stubs", "java/bench/Since.java", "java/bench/Acts.java", "java/bench/Bench.java")
"""Below this folder; a folder is all the Java in it."""
OURS = PACKAGING / "android" / "java"
STAND_INS = PACKAGING / "android_check" / "stand_ins"
ALL = ("stubs", "java", OURS, STAND_INS / "org/libsdl/app/SDLSurface.java")
BUILD = HERE.parent.parent / "build" / "android-stubs"


def sources(of: Sequence[str | Path] = ALL) -> list[Path]:
    """Return the files of Java."""
    found = [HERE / one for one in of]
    return sorted(
        path for one in found for path in ([one] if one.is_file() else one.rglob("*.java"))
    )


def compiled(of: Sequence[str | Path] = ALL) -> Path:
    """Return the folder of classes, made if the sources are others than those it was made of."""
    files = sources(of)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    kind = "bench" if of == ALL else "signatures"
    target = BUILD / f"{kind}-{digest.hexdigest()[:16]}"
    if target.is_dir():
        return target
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        run_javac(files, Path(folder) / "classes")
        for old in BUILD.glob(f"{kind}-*"):
            shutil.rmtree(old, ignore_errors=True)
        try:
            (Path(folder) / "classes").rename(target)
        except OSError:  # another process was quicker
            assert target.is_dir()
    return target


def run_javac(files: Sequence[Path], target: Path, classpath: Sequence[Path] = ()) -> None:
    """Compile files into a folder. Raises RuntimeError with what the compiler says."""
    target.mkdir(parents=True, exist_ok=True)
    listed = target.with_suffix(".files")
    listed.write_text("\n".join(map(str, files)))
    path = ["-cp", os.pathsep.join(map(str, classpath))] if classpath else []
    done = subprocess.run(
        ["javac", "-nowarn", "-proc:none", "-encoding", "utf-8", *path, "-d", str(target),
         f"@{listed}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
