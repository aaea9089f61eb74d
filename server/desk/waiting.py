"""What waits for a coordinator: open reviews and flags of the own communes, what the team has held.

Whoever sees it may decide it: these queries are the rule for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from server.applications.queries import (
    FLAG,
    applicant_of,
    flag_reason,
    review_url,
    service_name,
)
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.exchange import decide
from server.exchange.duplicates import KIND as DUPLICATE
from server.rights import Reach, Right
from server.web.shell import DESK
from server.web.site import Reader, get_seen, is_reached, name_of, word
from server.web.team import team
from server.web.values import NONE, shown
from sync import flat
from sync.changes import Change
from sync.errors import Malformed
from sync.merge import last_writer
from sync.rules.codes import short_code
from sync.spec import Entity, Kind, Value
from sync.wording import as_typed

_ROWS_MAX = 200
_FOLDERS = {"person": "people", "enterprise": "enterprises", "visit": "visits"}
_OVERRULED = frozenset(
    {"commune_outside_province", "not_allowed", "office_only", "account_disabled"}
)
"""Reasons that a coordinator may overrule."""


def counts(records: Records, reader: Reader) -> dict[str, int]:
    """Return how many records are held, steps flagged and reviews open that the reader may see."""
    return {name: len(rows) for name, rows in waiting(records, reader).items()}


def waiting(records: Records, reader: Reader) -> dict[str, Any]:
    """Return all that waits: what is held by record, flagged steps, values that disagree."""
    places = lookup.commune_names(records, reader.language)
    by_record: dict[tuple[str, bytes], list[Any]] = {}
    held = _held_rows(records, reader)
    names = _names(records, reader, (row.agent_id for row in held))
    for row in held:
        by_record.setdefault((row.entity, row.record_id), []).append(row)
    reviews = _reviews(records, reader)
    return {
        "held": [
            {
                "title": f"{_entity_word(reader, rows[0].entity)} · {_name(records, reader, rows)}",
                "detail": " · ".join(
                    filter(
                        None,
                        (
                            names.get(rows[0].agent_id, ""),
                            places.get(rows[0].commune_code or "", rows[0].commune_code or ""),
                            reason_of(reader, rows[0]),
                        ),
                    )
                ),
                "received_at": rows[0].received_at,
                "url": f"{DESK}/reviews/held/{bytes(rows[0].change_id).hex()}",
            }
            for rows in by_record.values()
        ],
        "flags": [_flagged(records, reader, one) for one in reviews if _is_flag(one)],
        "duplicates": [_alike(records, reader, one) for one in reviews if _is_duplicate(one)],
        "reviews": [
            {
                "title": _question(reader, *decide.field_of(records, one)),
                "mine": _side(reader, one, decide.MINE),
                "theirs": _side(reader, one, decide.THEIRS),
                "mine_at": one.values["mine_at"],
                "url": review_url(one),
            }
            for one in reviews
            if not _is_flag(one) and not _is_duplicate(one)
        ],
    }


def _names(records: Records, reader: Reader, ids: Iterable[object]) -> dict[bytes, str]:
    found = lookup.agents(records, ids)
    return {one.record_id: name_of(one, reader.language) for one in found.values()}


def _held_rows(records: Records, reader: Reader) -> Sequence[Any]:
    table = records.tables.held
    query = (
        sa.select(table)
        .where(table.c.state == "open", _is_seen(records, reader))
        .order_by(table.c.received_at, table.c.device_id, table.c.inc, table.c.seq)
        .limit(_ROWS_MAX)
    )
    return records.connection.execute(query).all()


def _is_seen(records: Records, reader: Reader) -> sa.ColumnElement[bool]:
    """Return the condition that a held change is the reader's business.

    By its commune; or, where it names none of its author's own, as what was mistyped does, by its
    author's team.
    """
    table, grant, standing = records.tables.held, records.tables.grant, reader.session.standing
    reach = standing.reach(Right.SEE_REVIEWS)
    if reach is not Reach.REGIONS:
        return sa.true() if reach is Reach.ALL else sa.false()
    authors = list(team(records, reader, Right.SEE_REVIEWS))
    own = sa.select(grant.c.id).where(
        grant.c.agent_id == table.c.agent_id, grant.c.commune_code == table.c.commune_code
    )
    return sa.or_(
        table.c.commune_code.in_(standing.communes),
        sa.and_(table.c.agent_id.in_(authors), sa.not_(own.exists())),
    )


def _reviews(records: Records, reader: Reader) -> Sequence[Stored]:
    review = records.tables.records["review"]
    return records.list(
        "review",
        review.c.state == "open",
        reader.covers(records, "review"),
        limit=_ROWS_MAX,
    )


def get_held(records: Records, reader: Reader, text: str) -> Any:
    """Return a held change of the reader's team or communes, decided or not. Raises NotFound."""
    table = records.tables.held
    try:
        change_id = bytes.fromhex(text)
    except ValueError as fault:
        raise NotFound("held: not an id", entity="held") from fault
    query = sa.select(table).where(table.c.change_id == change_id, _is_seen(records, reader))
    row = records.connection.execute(query).first()
    if row is None:
        raise NotFound("held: not found", entity="held")
    return row


