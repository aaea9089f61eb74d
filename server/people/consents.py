"""What a person or an enterprise agreed to: the answer to each purpose, and since when."""

from __future__ import annotations

from typing import Any

from server.db.records import Records, Stored
from server.visits.one import consents_in_words
from server.web.reader import Reader

_SHOWN_MAX = 200


def consents_of(records: Records, reader: Reader, record: Stored) -> list[dict[str, Any]]:
    """Return the last answer to each purpose, in words; those of communes the reader may see."""
    table = records.tables.records["consent"]
    column = table.c[f"{record.entity.name}_id"]
    within = reader.covers(records, "consent")
    order = (table.c.given_at.desc(), table.c.id.desc())
    found = records.list(
        "consent", column == record.record_id, within, order=order, limit=_SHOWN_MAX
    )
    latest: dict[object, Stored] = {}
    for consent in found:
        latest.setdefault(consent.values["purpose"], consent)
    answers = list(latest.values())
    return [
        {**words, "at": answer.values["withdrawn_at"] or answer.values["given_at"]}
        for answer, words in zip(answers, consents_in_words(reader, answers), strict=True)
    ]
