"""One run: a seed, a random history with faults, a quiet end, and everything checked.

All that is random comes from one `random.Random(seed)`: ids, what people do, which faults there are
and how often. Each seed enables its own subset of faults (swarm testing), so that rare combinations
get their share. The trace of a run is its events and the hashes of all bodies.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Any
from unittest import mock

import sqlalchemy as sa

from mobile_app.device.storage import StoreFull
from mobile_app.exchange import runner
from mobile_app.exchange.calls import Refused, Traffic, Unreachable
from mobile_app.store import apply, stage
from mobile_app.store.database import transaction
from server.accounts import incarnations, territories
from server.db.records import NotFound
from server.db.schema import change_epoch
from server.db.work import Author, Work
from server.exchange import commands, decide, first, pull, settle, snapshots
from server.exchange.routes import SyncEndpoint
from sync import flat, limits, local_time, scopes, wire
from sync.changes import Change, Op
from sync.digest import EMPTY_STATE
from sync.errors import Malformed
from sync.merge import last_writer
from sync.messages import App, Buckets, Progress, Request
from sync.rules import reviews
from sync.versions import SCHEMA_NOW
from tests.simulator import oracle
from tests.simulator.network import Network
from tests.simulator.oracle import Grant, Violation
from tests.simulator.server import (
    COMMUNES,
    FAR,
    HOME,
    LOGINS,
    NEAR,
    NEXT,
    START,
    UNKNOWN,
    fresh_database,
)
from tests.simulator.tablet import Killed, Tablet

SLICE_COUNT = 2
_STEPS = 70
_TAIL = 3
_TABLETS_MAX = 7
_BACKUP_MS_MAX = 20 * scopes.DAY_MS
"""Nobody restores an older backup than tablets are told to keep their work for."""
FAULTS = (
    "drop_request", "drop_reply", "replay", "again", "flip", "cut", "kill", "crash", "restart",
    "jump", "reboot", "territory", "moves", "deletes", "poison", "full", "forge", "between",
    "epoch", "months", "snapshots", "rollback", "clone", "setback", "server_full", "decide",
    "older", "disable", "proxy",
)  # fmt: skip


CARRYING = ("field_agent", "trainer")
"""The roles that carry a tablet, as the oracle knows them."""


@dataclass
class Swarm:
    """Which faults a run has, how often, and how small its pages and pushes are."""

    rates: dict[str, float]
    rows_max: int
    changes_max: int
    chunk_max: int
    in_doubt_bytes: int
    bytes_max: int
    body_bytes_max: int
    first_bytes: int

    @classmethod
    def draw(cls, rng: random.Random, faults: Mapping[str, float]) -> Swarm:
        """Return a random one, but for the faults given."""
        rates = {
            name: rng.choice((0.05, 0.15, 0.4)) if rng.random() < 0.4 else 0.0 for name in FAULTS
        } | dict(faults)
        if rates["setback"]:  # what neither a server nor a tablet has any more, nobody can bring
            rates["rollback"] = rates["clone"] = 0.0
        is_small = rng.random() < 0.6
        return cls(
            rates,
            rows_max=rng.randint(1, 5) if is_small else 4_000,
            changes_max=rng.choice((3, 5, 512)),
            chunk_max=rng.choice((1, 3, 64)),
            in_doubt_bytes=rng.choice((1, 60, 1_024)),
            bytes_max=rng.choice((1, limits.PAGE_BYTES)),
            body_bytes_max=rng.choice((120, 250, 500)),
            first_bytes=rng.choice((1, 500, first.FIRST_BYTES)),
        )

    @contextmanager
    def limits(self):
        """Make pages, pushes and chunks as small as this run wants them."""
        page = pull.page

        def small_page(*arguments: Any, **named: Any) -> Any:
            named["rows_max"] = min(named["rows_max"], self.rows_max)
            return page(*arguments, **named)

        with ExitStack() as stack:
            for target, name, value in (
                (pull, "page", small_page),
                (apply, "apply", apply.apply if self.rates["disable"] else _watched(apply.apply)),
                (commands, "limits", _Limits(self.chunk_max)),
                (runner, "Exchange", partial(runner.Exchange, changes_max=self.changes_max)),
                (runner, "_IN_DOUBT_BYTES", self.in_doubt_bytes),
                (snapshots, "ROWS_LEAST", 3),
                (first, "FIRST_BYTES", self.first_bytes),
                (limits, "REPLY_KEPT_BYTES", 20),
                (limits, "REQUEST_BYTES_LEAST", 100),
            ):
                stack.enter_context(mock.patch.object(target, name, value))
            yield


def _watched(applied: Any) -> Any:
    """Apply, and let no difference be repaired in silence: repairs hide what made them needful.

    A disabled account's receipt may leave a tablet between two states: then there is one to repair.
    """

    def watch(store: Any) -> Any:
        ahead = oracle.rows_ahead(store)
        result = applied(store)
        oracle.require(not result.is_in_doubt, "digests never alarm", "after an exchange")
        missing = {one for one in ahead if store.find(*one) is None}
        oracle.require(not missing, "what came ahead of its scope is seen", missing)
        return result

    return watch


class _Limits:
    """The bounds as the server's commands see them, but for the size of a chunk."""

    def __init__(self, chunk_max: int) -> None:
        self.CHANGES_PER_GROUP_MAX = chunk_max

    def __getattr__(self, name: str) -> Any:
        return getattr(limits, name)