def _is_flag(review: Stored) -> bool:
    return review.values["kind"] == FLAG


def _is_duplicate(review: Stored) -> bool:
    return review.values["kind"] == DUPLICATE


def _other_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    """Return the record that another is like, where the reader may see it."""
    return _record_of(
        records, reader, str(review.values["entity"]), bytes.fromhex(str(review.values["mine"]))
    )


def _alike(records: Records, reader: Reader, review: Stored) -> dict[str, Any]:
    record, other = _subject_of(records, reader, review), _other_of(records, reader, review)
    elsewhere = reader.phrases.say("desk.duplicate.elsewhere")
    names = (name_of(record, reader.language), name_of(other, reader.language) or elsewhere)
    return {
        "title": " · ".join(filter(None, names)),
        "reason": reader.phrases.say("desk.duplicate.ice", ice=str(review.values["theirs"])),
        "at": review.values["theirs_at"],
        "url": review_url(review),
    }


def _flagged(records: Records, reader: Reader, flag: Stored) -> dict[str, Any]:
    record = _subject_of(records, reader, flag)
    return {
        "title": _subject(records, reader, flag, record),
        "step": reader.phrases.say(
            "desk.flag.step",
            was=_side(reader, flag, decide.MINE),
            state=_side(reader, flag, decide.THEIRS),
        ),
        "reason": flag_reason(reader, flag, records, record) if record else "",
        "at": flag.values["theirs_at"],
        "url": review_url(flag),
    }


def _record_of(records: Records, reader: Reader, entity: str, record_id: object) -> Stored | None:
    """Return a record, deleted or not; None if the reader may not see it."""
    if entity not in records.entity_by_name or not isinstance(record_id, bytes):
        return None
    found = records.load(entity, [record_id]).get(record_id)
    return found if found is not None and is_reached(records, reader, found) else None


def _subject_of(records: Records, reader: Reader, review: Stored) -> Stored | None:
    entity = str(review.values["entity"])
    return _record_of(records, reader, entity, review.values["record_id"])


def _subject(records: Records, reader: Reader, review: Stored, record: Stored | None) -> str:
    """Return what a review is about; of an application the service, and who asks for it."""
    if record is not None and record.entity.name == "application":
        who = name_of(applicant_of(records, reader, record), reader.language)
        return " · ".join(filter(None, (service_name(reader, record), who)))
    record_id = review.values["record_id"]
    assert isinstance(record_id, bytes)
    what = _entity_word(reader, str(review.values["entity"]))
    return f"{what} · {_title(reader, record, record_id)}"


def _question(reader: Reader, entity: Entity, field: str) -> str:
    """Return what a review asks about: the field, or whether the record stays."""
    if field:
        return reader.phrases.say(f"{entity.name}.field.{field}")
    what = _entity_word(reader, entity.name)
    return reader.phrases.say("desk.decide.whole", what=what)


def _side(reader: Reader, review: Stored, side: str) -> str:
    """Return one side of a review; of a review of the record the fields it wrote."""
    said = str(review.values[side] or "")
    if review.values["field"]:
        return word(reader, str(review.values["entity"]), str(review.values["field"]), said) or NONE
    if decide.deletes(review, side):
        return reader.phrases.say("desk.decide.deleted")
    entity = str(review.values["entity"])
    return ", ".join(reader.phrases.say(f"{entity}.field.{name}") for name in said.split())


