"""Sessions of training: planned at the desk or on a tablet, filled by places that are given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.applications.attestations import is_due, title_of
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.db.work import Author, Work
from server.exchange import passing
from server.exchange.duplicates import ask_if_known
from server.exchange.stepping import Step, take
from server.offices.commands import RequestTaken, why_not
from server.offices.queries import actor_of
from server.phrases import SPOKEN, load_phrases
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import Reading, RecordForm, changed
from server.web.reader import Reader, name_of, word
from server.web.seen import get_seen, named
from server.web.shell import DESK
from sync import local_time, typed
from sync.checks import Missing, TooLong
from sync.entities.training import TRAINING_SESSION
from sync.errors import Refusal
from sync.limits import NAME_CHARS_MAX
from sync.phrases import has_arabic
from sync.reading import read_typed
from sync.rules.applications import GRANTED
from sync.scopes import province_of
from sync.spec import Value, Values

URL = f"{DESK}/sessions"
SERVICE = "training"
EDITED = ("topic", "title", "commune_code", "place", "language", "level", "places", "is_women_only")
_SESSIONS_MOST = 100
_MINUTE_MS = 60_000
_TAKEN = ("enrolled", "present")


class SessionFull(Refusal):
    """All places of the session are given."""

    code = "session_full"


class SessionOver(Refusal):
    """The session was held, cancelled, or has begun."""

    code = "training_over"


class NoPlaceAsked(Refusal):
    """The request asks for no training, or not any more."""

    code = "no_place_asked"


def list_page(records: Records, reader: Reader) -> dict[str, Any]:
    """Return what the page of the sessions shows: those to come first."""
    table = records.tables.records["training_session"]
    found = records.list(
        "training_session",
        reader.covers(records, "training_session"),
        order=(table.c.starts_at.desc(), table.c.id.desc()),
        limit=_SESSIONS_MOST,
    )
    return {"rows": rows_of(records, reader, found)}


def rows_of(records: Records, reader: Reader, found: list[Stored]) -> list[dict[str, Any]]:
    """Return sessions as lists show them."""
    places, taken = lookup.commune_names(records, reader.language), _taken(records, found)
    phrases, rows = reader.phrases, []
    for one in found:
        values, at = one.values, one.values["starts_at"]
        commune = places.get(str(values["commune_code"]), "")
        where = phrases.listed(str(part) for part in (values["place"], commune) if part)
        spoken = word(reader, "training_session", "language", values["language"])
        women = phrases.say("training.women") if values["is_women_only"] else ""
        rows.append(
            {
                "id": str(UUID(bytes=one.record_id)),
                "url": f"{URL}/{UUID(bytes=one.record_id)}",
                "title": title_of(phrases, one),
                "when": phrases.moment(at, "short") if isinstance(at, int) else "",
                "where": where,
                "about": phrases.facts((spoken, women)),
                "places": _places_words(reader, values["places"], taken.get(one.record_id, 0)),
                "state": word(reader, "training_session", "state", values["state"] or "planned"),
            }
        )
    return rows


def _places_words(reader: Reader, places: Value, taken: int) -> str:
    number = reader.phrases.number
    if not isinstance(places, int):
        return reader.phrases.say("training.taken", n=number(taken))
    return reader.phrases.say("training.taken_of", n=number(taken), of=number(places))


def _taken(records: Records, found: list[Stored]) -> Mapping[bytes, int]:
    table = records.tables.records["attendance"]
    query = (
        sa.select(table.c.session_id, sa.func.count())
        .where(
            table.c.session_id.in_([one.record_id for one in found]),
            table.c.deleted_at.is_(None),
            table.c.state.in_(_TAKEN),
        )
        .group_by(table.c.session_id)
    )
    return {bytes(row[0]): int(row[1]) for row in records.connection.execute(query)}


def session_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a session shows. Raises NotFound."""
    session = get_seen(records, reader, "training_session", text)
    (row,) = rows_of(records, reader, [session])
    table = records.tables.records["attendance"]
    found = records.list(
        "attendance",
        table.c.session_id == session.record_id,
        reader.covers(records, "attendance"),
    )
    people = named(records, reader, "person", (one.values["person_id"] for one in found))
    say = reader.phrases.say
    return {
        "session": row,
        "people": [
            {
                "name": name_of(people.get(_id(one, "person_id")), reader.language)
                or say("desk.entity.person"),
                "scores": reader.phrases.facts(
                    f"{say(f'attendance.field.{name}')} {reader.phrases.percent(of / 100, 0)}"
                    for name in ("score_before_percent", "score_after_percent")
                    if isinstance(of := one.values[name], int)
                ),
                "state": word(reader, "attendance", "state", one.values["state"] or "enrolled"),
                "url": f"{URL}/{row['id']}/attestation/{UUID(bytes=one.record_id)}"
                if is_due(one, session)
                else "",
            }
            for one in found
        ],
    }


