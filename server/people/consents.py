"""What a person or an enterprise agreed to: the answer to each purpose, and since when."""

from __future__ import annotations

from typing import Any

from server.db.records import Records, Stored
from server.visits.one import consents_in_words
from server.web.reader import Reader
from server.web.seen import seen_of

_SHOWN_MAX = 200


def consents_of(records: Records, reader: Reader, record: Stored) -> list[dict[str, Any]]:
    """Return the last answer to each purpose, in words; those of communes the reader may see."""
    field, ids, order = f"{record.entity.name}_id", [record.record_id], ("-given_at", "-id")
    found = seen_of(records, reader, "consent", field, ids, order=order, limit=_SHOWN_MAX)
    latest: dict[object, Stored] = {}
    for consent in found:
        latest.setdefault(consent.values["purpose"], consent)
    answers = list(latest.values())
    return [
        {**words, "at": answer.values["withdrawn_at"] or answer.values["given_at"]}
        for answer, words in zip(answers, consents_in_words(reader, answers), strict=True)
    ]
