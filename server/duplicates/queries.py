"""What the page of a pair shows, and how many pairs wait, within what its reader may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from server.accounts.territories import territory_of
from server.db import lookup
from server.db.records import NotFound, Records, Stored
from server.duplicates import merging
from server.duplicates.pairs import OPEN
from server.reference import files
from server.rights import Right
from server.web import waiting
from server.web.reader import Reader, name_of
from server.web.shell import DESK
from server.web.values import shown
from sync import scopes
from sync.merge import last_writer
from sync.rules.codes import short_code
from sync.rules.duplicates import SURVIVOR, Reason
from sync.spec import SETS, Entity, Merge, Value

URL = f"{DESK}/duplicates"
SIDES = ("low", "high")
_MERGES_SHOWN = 5
_QUEUE_ROWS = 8
_COUNTED_MOST = 1_000
_TABLETS_MOST = 6
_ON_CARD = frozenset({"name_ar", "name_fr", "birth_year", "sex", "national_card"})
"""What a national card says: who entered its number had it in hand."""
_STRENGTHS = ((0.8, "very_strong"), (0.45, "strong"), (0.2, "medium"), (0.0, "weak"))
_VERDICTS = ((90, "very_likely"), (75, "likely"), (0, "maybe"))
_REASON_BY_CODE = {reason.code: reason for reason in Reason}
_FIELDS_OF = {
    "ice": ("ice",),
    "card": ("national_card",),
    "rna": ("rna",),
    "phone": ("phone",),
    "name": ("name_ar", "name_fr"),
    "birth_year": ("birth_year",),
    "douar": ("douar",),
    "commune": ("commune_code",),
    "sex": ("sex",),
}
_FOLDERS = {"person": "people", "enterprise": "enterprises"}


def count_open(records: Records, reader: Reader) -> int:
    """Return how many pairs wait for the reader, a thousand at most."""
    table = records.tables.duplicate_pair
    query = sa.select(table.c.id).where(_is_asked(records, reader)).limit(_COUNTED_MOST)
    return int(
        records.connection.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    )


def oldest(records: Records, reader: Reader) -> int | None:
    """Return since when the first of them waits, Unix milliseconds."""
    table = records.tables.duplicate_pair
    query = sa.select(table.c.found_at).where(_is_asked(records, reader)).order_by(table.c.id)
    return records.connection.scalar(query.limit(1))


def survivor_url(record: Stored) -> str:
    """Return where the record that stands for a merged one is; "" for one that stands itself."""
    survivor_id = record.values.get(SURVIVOR)
    if not isinstance(survivor_id, bytes):
        return ""
    folder = _FOLDERS[record.entity.name]
    return f"{DESK}/{folder}/{UUID(bytes=survivor_id)}?merged={record.record_id.hex()}"


def first_waiting(records: Records, reader: Reader) -> int | None:
    """Return the number of the pair that has waited longest."""
    table = records.tables.duplicate_pair
    query = sa.select(table.c.id).where(_is_asked(records, reader)).order_by(table.c.id)
    return records.connection.scalar(query.limit(1))


def _is_asked(records: Records, reader: Reader) -> sa.ColumnElement[bool]:
    """Return the condition that a pair waits, and is the reader's to see, one side at least.

    Of a pair with a record elsewhere that is not shown, the reader learns that it is there.
    """
    return sa.and_(*waiting.asked_pairs(records, reader))


@dataclass(frozen=True, slots=True)
class Question:
    """A pair as its reader may see it.

    `hidden`: the side that lies elsewhere and was not shown, "" if none. `is_wanted`: another
    region asks to be shown the reader's own.
    """

    row: Any
    low: Stored
    high: Stored
    hidden: str
    is_wanted: bool

    @property
    def entity(self) -> str:
        """The entity of the two."""
        return str(self.row.entity)

    def side(self, name: str) -> Stored:
        """Return one of the two, `low` or `high`."""
        return self.low if name == "low" else self.high


def get(records: Records, reader: Reader, number: int) -> Question:
    """Return a pair that the reader may see, answered or not. Raises NotFound."""
    table = records.tables.duplicate_pair
    row = records.connection.execute(sa.select(table).where(table.c.id == number)).first()
    found = _question(records, reader, row) if row is not None else None
    if found is None:
        raise NotFound(f"pair {number}: none", entity="duplicate")
    for name in SIDES:
        if name != found.hidden:
            reader.saw(records, found.side(name))
    return found


def _question(records: Records, reader: Reader, row: Any) -> Question | None:
    loaded = records.load(row.entity, [row.low_id, row.high_id])
    low, high = loaded.get(row.low_id), loaded.get(row.high_id)
    bound = reader.session.standing.bound(Right.SEE_REVIEWS)
    if low is None or high is None:
        return None
    sides = {"low": low, "high": high}
    outside = [
        name
        for name, record in sides.items()
        if bound is not None and record.values["commune_code"] not in bound
    ]
    if len(outside) > 1:
        return None
    is_shown = row.shared_at is not None and row.wanted_by == reader.session.agent_id
    hidden = outside[0] if outside and not is_shown else ""
    is_wanted = bool(
        hidden
        and row.wanted_at is not None
        and row.shared_at is None
        # A colleague of who asked has no say in what is the other region's.
        and not _reaches(
            records, reader, row.wanted_by, sides["high" if hidden == "low" else "low"]
        )
    )
    return Question(row, low, high, hidden, is_wanted)


def _reaches(records: Records, reader: Reader, agent_id: bytes, record: Stored) -> bool:
    """Whether an agent has the commune of a record."""
    communes = territory_of(records, agent_id).communes(reader.now_ms)
    return record.values["commune_code"] in communes


def queue(records: Records, reader: Reader, number: int | None) -> list[dict[str, Any]]:
    """Return the pairs around one in the queue: a few before, it, and those after it."""
    table = records.tables.duplicate_pair
    asked = _is_asked(records, reader)
    at = number or 0
    before = sa.select(table).where(asked, table.c.id < at).order_by(table.c.id.desc()).limit(2)
    rows = list(reversed(records.connection.execute(before).all()))
    after = sa.select(table).where(asked, table.c.id >= at).order_by(table.c.id)
    rows += records.connection.execute(after.limit(_QUEUE_ROWS - len(rows))).all()
    places = lookup.commune_names(records, reader.language) if rows else {}
    found = []
    for row in rows:
        question = _question(records, reader, row)
        if question is None:
            continue
        own = question.side("high" if question.hidden == "low" else "low")
        communes = {places.get(str(own.values["commune_code"]), "")}
        if not question.hidden:
            communes.add(places.get(str(question.high.values["commune_code"]), ""))
        found.append(
            {
                "number": row.id,
                "url": f"{URL}/{row.id}",
                "name": name_of(own, reader.language) or short_code(own.record_id),
                "detail": " · ".join(sorted(filter(None, communes))),
                "since": row.found_at,
                "is_here": row.id == number,
                "is_hidden": bool(question.hidden),
                "is_asked": row.state != OPEN,
            }
        )
    return found


def neighbours(records: Records, reader: Reader, number: int) -> tuple[str, str]:
    """Return the addresses of the pairs before and after one; "" where there is none."""
    table = records.tables.duplicate_pair
    asked = _is_asked(records, reader)
    ids = sa.select(table.c.id).where(asked).limit(1)
    before = records.connection.scalar(ids.where(table.c.id < number).order_by(table.c.id.desc()))
    after = records.connection.scalar(ids.where(table.c.id > number).order_by(table.c.id))
    return (f"{URL}/{before}" if before else "", f"{URL}/{after}" if after else "")


def reasons(reader: Reader, question: Question) -> list[dict[str, Any]]:
    """Return the signs, the strongest first: words, of what, how strong, for or against."""
    found = []
    for code in question.row.reasons.split():
        reason = _REASON_BY_CODE.get(code)
        if reason is None:  # of a newer release
            continue
        strength = next((word for least, word in _STRENGTHS if reason.weight >= least), "against")
        fields = _FIELDS_OF[code.partition("_")[2]]
        found.append(
            {
                "words": reader.phrases.say(f"duplicate.reason.{code}"),
                "of": [] if question.hidden else list(_values(reader, question, fields)),
                "strength": reader.phrases.say(f"desk.duplicates.strength.{strength}"),
                "is_for": reason.weight > 0,
            }
        )
    return found


def _values(reader: Reader, question: Question, fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        if field in question.low.entity.field_by_name and field != "commune_code":
            both = [
                shown(reader, one.entity, field, one.values[field])
                for one in (question.low, question.high)
                if one.values[field] is not None
            ]
            yield from dict.fromkeys(both)


def verdict(reader: Reader, question: Question) -> str:
    """Return how likely the two are one, in words."""
    word = next(word for least, word in _VERDICTS if question.row.score >= least)
    return reader.phrases.say(f"desk.duplicates.verdict.{word}")


def region_of(reader: Reader, record: Stored) -> str:
    """Return the name of the region in which a record lies."""
    code = str(record.values["commune_code"])[:2]
    regions = {one["code"]: one for one in files.rows("regions")}
    names = regions.get(code, {})
    return str(names.get("name_ar" if reader.language == "ar" else "name_fr", code))


def heads(records: Records, reader: Reader, question: Question) -> dict[str, dict[str, Any]]:
    """Return what stands above each side: names, who registered it where, and when."""
    places = lookup.commune_names(records, reader.language)
    sides = {name: question.side(name) for name in SIDES}
    agents = lookup.agents(records, (one.values.get("created_by") for one in sides.values()))
    return {
        name: {
            "latin": one.values["name_fr"] or "",
            "arabic": one.values["name_ar"] or "",
            "place": places.get(str(one.values["commune_code"]), ""),
            "by": name_of(agents.get(one.values.get("created_by")), reader.language),  # type: ignore[arg-type]
            "at": one.values.get("created_at"),
            "code": short_code(one.record_id),
            "url": f"{DESK}/{_FOLDERS[question.entity]}/{UUID(bytes=one.record_id)}",
        }
        for name, one in sides.items()
    }


def survivor_side(records: Records, question: Question) -> str:
    """Return which of the two is to stand: to which more refers, so that less moves."""
    low, high = (len(merging.referring(records, question.entity, question.side(name).record_id))
                 for name in SIDES)  # fmt: skip
    is_older = question.low.effective_at <= question.high.effective_at
    return "low" if low > high or (low == high and is_older) else "high"


def choices(
    records: Records, reader: Reader, question: Question, side: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the fields in which the two differ, and those in which they agree.

    Args:
        side: the one whose values are all chosen; "": what was on a card, then the newer.
    """
    places = lookup.commune_names(records, reader.language)
    differing, agreeing = [], []
    for name in merging.comparable(question.low):
        spec = question.low.entity.field_by_name[name]
        values = {one: question.side(one).values[name] for one in SIDES}
        if values["low"] is None and values["high"] is None:
            continue
        words = {
            one: _words(reader, question.low.entity, name, value, places)
            for one, value in values.items()
        }
        row: dict[str, Any] = {
            "name": name,
            "label": reader.phrases.say(f"{question.entity}.field.{name}"),
        }
        if values["low"] == values["high"]:
            agreeing.append({**row, "value": words["low"]})
        elif spec.merge is Merge.KEEP_BOTH or spec.kind in SETS:
            differing.append({**row, "both": [words[one] for one in SIDES if words[one]]})
        else:
            chosen, why = _preselected(question, name, side)
            ages = {
                one: last_writer(question.low.entity, question.side(one).writers, name).at
                for one in SIDES
            }
            differing.append({**row, "words": words, "chosen": chosen, "why": why, "ages": ages})
    return differing, agreeing


