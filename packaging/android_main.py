"""The tablet app on Android: no picture of its window; the store in the app's own folder."""

from __future__ import annotations

import os
from pathlib import Path

import device_check

from mobile_app.device import android
from mobile_app.main import open_window

android.hide_from_screenshots()
open_window(Path(os.environ["ANDROID_PRIVATE"]) / "store", check=device_check.check)
