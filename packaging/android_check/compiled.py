"""What is ours of the Java applies to the pinned python-for-android and SDL, and compiles.

Against stubs of Android's classes, which say what each method takes and returns (`tests/android`).
python-for-android's sources are in its package. SDL's are not: they are fetched from where its
recipe fetches them, checked by the recipe's sum; where that cannot be reached, three classes stand
for SDL's window (`stand_ins`), and the hook's change of SDL is applied to nothing.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import urllib.request
from pathlib import Path

import stage_apk

from android_check.rendered import Rendered
from tests.android import stubs

STAND_INS = Path(__file__).parent / "stand_ins"
SDL_JAVA = "android-project/app/src/main/java/org/libsdl/app"
_WAIT_S = 20
_OURS_NEED = ("org/kivy/android/Python*.java", "org/renpy/android/AssetExtract.java")
_OURS_NEED += ("org/kamranzafar/jtar/*.java", "ma/**/*.java")
_WITH_SDL = ("org/libsdl/app/*.java", "org/kivy/android/launcher/Project.java")
_WITH_SDL += ("org/renpy/android/ResourceManager.java",)


def sdl_sources() -> Path | None:
    """Return the folder of the pinned SDL's Java, or None where it cannot be fetched."""
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
    return target / SDL_JAVA


def faults(made: Rendered, *, has_sdl: bool) -> list[str]:
    """Return what the compiler says against our classes, and those that they extend."""
    java = made.folder / "src/main/java"
    ours = stage_apk.SPEC.parent / "android" / "java"
    wanted = _OURS_NEED + (_WITH_SDL if has_sdl else ())
    files = [path for one in wanted for path in sorted(java.glob(one))]
    if not has_sdl:
        files = [path for path in files if path.name != "PythonActivity.java"]
        files += sorted(STAND_INS.rglob("*.java"))
    files += sorted(ours.rglob("*.java"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            stubs.run_javac(files, Path(folder) / "classes", [stubs.compiled(of=stubs.SIGNATURES)])
        except RuntimeError as fault:
            return [f"javac: {fault}"]
    print(
        f"  {len(files)} classes compile,"
        f" {'SDL and what is changed in it too' if has_sdl else 'with stand-ins for SDL'}"
    )
    return []
