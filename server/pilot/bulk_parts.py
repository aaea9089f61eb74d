"""A part of the bulk data: the provinces that one process makes, its records in order of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

import sqlalchemy as sa

from server.db import feed, terms
from server.db.records import Stored, to_row
from server.db.tables import Tables
from server.db.work import Author, new_record
from server.pilot import words
from server.pilot.bulk_rows import Rows
from server.pilot.people import values_of_enterprise, values_of_farmer
from server.pilot.pilot import Chance, Tell, number_of, weighed
from server.pilot.points import values_of_point, values_of_stop
from server.pilot.visits import sent_at, values_of_visit
from server.reference import files
from sync import digest, local_time
from sync.scopes import DAY_MS
from sync.spec import Value, Values

PARTS = 2
"""Into how many the country is divided, whatever processes there are: the same seed, the same data.
"""
_WRITTEN = (
    "contact_point", "stop", "person", "enterprise", "visit", "application", "task", "review",
)  # fmt: skip
_DAYS = 548  # eighteen months of visits
_BEFORE_DAYS = 90  # in which people were registered
_DAY_WEIGHTS = {"sa": 0.4, "su": 0.1}  # souks; else a working day
_WOMEN = tuple(30 // (place + 1) + 1 for place in range(len(words.WOMEN)))
_MEN = tuple(30 // (place + 1) + 1 for place in range(len(words.MEN)))
_PREFIXES: tuple[words.Pair, ...] = (
    ("أيت", "Ait"), ("بن", "Ben"), ("أولاد", "Oulad"), ("الحاج", "El Haj"), ("بو", "Bou"),
)  # fmt: skip
_POINT_KINDS = ("cooperative_seat", "branch", "mobile_unit", "hotline")
_POINT_WEIGHTS = (80, 10, 8, 2)
_STATES: Mapping[str, int] = {
    "draft": 6, "ready": 5, "submitted": 12, "acknowledged": 10, "in_review": 15,
    "info_requested": 6, "approved": 12, "rejected": 6, "delivered": 18, "closed": 8,
    "withdrawn": 2,
}  # fmt: skip


_RECORDED = ("people", "enterprises", "points", "requests", "visits")


@dataclass(frozen=True, slots=True)
class Profile:
    """How many of each kind there are in a programme of full size: the one for all measurements."""

    people: int = 500_000
    enterprises: int = 15_000
    points: int = 15_000
    requests: int = 50_000
    visits: int = 1_600_000
    agents: int = 600
    coordinators: int = 16

    def scaled(self, scale: float) -> Profile:
        """Return another size of all that is recorded; who works is as many."""
        return replace(self, **{name: round(getattr(self, name) * scale) for name in _RECORDED})

    def without(self, other: Profile) -> Profile:
        """Return what is left to be recorded after others have made their share."""
        return replace(
            self, **{name: getattr(self, name) - getattr(other, name) for name in _RECORDED}
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What one part makes; to be sent to a process.

    `communes`: codes of its own. `agents`: the agent of each commune, `coordinators` one of each
    region. `first_scope`: the number of its first scope, and every
    `PARTS`th after it is its own.
    """

    number: int
    seed: int
    now_ms: int
    era: int
    profile: Profile
    communes: tuple[str, ...]
    agents: Mapping[str, bytes]
    coordinators: Mapping[str, bytes]
    first_scope: int


@dataclass(slots=True)
class _Scope:
    id: int
    count: int = 0
    digest: int = 0


class Names(Chance):
    """Chance with as many family names as a country has, and given names as unevenly spread."""

    def __init__(self, seed: str, now_ms: int) -> None:
        """Begin."""
        super().__init__(seed, now_ms)
        known = [family for families in words.FAMILIES.values() for family in families]
        self._families = known + [
            (f"{prefix[0]} {given[0]}", f"{prefix[1]} {given[1]}")
            for prefix in _PREFIXES
            for given in (*words.MEN, *words.DOUARS)
        ]

    def name(self, sex: str, region: str) -> tuple[str, str]:
        """Return a full name in both scripts: one man of five is a Mohamed."""
        givens, weights = (words.WOMEN, _WOMEN) if sex == "female" else (words.MEN, _MEN)
        given = self.rng.choices(givens, weights)[0]
        # Those of the region come more often.
        own = words.FAMILIES.get(region, ())
        family = self.rng.choice(own if own and self.rng.random() < 0.4 else self._families)
        return f"{given[0]} {family[0]}", f"{given[1]} {family[1]}"