def review_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a review shows."""
    review = get_seen(records, reader, "review", text)
    entity, field = decide.field_of(records, review)
    values = review.values
    record_id = values["record_id"]
    assert isinstance(record_id, bytes)
    record = _subject_of(records, reader, review)
    is_gone = record is None or record.deleted_at is not None
    now = None if record is None else record.values.get(field)
    say = reader.phrases.say
    people = _names(records, reader, (values["mine_by"], values["theirs_by"]))

    def row(code: str, value: str, by: object = None, at: object = None) -> dict[str, Any]:
        return {
            "what": say(f"desk.decide.{code}"),
            "value": value,
            "by": people.get(by, say("desk.decide.office")) if at else "",  # type: ignore[call-overload]
            "at": at,
        }

    def told(side: str, value: str) -> dict[str, Any]:
        return row(side, value, values[f"{side}_by"], values[f"{side}_at"])

    page = {
        "address": f"{DESK}/reviews/{text}",
        "title": _question(reader, entity, field),
        "subject": _subject(records, reader, review, record),
        "subject_url": "" if is_gone or record is None else url_of(records, reader, record),
        "seen_rev": record.rev if record is not None else 0,
        "is_gone": is_gone,
        "is_open": values["state"] == "open",
        "other_url": "",
        "keep": "",
        "flag": "",
        "alike": "",
    }
    if _is_duplicate(review):
        other = _other_of(records, reader, review)
        page["alike"] = _alike(records, reader, review)["reason"]
        elsewhere = say("desk.duplicate.elsewhere")
        rows = [
            row(
                "alike.this",
                name_of(record, reader.language),
                values["theirs_by"],
                values["theirs_at"],
            ),
            row("alike.other", name_of(other, reader.language) or elsewhere),
        ]
        if not values["theirs_by"] and record is not None and record.values["source"] == "portal":
            rows[0]["by"] = say("source.portal")
        page["other_url"] = url_of(records, reader, other) if other is not None else ""
        return {
            **page,
            **_asked_value(reader, entity, field, shown(reader, entity, field, now)),
            "rows": rows,
        }
    if not field:
        sides = (decide.MINE, decide.THEIRS)
        is_deletion = {decide.deletes(review, side): side for side in sides}
        rows = [told(side, _side(reader, review, side)) for side in sides]
        return {**page, "rows": rows, "keep": is_deletion[False], "delete": is_deletion[True]}
    theirs = flat.from_text(entity, field, str(values["theirs"] or ""))
    mine = shown(reader, entity, field, decide.mine_of(records, review))
    rows = [
        row("base", shown(reader, entity, field, decide.base_of(records, review))),
        told(decide.MINE, mine),
        told(decide.THEIRS, shown(reader, entity, field, theirs)),
    ]
    if _is_flag(review):
        page["flag"] = flag_reason(reader, review, records, record) if record else ""
        came = (values["theirs_by"], values["theirs_at"])
        rows = [row("before", mine), row("taken", shown(reader, entity, field, theirs), *came)]
    if record is not None and not is_gone and now != theirs:
        last = last_writer(entity, record.writers, field)
        if last.agent_id:
            people |= _names(records, reader, [last.agent_id])
        rows.append(row("now", shown(reader, entity, field, now), last.agent_id, last.at))
    kept = shown(reader, entity, field, now)
    return {**page, **_asked_value(reader, entity, field, kept), "rows": rows, "mine": mine}


def _asked_value(reader: Reader, entity: Entity, field: str, kept: str) -> dict[str, Any]:
    """Return how a value of one's own is asked for, beside the one that stands."""
    spec = entity.field_by_name[field]
    return {
        "kept": kept,
        "mine": "",
        "options": [(one, word(reader, entity.name, field, one)) for one in spec.choices],
        "chars_max": spec.chars_max,
        "asked_form": spec.form,
        "is_number": spec.kind in (Kind.INTEGER, Kind.DECIMAL) or spec.kind is Kind.CODE,
    }


