"""The suites that need no window pass as the packager compiles: without asserts and docstrings."""

from __future__ import annotations

import os
import subprocess

import stage_apk

SUITES = ("tests/sync", "tests/mobile_app")
LEFT_OUT = ("tests/mobile_app/ui", "tests/mobile_app/screens")
NOT_HERE = "not kivy and not postgres and not browser"


def faults() -> list[str]:
    """Return what failed. Asserts of the tests themselves stay: pytest keeps them."""
    python = stage_apk.ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        print("  no .venv here (make setup-test): not run")
        return []
    pytest = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "-m", NOT_HERE]
    ignored = [f"--ignore={one}" for one in LEFT_OUT]
    done = subprocess.run(
        [*pytest, "-W", "ignore::pytest.PytestConfigWarning", *ignored, *SUITES],
        cwd=stage_apk.ROOT,
        env=os.environ | {"PYTHONOPTIMIZE": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    print(f"  {lines[-1] if lines else done.stderr}")
    return [one for one in lines if one.startswith("FAILED")] if done.returncode else []
