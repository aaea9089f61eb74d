"""Who is found among people and enterprises, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from server.accounts import proxies
from server.applications.beside import maturity_of
from server.applications.queries import requests_of
from server.db import lookup
from server.db.records import Records, Stored
from server.duplicates.queries import merges_into
from server.exchange.history import past_values
from server.market.desk_pages import of_enterprise
from server.people import holdings
from server.people.consents import consents_of
from server.people.subjects import PEOPLE, Subject
from server.rights import Right
from server.services.facts import answers_of
from server.services.shown import conditions_of, row_of
from server.visits.commands import is_family
from server.visits.queries import Filter, list_visits
from server.visits.rows import rows_of as visit_rows
from server.voice.queries import recordings_of
from server.web.reader import Reader, word
from server.web.seen import PAGE_ROWS, search, seen_of
from server.web.values import shown, years_of
from sync import flat
from sync.merge import OVERWRITTEN
from sync.rules.codes import short_code
from sync.spec import Entity

SEARCH_ROWS = PAGE_ROWS
"""Of who answers to what was typed, the best: whoever is not there is found by one more word."""
_IN_THE_TITLE = ("name_ar", "name_fr")


def search_rows(
    records: Records, reader: Reader, subject: Subject, sought: lookup.Sought
) -> list[dict[str, Any]]:
    """Return who answers to what was typed, the best first; nobody for an empty text.

    One more than is shown, where there are more.
    """
    found = search(records, reader, subject.entity.name, sought, SEARCH_ROWS + 1)
    return rows_of(records, reader, subject, found)


def rows_of(
    records: Records, reader: Reader, subject: Subject, found: Sequence[Stored]
) -> list[dict[str, Any]]:
    """Return people or enterprises as a list shows them."""
    places = lookup.commune_names(records, reader.language) if found else {}
    return [
        {
            "id": record.record_id.hex(),
            "url": f"{subject.url}/{UUID(bytes=record.record_id)}",
            "latin": record.values["name_fr"] or "",
            "arabic": record.values["name_ar"] or "",
            "place": places.get(str(record.values["commune_code"]), record.values["commune_code"]),
            "douar": record.values["douar"] or "",
            "phone": record.values["phone"] or "",
            "age": years_of(reader, record),
            "fact": word(reader, "enterprise", "legal_form", record.values.get("legal_form"))
            or word(reader, "person", "sex", record.values.get("sex")),
        }
        for record in found
    ]


def known_of(records: Records, reader: Reader, subject: Subject, record: Stored) -> dict[str, Any]:
    """Return what the page of a record shows beside its form."""
    entity, record_id = subject.entity.name, record.record_id
    is_person = subject is PEOPLE
    wanted = Filter(person=record_id) if is_person else Filter(enterprise=record_id)
    visits = list_visits(records, reader, wanted, after=None, limit=PAGE_ROWS)
    return {
        "facts": _facts(records, reader, subject, record),
        "services": [
            {
                **row_of(reader.phrases, one, reader.language),
                "conditions": conditions_of(reader.phrases, one, reader.language),
            }
            for one in answers_of(
                records,
                record,
                reader.now_ms,
                lambda name, field, whose: seen_of(records, reader, name, field, [whose]),
            )
        ],
        "speakers": [
            (one.name, reader.phrases.say(f"portal.proxy.role.{one.role}"))
            for one in proxies.of_subject(records, record, reader.now_ms)
        ],
        "maturity": maturity_of(records, reader.phrases, record)
        if reader.may(Right.SEE_VISITS)
        else None,
        "holdings": holdings.rows_of(records, reader, entity, record_id),
        "offers": [] if is_person else of_enterprise(records, reader, record_id),
        "requests": requests_of(records, reader, entity, record_id),
        "recordings": recordings_of(records, reader, entity, [record_id])[record_id],
        "visits": visit_rows(records, reader, visits),
        "consents": consents_of(records, reader, record),
        "merges": merges_into(records, reader, record_id),
        "is_family": is_family(records, reader.session.agent_id, record_id),
        "past": [
            {
                "title": _what_was(reader, record.entity, past),
                "detail": reader.phrases.facts(_who_and_how(reader, past)),
                "state": "done" if past["outcome"] == OVERWRITTEN else "attention",
            }
            for past in past_values(records, record)
        ],
    }


def _facts(
    records: Records, reader: Reader, subject: Subject, record: Stored
) -> list[tuple[str, str, str, str]]:
    """Return (label, value, form, field) of what is known."""
    values, say = record.values, reader.phrases.say
    places = lookup.commune_names(records, reader.language)
    facts = [
        (say("desk.visits.code"), short_code(record.record_id), "code", ""),
        (
            say("desk.visits.commune"),
            places.get(str(values["commune_code"]), ""),
            "",
            "commune_code",
        ),
    ]
    for name in subject.shown + subject.edited:
        value = values.get(name)
        if value is not None and name not in _IN_THE_TITLE:
            label = say(f"{subject.entity.name}.field.{name}")
            facts.append((label, shown(reader, record.entity, name, value), "", name))
    return facts


def _what_was(reader: Reader, entity: Entity, past: Mapping[str, Any]) -> str:
    """Return a field, and a value that it had."""
    name = past["field"]
    value = flat.from_flat(entity, {name: past["value"]})[name]
    field = reader.phrases.say(f"{entity.name}.field.{name}")
    return reader.phrases.say(
        "desk.history.was", field=field, value=shown(reader, entity, name, value)
    )


def _who_and_how(reader: Reader, past: Mapping[str, Any]) -> Iterator[str]:
    """Yield who wrote a value, what became of it, and by whom that stands instead."""
    if past["author"]:
        yield past["author"]
    yield reader.phrases.say(f"desk.history.{past['outcome']}")
    if past["replaced_by"]:
        yield reader.phrases.say("desk.history.instead", who=past["replaced_by"])
