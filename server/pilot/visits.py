"""The pilot's visits, over three months."""

from __future__ import annotations

import random
from functools import partial

from server.db.records import Stored
from server.db.work import Work
from server.pilot import told, words
from server.pilot.pilot import Chance, Pilot, weighed
from sync import local_time, scopes
from sync.entities.visit import NEEDS, OUTCOMES, VISIT_TYPES
from sync.spec import Value, Values

_HOUR_MS = 3_600_000
OUTCOME_WEIGHTS = (50, 18, 9, 8, 2, 5, 2, 4, 1, 1)


def make_visits(pilot: Pilot, count: int) -> None:
    """Make visits over three months, on working days and souk mornings."""
    moments = sorted(_moment(pilot) for _ in range(count))
    pilot.store("visits", [partial(_visit, pilot, at) for at in moments])


def _moment(pilot: Pilot) -> int:
    day = local_time.day_of(pilot.now_ms) - pilot.rng.randint(1, 91)
    return local_time.day_start(day) + pilot.rng.randint(8 * 60, 17 * 60) * 60_000


def _visit(pilot: Pilot, at: int, work: Work) -> Stored:
    rng = pilot.rng
    is_firm = rng.random() < 0.15
    subject, code = rng.choice(pilot.enterprises if is_firm else pilot.people)
    agent = pilot.agent_of(code)
    home = next(one for one in agent.communes if one.values["code"] == code)
    visited: Values = {"enterprise_id" if is_firm else "person_id": subject}
    values = values_of_visit(pilot, home, agent.agent_id, visited, at)
    return work.insert("visit", values, pilot.author(agent, sent_at(pilot, at)))


def sent_at(pilot: Chance, at: int) -> int:
    """Return when a visit that began at a moment was stored: within two days."""
    return min(at + pilot.rng.randint(1, 50) * _HOUR_MS, pilot.now_ms)


def values_of_visit(
    pilot: Chance, home: Stored, agent_id: bytes, visited: Values, at: int
) -> Values:
    """Return what is said of a visit in a commune that began at a moment.

    Args:
        visited: the field of whom it was made to, with the id.
    """
    rng, code = pilot.rng, str(home.values["code"])
    kind = rng.choice([one for one in VISIT_TYPES if one in words.NOTES])
    outcome = weighed(rng, OUTCOMES, OUTCOME_WEIGHTS)
    stops = pilot.stops.get(code, [])
    is_souk = bool(stops) and rng.random() < 0.35
    note = rng.choice(words.NOTES[kind])
    is_met = outcome not in told.MISSED
    if not is_met:
        note = told.MISSED[outcome][at % len(told.MISSED[outcome])]
    minutes = rng.randint(8, 70)
    has_position = rng.random() < 0.9
    values: Values = {
        "commune_code": code,
        "agent_id": agent_id,
        **visited,
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
        "review_state": "accepted" if at < pilot.now_ms - 10 * scopes.DAY_MS else "submitted",
    }
    if not is_met:  # nobody was there to say so
        values |= dict.fromkeys(("needs", "present_total", "satisfaction"))
    return values


def _near(value: Value, rng: random.Random) -> Value:
    return value + rng.randint(-20_000, 20_000) if isinstance(value, int) else None
