"""OpenSSL of a branch that is supported (3.5, to April 2030), with its assembler.

python-for-android's is 3.3.1, whose branch ended in April 2026, built `no-asm`: on a 32-bit tablet
AES and SHA-256 in C alone, which every page of the store and every byte of an exchange pass.
The hash is that of Debian's `openssl_3.5.9.orig.tar.gz` (trixie-security), which is upstream's file
with upstream's signature. Resolved by `make android-check`; never built, for want of an NDK.
"""

from __future__ import annotations

from multiprocessing import cpu_count
from typing import Any

import sh
from pythonforandroid.logger import shprint
from pythonforandroid.recipes.openssl import OpenSSLRecipe
from pythonforandroid.util import current_directory

PAGE = "-Wl,-z,max-page-size=16384"
"""Android 15 devices may have pages of 16 KB. The NDK's clang says so by itself from 28 on."""


class SupportedOpenSSLRecipe(OpenSSLRecipe):
    """The release's recipe, its `Configure` without `no-asm`."""

    version = "3.5.9"
    url = (
        "https://github.com/openssl/openssl/releases/download/openssl-{version}/"
        "openssl-{version}.tar.gz"
    )
    sha256sum = "603f5602e2eef00d77fbd429d34dcd5822bb301757a1bc9cdb24c670f1eb859a"

    def build_arch(self, arch: Any) -> None:
        """Build the two libraries; 32-bit ones choose NEON by what the tablet has, as they run."""
        env = self.get_recipe_env(arch)
        target = self.select_build_arch(arch)
        widest = ["-D__ARM_MAX_ARCH__=8"] if target == "android-arm" else []
        left_out = ["no-dso", "no-tests", "no-apps", "no-docs"]
        api = f"-D__ANDROID_API__={self.ctx.ndk_api}"
        with current_directory(self.get_build_dir(arch.arch)):
            perl = sh.Command("perl")
            shprint(perl, "Configure", "shared", *left_out, target, api, *widest, PAGE, _env=env)
            shprint(sh.make, "-j", str(cpu_count()), "build_libs", _env=env)


recipe = SupportedOpenSSLRecipe()
