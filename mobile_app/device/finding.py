"""What a check of the device says of one thing; `packaging/device_check.py` looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mobile_app.device.adapters import Adapters

HOLDS, FAILS, UNSEEN = "holds", "fails", "unseen"
"""As it should be; not so; not to be seen here, as on a machine without the part."""


class Finding(NamedTuple):
    """One thing that was looked at.

    `number`: in the list of docs/how-to/first-hour-on-a-device.md. `code`: its words are
    `tablet.check.CODE`. `verdict`: HOLDS, FAILS, UNSEEN.
    `detail`: for who mends it, in English: numbers, names of versions and of exceptions, and
    nothing of any person.
    """

    number: int
    code: str
    verdict: str
    detail: str = ""


Reach = Callable[[], object]
"""Makes one call to the server of this tablet. Raises Refusal or SyncError."""
Check = Callable[[Path, Adapters, Reach | None], Iterator[Finding]]
"""Looks at a tablet, one thing after the other, on any thread.

Takes the app's folder, the adapters, and a way to the server; None: it is not linked.
"""


def report(findings: Iterable[Finding]) -> str:
    """Return the findings as a text, a line each."""
    rows = (
        f"{finding.number:2}  {finding.verdict:7} {finding.code:12} {finding.detail}"
        for finding in findings
    )
    return "\n".join(["Nuqta, check of a device", *rows, ""])
