"""What only Android can do; its classes are imported where they are used, nowhere else.

Written against the documented names, and never run on a device yet.
"""

from __future__ import annotations

from typing import Any

_FLAG_SECURE = 0x2000
_SERVICE = "ma.nuqta.nuqta.ServiceSync"


def hide_from_screenshots() -> None:
    """Keep the window out of screenshots and of the list of recent apps."""
    from android.runnable import run_on_ui_thread

    @run_on_ui_thread  # type: ignore[untyped-decorator]
    def hide() -> None:
        _activity().getWindow().addFlags(_FLAG_SECURE)

    hide()


def start_service(folder: str) -> None:
    """Start the service of the exchange on a store."""
    from jnius import autoclass

    autoclass(_SERVICE).start(_activity(), folder)


def _activity() -> Any:
    from jnius import autoclass

    return autoclass("org.kivy.android.PythonActivity").mActivity