def attendance_of(records: Records, reader: Reader, session: str, text: str) -> Stored:
    """Return who was at a session, as the reader may see it. Raises NotFound."""
    found = get_seen(records, reader, "attendance", text)
    seen = get_seen(records, reader, "training_session", session)
    if found.values["session_id"] != seen.record_id:
        raise NotFound("attendance: of another session", entity="attendance")
    return found


def form_of(records: Records, reader: Reader) -> RecordForm:
    """Return the form of a session; day and hour stand beside it."""
    names = lookup.commune_names(records, reader.language)
    communes = reader.communes(Right.DECIDE, names)
    needed = ("topic", "commune_code", "place", "places")
    yes_no = [(code, reader.phrases.say(f"tablet.{word}")) for code, word in _YES_NO]
    options = {"commune_code": communes, "is_women_only": yes_no}
    return RecordForm(TRAINING_SESSION, EDITED, options, required=needed)


_YES_NO = (("true", "yes"), ("false", "no"))


def plan(work: Work, reader: Reader, form: Asked) -> bytes:
    """Store a session that is to come. Returns its id.

    Raises:
        Missing, NotFound, SessionOver, NumberWrong, ...: each at its field.
    """
    options = form_of(work, reader)
    communes = dict(options.options["commune_code"])

    def read(name: str, text: str) -> Value:
        if name == "commune_code" and text not in communes:
            raise NotFound("session: a commune of others", entity="training_session", field=name)
        if name == "is_women_only":
            return text == "true"
        return read_typed(TRAINING_SESSION, name, text)

    reading = Reading()
    values = reading.take(partial(changed, TRAINING_SESSION, EDITED, form, read)) or Values()
    starts_at = reading.take(partial(_starts_at, form, work.now_ms))
    for name in options.required:
        if not form.get(name):
            reading.take(partial(_lacks, name))
    reading.end()
    by, more = reader.session.agent_id, Values(starts_at=starts_at, state="planned")
    return work.insert("training_session", {**values, **more}, Author(by)).record_id


def _starts_at(form: Asked, now_ms: int) -> int:
    day = form.day("on")
    hour = re.fullmatch(r"(\d{1,2})[:h ](\d{2})", typed.text(form.get("hour")), re.ASCII)
    if day is None or hour is None or int(hour[1]) > 23 or int(hour[2]) > 59:
        raise Missing("session: when", entity="training_session", field="starts_at")
    minutes = int(hour[1]) * 60 + int(hour[2])
    at = local_time.day_start(day) + minutes * _MINUTE_MS
    if at <= now_ms:
        raise SessionOver("session: in the past", field="starts_at")
    return at


def _lacks(name: str) -> None:
    raise Missing(f"session: no {name}", entity="training_session", field=name)


# A place for a request


def place_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page shows on which a request gets its place. Raises NotFound."""
    request = get_seen(records, reader, "application", text, Right.DECIDE)
    person = _person_of(records, request)
    asked_by = person
    if asked_by is None:
        enterprise = named(records, reader, "enterprise", [request.values["enterprise_id"]])
        asked_by = next(iter(enterprise.values()), None)
    given = place_of(records, request)
    return {
        "url": f"{DESK}/requests/{UUID(bytes=request.record_id)}",
        "name": name_of(asked_by, reader.language),
        "is_enterprise": person is None,
        "rows": rows_of(records, reader, _sessions_for(records, reader, request)),
        "has_place": given is not None,
    }


def place_of(records: Records, request: Stored) -> Stored | None:
    """Return the place that a request has now; None: none, or nobody was there."""
    table = records.tables.records["attendance"]
    found = records.list(
        "attendance",
        table.c.application_id == request.record_id,
        table.c.state.in_(_TAKEN),
        order=(table.c.id.desc(),),
        limit=1,
    )
    return found[0] if found else None


def _sessions_for(records: Records, reader: Reader, request: Stored) -> list[Stored]:
    """Return the sessions to come in the request's province, the next first."""
    table = records.tables.records["training_session"]
    province = province_of(str(request.values["commune_code"]))
    return records.list(
        "training_session",
        table.c.commune_code.startswith(f"{province}.", autoescape=True),
        table.c.starts_at > reader.now_ms,
        sa.or_(table.c.state.is_(None), table.c.state == "planned"),
        order=(table.c.starts_at, table.c.id),
        limit=_SESSIONS_MOST,
    )


