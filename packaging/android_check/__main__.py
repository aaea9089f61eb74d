"""Ask all the questions, say what was found, and last what cannot be known without a device."""

from __future__ import annotations

import sys
from collections.abc import Callable

import stage_apk

from android_check import compiled, guarded, optimized, pinned, rendered, resolved, sizes

PRIVATE = "src/main/assets/private.tar"
"""What is ours, as python-for-android packs it."""
CANNOT = """\
What this cannot know: whether the NDK compiles any of it, whether Gradle takes the manifest (aapt2
knows the framework of API 29), what is in the pages of libraries that are not built yet
(apk_check.py reads them), and what a tablet does with it: docs/how-to/build-the-apk.md."""


def main() -> int:
    """Check everything. Returns 1 if anything would not build."""
    found: list[str] = []

    def ask(what: str, question: Callable[[], list[str]]) -> None:
        print(f"{what}:", flush=True)
        found.extend(question())

    source = stage_apk.stage(stage_apk.STAGE)
    android = resolved.Android()
    ask("imports", lambda: resolved.faults(source, android))
    ask("recipes", lambda: pinned.faults(android))
    sdl = compiled.sdl_sources()
    with rendered.rendered(sdl.folder if sdl else None) as made:
        ask("manifest", lambda: rendered.link_faults(made) + rendered.manifest_faults(made))
        ask("Java", lambda: compiled.faults(made, sdl))
        private = (made.folder / PRIVATE).stat().st_size
    ask("guards", lambda: guarded.faults(stage_apk.ROOT))
    ask("without asserts", optimized.faults)
    ask("sizes", lambda: sizes.faults(android, private))
    print("\n".join(found) if found else "Everything would resolve. Nothing was built.")
    print(CANNOT)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
