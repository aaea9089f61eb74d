"""What is ours of the Java compiles, with the Java of SDL as it is changed, and the changes fit it.

It is compiled against stubs of Android's classes, which say what each method takes and returns
(`tests/android`), with python-for-android's own classes and SDL's. SDL's are fetched from where
python-for-android's recipe fetches them and checked by the recipe's sum. Where they cannot be
reached, those of another release stand for them: Debian leaves them out of its `libsdl2`, and has
them in its source of a game, which apt checks. Without either, three classes stand for SDL's window
(`stand_ins`), and the changes are applied to nothing.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import stage_apk

from android_check import debian
from android_check.rendered import Rendered
from tests.android import stubs

SDL_JAVA = "android-project/app/src/main/java/org/libsdl/app"
STAND_IN = "luanti"
"""A package of Debian whose source has the Java of SDL 2.30.8, near to the recipe's 2.30.11, and
five lines of its own in it for the mouse (`android/SDL_Java_RMB_fix.patch` there)."""
_WAIT_S = 20
_OURS_NEED = ("org/kivy/android/Python*.java", "org/renpy/android/AssetExtract.java")
_OURS_NEED += ("org/kamranzafar/jtar/*.java", "ma/**/*.java")


@dataclass(frozen=True)
class Sdl:
    """SDL's Java: its folder, and which release it is, in words."""

    folder: Path
    release: str


def sdl_sources() -> Sdl | None:
    """Return SDL's Java: the pinned, else Debian's, else None."""
    return _pinned() or _of_debian()


def _pinned() -> Sdl | None:
    from pythonforandroid.recipes.sdl2 import recipe

    target = stage_apk.STAGE / f"SDL2-{recipe.version}"
    if not (target / SDL_JAVA).is_dir():
        packed = target.with_suffix(".tar.gz")
        try:
            with urllib.request.urlopen(recipe.versioned_url, timeout=_WAIT_S) as answer:
                content = answer.read()
        except OSError as fault:
            print(f"  SDL {recipe.version} cannot be fetched here: {fault}")
            return None
        if hashlib.md5(content).hexdigest() != recipe.md5sum:
            print(f"  SDL {recipe.version} is not what its recipe says")
            return None
        packed.write_bytes(content)
        with tarfile.open(packed) as tar:
            tar.extractall(stage_apk.STAGE, filter="data")
    return Sdl(target / SDL_JAVA, f"{recipe.version}, the pinned")


def _of_debian() -> Sdl | None:
    folder = stage_apk.STAGE / "sdl"
    found = sorted(folder.rglob("SDLActivity.java"))
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            fetch = ["source", "--download-only", "--tar-only", STAND_IN]
            apt = ["apt-get", "-qq", *debian.apt(folder, "amd64", "deb-src"), *fetch]
            subprocess.run(apt, cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError, StopIteration) as fault:
            print(f"  nor Debian's source of {STAND_IN}: {fault}")
            return None
        for packed in folder.glob(f"{STAND_IN}_*.orig.tar.*"):
            with tarfile.open(packed) as tar:
                wanted = [one for one in tar if "/org/libsdl/app/" in one.name]
                tar.extractall(folder, wanted, filter="data")
        if not (found := sorted(folder.rglob("SDLActivity.java"))):
            print(f"  Debian's source of {STAND_IN} has no Java of SDL's")
            return None
    text = found[0].read_text("utf-8")
    release = ".".join(re.findall(r"int SDL_(?:MAJOR|MINOR|MICRO)_VERSION = (\d+)", text))
    package = found[0].relative_to(folder).parts[0]
    return Sdl(found[0].parent, f"{release}, another than the pinned: Debian's {package}")


def faults(made: Rendered, sdl: Sdl | None) -> list[str]:
    """Return which changes do not fit SDL's classes, and what the compiler says against all."""
    java = made.folder / "src/main/java"
    found = [made.refused] if made.refused else []
    if sdl is None:
        print("  SDL's are not here: nothing is changed in them, stand-ins are compiled")
        files = [
            path
            for one in _OURS_NEED
            for path in sorted(java.glob(one))
            if path.name != "PythonActivity.java"
        ]
        files += sorted(stubs.STAND_INS.rglob("*.java"))
    else:
        files = sorted(java.rglob("*.java"))
        found += _unpatched(made.folder)
    files += sorted(stubs.OURS.rglob("*.java"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            stubs.run_javac(files, Path(folder) / "classes", [stubs.compiled(of=stubs.SIGNATURES)])
        except RuntimeError as fault:
            found.append(f"javac: {fault}")
    if sdl is None:
        return found
    if not found:
        print(
            f"  {len(files)} classes compile, SDL's among them, and python-for-android's change of"
            f" it and ours fit:\n  SDL {sdl.release}"
        )
    return [f"SDL {sdl.release}: {one}" for one in found]


def _unpatched(folder: Path) -> list[str]:
    """Return which of python-for-android's patches are not in: it goes on without a word."""
    found = []
    for patch in sorted((folder / "src/patches").glob("*.patch")):
        undo = ["patch", "-p1", "-R", "-f", "--dry-run", "-i", str(patch)]
        done = subprocess.run(undo, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            found.append(f"{patch.name} is not in: {done.stdout.strip()}")
    return found
