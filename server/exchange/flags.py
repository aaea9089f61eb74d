"""Look at visits as they arrive, by `sync.rules.flags`, and keep what makes one wonder.

Called before a work is flushed, with what it changed in memory over what is stored; again for the
same changes it keeps the same. What costs is bounded: the photos of the visits at hand, those that
have the same hashes, and the visits of an agent's days; six queries a chunk, whatever is in it, and
none where no visit and no photo is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.db.records import Stored
from server.db.work import Work
from server.reference import files
from sync import local_time
from sync.merge import last_writer
from sync.rules import flags
from sync.rules.flags import (
    CLOCK,
    FAR,
    LATE,
    MANY,
    MOCK,
    NO_POSITION,
    OVERLAP,
    SAME_PHOTO,
    SAME_SIGNATURE,
    SHORT,
)

_REMOTE = ("phone", "video")
_PICTURES = (SAME_PHOTO, SAME_SIGNATURE)
_SAME_MOST = 500
"""Photos that are looked at: a picture sent for thousands of visits is said of these."""
_NEIGHBOUR = 3


class _Found(NamedTuple):
    figure: int | None
    other_id: bytes | None = None


class _Span(NamedTuple):
    """A visit of a day: from when to when."""

    visit_id: bytes
    agent_id: bytes
    start: int
    end: int


@dataclass(slots=True)
class _Looked:
    """What was looked at, by visit: which codes, and what was found of them."""

    codes: dict[bytes, set[str]] = field(default_factory=lambda: defaultdict(set))
    found: dict[bytes, dict[str, _Found]] = field(default_factory=lambda: defaultdict(dict))

    def say(
        self, visit_id: bytes, code: str, figure: int | None, other_id: bytes | None = None
    ) -> None:
        """Say what a rule answered; None: nothing to wonder at."""
        self.codes[visit_id].add(code)
        if figure is not None:
            self.found[visit_id][code] = _Found(figure, other_id)


def look_at_changes(work: Work, *, clock_off_ms: int | None) -> None:
    """Keep the flags of the visits that this work changes, and of those that they meet.

    Args:
        clock_off_ms: how far the tablet's clock was ahead as it sent; None where none sent.
    """
    if not {"visit", "photo"} <= work.entity_by_name.keys():
        return
    visits = [
        visit
        for visit in work.changed("visit")
        if visit.values.get("started_at") is not None and visit.deleted_at is None
    ]
    photos = [photo for photo in work.changed("photo") if photo.values.get("visit_id") is not None]
    if not visits and not photos:
        return
    looked = _Looked()
    _look_alone(work, visits, looked, clock_off_ms)
    _look_at_days(work, visits, looked)
    _look_at_pictures(work, visits, photos, looked)
    _keep(work, looked)


def look_at_stored(work: Work, visits: Collection[Stored]) -> None:
    """Keep the flags of visits that were stored before there were any.

    What the tablet's clock was as it sent is not known any more; how late it sent is, of the first
    time.
    """
    looked = _Looked()
    _look_alone(work, visits, looked, None, was_before=True)
    _look_at_days(work, visits, looked)
    _look_at_pictures(work, visits, (), looked)
    _keep(work, looked)


def _look_alone(
    work: Work,
    visits: Iterable[Stored],
    looked: _Looked,
    clock_off_ms: int | None,
    *,
    was_before: bool = False,
) -> None:
    """Look at what a visit says by itself. `was_before`: it has not just arrived."""
    communes = _communes_of(work, visits)
    for visit in visits:
        values: Mapping[str, Any] = visit.values
        start, end = values.get("started_at"), values.get("ended_at")
        key = visit.record_id
        looked.say(key, SHORT, flags.too_short(start, end, values.get("active_seconds")))
        looked.say(key, MOCK, 1 if values.get("position_mock") else None)
        is_remote = values.get("channel") in _REMOTE  # whoever calls is not where they call
        is_placed = values.get("latitude") is not None and values.get("longitude") is not None
        looked.say(key, NO_POSITION, None if is_placed or is_remote else 1)
        looked.say(key, FAR, None if is_remote else _distance(values, communes[key]))
        is_new = visit.rev == 1
        if was_before:
            if last_writer(visit.entity, visit.writers, "ended_at").rev == 1:
                looked.say(key, LATE, flags.too_late(end or start, visit.received_at))
            continue
        if is_new or last_writer(visit.entity, visit.writers, "ended_at").rev == visit.rev:
            looked.say(key, LATE, flags.too_late(end or start, work.now_ms))
        if is_new and clock_off_ms is not None:
            looked.say(key, CLOCK, flags.clock_off(clock_off_ms))


def _distance(values: Mapping[str, Any], commune: str) -> int | None:
    place = _places().get(commune)
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if place is None or latitude is None or longitude is None:
        return None
    away = flags.distance_m(latitude / 10**6, longitude / 10**6, *place)
    return flags.too_far(away, _radius_m(commune))


def _communes_of(work: Work, visits: Iterable[Stored]) -> dict[bytes, str]:
    """Return where whom each visit was to lives; of nobody known, where the visit was."""
    found = {visit.record_id: str(visit.values.get("commune_code")) for visit in visits}
    for entity in ("person", "enterprise"):
        of = {visit.record_id: visit.values.get(f"{entity}_id") for visit in visits}
        ids = {one for one in of.values() if isinstance(one, bytes)}
        if not ids:
            continue
        table = work.tables.records[entity]
        query = sa.select(table.c.id, table.c.commune_code).where(table.c.id.in_(ids))
        places = {row.id: row.commune_code for row in work.connection.execute(query)}
        # What this work has not written yet: a person is registered at the visit.
        places |= {one.record_id: one.values.get("commune_code") for one in work.changed(entity)}
        found |= {key: places[one] for key, one in of.items() if one in places}
    return found


@cache
def _places() -> Mapping[str, tuple[float, float]]:
    return {
        row["code"]: (float(row["lat"]), float(row["lon"]))
        for row in files.rows("communes")
        if row["lat"] and row["lon"]
    }


@cache
def _radius_m(commune: str) -> float:
    """Return the radius of a commune, taken as reaching to the third nearest of its neighbours.

    There is no outline of communes to be had: who stands beyond three other communes' points has
    left it, however it is drawn.
    """
    here = _places()[commune]
    away = sorted(
        flags.distance_m(*here, *place) for code, place in _places().items() if code != commune
    )
    return away[_NEIGHBOUR - 1]


def _look_at_days(work: Work, visits: Iterable[Stored], looked: _Looked) -> None:
    """Look at all visits of the agents' days, those that are stored and those of this work."""
    days = {
        (agent_id, local_time.day_of(_int(visit.values.get("started_at"))))
        for visit in visits
        for agent_id in [visit.values.get("agent_id")]
        if isinstance(agent_id, bytes)
    }
    if not days:
        return
    table = work.tables.records["visit"]
    that_day = [
        sa.and_(
            table.c.agent_id == agent_id,
            table.c.started_at >= local_time.day_start(day),
            table.c.started_at < local_time.day_start(day + 1),
        )
        for agent_id, day in sorted(days)
    ]
    query = sa.select(table.c.id, table.c.agent_id, table.c.started_at, table.c.ended_at).where(
        table.c.deleted_at.is_(None), sa.or_(*that_day)
    )
    spans = {
        row.id: _Span(row.id, row.agent_id, row.started_at, row.ended_at or row.started_at)
        for row in work.connection.execute(query)
    }
    for visit in work.changed("visit"):
        spans.pop(visit.record_id, None)
        start, end, agent_id = (
            visit.values.get(name) for name in ("started_at", "ended_at", "agent_id")
        )
        if visit.deleted_at is None and isinstance(start, int) and isinstance(agent_id, bytes):
            spans[visit.record_id] = _Span(visit.record_id, agent_id, start, _int(end or start))
    by_day: dict[tuple[bytes, int], list[_Span]] = defaultdict(list)
    for span in spans.values():
        by_day[span.agent_id, local_time.day_of(span.start)].append(span)
    for day in days:
        _look_at_day(by_day[day], looked)


