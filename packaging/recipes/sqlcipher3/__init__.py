"""The encrypted database on Android: sqlcipher3 with the SQLCipher it brings, on p4a's OpenSSL.

The sources are the sdist of PyPI, SQLCipher's amalgamation in `vendor/` with them, and the hash is
PyPI's, which `requirements.lock` has too. Resolved by `make android-check`; never built, for want
of an SDK. Should it fail on a device, `mobile_app/store/database.py` is the one place that knows
the library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pythonforandroid.recipe import PyProjectRecipe


class Sqlcipher3Recipe(PyProjectRecipe):
    """One extension module; SQLite's amalgamation with SQLCipher lies in its sources."""

    name = "sqlcipher3"
    version = "0.6.4"
    url = "https://pypi.python.org/packages/source/s/sqlcipher3/sqlcipher3-{version}.tar.gz"
    sha256sum = "b02a3edfc554c9197d63ab4c38a30f7682eec65b10e5be2c9285a0d6ffb7a29a"
    depends: ClassVar = ["python3", "setuptools", "openssl"]
    site_packages_name = "sqlcipher3"

    def prebuild_arch(self, arch: Any) -> None:
        """Build without its pyproject.toml, which asks for conan to fetch a desktop's OpenSSL."""
        super().prebuild_arch(arch)
        (Path(self.get_build_dir(arch.arch)) / "pyproject.toml").unlink(missing_ok=True)

    def get_recipe_env(self, arch: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the environment with OpenSSL's headers and library."""
        env: dict[str, Any] = super().get_recipe_env(arch, **kwargs)
        openssl = self.get_recipe("openssl", self.ctx)
        env["CFLAGS"] += openssl.include_flags(arch)
        env["LDFLAGS"] += openssl.link_dirs_flags(arch)
        return env


recipe = Sqlcipher3Recipe()
