"""Ask all the questions, say what was found, and last what cannot be known without a device."""

from __future__ import annotations

import sys

import stage_apk

from android_check import rendered, resolved

CANNOT = """\
What this cannot know: whether the NDK compiles any of it, whether Gradle takes the manifest (aapt2
knows the framework of API 29), and what a tablet does with it: docs/how-to/build-the-apk.md."""


def main() -> int:
    """Check everything. Returns 1 if anything would not build."""
    source = stage_apk.stage(stage_apk.STAGE)
    print("imports:")
    faults = resolved.faults(source)
    print("manifest:")
    with rendered.rendered(None) as made:
        faults += rendered.link_faults(made) + rendered.manifest_faults(made)
    print("\n".join(faults) if faults else "Everything would resolve. Nothing was built.")
    print(CANNOT)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
