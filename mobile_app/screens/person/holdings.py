"""The holdings of a farmer or an enterprise, as rows of their screen."""

from __future__ import annotations

from mobile_app.screens.context import Context
from mobile_app.store.records import Record
from sync import local_time
from sync.entities import holding_words
from sync.rules.seasons import season_of
from sync.spec import Values


def holdings_of(context: Context, entity: str, record_id: bytes) -> list[Record]:
    """Return the holdings of a person or an enterprise, the first noted first."""
    return list(context.opened.list("holding", f"{entity}_id = ?", (record_id,), order="id"))


def rows_of(context: Context, entity: str, record_id: bytes) -> list[tuple[bytes, str, str]]:
    """Return each holding: id, area and tenure, and what grows there and where it is."""
    rows = []
    for one in holdings_of(context, entity, record_id):
        values, phrases = one.values, context.phrases
        place = context.commune(values["commune_code"])
        where = context.listed(str(part) for part in (values["douar"], place) if part)
        title = holding_words.headed(phrases, values)
        rows.append(
            (one.record_id, title, context.facts(where, holding_words.grown(phrases, values)))
        )
    return rows


def given_of(context: Context, entity: str, subject: Record) -> Values:
    """Return what a new holding begins with: whose it is, where they live, the season."""
    return {
        f"{entity}_id": subject.record_id,
        "commune_code": subject.values["commune_code"],
        "season": season_of(local_time.day_of(context.now_ms())),
    }
