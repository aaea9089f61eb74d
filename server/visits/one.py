"""All that was captured in a visit, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from server.applications.queries import service_name
from server.db import lookup
from server.db.records import Records, Stored
from server.photos.queries import photos_of
from server.reference import files
from server.reviews.asking import titles_of
from server.rights import Right
from server.visits import commands
from server.visits.flags import flags_of
from server.visits.past import changes_since, history_of, past_of
from server.visits.queries import ACCEPTED, RETURNED, Filter, neighbours
from server.visits.rows import URL, rows_of, state_words
from server.voice.queries import recordings_of
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen, named, seen_of
from server.web.shell import DESK
from server.web.values import NONE, shown
from sync import local_time
from sync.merge import last_writer
from sync.rules import flags, maturity
from sync.rules.codes import short_code
from sync.rules.returns import PARTS

_EPOCH = date(1970, 1, 1)
_DAY_MS = 24 * 60 * 60 * 1000
_FACTS = ("point_id", "language", "services", "present_total", "present_women", "present_youth")


def visit_page(records: Records, reader: Reader, visit_id: str, wanted: Filter) -> dict[str, Any]:
    """Return what the page of a visit shows. Raises NotFound: none that the reader may see."""
    visit = get_seen(records, reader, "visit", visit_id)
    (row,) = rows_of(records, reader, [visit])
    values: Mapping[str, Any] = visit.values
    photos = photos_of(records, reader, visit.record_id)
    past = past_of(records, visit)
    before, after = neighbours(records, reader, wanted, visit)
    needs, urgent = set(values["needs"] or ()), values["urgent_needs"] or ()
    consents = _consents(records, reader, visit)
    recordings = recordings_of(records, reader, "visit", [visit.record_id])[visit.record_id]
    return {
        "row": row,
        "visit": visit,
        "values": values,
        "ref": short_code(visit.record_id),
        "facts": _facts(records, reader, visit),
        "flags": flags_of(records, reader, [visit.record_id])[visit.record_id],
        "photos": [photo for photo in photos if not photo["is_signature"]],
        "signature": next((photo for photo in photos if photo["is_signature"]), None),
        "recordings": [one for one in recordings if one["purpose"] != "return"],
        "questions": [one for one in recordings if one["purpose"] == "return"],
        "consents": consents,
        "witness": next((one["witness"] for one in consents if one["witness"]), ""),
        "needs": [word(reader, "visit", "needs", one) for one in sorted(needs - {*urgent})],
        "urgent": [word(reader, "visit", "needs", one) for one in urgent],
        "tasks": _tasks(records, reader, visit),
        "requests": _requests(records, reader, visit),
        "maturity": _maturity(records, reader, visit),
        "amends": _amends(records, reader, visit),
        "place": _place(records, reader, visit),
        "corrected_field": part_words(reader, str(values["returned_field"] or "notes")),
        "changes": changes_since(records, reader, visit, past),
        "history": history_of(records, reader, visit, past),
        "decision": _decision(records, reader, visit),
        "judging": _judging(records, reader, visit),
        "subject_url": _subject_url(records, reader, visit),
        "before": before,
        "after": after,
    }


def _facts(records: Records, reader: Reader, visit: Stored) -> list[tuple[str, str, str]]:
    """Return (label, value, field) of what is in no card of its own; what was not said is not."""
    say = reader.phrases.say
    values: Mapping[str, Any] = visit.values
    facts = [
        (say("desk.visits.when"), _when(reader, values), "started_at"),
        (
            say("visit.field.channel"),
            word(reader, "visit", "channel", values["channel"]),
            "channel",
        ),
        (say("desk.visits.commune"), _commune(records, reader, visit), "commune_code"),
    ]
    agents = lookup.agents(records, [values["agent_id"]])
    agent = next(iter(agents.values()), None)
    facts.append((say("desk.visits.agent"), name_of(agent, reader.language), "agent_id"))
    for name in _FACTS:
        value = values[name]
        if name == "point_id":
            point = named(records, reader, "contact_point", [value])
            found = name_of(next(iter(point.values()), None), reader.language)
        else:
            found = shown(reader, visit.entity, name, value) if value is not None else ""
        facts.append((say(f"visit.field.{name}"), found, name))
    if values["satisfaction"] is not None:
        said = say(f"visit.satisfaction.{values['satisfaction']}")
        facts.append((say("visit.field.satisfaction"), said, "satisfaction"))
    return [fact for fact in facts if fact[1] and fact[1] != NONE]


def _when(reader: Reader, values: Mapping[str, Any]) -> str:
    phrases, start, end = reader.phrases, values["started_at"], values["ended_at"]
    if start is None:
        return phrases.day(values["planned_on"]) if values["planned_on"] is not None else ""
    if end is None or local_time.day_of(start) != local_time.day_of(end):
        return phrases.moment(start)
    day = phrases.day(local_time.day_of(start))
    return phrases.say(
        "desk.visits.from_to", day=day, start=phrases.time(start), end=phrases.time(end)
    )


def _commune(records: Records, reader: Reader, visit: Stored) -> str:
    places = lookup.commune_names(records, reader.language)
    return places.get(str(visit.values["commune_code"]), str(visit.values["commune_code"]))


def _beside(records: Records, reader: Reader, entity: str, visit: Stored) -> list[Stored]:
    return seen_of(records, reader, entity, "visit_id", [visit.record_id])


def _consents(records: Records, reader: Reader, visit: Stored) -> list[dict[str, Any]]:
    return consents_in_words(reader, _beside(records, reader, "consent", visit))


def consents_in_words(reader: Reader, consents: Sequence[Stored]) -> list[dict[str, Any]]:
    """Return what was answered to each question, how, and with which text."""
    say = reader.phrases.say
    found = []
    for consent in consents:
        values = consent.values
        purpose = str(values["purpose"])
        name = values["witness_name"]
        witness = say("desk.visits.witness", name=name) if name else ""
        facts = (
            word(reader, "consent", "method", values["method"]),
            witness,
            word(reader, "visit", "language", values["language"]),
            say("desk.visits.read_aloud") if values["read_aloud"] else "",
        )
        text = say(f"consent.text.{purpose}")
        found.append(
            {
                "words": word(reader, "consent", "purpose", purpose),
                "given": bool(values["given"]) and values["withdrawn_at"] is None,
                "withdrawn_at": values["withdrawn_at"],
                "text": "" if text.startswith("[") else text,
                "version": values["text_version"] or "",
                "detail": reader.phrases.facts(facts),
                "witness": witness,
            }
        )
    return found


def _tasks(records: Records, reader: Reader, visit: Stored) -> list[dict[str, Any]]:
    tasks = _beside(records, reader, "task", visit)
    owners = lookup.agents(records, (task.values["owner_id"] for task in tasks))
    titles = titles_of(records, reader, [task.record_id for task in tasks])
    return [
        {
            "title": titles.get(task.record_id)
            or task.values["title"]
            or word(reader, "task", "kind", task.values["kind"]),
            "owner": name_of(owners.get(_key(task.values["owner_id"])), reader.language),
            "due_on": task.values["due_on"],
            "state": word(reader, "task", "state", task.values["state"]),
        }
        for task in tasks
    ]


def _requests(records: Records, reader: Reader, visit: Stored) -> list[dict[str, Any]]:
    """Return the requests that its agent opened for whom they visited, on the day of the visit."""
    values: Mapping[str, Any] = visit.values
    start = values["started_at"]
    if start is None or not reader.may(Right.SEE_REQUESTS):
        return []
    table = records.tables.records["application"]
    subject = "person_id" if values["person_id"] else "enterprise_id"
    day = local_time.day_start(local_time.day_of(start))
    found = records.list(
        "application",
        table.c[subject] == values[subject],
        table.c.created_by == values["agent_id"],
        table.c.created_at.between(day, day + _DAY_MS - 1),
        reader.covers(records, "application"),
    )
    return [
        {
            "service": service_name(reader, request),
            "state": word(reader, "application", "state", request.values["state"]),
        }
        for request in found
    ]


def _maturity(records: Records, reader: Reader, visit: Stored) -> dict[str, Any] | None:
    found = _beside(records, reader, "maturity_assessment", visit)
    if not found:
        return None
    values: Mapping[str, Any] = found[-1].values
    say = reader.phrases.say
    form = files.maturity_forms().get(str(values["form"]))
    items = {item.code: item.action[reader.language] for item in form.items} if form else {}
    dimensions = form.dimensions if form else ()
    return {
        "level": word(reader, "maturity_assessment", "level", values["level"]),
        "total": values["total_percent"],
        "dimensions": [
            (say(f"maturity_assessment.field.{name}_percent"), values[f"{name}_percent"])
            for name in dimensions
            if values.get(f"{name}_percent") is not None
        ],
        "actions": [items.get(code, code) for code in values["actions"] or ()],
        "is_other": values["form_version"] != maturity.FORM_VERSION,
    }


def _amends(records: Records, reader: Reader, visit: Stored) -> dict[str, Any]:
    """Return the visit that this one amends, with the reason, and those that amend it."""
    table, values = records.tables.records["visit"], visit.values
    # Of the same person or enterprise: there is no index of what amends, and they are few.
    subject = "person_id" if values["person_id"] else "enterprise_id"
    later = []
    if values[subject] is not None:
        later = records.list(
            "visit",
            table.c[subject] == values[subject],
            table.c.amends_id == visit.record_id,
            reader.covers(records, "visit"),
        )
    amended = named(records, reader, "visit", [values["amends_id"]])
    return {
        "url": _url(next(iter(amended), None)),
        "reason": values["amend_reason"] or "",
        "later": [
            {"url": _url(other.record_id), "reason": other.values["amend_reason"] or ""}
            for other in later
        ],
    }


def _place(records: Records, reader: Reader, visit: Stored) -> dict[str, Any]:
    phrases = reader.phrases
    values: Mapping[str, Any] = visit.values
    commune = next(
        iter(
            records.list(
                "commune",
                records.tables.records["commune"].c.code == values["commune_code"],
                limit=1,
            )
        ),
        None,
    )
    if values["latitude"] is None or values["longitude"] is None:
        missing = word(reader, "visit", "position_missing", values["position_missing"])
        return {"is_known": False, "words": missing, "commune": commune}
    latitude, longitude = values["latitude"] / 10**6, values["longitude"] / 10**6
    words = []
    if values["accuracy_m"] is not None:
        words.append(phrases.say("desk.visits.accuracy", n=values["accuracy_m"]))
    centre: Mapping[str, Any] = commune.values if commune is not None else {}
    if centre.get("latitude") is not None and centre.get("longitude") is not None:
        point = centre["latitude"] / 10**6, centre["longitude"] / 10**6
        away = flags.distance_m(latitude, longitude, *point)
        name = name_of(commune, reader.language)
        near = phrases.say("desk.metres", n=10 * round(away / 10))
        far = phrases.say("desk.km", n=phrases.number(away / 1000, 1))
        words.append(
            phrases.say("desk.visits.away", distance=near if away < 1000 else far, place=name)
        )
    return {
        "is_known": True,
        "latitude": latitude,
        "longitude": longitude,
        "words": phrases.listed(words),
        "code": f"{latitude:.5f}, {longitude:.5f}",
        "is_mock": bool(values["position_mock"]),
        "commune": commune,
    }


def _decision(records: Records, reader: Reader, visit: Stored) -> dict[str, Any] | None:
    """Return what was decided of a visit last: by whom, when, what was asked."""
    values = visit.values
    state = values["review_state"]
    if state not in (ACCEPTED, RETURNED):
        return None
    writer = last_writer(visit.entity, visit.writers, "review_state")
    agents = lookup.agents(records, [writer.agent_id])
    field = str(values["returned_field"] or "")
    return {
        "state": state,
        "words": state_words(reader, visit),
        "by": name_of(next(iter(agents.values()), None), reader.language),
        "at": writer.at,
        "field": part_words(reader, field) if state == RETURNED and field else "",
        "note": values["returned_note"] or "",
        "due_on": values["returned_due_on"],
        "is_late": state == RETURNED
        and isinstance(values["returned_due_on"], int)
        and values["returned_due_on"] < local_time.day_of(reader.now_ms),
    }


def _judging(records: Records, reader: Reader, visit: Stored) -> dict[str, Any]:
    """Return whether the reader may decide, and why not accept."""
    may = reader.may(Right.DECIDE) and visit.values["started_at"] is not None
    by = reader.session.agent_id
    refusal = commands.why_not(records, visit, by) if may else None
    subject = visit.values["person_id"] or visit.values["enterprise_id"]
    today = local_time.day_of(reader.now_ms)
    sentence = reader.phrases.sentence(refusal.code, {"entity": "visit"}) if refusal else ""
    return {
        "may": may,
        "may_accept": may and refusal is None and visit.values["review_state"] != ACCEPTED,
        "why_not": sentence,
        "is_family": commands.is_family(records, by, subject),
        "has_subject": subject is not None,
        "fields": [(name, part_words(reader, name)) for name in commands.RETURNABLE],
        "due_on": (_EPOCH + timedelta(commands.due_day(today))).isoformat(),
    }


def part_words(reader: Reader, named_field: str) -> str:
    """Return what a return names, in words."""
    if named_field in PARTS:
        return reader.phrases.say(f"desk.visits.part.{named_field}")
    return reader.phrases.say(f"visit.field.{named_field}")


def _subject_url(records: Records, reader: Reader, visit: Stored) -> str:
    for entity, folder in (("person", "people"), ("enterprise", "enterprises")):
        subject_id = visit.values[f"{entity}_id"]
        if isinstance(subject_id, bytes) and named(records, reader, entity, [subject_id]):
            return f"{DESK}/{folder}/{UUID(bytes=subject_id)}"
    return ""


def _url(record_id: bytes | None) -> str:
    return f"{URL}/{UUID(bytes=record_id)}" if record_id else ""


def _key(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
