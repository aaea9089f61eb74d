"""An identifier that two enterprises bear: whoever decides is asked, and nothing is refused.

The review keeps the record that came later and its identifier; `mine` names the other record.
"""

from __future__ import annotations

from server.db.records import Stored
from server.db.work import Author, Work

KIND = "duplicate"
_FIELD = "ice"


def ask_if_known(work: Work, record: Stored, author: Author) -> None:
    """Ask a person where another enterprise has the same ICE as one just stored or corrected.

    Two that come at the same moment wait for one another, so that one of them sees the other.
    """
    ice = record.values.get(_FIELD)
    if record.entity.name != "enterprise" or not isinstance(ice, str):
        return
    work.lock_name(_FIELD, ice)
    table = work.tables.records["enterprise"]
    known = {other.record_id: other for other in work.list("enterprise", table.c.ice == ice)}
    # What this work has not written yet: one push may bring both enterprises.
    known |= {other.record_id: other for other in work.under_change("enterprise")}
    for other in sorted(known.values(), key=lambda other: other.record_id):
        is_same = other.values.get(_FIELD) == ice and other.deleted_at is None
        if is_same and other.record_id != record.record_id:
            _ask(work, record, other, ice, author)
            return  # one question: whoever answers it sees the others by their number


def _ask(work: Work, record: Stored, other: Stored, ice: str, author: Author) -> None:
    work.insert(
        "review",
        {
            "commune_code": record.values["commune_code"],
            "kind": KIND,
            "entity": "enterprise",
            "record_id": record.record_id,
            "field": _FIELD,
            "mine": other.record_id.hex(),
            "theirs": ice,
            "theirs_by": author.agent_id,
            "theirs_at": work.now_ms,
            "state": "open",
        },
        author,
    )