def _look_at_day(spans: Collection[_Span], looked: _Looked) -> None:
    for span in spans:
        looked.say(span.visit_id, MANY, flags.too_many(len(spans)))
        looked.say(span.visit_id, OVERLAP, None)
    longest: _Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, span.visit_id)):
        # Of those before it the one that ended last: if that is over, all are.
        if longest and flags.do_overlap(
            (longest.start, longest.end), (span.start, max(span.end, span.start + 1))
        ):
            looked.say(span.visit_id, OVERLAP, 1, longest.visit_id)
            looked.say(longest.visit_id, OVERLAP, 1, span.visit_id)
        if longest is None or span.end > longest.end:
            longest = span


class _Picture(NamedTuple):
    photo_id: bytes
    visit_id: bytes
    sha256: str
    code: str


def _look_at_pictures(
    work: Work, visits: Iterable[Stored], photos: Iterable[Stored], looked: _Looked
) -> None:
    """Look whether a photo or a signature of these visits is that of another visit too."""
    of = {visit.record_id for visit in visits}
    of |= {photo.values.get("visit_id") for photo in photos if photo.values.get("visit_id")}  # type: ignore[misc]
    for visit_id in of:
        looked.codes[visit_id].update(_PICTURES)
    table = work.tables.records["photo"]
    stored = _pictures(work, table.c.visit_id.in_(sorted(of)))
    stored |= _in_memory(work)
    hashes = {picture.sha256 for picture in stored.values() if picture.visit_id in of}
    if not hashes:
        return
    stored |= _pictures(work, table.c.sha256.in_(sorted(hashes))) | _in_memory(work)
    alike: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    for picture in stored.values():
        if picture.sha256 in hashes:
            alike[picture.code, picture.sha256].add(picture.visit_id)
    for (code, _), visit_ids in alike.items():
        first, *others = sorted(visit_ids)
        for other in others:
            looked.say(other, code, len(visit_ids), first)
            looked.say(first, code, len(visit_ids), other)