def give_place(work: Work, reader: Reader, text: str, form: Asked) -> None:
    """Give a request a place in a session: that is its answer; who was absent gets another.

    Raises:
        NotFound: no request that the reader answers, or no session of its province.
        OwnRequest, RequestOfFamily, RequestTaken: as for any answer.
        NoPlaceAsked, SessionFull, SessionOver, Missing: as they say.
    """
    seen = get_seen(work, reader, "application", text, Right.DECIDE)
    request = work.lock("application", seen.record_id)
    if request is None or request.deleted_at is not None:
        raise NotFound("application: deleted", entity="application")
    if refusal := why_not(work, reader, request):
        raise refusal
    by = reader.session.agent_id
    if request.values["holder_id"] not in (None, by):
        raise RequestTaken("request: held by a colleague")
    is_open = request.values["state"] in (*passing.WAITING, GRANTED)
    if request.values["service"] != SERVICE or not is_open or place_of(work, request) is not None:
        raise NoPlaceAsked("request: no place to give")
    session = _locked_session(work, reader, request, form)
    person_id = _who_comes(work, reader, request, form)
    table = work.tables.records["attendance"]
    known = work.list(
        "attendance", table.c.session_id == session.record_id, table.c.person_id == person_id
    )
    given: Values = {"state": "enrolled", "application_id": request.record_id}
    if known:
        work.change("attendance", known[0].record_id, given, Author(by))
    else:
        commune = request.values["commune_code"]
        beside: Values = {"session_id": session.record_id, "person_id": person_id}
        work.insert("attendance", {"commune_code": commune, **beside, **given}, Author(by))
    if request.values["state"] != GRANTED:
        said = Values(words=_said(session))
        take(work, request, Step(GRANTED, actor_of(reader), by, said=said))


def _said(session: Stored) -> str:
    """Return what the answer says: what, when and where, in the first of our languages each."""
    at, place = session.values["starts_at"], str(session.values["place"] or "")
    lines = []
    for language in SPOKEN:
        phrases = load_phrases(language)
        when = phrases.moment(at) if isinstance(at, int) else ""
        lines.append(phrases.facts((title_of(phrases, session), when, place)))
    return "\n".join(lines)


def _locked_session(work: Work, reader: Reader, request: Stored, form: Asked) -> Stored:
    wanted = form.record_id("session")
    known = {one.record_id for one in _sessions_for(work, reader, request)}
    if wanted is None:
        raise Missing("place: no session", entity="attendance", field="session_id")
    # Locked: two who give the last place wait for one another.
    session = work.lock("training_session", wanted) if wanted in known else None
    if session is None:
        raise SessionOver("place: session over", field="session_id")
    places = session.values["places"]
    taken = _taken(work, [session]).get(session.record_id, 0)
    if isinstance(places, int) and taken >= places:
        raise SessionFull("place: session full", field="session_id")
    return session


def _who_comes(work: Work, reader: Reader, request: Stored, form: Asked) -> bytes:
    """Return the person who asked; of an enterprise the one whom it sends, noted if new."""
    person = _person_of(work, request)
    if person is not None:
        return person.record_id
    name = typed.text(form.get("name"))
    if not name:
        raise Missing("place: who comes", entity="person", field="name_fr")
    if (over := len(name) - NAME_CHARS_MAX) > 0:
        raise TooLong("place: name", field="name_fr", most=NAME_CHARS_MAX, over=over)
    enterprise_id, by = request.values["enterprise_id"], Author(reader.session.agent_id)
    field = "name_ar" if has_arabic(name) else "name_fr"
    mandate, people = work.tables.records["mandate"], work.tables.records["person"]
    known = work.list(
        "person",
        people.c[field] == name,
        people.c.id.in_(
            sa.select(mandate.c.person_id).where(mandate.c.enterprise_id == enterprise_id)
        ),
        limit=1,
    )
    if known:
        return known[0].record_id
    commune = request.values["commune_code"]
    made = work.insert("person", {"commune_code": commune, field: name}, by)
    whom: Values = {"person_id": made.record_id, "enterprise_id": enterprise_id}
    work.insert("mandate", {"commune_code": commune, **whom, "role": "delegate"}, by)
    ask_if_known(work, made, by)
    return made.record_id


def _person_of(records: Records, request: Stored) -> Stored | None:
    person_id = request.values["person_id"]
    return records.find("person", person_id) if isinstance(person_id, bytes) else None


def _id(record: Stored, name: str) -> bytes:
    value = record.values[name]
    return value if isinstance(value, bytes) else bytes(16)
