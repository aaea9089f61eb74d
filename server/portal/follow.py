"""One request followed by its reference and a code to its phone, without any registration.

Whether there is such a request, and whose phone it has, nobody learns who does not hold that phone:
a code goes to whatever phone is given, and behind it what does not belong together and what there
is not are one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server.accounts.passed_on import SUBJECTS
from server.db.records import Records, Stored
from server.exchange.stepping import steps_of
from server.portal.mine import card_of
from sync import typed
from sync.phrases import Phrases
from sync.rules.codes import CodeWrong, parse_short_code, short_code

_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{4}[- ]?[0-9A-Z]{4}(?![0-9A-Z])", re.ASCII)
_CHARS_MAX = 160
_REQUESTS_MAX = 200


def read_reference(text: str) -> str:
    """Return a request's reference, be it within a receipt's number. Raises CodeWrong: none."""
    for code in codes_in(text[:_CHARS_MAX]):
        return code
    return parse_short_code(text[:_CHARS_MAX])


def codes_in(text: str) -> list[str]:
    """Return what may be references in a text, as they are printed, in their order."""
    found: dict[str, None] = {}
    digits = typed.line(text).upper()
    for at in range(len(digits)):
        if match := _CODE.match(digits, at):
            try:
                found[parse_short_code(match[0])] = None
            except CodeWrong:
                continue
    return list(found)


def subjects_of(records: Records, phone: str) -> dict[str, list[bytes]]:
    """Return who has a phone, be it another's: their ids by entity."""
    found = {}
    for entity in sorted(SUBJECTS):
        table = records.tables.records[entity]
        query = sa.select(table.c.id).where(table.c.phone == phone, table.c.deleted_at.is_(None))
        found[entity] = [bytes(one) for one in records.connection.scalars(query)]
    return found


def requests_of(records: Records, phone: str) -> list[Stored]:
    """Return the requests of those who have a phone, the latest first."""
    table, subjects = records.tables.records["application"], subjects_of(records, phone)
    whose = [table.c[f"{entity}_id"].in_(ids) for entity, ids in subjects.items() if ids]
    if not whose:
        return []
    order = (table.c.id.desc(),)
    return records.list("application", sa.or_(*whose), order=order, limit=_REQUESTS_MAX)


def named(requests: Sequence[Stored], text: str) -> Stored | None:
    """Return the request whose reference a text has."""
    by_code = {short_code(one.record_id): one for one in requests}
    return next((by_code[code] for code in codes_in(text) if code in by_code), None)


def follow_page(
    records: Records, phone: str, text: str, phrases: Phrases, now_ms: int
) -> dict[str, Any] | None:
    """Return how a request stands, and nobody's name; None: nothing that belongs to the phone."""
    request = named(requests_of(records, phone), text)
    return card_of(phrases, request, steps_of(records, request), now_ms) if request else None
