"""Rules for many conflicts at once: which of two values is kept, where a rule can tell.

A rule is a sentence that a coordinator could say: always the later one, always that of the agent
of the commune, always the one that was seen on a card. Where it tells nothing it says so, and a
person decides. What a rule would do is shown before it is done (`server.reviews.many`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from server.db.records import Records, Stored
from server.exchange.decide import MINE, THEIRS
from sync import local_time

Rule = Callable[[Records, Sequence[Stored], int], Mapping[bytes, str]]
"""(reviews, now) -> the side that is kept, by the review's id; none where it cannot tell."""
_SUBJECTS = {"person": "person_id", "enterprise": "enterprise_id"}
SIDES = (MINE, THEIRS)


def later(_records: Records, reviews: Sequence[Stored], _now_ms: int) -> dict[bytes, str]:
    """Keep the value that was written later."""
    found = {}
    for review in reviews:
        mine, theirs = (review.values[f"{side}_at"] for side in SIDES)
        if isinstance(mine, int) and isinstance(theirs, int) and mine != theirs:
            found[review.record_id] = MINE if mine > theirs else THEIRS
    return found


def of_commune(records: Records, reviews: Sequence[Stored], now_ms: int) -> dict[bytes, str]:
    """Keep the value of the field agent whose commune it is now, where the other's it is not."""
    grant, account = records.tables.grant, records.tables.account
    query = (
        sa.select(grant.c.agent_id, grant.c.commune_code)
        .join(account, account.c.agent_id == grant.c.agent_id)
        .where(
            grant.c.agent_id.in_(_authors(reviews)),
            grant.c.commune_code.in_({review.values["commune_code"] for review in reviews}),
            sa.or_(grant.c.valid_to.is_(None), grant.c.valid_to > now_ms),
            account.c.role == "field_agent",
        )
    )
    has = {(bytes(row.agent_id), row.commune_code) for row in records.connection.execute(query)}
    return _one_side(
        reviews,
        lambda review, side: (review.values[f"{side}_by"], review.values["commune_code"]) in has,
    )


def on_card(records: Records, reviews: Sequence[Stored], _now_ms: int) -> dict[bytes, str]:
    """Keep the value of whoever photographed the card on that day, where the other did not."""
    visit, photo = records.tables.records["visit"], records.tables.records["photo"]
    seen: set[tuple[object, object, int]] = set()
    for entity, field in _SUBJECTS.items():
        ids = {one.values["record_id"] for one in reviews if one.values["entity"] == entity}
        query = (
            sa.select(visit.c[field], visit.c.agent_id, visit.c.started_at)
            .join(photo, photo.c.visit_id == visit.c.id)
            .where(
                visit.c[field].in_(ids),
                photo.c.purpose == "identity",
                photo.c.deleted_at.is_(None),
                visit.c.started_at.is_not(None),
            )
        )
        if ids:
            for record_id, agent_id, at in records.connection.execute(query):
                seen.add((record_id, agent_id, local_time.day_of(at)))

    def is_seen(review: Stored, side: str) -> bool:
        values, at = review.values, review.values[f"{side}_at"]
        day = local_time.day_of(at) if isinstance(at, int) else 0
        return (values["record_id"], values[f"{side}_by"], day) in seen

    return _one_side(reviews, is_seen)


RULES: Mapping[str, Rule] = {"later": later, "commune": of_commune, "card": on_card}
"""By code; the words of each are `desk.rule.CODE`."""


def _authors(reviews: Sequence[Stored]) -> set[bytes]:
    found = (review.values[f"{side}_by"] for review in reviews for side in SIDES)
    return {author for author in found if isinstance(author, bytes)}


def _one_side(reviews: Sequence[Stored], is_so: Callable[[Stored, str], bool]) -> dict[bytes, str]:
    """Return the side of which something is so, where it is not of the other as well."""
    found = {}
    for review in reviews:
        sides = [side for side in SIDES if is_so(review, side)]
        if len(sides) == 1:
            found[review.record_id] = sides[0]
    return found
