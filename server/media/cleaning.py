"""Have a paper cleaned by a process of its own (`cleaner.py`), and read what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.media.cleaner import CPU_S, PAGES_MAX
from sync import limits
from sync.errors import Refusal

_WAIT_S = 2 * CPU_S
_MEDIA_TYPES = ("image/jpeg", "application/pdf")


class PaperEmpty(Refusal):
    """No file was chosen, or one without bytes."""

    code = "paper_empty"


class PaperKind(Refusal):
    """Neither a photo nor a PDF, whatever its name says."""

    code = "paper_kind"


class PaperBroken(Refusal):
    """A photo or a PDF that is cut off or damaged."""

    code = "paper_broken"


class PaperTooLarge(Refusal):
    """More bytes, pages or pixels than a paper has, or more than that once it is unfolded."""

    code = "paper_too_large"


class PaperLocked(Refusal):
    """A PDF that needs a password."""

    code = "paper_locked"


class PaperActive(Refusal):
    """A PDF that does something: a script, a program, a file within, a form that is sent."""

    code = "paper_active"


REFUSALS = {
    one.code: one
    for one in (PaperEmpty, PaperKind, PaperBroken, PaperTooLarge, PaperLocked, PaperActive)
}


@dataclass(frozen=True, slots=True)
class Clean:
    """A paper written anew. `quality` as of a `document`: only what is seen wrong with it."""

    content: bytes
    media_type: str
    pages: int
    quality: str | None


def clean(content: bytes) -> Clean:
    """Return a paper cleaned; some hundred milliseconds, so for a thread of its own.

    Raises:
        PaperEmpty, PaperKind, PaperBroken, PaperTooLarge, PaperLocked, PaperActive: as they say.
    """
    if len(content) > limits.BLOB_BYTES_MAX:
        raise refusal("paper_too_large")
    command = (sys.executable, "-m", "server.media.cleaner")
    # Nothing of the server's settings: a decoder that is turned against us finds no password.
    environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input=content,
            capture_output=True,
            env=environ,
            timeout=_WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise refusal("paper_too_large") from fault
    line, _, cleaned = done.stdout.partition(b"\n")
    if done.returncode or not line:  # killed by a limit, or broken by what it read
        raise refusal("paper_broken" if done.returncode > 0 else "paper_too_large")
    what: dict[str, Any] = json.loads(line)
    if "code" in what:
        raise refusal(what["code"])
    if what["media_type"] not in _MEDIA_TYPES or not cleaned:
        raise refusal("paper_broken")
    if len(cleaned) > limits.BLOB_BYTES_MAX:
        raise refusal("paper_too_large")
    return Clean(cleaned, what["media_type"], what["pages"], what["quality"])


def refusal(code: str) -> Refusal:
    """Return the refusal of a code, with the bounds that its sentence says."""
    return REFUSALS[code](f"paper: {code}", most=limits.BLOB_BYTES_MAX // 2**20, pages=PAGES_MAX)
