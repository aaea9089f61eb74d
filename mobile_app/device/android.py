"""The app and Android: a window that is not pictured.

Written against the documented names, and never run on a device yet.
"""

from __future__ import annotations

from mobile_app.device import java

_FLAG_SECURE = 0x2000


def hide_from_screenshots() -> None:
    """Keep the window out of screenshots and of the list of recent apps."""
    from android.runnable import run_on_ui_thread

    @run_on_ui_thread  # type: ignore[untyped-decorator]
    def hide() -> None:
        java.activity().getWindow().addFlags(_FLAG_SECURE)

    hide()