def _words(
    reader: Reader, entity: Entity, name: str, value: Value, places: Mapping[str, str]
) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and name == "commune_code":
        return places.get(value, value)
    return shown(reader, entity, name, value)


def _preselected(question: Question, name: str, side: str) -> tuple[str, str]:
    """Return which side is chosen beforehand, and why: card, newer, only."""
    low, high = question.low, question.high
    if side in SIDES:
        return side, ""
    if low.values[name] is None or high.values[name] is None:
        return ("high" if low.values[name] is None else "low"), "only"
    carded = [one for one in SIDES if question.side(one).values.get("national_card")]
    if name in _ON_CARD and len(carded) == 1:
        return carded[0], "card"
    at = {one: last_writer(low.entity, question.side(one).writers, name).at for one in SIDES}
    return max(SIDES, key=lambda one: (at[one], one)), "newer"


def moves(records: Records, question: Question, loser: Stored) -> Counter[str]:
    """Return how many records of which entity will refer to the survivor."""
    found = merging.referring(records, question.entity, loser.record_id)
    return Counter(entity for entity, _ in found)


def refusals(records: Records, reader: Reader, question: Question) -> list[str]:
    """Return the purposes that one of the two refused, in words."""
    table = records.tables.records["consent"]
    column = table.c[f"{question.entity}_id"]
    said = records.list("consent", column.in_([question.low.record_id, question.high.record_id]))
    return sorted(
        {
            reader.phrases.say(f"consent.purpose.{one.values['purpose']!s}")
            for one in said
            if not one.values["given"] or one.values["withdrawn_at"] is not None
        }
    )


