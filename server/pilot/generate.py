"""The pilot provinces (Taroudant, Berkane, Nador), filled with invented data.

Real: communes, their points, souks and language shares. Invented, and plainly so: people (phones
of the range 06 00 0…, ICE that begin with 999), enterprises, visits. The same seed makes the same
data; a second call on a filled database does nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.accounts import commands
from server.accounts.passwords import hash_password
from server.db.records import Stored
from server.db.work import Author, Database, Work
from server.pilot import words
from sync import local_time, scopes
from sync.entities.enterprise import LEGAL_FORMS
from sync.entities.visit import NEEDS, OUTCOMES, VISIT_TYPES
from sync.local_time import WEEKDAYS
from sync.rules.identifiers import ice_with_key
from sync.spec import Value, Values

PROVINCES = ("09.541", "02.113", "02.381")
_AGENTS_BY_PROVINCE = (17, 3, 4)
PASSWORD = "nuqta-demo"  # noqa: S105 - told to everyone who runs the demo
"""Of every account of the pilot. Invented data only: never on a server that holds real people."""
Tell = Callable[[str, int, int], None]

_AGENT_COUNT, _ENTERPRISE_COUNT = sum(_AGENTS_BY_PROVINCE), 300
_PER_TRANSACTION = 400
_MONTHS_MS = 92 * scopes.DAY_MS
_HOUR_MS = 3_600_000
_LANGUAGES = {"shi": "tachelhit_percent", "tzm": "tamazight_percent", "rif": "tarifit_percent"}
_OUTCOME_WEIGHTS = (50, 18, 9, 8, 2, 5, 2, 4, 1, 1)
_FORM_WEIGHTS = (3, 3, 3, 2, 0, 8, 1, 1, 2, 2)


def _weighed(rng: random.Random, choices: Sequence[str], weights: Sequence[int]) -> str:
    """Return one of the choices that have weights: those that came later are not invented."""
    return rng.choices(choices[: len(weights)], weights)[0]


@dataclass(slots=True)
class _Agent:
    """An agent of the pilot and the communes it serves."""

    agent_id: bytes
    communes: list[Stored]


class _Pilot:
    """One generation, in the order in which records refer to one another."""

    def __init__(self, database: Database, seed: int, tell: Tell) -> None:
        self.database = database
        self.rng = random.Random(seed)  # noqa: S311 - invented data, repeatable on purpose
        self.tell = tell
        self.now_ms = database.clock()
        self.communes: list[Stored] = []
        self.agents: list[_Agent] = []
        self.stops: dict[str, list[bytes]] = {}
        self.branches: list[bytes] = []
        self.password = hash_password(PASSWORD)
        self.people: list[tuple[bytes, str]] = []
        self.enterprises: list[tuple[bytes, str]] = []

    def author(self, agent: _Agent | None, at: int) -> Author:
        """Return who made a record, and when."""
        return Author(agent.agent_id if agent else None, at=at, source="pilot")

    def store(self, what: str, makers: Sequence[Callable[[Work], Any]]) -> list[Any]:
        """Run makers, some hundred to a transaction, and tell how far it is."""
        made: list[Any] = []
        for start in range(0, len(makers), _PER_TRANSACTION):
            part = makers[start : start + _PER_TRANSACTION]
            made += self.database.write(partial(_run, part))
            self.tell(what, len(made), len(makers))
        return made

    def name(self, sex: str, region: str) -> tuple[str, str]:
        """Return a full name in both scripts."""
        given = self.rng.choice(words.WOMEN if sex == "female" else words.MEN)
        family = self.rng.choice(words.FAMILIES[region])
        return f"{given[0]} {family[0]}", f"{given[1]} {family[1]}"

    def staff(self) -> None:
        """Make 4 coordinators and 24 agents, each with some communes of one province."""
        coordinators: list[tuple[str, tuple[str, ...]]] = [
            ("coord.taroudant", PROVINCES[:1]),
            ("coord.berkane", PROVINCES[1:2]),
        ]
        coordinators += [("coord.nador", PROVINCES[2:]), ("coord.pilote", PROVINCES)]
        makers = [
            partial(self._account, login, "regional_coordinator", list(codes))
            for login, codes in coordinators
        ]
        parts: list[list[Stored]] = []
        for province, count in zip(PROVINCES, _AGENTS_BY_PROVINCE, strict=True):
            inside = [one for one in self.communes if one.values["province_code"] == province]
            parts += [inside[number::count] for number in range(count)]
        logins = [f"agent{number:02d}" for number in range(1, _AGENT_COUNT + 1)]
        for login, part in zip(logins, parts, strict=True):
            codes = [str(commune.values["code"]) for commune in part]
            makers.append(partial(self._account, login, "field_agent", codes))
        made = self.store("staff", makers)
        self.agents = [
            _Agent(agent_id, part)
            for agent_id, part in zip(made[len(coordinators) :], parts, strict=True)
        ]

    def offices(self) -> None:
        """Make an account of each role that has no communes; and who manages the first branch."""
        makers = [
            partial(self._account, login, role, [])
            for login, role in (
                ("programme", "programme_manager"),
                ("observateur", "ministry_observer"),
                ("banque", "bank_back_office"),
                ("protection", "data_protection_officer"),
                ("audit", "auditor"),
                ("admin", "administrator"),
            )
        ]
        branch = self.branches[0]
        makers.append(partial(self._account, "relais", "point_manager", [], point_id=branch))
        self.store("offices", makers)

    def _account(
        self,
        login: str,
        role: str,
        codes: list[str],
        work: Work,
        *,
        point_id: bytes | None = None,
    ) -> bytes:
        region = codes[0][:2] if codes else PROVINCES[0][:2]
        name_ar, name_fr = self.name(self.rng.choice(("female", "male")), region)
        return commands.create_user(
            work,
            login,
            role,
            codes,
            self.password,
            name_fr=name_fr,
            name_ar=name_ar,
            point_id=point_id,
        )

    def points(self) -> None:
        """Make a branch and two mobile units a province, kiosks, and a stop at each weekly souk."""
        for province in PROVINCES:
            inside = [one for one in self.communes if one.values["province_code"] == province]
            seat = max(inside, key=lambda one: _number(one.values["population"]))
            makers = [partial(self._point, seat, "branch", 1, inside)]
            makers += [partial(self._point, seat, "mobile_unit", n, inside) for n in (1, 2)]
            makers += [
                partial(self._point, one, "cooperative_seat", 1, [one])
                for one in self.rng.sample(inside, 4)
            ]
            makers.append(partial(self._point, seat, "hotline", 1, inside))
            made = self.store("points", makers)
            self.branches.append(made[0].record_id)
            units = [one.record_id for one in made[1:3]]
            stops = [
                partial(self._stop, commune, self.rng.choice(units))
                for commune in inside
                for _ in range(_number(commune.values["weekly_souks"]))
            ]
            for stop in self.store("souk stops", stops):
                code = str(stop.values["commune_code"])
                self.stops.setdefault(code, []).append(stop.record_id)

    def _point(
        self, commune: Stored, kind: str, number: int, served: list[Stored], work: Work
    ) -> Stored:
        names = {
            "branch": ("وكالة", "Agence"),
            "mobile_unit": (f"الوكالة المتنقلة {number}", f"Agence mobile {number}"),
            "cooperative_seat": ("نقطة تواصل التعاونية", "Relais de la coopérative"),
            "hotline": ("مركز النداء", "Centre d'appel"),
        }
        values: Values = {
            "commune_code": commune.values["code"],
            "name_ar": f"{names[kind][0]} {_text(commune, 'name_ar')}",
            "name_fr": f"{names[kind][1]} {_text(commune, 'name_fr')}",
            "kind": kind,
            "modality": {"hotline": "digital", "branch": "both"}.get(kind, "physical"),
            "status": "active",
            "opened_on": local_time.day_of(self.now_ms) - self.rng.randint(100, 500),
            "operator": "Crédit Agricole du Maroc",
            "latitude": commune.values["latitude"],
            "longitude": commune.values["longitude"],
            "commune_codes": tuple(sorted(str(one.values["code"]) for one in served)),
            "hours": "Mo-Fr 08:30-16:30" if kind != "mobile_unit" else "Mo-Sa 08:00-14:00",
            "services": ("digital-id", "e-admin", "mobile-banking"),
            "languages": ("ary", "fr"),
            "power": "grid" if kind != "cooperative_seat" else "solar",
        }
        return work.insert("contact_point", values, self.author(None, self.now_ms - _MONTHS_MS))

    def _stop(self, commune: Stored, unit: bytes, work: Work) -> Stored:
        days = commune.values["souk_days"]
        weekday = days[0] if isinstance(days, tuple) else self.rng.choice(WEEKDAYS)
        values: Values = {
            "commune_code": commune.values["code"],
            "point_id": unit,
            "place_ar": f"سوق {_text(commune, 'name_ar')}",
            "place_fr": f"Souk {_text(commune, 'name_fr')}",
            "weekday": weekday if isinstance(weekday, str) else None,
            "from_minute": 8 * 60,
            "to_minute": 13 * 60,
            "every_weeks": 1,
            "is_souk": True,
            "latitude": commune.values["latitude"],
            "longitude": commune.values["longitude"],
        }
        return work.insert("stop", values, self.author(None, self.now_ms - _MONTHS_MS))

    def farmers(self, count: int) -> None:
        """Make farmers, by the rural population of the communes."""
        # Farmers live in towns too, though fewer.
        weights = [
            _number(one.values["rural_population"]) + _number(one.values["population"]) // 20
            for one in self.communes
        ]
        homes = self.rng.choices(self.communes, weights, k=count)
        made = self.store(
            "farmers", [partial(self._farmer, home, number) for number, home in enumerate(homes)]
        )
        self.people = [(one.record_id, str(one.values["commune_code"])) for one in made]

    def _farmer(self, home: Stored, number: int, work: Work) -> Stored:
        rng = self.rng
        code = str(home.values["code"])
        sex = "female" if rng.random() < 0.42 else "male"
        name_ar, name_fr = self.name(sex, code[:2])
        douar = rng.choice(words.DOUARS)
        phone = None if rng.random() < 0.12 else f"+2126000{number % 100_000:05d}"
        values: Values = {
            "commune_code": code,
            "name_ar": name_ar if rng.random() < 0.95 else None,
            "name_fr": name_fr,
            "sex": sex,
            "birth_year": rng.randint(1945, 2006),
            "birth_year_approx": rng.random() < 0.3,
            "phone": phone,
            "phone_owner": rng.choice(("self", "self", "family")) if phone else None,
            "service_language": self._language(home),
            "reading": "none" if rng.random() < 0.38 else rng.choice(("ar", "ar", "ar", "fr")),
            "douar": douar[1] if rng.random() < 0.5 else douar[0],
            "phone_type": rng.choice(("basic", "smart", "smart")) if phone else "none",
            "bank_status": rng.choice(("none", "none", "cam", "other")),
            "is_farmer": True,
            "status": "active",
        }
        at = self.now_ms - rng.randint(60, 92) * scopes.DAY_MS
        return work.insert("person", values, self.author(self._agent_of(code), at))

    def _language(self, home: Stored) -> str:
        weights = [_number(home.values[field]) for field in _LANGUAGES.values()]
        arabic = _number(home.values["darija_percent"])
        return self.rng.choices(["ary", *_LANGUAGES], [arabic + 1, *weights])[0]

    def firms(self) -> None:
        """Make enterprises and cooperatives."""
        homes = self.rng.choices(self.communes, k=_ENTERPRISE_COUNT)
        made = self.store(
            "enterprises", [partial(self._firm, home, number) for number, home in enumerate(homes)]
        )
        self.enterprises = [(one.record_id, str(one.values["commune_code"])) for one in made]

    def _firm(self, home: Stored, number: int, work: Work) -> Stored:
        rng = self.rng
        code = str(home.values["code"])
        form = _weighed(rng, LEGAL_FORMS, _FORM_WEIGHTS)
        product = rng.choice(words.PRODUCTS)
        title = rng.choice(words.COOPERATIVE_NAMES)
        is_cooperative = form in ("cooperative", "coop_union")
        members = rng.randint(7, 60) if is_cooperative else None
        values: Values = {
            "commune_code": code,
            "name_ar": f"{'تعاونية' if is_cooperative else 'مقاولة'} {title[0]} - {product[1]}",
            "name_fr": f"{'Coopérative' if is_cooperative else 'Société'} {title[1]} {product[2]}",
            "legal_form": form,
            "ice": ice_with_key(f"999{number:06d}0001") if form != "informal_group" else None,
            "phone": f"+2126001{number % 100_000:05d}",
            "contact_name": self.name(rng.choice(("female", "male")), code[:2])[1],
            "value_chains": (product[0],),
            "staff_band": rng.choice(("0", "1-2", "3-9", "10-49")),
            "members_total": members,
            "members_women": rng.randint(0, members) if members else None,
            "status": rng.choice(("submitted", "verified", "active", "active")),
        }
        at = self.now_ms - rng.randint(60, 92) * scopes.DAY_MS
        return work.insert("enterprise", values, self.author(self._agent_of(code), at))

    def visits(self, count: int) -> None:
        """Make visits over three months, on working days and souk mornings."""
        moments = sorted(self._moment() for _ in range(count))
        self.store("visits", [partial(self._visit, at) for at in moments])

    def _moment(self) -> int:
        day = local_time.day_of(self.now_ms) - self.rng.randint(1, 91)
        return local_time.day_start(day) + self.rng.randint(8 * 60, 17 * 60) * 60_000

    def _visit(self, at: int, work: Work) -> Stored:
        rng = self.rng
        is_firm = rng.random() < 0.15
        subject, code = rng.choice(self.enterprises if is_firm else self.people)
        agent = self._agent_of(code)
        home = next(one for one in agent.communes if one.values["code"] == code)
        kind = rng.choice([one for one in VISIT_TYPES if one in words.NOTES])
        outcome = _weighed(rng, OUTCOMES, _OUTCOME_WEIGHTS)
        stops = self.stops.get(code, [])
        is_souk = bool(stops) and rng.random() < 0.35
        note = rng.choice(words.NOTES[kind])
        minutes = rng.randint(8, 70)
        has_position = rng.random() < 0.9
        values: Values = {
            "commune_code": code,
            "agent_id": agent.agent_id,
            "enterprise_id" if is_firm else "person_id": subject,
            "stop_id": rng.choice(stops) if is_souk else None,
            "type": kind,
            "channel": "souk" if is_souk else rng.choice(("home_farm", "home_farm", "at_point")),
            "state": "ended",
            "started_at": at,
            "ended_at": at + minutes * 60_000,
            "active_seconds": minutes * 50,
            "outcome": outcome,
            "needs": tuple(sorted(rng.sample(NEEDS, rng.randint(0, 3)))) or None,
            "notes": note[0] if rng.random() < 0.6 else note[1],
            "next_on": local_time.day_of(at) + 14 if outcome == "done_follow_up" else None,
            "latitude": _near(home.values["latitude"], rng) if has_position else None,
            "longitude": _near(home.values["longitude"], rng) if has_position else None,
            "accuracy_m": rng.randint(4, 40) if has_position else None,
            "position_missing": None if has_position else "no_signal",
            "present_total": rng.randint(1, 6),
            "satisfaction": rng.choice((3, 4, 4, 5, 5)),
            "review_state": "accepted" if at < self.now_ms - 10 * scopes.DAY_MS else "submitted",
        }
        return work.insert(
            "visit",
            values,
            self.author(agent, min(at + rng.randint(1, 50) * _HOUR_MS, self.now_ms)),
        )

    def _agent_of(self, code: str) -> _Agent:
        return next(
            agent
            for agent in self.agents
            if any(commune.values["code"] == code for commune in agent.communes)
        )


def generate(
    database: Database, *, seed: int, farmer_count: int, visit_count: int, tell: Tell
) -> dict[str, int]:
    """Fill the three provinces. Returns what was made, by kind; nothing if they are filled."""
    pilot = _Pilot(database, seed, tell)
    table = database.tables.records["commune"]
    pilot.communes = database.read(
        lambda records: records.list(
            "commune", table.c.province_code.in_(PROVINCES), order=(table.c.code,)
        )
    )
    account = database.tables.account
    is_filled = database.read(
        lambda records: records.connection.execute(
            account.select().where(account.c.login == "agent01")
        ).first()
    )
    if is_filled:
        return {}
    pilot.staff()
    pilot.points()
    pilot.farmers(farmer_count)
    pilot.firms()
    pilot.visits(visit_count)
    pilot.offices()  # last: what came before stays as the seed made it
    return {
        "communes": len(pilot.communes),
        "agents": len(pilot.agents),
        "souk stops": sum(map(len, pilot.stops.values())),
        "farmers": len(pilot.people),
        "enterprises": len(pilot.enterprises),
        "visits": visit_count,
    }


def _run(makers: Sequence[Callable[[Work], Any]], work: Work) -> list[Any]:
    return [make(work) for make in makers]


def _text(record: Stored, field: str) -> str:
    value = record.values[field]
    return value if isinstance(value, str) else ""


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _near(value: Value, rng: random.Random) -> Value:
    return value + rng.randint(-20_000, 20_000) if isinstance(value, int) else None
