"""About how large the APK of each ABI will be, without building it.

What is ours is measured: the archive of the staged sources and fonts, compiled as the packager
compiles. What the NDK would build is estimated by what Debian built of the same libraries for the
same processors (armhf and arm64), each file deflated as an APK deflates it. Java is left out: there
is no compiler of dex here.
"""

from __future__ import annotations

import io
import marshal
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import stage_apk

from android_check import debian
from android_check.resolved import Android

ARCHITECTURES = {"arm64-v8a": "arm64", "armeabi-v7a": "armhf"}
PROXIES = {
    "python3": "libpython3.13 libpython3.13-minimal libpython3.13-stdlib",
    "openssl": "libssl3t64",
    "sqlite3": "libsqlite3-0",
    "libffi": "libffi8",
    "libbz2": "libbz2-1.0",
    "liblzma": "liblzma5",
    "sdl2": "libsdl2-2.0-0",
    "sdl2_image": "libsdl2-image-2.0-0",
    "sdl2_mixer": "libsdl2-mixer-2.0-0",
    # SDL_ttf is built with the shaping library in it.
    "sdl2_ttf": "libsdl2-ttf-2.0-0 libharfbuzz0b",
    "freetype": "libfreetype6",
    "jpeg": "libjpeg62-turbo",
    "png": "libpng16-16t64",
    "libwebp": "libwebp7 libsharpyuv0 libwebpdemux2 libwebpmux3 libwebpdecoder3",
    "pillow": "python3-pil",
    "kivy": "python3-kivy",
    "cryptography": "python3-cryptography",
    "cffi": "python3-cffi-backend",
    "pycparser": "python3-pycparser",
    "msgspec": "python3-msgspec",
    "pyjnius": "",
    "sqlcipher3": "libsqlcipher1",
    "httpx": "python3-httpx",
    "setuptools": "python3-setuptools",
    "hostpython3": "",
    "android": "",
}
"""Packages of Debian by recipe; nothing for what stays on the machine that builds (hostpython3) or
what Debian has not (pyjnius, android), which is left out."""
LEFT_OUT = ("/doc/", "/man/", "/test/", "/tests/", "/idlelib/", "/ensurepip/", "/kivy/tools/")
"""As python-for-android leaves out, and what a package of Debian has beside the library."""
WIDTH = 1_000_000


def faults(android: Android, private: int) -> list[str]:
    """Print the sizes. Returns a sentence for each recipe that nothing stands for.

    Args:
        private: bytes of the archive of what is ours.
    """
    recipes = sorted(android.recipes)
    wheels = sorted(f"{name}=={android.pins[name]}" for name in android.by_pip)
    if missing := [one for one in recipes if one not in PROXIES]:
        return [f"sizes: nothing stands for the recipe {one}" for one in missing]
    by_pip = sum(_deflated(_of_wheels(wheels)).values())
    everywhere, total = private + by_pip, private + by_pip
    for abi, architecture in ARCHITECTURES.items():
        by_recipe = {
            one: sum(_deflated(_of_debs(architecture, PROXIES[one].split())).values())
            for one in recipes
        }
        libraries = sum(by_recipe.values())
        largest = sorted(by_recipe.items(), key=lambda one: -one[1])[:6]
        print(
            f"  {abi}: about {_mb(everywhere + libraries)} MB: ours {_mb(private)}, wheels"
            f" {_mb(by_pip)}, recipes {_mb(libraries)} ("
            + ", ".join(f"{name} {_mb(size)}" for name, size in largest)
            + ", …)"
        )
        total += libraries
    print(f"  in one APK: about {_mb(total)} MB")
    return []


def _mb(size: int) -> str:
    return f"{size / WIDTH:.1f}"


def _deflated(files: Iterator[tuple[str, bytes]]) -> Mapping[str, int]:
    """Return what each file takes in an APK; Python compiled, as the packager does."""
    found = {}
    for name, content in files:
        if name.endswith(".py"):
            try:
                code = compile(content, name, "exec", optimize=2, dont_inherit=True)
            except SyntaxError:  # of a newer Python
                code = content
            content = marshal.dumps(code)
        found[name] = len(zlib.compress(content, 9))
    return found


def _is_wanted(name: str) -> bool:
    is_python = "/python3" in name or "/site-packages/" in name or name.startswith("wheel/")
    is_library = ".so" in Path(name).name
    return (is_python or is_library) and not any(one in f"/{name}" for one in LEFT_OUT)


def _of_debs(architecture: str, packages: list[str]) -> Iterator[tuple[str, bytes]]:
    for package in packages:
        deb = _deb(architecture, package)
        files = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(files.stdout)) as tar:
            for one in tar:
                if one.isfile() and _is_wanted(one.name):
                    content = tar.extractfile(one)
                    assert content is not None
                    yield f"{package}/{one.name}", content.read()


def _deb(architecture: str, package: str) -> str:
    """Return a package of Debian, fetched once by an apt of its own; else arm64's."""
    folder = stage_apk.STAGE / "proxies" / architecture
    if not (found := sorted(folder.glob(f"{package}_*.deb"))):
        fetch = ["apt-get", "-qq", *debian.apt(folder, architecture), "download", package]
        done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode and architecture != "arm64":
            return _deb("arm64", package)
        done.check_returncode()
        found = sorted(folder.glob(f"{package}_*.deb"))
    return str(found[-1])


def _of_wheels(wheels: list[str]) -> Iterator[tuple[str, bytes]]:
    folder = stage_apk.STAGE / "proxies" / "wheels"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    fetch = [*pip, "--platform=any", "--python-version=3.14", "-d", str(folder), *wheels]
    if len(list(folder.glob("*.whl"))) != len(wheels):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(fetch, check=True, capture_output=True)
    for wheel in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                if not name.endswith("/"):
                    yield f"wheel/{name}", packed.read(name)