def _pictures(work: Work, *where: sa.ColumnElement[bool]) -> dict[bytes, _Picture]:
    table = work.tables.records["photo"]
    query = (
        sa.select(table.c.id, table.c.visit_id, table.c.sha256, table.c.purpose)
        .where(
            table.c.deleted_at.is_(None),
            table.c.visit_id.is_not(None),
            table.c.sha256.is_not(None),
            *where,
        )
        .limit(_SAME_MOST)
    )
    return {
        row.id: _Picture(row.id, row.visit_id, row.sha256, _code_of(row.purpose))
        for row in work.connection.execute(query)
    }


def _in_memory(work: Work) -> dict[bytes, _Picture]:
    return {
        photo.record_id: _Picture(
            photo.record_id, visit_id, sha256, _code_of(values.get("purpose"))
        )
        for photo in work.changed("photo")
        for values in [photo.values]
        for visit_id, sha256 in [(values.get("visit_id"), values.get("sha256"))]
        if isinstance(visit_id, bytes) and isinstance(sha256, str) and photo.deleted_at is None
    }


def _code_of(purpose: object) -> str:
    return SAME_SIGNATURE if purpose == "signature" else SAME_PHOTO


def _keep(work: Work, looked: _Looked) -> None:
    """Write what was found, and take away what is so no more; what is as it was stays."""
    table = work.tables.visit_flag
    ids = sorted(looked.codes)
    query = sa.select(table).where(table.c.visit_id.in_(ids))
    known = {(row.visit_id, row.code): row for row in work.connection.execute(query)}
    found = {
        (visit_id, code): one
        for visit_id, by_code in looked.found.items()
        for code, one in by_code.items()
    }
    gone = {
        key
        for key, row in known.items()
        if key[1] in looked.codes[key[0]] and found.get(key) != _Found(row.figure, row.other_id)
    }
    by_code: dict[str, list[bytes]] = defaultdict(list)
    for visit_id, code in gone:
        by_code[code].append(visit_id)
    for code, visit_ids in by_code.items():
        here = (table.c.code == code, table.c.visit_id.in_(sorted(visit_ids)))
        work.connection.execute(sa.delete(table).where(*here))
    new = [
        {
            "visit_id": visit_id,
            "code": code,
            "figure": one.figure,
            "other_id": one.other_id,
            "at": work.now_ms,
        }
        for (visit_id, code), one in sorted(found.items(), key=lambda item: item[0])
        if (visit_id, code) not in known or (visit_id, code) in gone
    ]
    if new:
        # Another push of the same agent may have said the same meanwhile.
        work.connection.execute(work.insert_or_skip(table), new)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
