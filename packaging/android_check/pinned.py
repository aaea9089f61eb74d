"""The recipes carry the mendings that the app stands on, and name a hash of what they fetch."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import apk_check
import stage_apk

from android_check.resolved import API, PYTHON, Android

NEEDED = {
    "openssl": ((3, 5), "the branch is supported to April 2030"),
    "libwebp": ((1, 3, 2), "CVE-2023-4863"),
}
NDK_OF_LARGE_PAGES = 28
"""From here on the NDK aligns libraries to 16 KB by itself (developer.android.com, page-sizes)."""
_HASH_CHARS, _64_BITS = 64, ("arm64_v8a",)


def faults(android: Android) -> list[str]:
    """Return a sentence for each mending that is not there."""
    recipes = {name: android.recipe(name) for name in android.recipes}
    local = {path.name for path in (stage_apk.SPEC.parent / "recipes").iterdir()}
    found = [
        f"recipe {name}: {recipes[name].version} is too old: {why}"
        for name, (least, why) in NEEDED.items()
        if tuple(map(int, recipes[name].version.split("."))) < least
    ]
    found += [
        f"recipe {name}: names no hash of what it fetches"
        for name in sorted(local - {"cryptography"})
        if len(getattr(recipes[name], "sha256sum", "")) != _HASH_CHARS
    ]
    flags = _flags_of_cryptography(recipes["cryptography"])
    if f"-lpython{PYTHON}" not in flags:
        found.append(f"recipe cryptography: not linked to Python: {flags}")
    ndk = stage_apk.listed("android.ndk")[0]
    if int(ndk.rstrip("abcdefg")) < NDK_OF_LARGE_PAGES:
        found.append(f"spec: NDK {ndk} aligns libraries to pages of 4 KB")
    found += _page_faults(android)
    named = ", ".join(f"{name} {recipes[name].version}" for name in sorted(local))
    print(f"  ours: {named}; cryptography is linked with {flags.split()[-1]}")
    print(f"  pages of 16 KB: what the NDK builds, by NDK {ndk}")
    return found


def _page_faults(android: Android) -> list[str]:
    """Return a sentence for each wheel compiled for Android whose libraries need small pages."""
    found = []
    for arch, wheels in android.wheels.items():
        for name, wheel in wheels.items():
            if wheel.endswith("-none-any.whl"):
                continue
            with tempfile.TemporaryDirectory() as folder:
                pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
                where = [f"--platform=android_{API}_{arch}", f"--python-version={PYTHON}"]
                pin = f"{name}=={android.pins[name]}"
                subprocess.run(
                    [*pip, *where, "--only-binary=:all:", pin], check=True, capture_output=True
                )
                with zipfile.ZipFile(Path(folder, wheel)) as packed:
                    least = min(
                        apk_check.alignment(packed.read(one))
                        for one in packed.namelist()
                        if one.endswith(".so")
                    )
            print(f"  pages of 16 KB: {wheel}, its libraries are aligned to {least} bytes")
            if arch in _64_BITS and least < apk_check.PAGE_BYTES:
                found.append(f"{wheel}: aligned to {least} bytes")
    return found


def _flags_of_cryptography(recipe: object) -> str:
    """Return what our recipe hands to the compiler of Rust, its ancestors' part left out."""
    (parent,) = type(recipe).__bases__
    context = SimpleNamespace(python_recipe=SimpleNamespace(link_version=PYTHON))
    with (
        mock.patch.object(parent, "get_recipe_env", return_value={"RUSTFLAGS": ""}),
        mock.patch.object(recipe, "ctx", context),
    ):
        flags: str = recipe.get_recipe_env(None)["RUSTFLAGS"]
    return flags