def held_page(records: Records, reader: Reader, text: str) -> dict[str, Any]:
    """Return what the page of a held record shows: all that is held of it."""
    chosen = get_held(records, reader, text)
    table = records.tables.held
    query = (
        sa.select(table)
        .where(
            table.c.entity == chosen.entity,
            table.c.record_id == chosen.record_id,
            table.c.state == "open",
        )
        .order_by(table.c.received_at, table.c.device_id, table.c.inc, table.c.seq)
    )
    rows = records.connection.execute(query).all() or [chosen]
    entity = records.entity_by_name.get(chosen.entity)
    names = _names(records, reader, (row.agent_id for row in rows))
    places = lookup.commune_names(records, reader.language)
    first = rows[0]
    field = _field_to_correct(entity, first)
    captured = None if entity is None else _captured(records, rows, field)
    return {
        "address": f"{DESK}/reviews/held/{text}",
        "title": f"{_entity_word(reader, first.entity)} · {_name(records, reader, rows)}",
        "reason": reason_of(reader, first),
        "agent": names.get(first.agent_id, NONE),
        "captured_at": first.effective_at,
        "received_at": first.received_at,
        "place": places.get(first.commune_code or "", first.commune_code or NONE),
        "changes": [
            {
                "at": row.effective_at,
                "agent": names.get(row.agent_id, NONE),
                "facts": _facts(records, reader, row, places),
            }
            for row in rows
        ],
        "is_open": first.state == "open",
        "state": first.state,
        "decided_at": first.decided_at,
        "can_overrule": first.code in _OVERRULED,
        "field": field,
        "field_label": reader.phrases.say(f"{first.entity}.field.{field}") if field else "",
        "field_value": ""
        if entity is None or not field
        else as_typed(reader.phrases, entity, field, captured),
        "field_options": _options(reader, entity, field, places),
    }


def _captured(records: Records, rows: Sequence[Any], field: str) -> Value:
    for row in rows:
        change = _change(records, row)
        if change is not None and field in change.values:
            return change.values[field]
    return None


def _options(
    reader: Reader, entity: Entity | None, field: str, places: Mapping[str, str]
) -> list[tuple[str, str]]:
    if entity is None or not field:
        return []
    if field == "commune_code":
        return reader.communes(Right.DECIDE, places)
    choices = entity.field_by_name[field].choices
    return [(one, word(reader, entity.name, field, one)) for one in choices]


def _field_to_correct(entity: Entity | None, row: Any) -> str:
    """Return the field that a correction is about; empty when none can be typed."""
    if entity is None:
        return ""
    field = decide.field_in_question(entity, row)
    spec = entity.field_by_name.get(field)
    wrong = (Kind.KEY, Kind.REF, Kind.REFS, Kind.FLAG)
    return "" if spec is None or spec.kind in wrong else field


def _facts(
    records: Records, reader: Reader, row: Any, places: Mapping[str, str]
) -> list[tuple[str, str]]:
    change = _change(records, row)
    if change is None:
        return []
    entity = records.entity_by_name[row.entity]
    say = reader.phrases.say
    return [
        (
            say(f"{entity.name}.field.{name}"),
            places.get(str(value), str(value))
            if name == "commune_code"
            else shown(reader, entity, name, value),
        )
        for name, value in change.values.items()
        if value is not None and name not in ("created_by", "created_at", "source")
    ]


def _change(records: Records, row: Any) -> Change | None:
    try:
        return decide.change_of(records, row)
    except Malformed:
        return None


def reason_of(reader: Reader, row: Any) -> str:
    """Return why a change is held: in words for the office if there are some, else the agent's."""
    said = reader.phrases.say(f"desk.held.why.{row.code}")
    if not said.startswith("["):
        return said
    values = msgspec.json.decode(row.detail, type=dict[str, Any])
    return reader.phrases.sentence(row.code, {**values, "entity": row.entity})


def _name(records: Records, reader: Reader, rows: Sequence[Any]) -> str:
    """Return the name of a held record: its own, or what was captured."""
    own, other = ("name_ar", "name_fr") if reader.language == "ar" else ("name_fr", "name_ar")
    for row in rows:
        change = _change(records, row)
        for name in (own, other):
            if change is not None and change.values.get(name):
                return str(change.values[name])
    record = _record_of(records, reader, rows[0].entity, rows[0].record_id)
    return _title(reader, record, rows[0].record_id)


def _title(reader: Reader, record: Stored | None, record_id: bytes) -> str:
    return name_of(record, reader.language) or short_code(record_id)


def _entity_word(reader: Reader, entity: str) -> str:
    said = reader.phrases.say(f"desk.entity.{entity}")
    return entity if said.startswith("[") else said


def url_of(records: Records, reader: Reader, record: Stored) -> str:
    """Return the page of a record, of an application its applicant's; empty if it has none."""
    about = applicant_of(records, reader, record) if record.entity.name == "application" else record
    folder = _FOLDERS.get(about.entity.name) if about else None
    return f"{DESK}/{folder}/{UUID(bytes=about.record_id)}" if about and folder else ""
