"""The tablet app on Android: the store in the app's own folder, the service beside the window."""

from __future__ import annotations

import os
from pathlib import Path

import device_check

from mobile_app.device import android
from mobile_app.main import open_window
from mobile_app.store import handover


def _opened(folder: Path, key: bytes) -> None:
    handover.offer(folder, key)
    android.start_service(str(folder))


android.hide_from_screenshots()
open_window(
    Path(os.environ["ANDROID_PRIVATE"]) / "store", on_open=_opened, check=device_check.check
)
