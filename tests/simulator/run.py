"""One run: a seed, a random history with faults, a quiet end, and everything checked.

All that is random comes from one `random.Random(seed)`: ids, what people do, which faults there are
and how often. Each seed enables its own subset of faults (swarm testing), so that rare combinations
get their share. The trace of a run is its events and the hashes of all bodies.
"""

# Long: one run from its seed to its end, its steps beside what they are drawn by.

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from mobile_app.device.storage import StoreFull
from mobile_app.exchange import runner
from mobile_app.exchange.calls import Refused, Traffic, Unreachable
from mobile_app.store import stage
from server.accounts import incarnations, territories
from server.db.schema import change_epoch
from server.db.work import Author, Work
from server.exchange import snapshots
from server.exchange.routes import SyncEndpoint
from sync import local_time, scopes, wire
from sync.digest import EMPTY_STATE
from sync.errors import Malformed
from sync.messages import App, Buckets, Progress, Request
from sync.versions import SCHEMA_NOW
from tests.simulator import oracle
from tests.simulator.hands import Hands
from tests.simulator.network import Network
from tests.simulator.office import SLICE_COUNT, Office
from tests.simulator.oracle import Violation
from tests.simulator.server import (
    COMMUNES,
    HOME,
    LOGINS,
    NEAR,
    START,
    Backup,
    Grant,
    fresh_database,
)
from tests.simulator.swarm import Swarm
from tests.simulator.tablet import Killed, Tablet

_STEPS = 70
_TAIL = 3
_TABLETS_MAX = 7
_BACKUP_MS_MAX = 20 * scopes.DAY_MS
"""Nobody restores an older backup than tablets are told to keep their work for."""


CARRYING = ("field_agent", "trainer")
"""The roles that carry a tablet, as the oracle knows them."""


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
        self.hands, self.office = Hands(self), Office(self)
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
            self.office.work()
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
            self.office.decide()
        if self.strikes("merges"):
            self.office.merge()
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
                    self.hands.capture(tablet)
            else:
                self.hands.capture(tablet)
        except Killed:
            self.tell("killed", tablet.number)
            tablet.revive()
        except StoreFull:
            self.tell("full", tablet.number)
        tablet.kill_at(0, is_after=False)
        self.tell("captured", tablet.number, tablet.note_captures(self.now))

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
            self.office.work()
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
        custody.check_merged()
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
