"""What is ours of the Java compiles, and our change of the pinned SDL applies.

It is compiled against stubs of Android's classes, which say what each method takes and returns
(`tests/android`), python-for-android's own classes, and three that stand for SDL's window
(`stand_ins`). SDL's sources are fetched from where python-for-android's recipe fetches them and
checked by the recipe's sum; where they cannot be reached, the change is applied to nothing.
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
_SDL_HAS = {
    "SDLActivity.java": (
        # What we extend, as the stand-ins have it.
        "protected SDLSurface createSDLSurface(Context context) {",
        # By python-for-android's patch, which goes on without a word where it does not fit.
        "public static int keyboardInputType",
    ),
    "SDLSurface.java": ("public class SDLSurface extends SurfaceView",),
}


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


def faults(made: Rendered) -> list[str]:
    """Return what the compiler says against our classes, and what SDL's have not."""
    java = made.folder / "src/main/java"
    sdl = java / "org/libsdl/app"
    found = [
        f"SDL: {name} has no `{text}`"
        for name, texts in _SDL_HAS.items()
        for text in texts
        if sdl.is_dir() and text not in (sdl / name).read_text("utf-8")
    ]
    files = [
        path
        for one in _OURS_NEED
        for path in sorted(java.glob(one))
        if path.name != "PythonActivity.java"
    ]
    files += sorted(STAND_INS.rglob("*.java"))
    files += sorted((stage_apk.SPEC.parent / "android" / "java").rglob("*.java"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            stubs.run_javac(files, Path(folder) / "classes", [stubs.compiled(of=stubs.SIGNATURES)])
        except RuntimeError as fault:
            return [*found, f"javac: {fault}"]
    said = "the change of SDL's applies" if sdl.is_dir() else "SDL's are not here to be changed"
    print(f"  {len(files)} classes compile; {said}")
    return found