def tablets(records: Records, reader: Reader, question: Question) -> list[dict[str, Any]]:
    """Return whose tablets have one of the two, and when they were last heard of."""
    device, grant = records.tables.device, records.tables.grant
    communes = {str(one.values["commune_code"]) for one in (question.low, question.high)}
    query = (
        sa.select(device.c.agent_id, sa.func.max(device.c.seen_at).label("seen_at"))
        .join(grant, grant.c.agent_id == device.c.agent_id)
        .where(
            grant.c.commune_code.in_(sorted(communes)),
            sa.or_(grant.c.valid_to.is_(None), grant.c.valid_to > reader.now_ms),
            device.c.status == "active",
        )
        .group_by(device.c.agent_id)
        .order_by(sa.desc("seen_at"))
        .limit(_TABLETS_MOST)
    )
    rows = records.connection.execute(query).all()
    agents = lookup.agents(records, (row.agent_id for row in rows))
    return [
        {"name": name_of(agents.get(row.agent_id), reader.language), "seen_at": row.seen_at}
        for row in rows
    ]


def last_merge(records: Records, reader: Reader) -> dict[str, Any] | None:
    """Return the merge that the reader made last and can undo, of today."""
    table = records.tables.merge
    day_before = reader.now_ms - scopes.DAY_MS
    row = records.connection.execute(
        sa.select(table)
        .where(
            table.c.made_by == reader.session.agent_id,
            table.c.undone_at.is_(None),
            table.c.made_at > day_before,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return _told(records, reader, row)


def merges_into(records: Records, reader: Reader, record_id: bytes) -> list[dict[str, Any]]:
    """Return the merges that made a record what it is and can be undone, the newest first."""
    table = records.tables.merge
    rows = records.connection.execute(
        sa.select(table)
        .where(
            table.c.survivor_id == record_id,
            table.c.undone_at.is_(None),
            table.c.made_at >= reader.now_ms - merging.UNDO_DAYS * scopes.DAY_MS,
        )
        .order_by(table.c.id.desc())
        .limit(_MERGES_SHOWN)
    ).all()
    return [told for row in rows if (told := _told(records, reader, row))]


def _told(records: Records, reader: Reader, row: Any) -> dict[str, Any] | None:
    """Return what is said of a merge beside its undo; None of one that is not the reader's."""
    survivor = records.find(row.entity, row.survivor_id)
    bound = reader.session.standing.bound(Right.DECIDE)
    if survivor is None or (bound is not None and survivor.values["commune_code"] not in bound):
        return None
    writes = records.tables.merge_write
    moved = records.connection.scalar(
        sa.select(sa.func.count(writes.c.record_id.distinct())).where(
            writes.c.merge_id == row.id,
            writes.c.entity != records.tables.number_by_entity[row.entity],
        )
    )
    return {
        "url": f"{URL}/merges/{row.id}/undo",
        "name": name_of(survivor, reader.language),
        "at": row.made_at,
        "moved": moved or 0,
    }
