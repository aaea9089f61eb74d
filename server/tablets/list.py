"""The list of tablets by what is to be done: call, at the next Wi-Fi, nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.db.records import Records
from server.tablets.causes import ToDo
from server.tablets.queries import enrollable, list_tablets, sms_of
from server.web.reader import Reader
from server.web.values import age
from sync.phrases import Phrases

_ICONS = {ToDo.CALL: "phone", ToDo.WIFI: "wifi", ToDo.NOTHING: "check"}


def tablets_page(
    records: Records, reader: Reader, phrases_of: Callable[[str], Phrases]
) -> dict[str, Any]:
    """Return the tablets that something is the matter with by what to do, and all others.

    Args:
        phrases_of: the words of a language, for messages to agents.
    """
    rows = list_tablets(records, reader)
    for row in rows:
        row["sms"] = sms_of(row, phrases_of) if row["code"] else ""
    groups = [
        {
            "do": act,
            "icon": _ICONS[act],
            "rows": [row for row in rows if row["do"] is act],
        }
        for act in ToDo
    ]
    called = [row["id"] for act in ToDo for row in rows if row["do"] is act and row["phone"]]
    oldest = [row["oldest_unsent_at"] or row["seen_at"] for row in rows if row["pending"]]
    return {
        "groups": [group for group in groups if group["rows"]],
        "others": [row for row in rows if row["do"] is None],
        "total": len(rows),
        "matters": sum(row["do"] is not None for row in rows),
        "pending": sum(row["pending"] for row in rows),
        "oldest": age(reader, min(oldest)) if oldest else "",
        "now": reader.now_ms,
        "agents": enrollable(records, reader),
        "first_called": called[0] if called else None,
        "keys": [
            *([("C", reader.phrases.say("desk.tablets.call"))] if called else []),
            ("S", reader.phrases.say("desk.tablets.sms")),
        ],
    }
