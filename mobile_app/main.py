"""What the packager starts, and `python -m mobile_app.main --store DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("KIVY_NO_ARGS", "1")

from mobile_app.ui import fonts


def main() -> int:
    """Open the window."""
    parser = argparse.ArgumentParser(description="The tablet app.")
    parser.add_argument("--store", required=True, metavar="DIR")
    parser.add_argument("--language", choices=("ar", "fr"), default="ar")
    parser.add_argument("--theme", choices=("light", "dark", "sunlight"), default="light")
    chosen = parser.parse_args()
    open_window(chosen.store, language=chosen.language, theme=chosen.theme)
    return 0


def open_window(folder: Path | str, **settings: Any) -> None:
    """Run the app until its window is closed. `settings`: as `NuqtaApp` takes them."""
    fonts.install()
    # After the fonts: the text provider must be in place before the first widget is imported.
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock

    NuqtaApp(folder, clock=SystemClock(), **settings).run()


if __name__ == "__main__":
    sys.exit(main())