class Part:
    """The records of some provinces: what `Work` would have stored, made without asking for it."""

    def __init__(
        self, tables: Tables, rows: Rows, plan: Plan, communes: Sequence[Stored], tell: Tell
    ) -> None:
        """Begin.

        Args:
            communes: of this part alone: no other writes into their scopes.
        """
        self._tables, self._rows, self._plan, self._tell = tables, rows, plan, tell
        self._chance = Names(f"{plan.seed}/{plan.number}", plan.now_ms)
        self._rng = self._chance.rng
        self._communes = list(communes)
        self._homes = {code_of(one): one for one in communes}
        self._scopes: dict[str, _Scope] = {}
        self._scope_by_id: dict[int, _Scope] = {}
        self._people: list[tuple[bytes, str]] = []
        self._firms: list[tuple[bytes, str]] = []

    def make(self) -> None:
        """Make all records, and last what is known of their scopes."""
        profile = self._plan.profile
        self._make_points(profile.points)
        self._make_people(profile.people)
        self._make_enterprises(profile.enterprises)
        self._make_requests(profile.requests)
        self._make_tasks(profile.people // 40)
        self._make_visits(profile.visits)
        self._make_reviews(profile.people // 100)
        self._write_scopes()
        self._rows.flush()

    def _put(
        self, entity: str, values: Values, at: int, agent_id: bytes | None, began: int | None = None
    ) -> Stored:
        """Write a record, its terms and its entry in the feed.

        Args:
            at: when it was stored.
            began: when it was begun, of which its id tells; when it was stored if None.
        """
        tables, number = self._tables, self._tables.number_by_entity[entity]
        record = new_record(
            tables.entities[number],
            new_record_id(self._rng, at if began is None else began),
            values,
            Author(agent_id, at=at, source="pilot"),
            now_ms=at,
            era=self._plan.era,
            scope_id=self._scope_id,
        )
        scope = self._scope_by_id[record.scope_id]
        scope.count += 1
        entry = feed.entered(number, record, seq=scope.count, number=scope.count)
        scope.digest = digest.replaced(scope.digest, 0, entry.hash)
        where = {"scope_id": scope.id, "entity": number, "at": at}
        self._rows.add(tables.records[entity], to_row(record))
        self._rows.add(tables.feed, {**where, **feed.row_of(record, entry)})
        for row in terms.rows_of(tables, record):
            self._rows.add(tables.search_term, row)
        return record

    def _scope_id(self, name: str) -> int:
        scope = self._scopes.get(name)
        if scope is None:
            scope = _Scope(self._plan.first_scope + PARTS * len(self._scopes))
            self._scopes[name] = self._scope_by_id[scope.id] = scope
        return scope.id

    def _write_scopes(self) -> None:
        for name, scope in self._scopes.items():
            row = {
                "id": scope.id,
                "name": name,
                "head": scope.count,
                "floor": 0,
                "record_count": scope.count,
                "digest": scope.digest,
                "next_number": scope.count + 1,
            }
            self._rows.add(self._tables.scope, row)

    def _told(self, what: str, count: int) -> Iterator[int]:
        """Count, and tell how far it is."""
        step = max(count // 100, 1)
        for done in range(count):
            if done % step == 0:
                self._tell(what, done, count)
            yield done
        self._tell(what, count, count)

    def _past(self, count: int, days: tuple[int, int]) -> list[int]:
        """Return moments between so many days ago, in order."""
        first, last = (self._plan.now_ms - ago * DAY_MS for ago in days)
        return sorted(self._rng.randrange(first, last) for _ in range(count))

    def _number(self, done: int) -> int:
        """Return a number that no record of another part has."""
        return done * PARTS + self._plan.number

    # Who and where

    def _make_points(self, count: int) -> None:
        moments = self._past(count, (_DAYS + 3 * _BEFORE_DAYS, _DAYS + 2 * _BEFORE_DAYS))
        units: dict[str, list[bytes]] = {}
        for done in self._told("points", count):
            commune = self._rng.choice(self._communes)
            kind = weighed(self._rng, _POINT_KINDS, _POINT_WEIGHTS)
            values = values_of_point(
                self._chance, commune, kind=kind, number=done % 9 + 1, served=[commune]
            )
            douar = self._rng.choice(words.DOUARS)
            _add_to_names(values, f" - {douar[0]}", f" - {douar[1]}")
            values["status"] = weighed(self._rng, ("active", "opening", "closed"), (90, 6, 4))
            point = self._put("contact_point", values, moments[done], None)
            if kind == "mobile_unit":
                units.setdefault(str(commune.values["province_code"]), []).append(point.record_id)
        for commune in self._communes:
            here = units.get(str(commune.values["province_code"]), [])
            for _ in range(number_of(commune.values["weekly_souks"]) if here else 0):
                values = values_of_stop(self._chance, commune, self._rng.choice(here))
                at = self._plan.now_ms - (_DAYS + _BEFORE_DAYS) * DAY_MS
                stop = self._put("stop", values, at, None)
                code = code_of(commune)
                self._chance.stops.setdefault(code, []).append(stop.record_id)

    def _make_people(self, count: int) -> None:
        moments = self._past(count, (_DAYS + _BEFORE_DAYS, _DAYS))
        weights = list(accumulate(weight_of(one) for one in self._communes))
        for done in self._told("people", count):
            home = self._rng.choices(self._communes, cum_weights=weights)[0]
            values, code = values_of_farmer(self._chance, home, done), code_of(home)
            if values["phone"]:
                values["phone"] = f"+212600{self._number(done) % 10**6:06d}"
            agent = self._plan.agents[code]
            person = self._put("person", values, moments[done], agent)
            self._people.append((person.record_id, code))

    def _make_enterprises(self, count: int) -> None:
        moments = self._past(count, (_DAYS + _BEFORE_DAYS, _DAYS))
        for done in self._told("enterprises", count):
            home, number = self._rng.choice(self._communes), self._number(done)
            values, code = values_of_enterprise(self._chance, home, number), code_of(home)
            values["phone"] = f"+2126009{number % 10**5:05d}"
            douar = self._rng.choice(words.DOUARS)
            _add_to_names(values, f" {douar[0]}", f" {douar[1]}")
            firm = self._put("enterprise", values, moments[done], self._plan.agents[code])
            self._firms.append((firm.record_id, code))

    # What is done

    def _whom(self, firms: float) -> tuple[Values, str]:
        """Return whom something is done for, as its field with the id, and the commune."""
        is_firm = bool(self._firms) and self._rng.random() < firms
        record_id, code = self._rng.choice(self._firms if is_firm else self._people)
        return {"enterprise_id" if is_firm else "person_id": record_id}, code

    def _make_requests(self, count: int) -> None:
        services = [service.code for service in files.services()]
        moments = self._past(count, (_DAYS, 0))
        for done in self._told("requests", count):
            whom, code = self._whom(0.2)
            state = weighed(self._rng, tuple(_STATES), tuple(_STATES.values()))
            at, is_sent = moments[done], state not in ("draft", "ready", "withdrawn")
            has_receipt = is_sent and self._rng.random() < 0.99
            values: Values = {
                "commune_code": code,
                "service": self._rng.choice(services),
                **whom,
                "agent_id": self._plan.agents[code],
                "state": state,
                "receipt_number": f"INV-{self._number(done):07d}" if has_receipt else None,
                "submitted_at": at if is_sent else None,
                "decision_reason": "Pièce manquante" if state == "rejected" else None,
                "due_on": local_time.day_of(at) + 60 if is_sent else None,
            }
            request = self._put("application", values, at, self._plan.agents[code])
            if is_sent and not has_receipt:
                # Sent in without a receipt: a step that a person looks at.
                asked = {"kind": "flag", "entity": "application", "field": "state"}
                self._ask(request, {**asked, "mine": "ready", "theirs": state}, at)

    def _make_tasks(self, count: int) -> None:
        moments = self._past(count, (60, 0))
        for done in self._told("tasks", count):
            whom, code = self._whom(0.1)
            values: Values = {
                "commune_code": code,
                "kind": self._rng.choice(("follow_up", "missing_piece", "call_back")),
                "title": "Rappeler après le souk",
                **whom,
                "owner_id": self._plan.agents[code],
                "due_on": local_time.day_of(moments[done]) + self._rng.randint(5, 30),
                "priority": self._rng.choice(("low", "normal", "normal", "high")),
                "state": weighed(self._rng, ("open", "started", "done"), (5, 1, 4)),
            }
            self._put("task", values, moments[done], self._plan.agents[code])

    def _make_visits(self, count: int) -> None:
        planned = -(-count // 200)
        today, rng = local_time.day_of(self._plan.now_ms), self._rng
        days = range(today - _DAYS, today)
        weights = [_DAY_WEIGHTS.get(local_time.weekday_of(day), 1.0) for day in days]
        on_day = Counter(rng.choices(days, weights, k=count - planned))
        told = self._told("visits", count - planned)
        for day in days:
            start = local_time.day_start(day)
            for at in sorted(
                start + rng.randrange(8 * 3_600_000, 17 * 3_600_000) for _ in range(on_day[day])
            ):
                next(told)
                self._visit(at)
        next(told, None)
        for _ in range(planned):
            whom, code = self._whom(0.15)
            values: Values = {
                "commune_code": code,
                "agent_id": self._plan.agents[code],
                **whom,
                "type": "follow_up",
                "state": "planned",
                "planned_on": today + rng.randint(0, 14),
            }
            at = self._plan.now_ms - rng.randrange(DAY_MS)
            self._put("visit", values, at, self._plan.agents[code])

    def _visit(self, at: int) -> None:
        whom, code = self._whom(0.15)
        agent = self._plan.agents[code]
        values = values_of_visit(self._chance, self._homes[code], agent, whom, at)
        if at > self._plan.now_ms - 30 * DAY_MS and self._rng.random() < 0.01:
            values |= {
                "review_state": "returned",
                "returned_field": "outcome",
                "returned_note": "Le résultat ne va pas avec la note : lequel est juste ?",
                "returned_due_on": local_time.day_of(at) + 14,
                "returned_by": self._plan.coordinators[code[:2]],
                "returned_at": min(at + DAY_MS, self._plan.now_ms),
            }
        self._put("visit", values, sent_at(self._chance, at), agent, at)

    def _make_reviews(self, count: int) -> None:
        moments = self._past(count, (_DAYS, 0))
        for done in self._told("questions", count):
            record_id, code = self._rng.choice(self._people)
            at = moments[done]
            asked: Values = {"kind": "conflict", "entity": "person", "field": "phone"}
            asked |= {
                "mine": f"+212600{self._rng.randrange(10**6):06d}",
                "theirs": f"+212600{self._rng.randrange(10**6):06d}",
            }
            self._ask_of(record_id, code, asked, at, is_open=at > self._plan.now_ms - 20 * DAY_MS)

    def _ask(self, record: Stored, asked: Values, at: int) -> None:
        code = str(record.values["commune_code"])
        is_open = at > self._plan.now_ms - 90 * DAY_MS
        self._ask_of(record.record_id, code, asked, at, is_open=is_open)

    def _ask_of(
        self, record_id: bytes, code: str, asked: Values, at: int, *, is_open: bool
    ) -> None:
        agent: Value = self._plan.agents[code]
        values: Values = {
            "commune_code": code,
            **asked,
            "record_id": record_id,
            "mine_by": agent,
            "theirs_by": agent,
            "mine_at": at,
            "theirs_at": at - DAY_MS,
            "state": "open" if is_open else "decided",
        }
        if not is_open:
            values |= {"decision": "mine", "decided_by": self._plan.coordinators[code[:2]]}
            values["decided_at"] = min(at + 2 * DAY_MS, self._plan.now_ms)
        self._put("review", values, at, self._plan.agents[code])


def weight_of(commune: Stored) -> int:
    """Return how many people of a commune there are, beside others': the villages first."""
    rural = number_of(commune.values["rural_population"])
    return rural + number_of(commune.values["population"]) // 20 + 1


def code_of(commune: Stored) -> str:
    """Return a commune's code."""
    return str(commune.values["code"])


def _add_to_names(values: Values, arabic: str, latin: str) -> None:
    for name, added in (("name_ar", arabic), ("name_fr", latin)):
        values[name] = str(values[name]) + added


def new_record_id(rng: Random, at: int) -> bytes:
    """Return a record id as of a moment: a UUID of version 7, its rest by chance."""
    raw = bytearray(at.to_bytes(6, "big") + rng.randbytes(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def written(tables: Tables) -> list[sa.Table]:
    """Return the tables that a part writes many rows of."""
    return [*(tables.records[name] for name in _WRITTEN), tables.feed, tables.search_term]
