"""python-for-android's cryptography, linked against Python's library, which its own forgets.

Without it the build succeeds and the import fails on the tablet: `_rust.abi3.so` finds none of
Python's names (kivy/python-for-android#3329; mended there after the release that is pinned).
"""

from __future__ import annotations

from typing import Any

from pythonforandroid.recipes.cryptography import CryptographyRecipe


class LinkedCryptographyRecipe(CryptographyRecipe):
    """The release's recipe with one more argument for the linker."""

    def get_recipe_env(self, arch: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the environment; its -L for Python's library is there already."""
        env: dict[str, Any] = super().get_recipe_env(arch, **kwargs)
        env["RUSTFLAGS"] += f" -Clink-arg=-lpython{self.ctx.python_recipe.link_version}"
        return env


recipe = LinkedCryptographyRecipe()
