"""Register our fonts and the bidi text provider, before any `kivy.uix` module is imported."""

from __future__ import annotations

from kivy.core.text import LabelBase

from mobile_app.ui.text import provider
from mobile_app.ui.theme import ASSETS


def install() -> None:
    """Make every label of the app write Arabic, Tifinagh and Latin with our own fonts."""
    fonts = ASSETS / "fonts"
    provider.install()
    provider.register_family(
        "App",
        Latn=(str(fonts / "NotoSans-Regular.ttf"), str(fonts / "NotoSans-Bold.ttf")),
        Arab=(str(fonts / "NotoSansArabic-Regular.ttf"), str(fonts / "NotoSansArabic-Bold.ttf")),
        Tfng=str(fonts / "NotoSansTifinagh-Regular.ttf"),
    )
    LabelBase.register("Icons", fn_regular=str(fonts / "nuqta-icons.ttf"))
