"""What the list of things to decide shows: whom each is about, what is asked, since when.

All kinds together show the first of each; one kind, chosen in the address, all of it by pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from server.db import lookup
from server.db.records import Records, Stored
from server.exchange import decide
from server.reviews import asking
from server.reviews.queries import (
    HELD,
    Filter,
    fields_asked,
    is_flag,
    list_held,
    list_reviews,
    reasons_held,
)
from server.reviews.subjects import Subject, held_subjects, reached, subjects_of
from server.reviews.words import (
    agent_names,
    asked_words,
    entity_word,
    held_reason,
    question,
    reason_word,
)
from server.web import waiting
from server.web.reader import Reader
from server.web.seen import PAGE_ROWS
from server.web.shell import DESK
from server.web.values import age
from sync.rules.codes import short_code

URL = f"{DESK}/reviews"
_FIRST_ROWS = 8


def list_page(records: Records, reader: Reader, wanted: Filter, after: bytes) -> dict[str, Any]:
    """Return the list, all kinds or one.

    Args:
        after: what the page before ended with.
    """
    counts = waiting.counted(records, reader, waiting.MORNING_MOST)
    kinds = [kind for kind in waiting.KINDS if kind.code in waiting.DECIDED_AT_REVIEWS]
    shown = [kind for kind in kinds if wanted.kind in ("", kind.code)]
    most = PAGE_ROWS if wanted.kind else _FIRST_ROWS
    cards, next_url = [], ""
    for kind in shown:
        one = replace(wanted, kind=kind.code)
        rows = rows_of_kind(records, reader, one, after=after, limit=most + 1)
        if len(rows) > most and wanted.kind:
            next_url = f"{URL}?{wanted.query}&after={rows[most - 1]['key']}"
        if rows:
            number = counts[kind.code].number if kind.code in counts else len(rows)
            rest = number - most if not wanted.kind else 0
            cards.append({"kind": kind, "rows": rows[:most], "rest": max(0, rest)})
    return {
        "cards": cards,
        "wanted": wanted,
        "address": URL,
        "kinds": _kind_chips(reader, wanted, counts),
        "menus": _menus(records, reader, wanted),
        "next": next_url,
        "first": f"{URL}?{wanted.query}" if after else "",
    }


def rows_of_kind(
    records: Records, reader: Reader, wanted: Filter, *, after: bytes = b"", limit: int
) -> list[dict[str, Any]]:
    """Return the rows of one kind, from a place on."""
    if wanted.kind == HELD:
        groups = list_held(records, reader, wanted, after=after, limit=limit)
        return held_rows(records, reader, wanted, groups)
    found = list_reviews(records, reader, wanted, after=after, limit=limit)
    return review_rows(records, reader, wanted, found)


def review_rows(
    records: Records, reader: Reader, wanted: Filter, reviews: Sequence[Stored]
) -> list[dict[str, Any]]:
    """Return reviews as lists show them."""
    keys = [(str(one.values["entity"]), one.values["record_id"]) for one in reviews]
    subjects = subjects_of(records, reader, keys)
    flagged = reached(records, reader, keys) if any(map(is_flag, reviews)) else {}
    places = lookup.commune_names(records, reader.language)
    rows = []
    for review, key in zip(reviews, keys, strict=True):
        entity, record_id = key
        assert isinstance(record_id, bytes)
        subject = subjects.get((entity, record_id), Subject())
        rows.append(
            {
                "latin": subject.latin,
                "arabic": subject.arabic,
                "code": short_code(record_id),
                "what": question(reader, *decide.field_of(records, review)),
                "detail": asked_words(records, reader, review, flagged.get((entity, record_id))),
                "place": places.get(str(review.values["commune_code"]), ""),
                "since": age(reader, review.received_at),
                "key": review.record_id.hex(),
                "url": f"{URL}/{UUID(bytes=review.record_id)}{_query(wanted)}",
            }
        )
    return rows


def held_rows(
    records: Records, reader: Reader, wanted: Filter, groups: Sequence[Sequence[Any]]
) -> list[dict[str, Any]]:
    """Return held records as lists show them."""
    subjects = held_subjects(records, reader, groups)
    places = lookup.commune_names(records, reader.language)
    names = agent_names(records, reader, (rows[0].agent_id for rows in groups))
    asked = asking.asked_about(records, [rows[0].record_id for rows in groups])
    return [
        {
            "latin": subject.latin,
            "arabic": subject.arabic,
            "code": short_code(bytes(rows[0].record_id)),
            "what": entity_word(reader, rows[0].entity),
            "detail": reader.phrases.facts(
                (
                    held_reason(reader, rows[0]),
                    names.get(rows[0].agent_id, ""),
                    _asked_word(reader, asked.get(bytes(rows[0].record_id))),
                )
            ),
            "place": places.get(subject.place, subject.place),
            "since": age(reader, rows[0].received_at),
            "key": bytes(rows[0].change_id).hex(),
            "url": f"{URL}/held/{bytes(rows[0].change_id).hex()}{_query(wanted)}",
        }
        for rows, subject in zip(groups, subjects, strict=True)
    ]


def _asked_word(reader: Reader, is_answered: bool | None) -> str:
    """Return that the agent was asked, or has answered."""
    if is_answered is None:
        return ""
    return reader.phrases.say("desk.held.answered" if is_answered else "desk.held.asked")


def _query(wanted: Filter) -> str:
    """Return what a row's address says of its list: nothing where the kind alone was chosen."""
    return f"?{wanted.query}" if wanted.field or wanted.code or wanted.agent else ""