@dataclass
class Backup:
    """A backup of the server, and what the oracle knew when it was made."""

    database: sqlite3.Connection
    now: int
    grants: list[Grant]
    written_count: int
    numbers: dict[tuple[int, int], bytes]


@dataclass
class Outcome:
    """What a run came to. `violation`: empty when everything held."""

    seed: int
    exchanges: int
    trace: str
    violation: str = ""


@dataclass
class Run:
    """A server, four tablets, a desk, and chance.

    Args:
        faults: how often these strike, whatever chance says.
    """

    seed: int
    is_told: bool = False
    faults: Mapping[str, float] = field(default_factory=dict)
    now: int = START
    exchanges: int = 0
    grants: list[Grant] = field(default_factory=list)
    tablets: list[Tablet] = field(default_factory=list)
    written: list[tuple[str, bytes, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the scene."""
        self.rng = random.Random(self.seed)
        self.trace = sha256()
        self.swarm = Swarm.draw(self.rng, self.faults)
        self.is_quiet = False
        self.depth = 0
        self.numbers: dict[tuple[int, int], bytes] = {}
        self.copies: list[tuple[Tablet, Any]] = []
        self.backup: Backup | None = None
        self.database = fresh_database(lambda: self.now, self.new_id)
        self.network = Network(self)
        self.restart()
        self.tablets = [
            Tablet(number, self.new_id, self._schema()) for number in range(len(LOGINS))
        ]
        self.agents = list(dict.fromkeys(tablet.agent_id for tablet in self.tablets))
        for agent_id in self.agents:
            for commune in self.rng.sample(COMMUNES[:3], self.rng.randint(1, 2)):
                self.grant(agent_id, commune)
        self.pair = self.desk(
            lambda work: [
                work.insert(
                    "person",
                    {"name_fr": "Pair", "commune_code": one, "landmark": "0"},
                    Author(None),
                ).record_id
                for one in (HOME, NEAR)
            ]
        )

        self.desk(self._plan)

    def _plan(self, work: Work) -> None:
        """Plan a visit of each agent in each commune, be it the agent's or not."""
        planned = {"state": "planned", "planned_on": local_time.day_of(self.now)}
        for commune in COMMUNES[:3]:
            values = {"name_fr": "Planned", "commune_code": commune}
            person = work.insert("person", values, Author(None)).record_id
            for agent_id in self.agents:
                whom = {"commune_code": commune, "person_id": person, "agent_id": agent_id}
                work.insert("visit", {**whom, **planned}, Author(None))

    def _schema(self) -> int:
        """Return what a tablet's app speaks when the run begins."""
        return self.rng.randint(1, SCHEMA_NOW) if self.swarm.rates["older"] else SCHEMA_NOW

    # What all share

    def new_id(self) -> bytes:
        """Return 16 random bytes of this run."""
        return self.rng.randbytes(16)

    def tell(self, *words: object) -> None:
        """Add to the trace."""
        line = " ".join(map(str, words))
        self.trace.update(line.encode() + b"\n")
        if self.is_told:
            print(f"{(self.now - START) / 1000:>12.1f}  {line}")

    def strikes(self, fault: str) -> bool:
        """Whether a fault happens now."""
        rate = self.swarm.rates[fault]
        return not self.is_quiet and rate > 0 and self.rng.random() < rate

    def pass_time(self, ms: int) -> None:
        """Let all clocks run."""
        self.now += ms
        for tablet in self.tablets:
            tablet.clock.move(ms)

    def restart(self) -> None:
        """Start the server's process anew: what was only in memory is forgotten."""
        self.database.engines.crash = None  # type: ignore[attr-defined]
        self.endpoint = SyncEndpoint(self.database, slice_count=SLICE_COUNT)
        self.network.forget()

    def communes_of(self, agent_id: bytes) -> set[str]:
        """Return the communes an agent has now."""
        return {
            one.commune
            for one in self.grants
            if one.agent_id == agent_id and (one.ends is None or one.ends > self.now)
        }

    def may_read(self, agent_id: bytes, scope: str) -> bool:
        """Whether an agent may read a scope now."""
        halves = scopes.half_years(self.now, SLICE_COUNT)
        return oracle.may_read(scope, agent_id, self.communes_of(agent_id), halves)

    def desk(self, command: Any) -> Any:
        """Run a command of the office's."""
        return self.database.write(command)

    # Events

    def play(self) -> None:
        """Run the history, then the quiet end. Raises Violation."""
        for _ in range(_STEPS):
            self.pass_time(self.rng.randint(100, 60_000))
            self.step()
        self.tell("quiet")
        self.is_quiet = True
        for agent_id in self.agents:
            self.set_account(agent_id, "active", "field_agent")
        for _ in range(_TAIL):
            for tablet in self.tablets:
                self.pass_time(1_000)
                self.exchange(tablet)
        self.check_all()

    def step(self) -> None:
        """Do one thing."""
        self.do_misfortune()
        tablet = self.rng.choice(self.tablets)
        kind = self.rng.random()
        if kind < 0.42:
            self.capture(tablet)
        elif kind < 0.6:
            self.do_desk()
        else:
            self.exchange(tablet)

    def do_misfortune(self) -> None:  # noqa: C901, PLR0912 - a branch a misfortune
        """Let happen what is in no one's hands."""
        tablet = self.rng.choice(self.tablets)
        if self.strikes("restart"):
            self.tell("restart")
            self.restart()
        if self.strikes("jump"):
            years = self.rng.uniform(-10, 10)
            tablet.clock.wall += int(years * 365 * scopes.DAY_MS)
            self.tell("jump", tablet.number, round(years, 1))
        if self.strikes("reboot"):
            self.tell("reboot", tablet.number)
            tablet.clock.boot, tablet.clock.mono = self.new_id().hex(), 1_000
            tablet.is_steady = False
            tablet.revive()
        if self.strikes("territory"):
            self.do_territory()
        if self.strikes("decide"):
            self.decide()
        if self.strikes("disable"):
            agent_id = self.rng.choice(self.agents)
            stands = ("active", self.rng.choice(CARRYING))
            if not self.is_disabled(agent_id):
                stands = self.rng.choice(
                    [("disabled", "field_agent"), ("active", "auditor"), ("active", "trainer")]
                )
            self.set_account(agent_id, *stands)
        if tablet.schema < SCHEMA_NOW and self.rng.random() < 0.1 * self.swarm.rates["older"]:
            self.tell("upgrade", tablet.number)
            tablet.upgrade(self.rng.randint(tablet.schema + 1, SCHEMA_NOW))
        if self.strikes("forge"):
            self.network.forge(tablet, self.forged())
        if self.rng.random() < 0.3 * self.swarm.rates["months"]:
            days = self.rng.choice((31, 45, 120))
            self.tell("days", days)
            self.pass_time(days * scopes.DAY_MS)
        if self.rng.random() < 0.2 * self.swarm.rates["epoch"]:
            self.tell("epoch")
            epoch = self.rng.randbytes(8)
            self.desk(lambda work: change_epoch(work, epoch))
            for one in self.tablets:
                one.cursors = {}
            self.restart()
        if self.rng.random() < 0.3 * self.swarm.rates["rollback"]:
            self.do_rollback(tablet)
        if len(self.tablets) < _TABLETS_MAX and self.rng.random() < 0.2 * self.swarm.rates["clone"]:
            self.tell("clone", tablet.number)
            tablet.is_steady = False  # its twin may bring its changes, by another clock
            self.tablets.append(tablet.twin())
        if self.rng.random() < 0.3 * self.swarm.rates["setback"]:
            self.do_setback()
        if self.strikes("snapshots"):
            self.tell("snapshots", snapshots.build(self.database))

    def do_rollback(self, tablet: Tablet) -> None:
        """Keep a copy of a tablet, or let it be the one of an earlier copy."""
        if not self.copies or self.rng.random() < 0.5:
            self.tell("copy", tablet.number)
            self.copies.append((tablet, tablet.copy()))
            return
        tablet, raw = self.copies.pop(self.rng.randrange(len(self.copies)))
        self.tell("rollback", tablet.number)
        arrived = self.database.engines.raw.execute(  # type: ignore[attr-defined]
            "SELECT change_id FROM acknowledgement"
        )
        tablet.come_back(raw, {row[0] for row in arrived})

    def do_setback(self) -> None:
        """Back the server up, or restore the last backup: what was written since is gone."""
        raw = self.database.engines.raw  # type: ignore[attr-defined]
        kept = self.backup
        is_late = kept is not None and self.now - kept.now > _BACKUP_MS_MAX
        if kept is None or is_late or self.rng.random() < 0.5:
            self.tell("backup")
            copy = sqlite3.connect(":memory:", check_same_thread=False)
            raw.backup(copy)
            self.backup = Backup(
                copy, self.now, list(self.grants), len(self.written), dict(self.numbers)
            )
            if self.rng.random() < 0.7:
                self.desk(lambda work: incarnations.note_backup(work, self.now))
            return
        self.tell("setback", self.now - kept.now)
        kept.database.backup(raw)
        self.grants = list(kept.grants)
        self.written = self.written[: kept.written_count]
        self.numbers = dict(kept.numbers)
        for one in self.tablets:
            one.cursors = {}
            # A request that comes again is new to the server now, and no clock tells how late.
            one.is_steady = one.is_steady and not self.swarm.rates["replay"]
        epoch = self.rng.randbytes(8)
        self.desk(lambda work: change_epoch(work, epoch))
        self.restart()

    def do_territory(self) -> None:
        """Give or take a commune, or take all that an agent has."""
        agent_id, commune = self.rng.choice(self.agents), self.rng.choice(COMMUNES[:3])
        mine = sorted(self.communes_of(agent_id))
        if mine and self.rng.random() < 0.15:
            self.revoke(agent_id, mine)
        elif commune in mine:
            self.revoke(agent_id, [commune])
        else:
            self.grant(agent_id, commune)

    def revoke(self, agent_id: bytes, communes: list[str]) -> None:
        """Take communes from an agent."""
        self.tell("revoke", agent_id[-1], *communes)
        self.desk(lambda work: territories.revoke(work, agent_id, communes))
        self.grants = [
            replace(one, ends=self.now)
            if one.agent_id == agent_id and one.commune in communes and one.ends is None
            else one
            for one in self.grants
        ]

    def set_account(self, agent_id: bytes, status: str, role: str) -> None:
        """Disable an account, give it another role, or make it active again."""
        self.tell("account", agent_id[-1], status, role)
        table = self.database.tables.account
        self.desk(
            lambda work: work.connection.execute(
                sa.update(table)
                .where(table.c.agent_id == agent_id)
                .values(status=status, role=role)
            )
        )

    def is_disabled(self, agent_id: bytes) -> bool:
        """Whether an agent's account is disabled now, or of a role that carries no tablet."""
        status, role = self.database.engines.raw.execute(  # type: ignore[attr-defined]
            "SELECT status, role FROM account WHERE agent_id = ?", (agent_id,)
        ).fetchone()
        return status != "active" or role not in CARRYING

    def grant(self, agent_id: bytes, commune: str) -> None:
        """Give a commune to an agent."""
        self.tell("grant", agent_id[-1], commune)
        self.desk(lambda work: territories.grant(work, agent_id, [commune], by=None))
        self.grants.append(Grant(agent_id, commune, self.now))

    # Work on a tablet

    def capture(self, tablet: Tablet) -> None:
        """Save something on a tablet, unless it dies or its disk is full."""
        if self.strikes("kill"):
            tablet.kill_at(self.rng.randint(1, 12), is_after=self.rng.random() < 0.5)
        is_full = self.strikes("full")
        try:
            if is_full:
                with tablet.full_disk():
                    self._capture(tablet)
            else:
                self._capture(tablet)
        except Killed:
            self.tell("killed", tablet.number)
            tablet.revive()
        except StoreFull:
            self.tell("full", tablet.number)
        tablet.kill_at(0, is_after=False)
        self.tell("captured", tablet.number, tablet.note_captures(self.now))

    def _capture(self, tablet: Tablet) -> None:  # noqa: C901, PLR0912 - a branch a kind of work
        store, rng = tablet.store, self.rng
        if self.strikes("poison"):
            self._poison(tablet)
            return
        if self.strikes("decide") and self._answer(tablet):
            return
        kind = rng.random()
        if kind < 0.25:
            store.put("person", self._person())
        elif kind < 0.32:
            person = self.new_id()
            group: list[Any] = [("person", self._person(), person)]
            commune = group[0][1]["commune_code"]
            visit = {"person_id": person, "commune_code": commune, "notes": self._text()}
            group += [("visit", visit, b"")]
            if known := self._any(tablet, "person"):
                group += [("person", self._patch("person"), known)]
            store.put_group(group)
        elif kind < 0.38:
            store.put("visit", {"commune_code": self._commune(), "state": "planned"})
        elif kind < 0.44:
            store.put("contact_point", {"commune_code": self._commune(), "name_fr": self._text()})
        else:
            entity = rng.choice(("person", "person", "person", "visit", "contact_point"))
            if known := self._any(tablet, entity):
                if self.strikes("deletes"):
                    self._append(tablet, entity, known, Op.DELETE, {})
                elif self.strikes("moves") and entity != "visit":
                    store.put(entity, {"commune_code": self._commune()}, known)
                else:
                    here = store.entity(entity).field_by_name
                    patch = {
                        name: value
                        for name, value in self._patch(entity).items()
                        if name in here  # an older app has not all
                    }
                    if patch:
                        store.put(entity, patch, known)

    def _answer(self, tablet: Tablet) -> bool:
        """Settle a question that is this agent's, as the tablet's page does; if there is one."""
        store = tablet.store

        def role_of(agent_id: bytes) -> object:
            agent = store.find("agent", agent_id)
            return agent.values["role"] if agent else None

        mine = [
            one
            for one in store.list("review", limit=40)
            if reviews.may_decide(one.values, tablet.agent_id, role_of)
        ]
        if not mine:
            return False
        review, side = self.rng.choice(mine), self.rng.choice((decide.MINE, decide.THEIRS))
        entity, field = str(review.values["entity"]), str(review.values["field"])
        record_id = bytes(review.values["record_id"])
        if store.find(entity, record_id) is None:
            return False
        answer = {
            "state": "decided",
            "decision": side,
            "decided_by": tablet.agent_id,
            "decided_at": self.now,
        }
        value = flat.from_text(store.entity(entity), field, str(review.values[side] or ""))
        self.tell("answer", tablet.number, review.record_id.hex()[:8], side)
        store.put_group([(entity, {field: value}, record_id), ("review", answer, review.record_id)])
        return True

    def _poison(self, tablet: Tablet) -> None:  # noqa: C901 - a branch a kind of poison
        """Save what no server may take, in a group with something good half of the time."""
        rng, store = self.rng, tablet.store
        if rng.random() < 0.4:
            self._usurp(tablet)
            return
        kind = rng.randrange(8)
        if kind == 0:
            bad = ("person", {**self._person(), "commune_code": rng.choice((FAR, UNKNOWN))}, b"")
            good = ("person", self._person(), b"")
            store.put_group([good, bad][rng.randrange(2) :])
        elif kind == 1:
            if known := self._any(tablet, "person"):
                store.put("person", {"commune_code": FAR}, known)
        elif kind == 2:
            store.put("agent", {"login": self._text(), "role": "field_agent"})
        elif kind == 3:
            self._append(tablet, "person", self.new_id(), Op.PATCH, {"douar": self._text()})
        elif kind == 4:
            if known := self._any(tablet, "review"):
                values = {"state": "decided", "decision": decide.MINE}
                store.put("review", {**values, "decided_by": tablet.agent_id}, known)
        elif kind == 5:
            foreign = self._anywhere("person")
            self._append(tablet, "person", foreign, Op.PATCH, {"douar": self._text()})
        elif kind == 6:
            at = rng.choice((-(2**53), 2**53 - 1, 2**62))
            values = {"commune_code": HOME, "state": "started", "started_at": at}
            self._append(tablet, "visit", self.new_id(), Op.INSERT, values)
        else:
            values = {**self._person(), "douar": "x" * 500}
            self._append(tablet, "person", self.new_id(), Op.INSERT, values)

    def _usurp(self, tablet: Tablet) -> None:
        """Save what only the office may say, in another's name, or over another's record."""
        rng, store = self.rng, tablet.store
        other = rng.choice([one for one in self.agents if one != tablet.agent_id])
        kind = rng.randrange(5)
        if kind == 0:
            store.put("visit", {"commune_code": self._commune(), "agent_id": other})
        elif kind == 1:
            store.put("person", {**self._person(), "created_by": other})
        elif kind == 2:
            store.put("person", {**self._person(), "source": "portal"})
        elif kind == 3:
            taken = self._anywhere("person")
            if store.find("person", taken) is None:
                self._append(tablet, "person", taken, Op.INSERT, self._person())
        elif known := self._any(tablet, "visit"):
            values = rng.choice(({"review_state": "accepted"}, {"agent_id": other}))
            store.put("visit", values, known)

    def _append(self, tablet: Tablet, entity: str, record_id: bytes, op: Op, values: Any) -> None:
        """Save a change as an app gone wrong would, past the checks of the store."""
        store = tablet.store
        declared = store.entity(entity)
        before = store.find(entity, record_id)
        with transaction(store.db):
            rev, era = before.rev if before else 0, store.era(record_id)
            if before:
                store.bases.keep(declared, record_id, before.rev, before.values)
            seq = store.kept.next_seq
            store.outbox.append(
                Change(
                    seq=seq,
                    group=seq,
                    op=op,
                    entity=entity,
                    record_id=record_id,
                    base_rev=rev,
                    base_era=era,
                    values=values,
                    at=store.now(),
                    schema=store.schema,
                )
            )
            if before or op is Op.INSERT:
                store.show(declared, record_id, values)

    def _person(self) -> dict[str, Any]:
        return {
            "commune_code": self._commune(),
            "name_fr": self._text(),
            "birth_year": self.rng.choice((None, 1970)),
        }

    def _patch(self, entity: str) -> dict[str, Any]:
        rng = self.rng
        fields = {
            "person": ("phone", "douar", "name_fr", "notes", "birth_year", "sex"),
            "visit": ("notes", "state", "needs", "outcome", "next_action", "amend_reason"),
            "contact_point": ("name_fr", "name_ar", "status_reason"),
        }[entity]
        values: dict[str, Any] = {
            "birth_year": 1970 + rng.randrange(3),
            "sex": rng.choice(("female", "male", None)),
            "state": rng.choice(("planned", "started", "ended")),
            "needs": tuple(sorted(rng.sample(("advice", "water", "market", "training"), 2))),
            "outcome": rng.choice(("done", None)),
        }
        return {
            name: values[name] if name in values else self._text()
            for name in rng.sample(fields, rng.randint(1, 2))
        }

    def _text(self) -> str:
        return (
            f"t{self.rng.randrange(4)}" if self.rng.random() < 0.3 else self.rng.randbytes(3).hex()
        )

    def _commune(self) -> str:
        return self.rng.choice((HOME, HOME, NEAR, NEXT))

    def _any(self, tablet: Tablet, entity: str) -> bytes | None:
        known = [one.record_id for one in tablet.store.list(entity, limit=40)]
        if known and self.rng.random() < 0.25:  # what was just written is written again
            latest = [one.change.record_id for one in list(tablet.captured.values())[-4:]]
            known = [one for one in known if one in latest] or known
        return self._one(known) if known else None

    def _one(self, ids: list[bytes]) -> bytes:
        """Choose a record; a few of them often, so that hands meet."""
        return self.rng.choice(ids[:3] if self.rng.random() < 0.6 else ids)

    def _anywhere(self, entity: str) -> bytes:
        rows = self.database.engines.raw.execute(  # type: ignore[attr-defined]
            f'SELECT id FROM "{entity}" ORDER BY id'
        ).fetchall()
        return bytes(self.rng.choice(rows)[0])

    # Work at the desk

    def do_desk(self) -> None:
        """Change, move or delete something in the office."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.2:
            token = self._text()
            self.tell("pair", token)
            self._desk_change([("person", one, {"landmark": token}) for one in self.pair])
            return
        entity = rng.choice(("person", "person", "contact_point"))
        if kind > 0.3 and self.swarm.rates["older"]:
            entity = rng.choice((entity, "visit"))
        rows = self.database.engines.raw.execute(  # type: ignore[attr-defined]
            f'SELECT id FROM "{entity}" ORDER BY id'
        ).fetchall()
        ids = [bytes(one) for (one,) in rows if one not in self.pair]
        if kind < 0.3 or not ids:
            entity = "person" if entity == "visit" else entity
            values = {"commune_code": self._commune(), "name_fr": self._text()}
            made = self.desk(lambda work: work.insert(entity, values, Author(None)).record_id)
            self.written.append((entity, made, values))
            self.tell("desk insert", entity, made.hex()[:8])
            return
        if rng.random() < 0.4:  # what just arrived, whose author may not know it yet
            latest = self.database.engines.raw.execute(  # type: ignore[attr-defined]
                f'SELECT id FROM "{entity}" ORDER BY received_at DESC, id LIMIT 4'
            ).fetchall()
            ids = [bytes(one) for (one,) in latest if one not in self.pair] or ids
        record_id = self._one(ids)
        if self.strikes("deletes"):
            self.tell("desk delete", entity, record_id.hex()[:8])
            self.desk(lambda work: work.delete(entity, record_id))
        elif self.strikes("moves") and entity != "visit":
            self._desk_change([(entity, record_id, {"commune_code": self._commune()})])
        else:
            self._desk_change([(entity, record_id, self._patch(entity))])

    def decide(self) -> None:
        """Settle a review, or what is held, as a coordinator does."""
        table = self.database.tables.held
        held = self.database.read(
            lambda records: list(
                records.connection.execute(sa.select(table).order_by(table.c.change_id))
            )
        )
        if held and self.rng.random() < 0.5:
            self._decide_held(self.rng.choice(held))
            return
        found = self.database.read(
            lambda records: records.connection.scalars(
                sa.select(records.tables.records["review"].c.id).order_by(sa.text("id"))
            ).all()
        )
        if found:
            self._decide_review(bytes(self.rng.choice(found)))

    def _decide_held(self, row: Any) -> None:
        change_id, rng = bytes(row.change_id), self.rng
        try:
            if rng.random() < 0.4:
                self.desk(
                    lambda work: settle.dismiss_held(work, change_id, by=None, reason="no place")
                )
                what: object = "dismissed"
            else:
                is_overruled = rng.random() < 0.7
                right = {"started_at": self.now} if row.code == "field_date_wrong" else {}
                corrections = right or {"commune_code": HOME} if rng.random() < 0.5 else None
                communes = rng.choice((None, {HOME}, {NEAR}))
                what = self.desk(
                    lambda work: settle.apply_held(
                        work,
                        change_id,
                        by=None,
                        slice_count=SLICE_COUNT,
                        corrections=corrections,
                        is_overruled=is_overruled,
                        communes=communes,
                    )
                )
        except decide.CorrectionWrong:
            what = "not in question"
        except decide.AlreadyDecided:
            oracle.require(row.state != "open", "what waits can be decided", change_id.hex())
            what = "decided already"
        else:
            oracle.require(row.state == "open", "what is held is settled once", change_id.hex())
        self.tell("held", change_id.hex()[:8], what)

    def _decide_review(self, review_id: bytes) -> None:
        rng = self.rng
        review = self.database.read(lambda records: records.get("review", review_id))
        entity, field = str(review.values["entity"]), str(review.values["field"] or "")
        record_id = bytes(review.values["record_id"])
        record = self.database.read(
            lambda records: records.load(entity, [record_id]).get(record_id)
        )
        sides = (decide.MINE, decide.THEIRS, *((decide.OTHER,) if field else ()))
        decision, year = rng.choice(sides), 1980 + rng.randrange(4)
        value = year if field == "birth_year" else f"{year}"
        rev = record.rev if record else 0
        seen_rev = max(0, rev - rng.choice((0, 0, 1, 2)))
        written = last_writer(record.entity, record.writers, field).rev if record and field else rev
        try:
            self.desk(
                lambda work: decide.decide(
                    work, review_id, decision, by=None, seen_rev=seen_rev, value=value
                )
            )
        except (decide.AlreadyDecided, decide.RecordChanged, NotFound) as fault:
            self.tell("review", review_id.hex()[:8], decision, fault.code)
            return
        self.tell("review", review_id.hex()[:8], decision)
        is_seen = written <= seen_rev or record is None or record.deleted_at is not None
        oracle.require(is_seen, "a decision rests on what was seen", review_id.hex())
        if decision == decide.OTHER:
            self.written.append((entity, record_id, {field: value}))
            now = self.database.read(lambda records: records.get(entity, record_id))
            oracle.require(now.values[field] == value, "a decision stands", review_id.hex())

    def _desk_change(self, changes: list[tuple[str, bytes, dict[str, Any]]]) -> None:
        def change(work: Work) -> None:
            for entity, record_id, values in changes:
                work.change(entity, record_id, values, Author(None))

        self.tell("desk", *(f"{one[1].hex()[:8]} {sorted(one[2].items())}" for one in changes))
        self.desk(change)
        self.written += changes

    # Exchanges

    def exchange(self, tablet: Tablet) -> None:
        """Let a tablet sync. What may go wrong may; what may not is a violation."""
        if self.depth > 1:
            return
        self.depth += 1
        if self.strikes("kill"):
            tablet.kill_at(self.rng.randint(1, 150), is_after=self.rng.random() < 0.5)
        traffic = Traffic()
        line = self.network.line(tablet, traffic)
        is_whole = False
        try:
            if self.strikes("full"):
                with tablet.full_disk():
                    done = runner.exchange(tablet.store, line, bytes_max=self.swarm.bytes_max)
            else:
                done = runner.exchange(tablet.store, line, bytes_max=self.swarm.bytes_max)
            is_whole = not done.code
            self.tell("synced", tablet.number, traffic.round_trips)
        except Refused as fault:
            is_disabled = self.is_disabled(tablet.agent_id)
            oracle.require(is_disabled, "who may exchange is not refused", fault.code)
            self.tell("refused", tablet.number, fault.code)
        except (Unreachable, StoreFull) as fault:
            self.tell("failed", tablet.number, fault.code)
        except Malformed as fault:
            oracle.require(self.network.has_cut, "nothing whole is unreadable", fault)
            self.tell("cut", tablet.number)
        except Killed:
            self.tell("killed", tablet.number)
            tablet.revive()
        finally:
            self.depth -= 1
        tablet.kill_at(0, is_after=False)
        tablet.note_captures(self.now)
        oracle.require(is_whole or not self.is_quiet, "a quiet line ends every exchange", tablet)
        is_given = not self.is_disabled(tablet.agent_id)
        is_current = is_whole and is_given and not self.network.has_followed
        if is_current and not self.is_quiet and self.rng.random() < 0.25:
            oracle.check_tablet(oracle.Server(self), tablet)

    def between(self, tablet: Tablet) -> None:
        """Let others act while a request is under way, and the agent go on typing."""
        if not self.strikes("between"):
            return
        kind = self.rng.random()
        if kind < 0.3:
            self.capture(tablet)
        elif kind < 0.6:
            self.do_desk()
        elif kind < 0.7 and self.swarm.rates["territory"]:
            self.do_territory()
        else:
            self.exchange(self.rng.choice([one for one in self.tablets if one is not tablet]))

    def forged(self) -> tuple[bytes, list[int]]:
        """Return a request of one who claims to have scopes and cursors at will, and its vector."""
        rng = self.rng
        raw = self.database.engines.raw  # type: ignore[attr-defined]
        known = [row[0] for row in raw.execute("SELECT id FROM scope ORDER BY id")]
        scope_ids = sorted(rng.sample(known, rng.randint(1, len(known))))
        vector = [(one, rng.choice((0, 1, 3, 10**9))) for one in scope_ids]
        request = Request(
            app=App(protocol=1, build="forged", schema=1),
            epoch=self.database.epoch,
            at=self.tablets[0].store.now(),
            inc=1,
            state=EMPTY_STATE,
            acknowledged_seq=rng.choice((0, 0, 10**6)),
            pending_count=rng.choice((0, 10**6)),
            bytes_max=9_999,
            progress=[
                Progress(scope_id=one, base=0, page=0) for one in scope_ids if rng.random() < 0.3
            ],
            vector=vector,
            wants_states=rng.random() < 0.5,
            buckets=[
                Buckets(scope_id=one, digests=[0] * 16) for one in scope_ids if rng.random() < 0.2
            ],
        )
        return wire.encode_request(oracle.ENTITIES, request), scope_ids

    # Everything, at the end

    def check_all(self) -> None:
        """Check all that must hold once everything is quiet. Raises Violation."""
        server = oracle.Server(self)
        oracle.check_server(server, self.numbers)
        custody = oracle.Custody(server)
        for tablet in self.tablets:
            store = tablet.store
            oracle.require(
                store.outbox.pending_count() == 0 and stage.is_empty(store),
                "nothing waits when all is quiet",
                tablet.number,
            )
            oracle.check_tablet(server, tablet)
            custody.check_tablet(tablet, self.grants)
        for entity, record_id, values in self.written:
            custody.check_values(entity, record_id, values, "the desk")
        custody.check_reviews()
        oracle.check_terms(server, self.tablets)


def run(
    seed: int, *, is_told: bool = False, faults: Mapping[str, float] = MappingProxyType({})
) -> Outcome:
    """Play one seed. Whatever is raised is a violation; nothing is let through in silence."""
    world = None
    try:
        world = Run(seed, is_told, faults=faults)
        with world.swarm.limits():
            world.play()
    except Violation as violation:
        text = str(violation)
    except Exception as fault:
        if is_told:
            raise
        text = f"nothing breaks: {type(fault).__name__}: {fault}"
    else:
        text = ""
    exchanges = world.exchanges if world else 0
    return Outcome(seed, exchanges, world.trace.hexdigest() if world else "", text)
