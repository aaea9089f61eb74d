"""Who captured a record, when and with what: the last three fields every captured record shares.

The store fills them when a form does not.
"""

from __future__ import annotations

from sync.spec import Field, choice, moment, ref

CAPTURED: tuple[Field, ...] = (
    moment("created_at", fixed=True),
    ref("created_by", "agent", fixed=True, own=True),
    choice(
        "source",
        "tablet",
        "web",
        "portal",
        "import",
        "pilot",
        fixed=True,
        office=("web", "portal", "import", "pilot"),
    ),
)