def _kind_chips(
    reader: Reader, wanted: Filter, counts: Mapping[str, waiting.Count]
) -> list[dict[str, Any]]:
    chips = []
    for kind in waiting.KINDS:
        count = counts.get(kind.code)
        is_on = wanted.kind == kind.code
        if kind.here == "reviews" and count and (count.number or is_on):
            chips.append(
                {
                    "label": reader.phrases.say(f"desk.waiting.{kind.code}"),
                    "url": URL if is_on else kind.url,
                    "active": is_on,
                    "count": count.number,
                }
            )
    return chips


def _menus(records: Records, reader: Reader, wanted: Filter) -> list[dict[str, Any]]:
    """Return the further filters of a kind: the field of a conflict, why and whose what is held."""
    say = reader.phrases.say
    if wanted.kind == HELD:
        reasons = reasons_held(records, reader)
        names = agent_names(records, reader, (agent_id for _, agent_id, _ in reasons))
        codes = {code: reason_word(reader, code) for code, _, _ in reasons}
        agents = {agent_id: names.get(agent_id, "") for _, agent_id, _ in reasons}
        return [
            _menu(wanted, "code", say("desk.held.reason"), codes, say("desk.filter.every")),
            _menu(wanted, "agent", say("desk.visits.agent"), agents, say("desk.filter.every")),
        ]
    if wanted.kind == "conflict":
        fields = {
            name: question(reader, records.entity_by_name[entity], field)
            for name, _ in fields_asked(records, reader, wanted.kind)
            for entity, _, field in [name.partition(".")]
            if entity in records.entity_by_name
        }
        return [_menu(wanted, "field", say("desk.decide.field"), fields, say("desk.filter.every"))]
    return []


def _menu(
    wanted: Filter, name: str, label: str, words: Mapping[Any, str], every: str
) -> dict[str, Any]:
    def option(value: Any, text: str) -> dict[str, Any]:
        changed = wanted.having(name, value)
        is_on = bool(value) and getattr(wanted, name) == value
        return {"label": text, "url": f"{URL}?{changed.query}", "active": is_on}

    return {
        "label": label,
        "options": [option(None, every), *(option(*one) for one in words.items())],
    }
