"""What the packager starts, and `python -m mobile_app.main --store DIR`."""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("KIVY_NO_ARGS", "1")

from mobile_app.ui import fonts


def main() -> int:
    """Open the window."""
    parser = argparse.ArgumentParser(description="The tablet app.")
    parser.add_argument("--store", required=True, metavar="DIR")
    parser.add_argument("--language", choices=("ar", "fr"), default="ar")
    parser.add_argument("--theme", choices=("light", "dark", "sunlight"), default="light")
    chosen = parser.parse_args()
    fonts.install()
    # After the fonts: the text provider must be in place before the first widget is imported.
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock
    from mobile_app.device.gps import NoGps

    NuqtaApp(
        chosen.store,
        clock=SystemClock(),
        gps=NoGps(),
        language=chosen.language,
        theme=chosen.theme,
    ).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
