"""One generation of the pilot's data: its chance, what was made so far, how it is stored."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.accounts.passwords import hash_password
from server.db.records import Stored
from server.db.work import Author, Database, Work
from server.pilot import words
from sync import scopes
from sync.spec import Value

PROVINCES = ("09.541", "02.113", "02.381")
MONTHS_MS = 92 * scopes.DAY_MS
Tell = Callable[[str, int, int], None]
_PER_TRANSACTION = 400


@dataclass(slots=True)
class Agent:
    """An agent of the pilot and the communes it serves."""

    agent_id: bytes
    communes: list[Stored]


class Chance:
    """What values are made of: chance that is repeatable, and the stops that were made so far."""

    def __init__(self, seed: int | str, now_ms: int) -> None:
        """Begin; the same seed gives the same."""
        self.rng = random.Random(seed)  # noqa: S311 - invented data, repeatable on purpose
        self.now_ms = now_ms
        self.stops: dict[str, list[bytes]] = {}

    def name(self, sex: str, region: str) -> tuple[str, str]:
        """Return a full name in both scripts."""
        given = self.rng.choice(words.WOMEN if sex == "female" else words.MEN)
        family = self.rng.choice(words.FAMILIES[region])
        return f"{given[0]} {family[0]}", f"{given[1]} {family[1]}"


class Pilot(Chance):
    """One generation, in the order in which records refer to one another."""

    def __init__(self, database: Database, seed: int, password: str, tell: Tell) -> None:
        """Begin. `password` is that of every account; `tell` is told what is made, and how far."""
        super().__init__(seed, database.clock())
        self.database = database
        self.tell = tell
        # Accounts and communes were given before the first visit: what came later has its reason.
        self.before = Database(
            database.engines,
            database.tables,
            clock=lambda: self.now_ms - MONTHS_MS - scopes.DAY_MS,
            ids=database.ids,
        )
        self.communes: list[Stored] = []
        self.agents: list[Agent] = []
        self.branches: list[bytes] = []
        self.password = hash_password(password)
        self.people: list[tuple[bytes, str]] = []
        self.enterprises: list[tuple[bytes, str]] = []

    def author(self, agent: Agent | None, at: int) -> Author:
        """Return who made a record, and when."""
        return Author(agent.agent_id if agent else None, at=at, source="pilot")

    def store(
        self,
        what: str,
        makers: Sequence[Callable[[Work], Any]],
        database: Database | None = None,
    ) -> list[Any]:
        """Run makers, some hundred to a transaction, and tell how far it is.

        Args:
            database: with another clock than the pilot's own.
        """
        made: list[Any] = []
        for start in range(0, len(makers), _PER_TRANSACTION):
            part = makers[start : start + _PER_TRANSACTION]
            made += (database or self.database).write(partial(_run, part))
            self.tell(what, len(made), len(makers))
        return made

    def agent_of(self, code: str) -> Agent:
        """Return the agent who serves a commune."""
        return next(
            agent
            for agent in self.agents
            if any(commune.values["code"] == code for commune in agent.communes)
        )


def weighed(rng: random.Random, choices: Sequence[str], weights: Sequence[int]) -> str:
    """Return one of the choices that have weights: those that came later are not invented."""
    return rng.choices(choices[: len(weights)], weights)[0]


def _run(makers: Sequence[Callable[[Work], Any]], work: Work) -> list[Any]:
    return [make(work) for make in makers]


def text_of(record: Stored, field: str) -> str:
    """Return a text of a record, empty if it has none."""
    value = record.values[field]
    return value if isinstance(value, str) else ""


def number_of(value: Value) -> int:
    """Return a number of a record, 0 if it has none."""
    return value if isinstance(value, int) else 0
