"""libwebp without CVE-2023-4863, which python-for-android's 1.1.0 has (mended in 1.3.2).

The hash is that of Debian's `libwebp_1.5.0.orig.tar.gz`, which is upstream's file with upstream's
signature. Resolved by `make android-check`; never built, for want of an NDK.
"""

from __future__ import annotations

from multiprocessing import cpu_count
from pathlib import Path
from typing import Any, ClassVar

import sh
from pythonforandroid.logger import shprint
from pythonforandroid.recipe import Recipe
from pythonforandroid.util import current_directory, ensure_dir

PROGRAMS = (
    *("ANIM_UTILS", "CWEBP", "DWEBP", "GIF2WEBP", "IMG2WEBP"),
    *("VWEBP", "WEBPINFO", "WEBPMUX", "EXTRAS"),
)
"""Which a tablet does not need, and which look for libraries of the machine that builds."""


class LibwebpRecipe(Recipe):
    """The libraries alone; `libsharpyuv.so` is a part of its own from 1.3 on."""

    version = "1.5.0"
    url = (
        "https://storage.googleapis.com/downloads.webmproject.org/releases/webp/"
        "libwebp-{version}.tar.gz"
    )
    sha256sum = "7d6fab70cf844bf6769077bd5d7a74893f8ffd4dfb42861745750c63c2a5c92c"
    # Pillow's recipe looks in `installation`.
    built_libraries: ClassVar = {
        f"lib{name}.so": "installation/lib"
        for name in ("sharpyuv", "webp", "webpdecoder", "webpdemux", "webpmux")
    }

    def build_arch(self, arch: Any) -> None:
        """Configure and install with the NDK's own toolchain file."""
        source = Path(self.get_build_dir(arch.arch))
        toolchain = Path(self.ctx.ndk_dir, "build", "cmake", "android.toolchain.cmake")
        env = self.get_recipe_env(arch)
        ensure_dir(str(source / "build"))
        with current_directory(str(source / "build")):
            shprint(
                sh.cmake,
                str(source),
                f"-DANDROID_ABI={arch.arch}",
                f"-DANDROID_PLATFORM=android-{self.ctx.ndk_api}",
                f"-DCMAKE_TOOLCHAIN_FILE={toolchain}",
                f"-DCMAKE_INSTALL_PREFIX={source / 'installation'}",
                "-DCMAKE_INSTALL_LIBDIR=lib",
                "-DCMAKE_BUILD_TYPE=Release",
                "-DBUILD_SHARED_LIBS=ON",
                *(f"-DWEBP_BUILD_{name}=OFF" for name in PROGRAMS),
                _env=env,
            )
            shprint(sh.make, f"-j{cpu_count()}", "install", _env=env)


recipe = LibwebpRecipe()
