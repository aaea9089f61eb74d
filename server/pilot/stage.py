"""Where the living part of the pilot is played: a server whose clock is told, and real tablets.

A tablet is the app without a window in a process of its own (`mobile_app/played.py`), which enrols,
writes and syncs by the server's own endpoint on 127.0.0.1. What is planned at a moment is done in
the order of the moments, whoever planned it first: so two agents write what they had not seen of
one another, and what a tablet sends late arrives late.
"""

from __future__ import annotations

import base64
import heapq
import itertools
import json
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import uvicorn

from server import serving
from server.accounts import enrolment
from server.app import build_app
from server.db.work import Database, Work
from server.pilot.pilot import Agent, Pilot
from server.settings import Settings
from sync import flat, local_time
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.spec import Values

_ROOT = Path(__file__).parent.parent.parent
_ENTITY_BY_NAME = {entity.name: entity for entity in ENTITIES}
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class TabletFailed(Refusal):
    """A tablet of the pilot did not do what it was told: the pilot is not whole."""

    code = "pilot_tablet_failed"


@dataclass(frozen=True, slots=True)
class Piece:
    """What is stored with a record: another record, and its bytes if it has any."""

    entity: str
    key: str
    values: Values
    content: bytes = b""


class Tablet:
    """An agent's tablet, in a process of its own."""

    def __init__(self, folder: Path, agent: Agent, build: str) -> None:
        """Start it, linked to nothing. `build`: of an older app, if it is not of today's."""
        self.agent = agent
        self.device_id = 0
        command = [sys.executable, "-m", "mobile_app.headless", "--store", str(folder), "play"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--build", build] if build else command,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def do(self, act: str, at: int, **more: Any) -> Any:
        """Have it do something at a moment. Returns what it answers. Raises TabletFailed."""
        told, said = self._process.stdin, self._process.stdout
        assert told is not None
        assert said is not None
        told.write(json.dumps({"do": act, "at": flat.moment_text(at), **more}) + "\n")
        told.flush()
        line = said.readline()
        if not line:
            raise TabletFailed(f"a tablet ended at {act}")
        return json.loads(line)

    def close(self) -> None:
        """End it. What it had not sent is gone with it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


@dataclass(slots=True)
class Clock:
    """What time it is on the stage, Unix milliseconds."""

    now_ms: int

    def __call__(self) -> int:
        """Return it."""
        return self.now_ms


@dataclass(slots=True)
class Stage:
    """The server with its clock, and what is to happen when."""

    pilot: Pilot
    database: Database
    url: str
    clock: Clock
    folder: Path
    rng: random.Random
    closing: ExitStack
    tablets: list[Tablet] = field(default_factory=list)
    _agenda: list[tuple[int, int, Callable[[], object]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    # When

    def moment(self, days_ago: int, hour: int, minute: int = 0) -> int:
        """Return a moment of a day before today, by the clocks of Morocco."""
        day = local_time.day_of(self.pilot.now_ms) - days_ago
        return local_time.day_start(day) + (hour * 60 + minute) * MINUTE_MS

    def plan(self, at: int, act: Callable[[], object]) -> None:
        """Have something done at a moment."""
        heapq.heappush(self._agenda, (at, next(self._order), act))

    def play(self) -> None:
        """Do all that is planned, in the order of its moments; tell how far it is."""
        whole = len(self._agenda)
        while self._agenda:
            self.clock.now_ms, _, act = heapq.heappop(self._agenda)
            act()
            self.pilot.tell("days of work", whole - len(self._agenda), whole)

    # Who

    def tablet(self, agent: Agent, at: int, build: str = "") -> Tablet:
        """Return a tablet of an agent, to be linked and filled at a moment."""
        tablet = Tablet(self.folder / f"tablet{len(self.tablets)}", agent, build)
        self.tablets.append(tablet)
        self.closing.callback(tablet.close)
        self.plan(at, partial(self._enrol, tablet))
        self.sync(tablet, at)
        return tablet

    def _enrol(self, tablet: Tablet) -> None:
        agent_id = tablet.agent.agent_id
        code = self.database.write(lambda work: enrolment.make_code(work, agent_id))[0]
        tablet.device_id = _done(tablet.do("enrol", self.clock.now_ms, url=self.url, code=code))

    # What

    def sync(
        self,
        tablet: Tablet,
        at: int,
        *,
        is_told_no: bool = False,
        battery: int | None = None,
    ) -> None:
        """Have a tablet make contact, and tell how it is.

        Args:
            is_told_no: its account was closed, and it hears so.
            battery: in percent, where it is not as on any day.
        """

        def act() -> None:
            how = _how_it_is(tablet, at)
            if battery is not None:
                how["battery"] = battery
            answer = tablet.do("sync", self.clock.now_ms, **how)
            if not is_told_no:
                _done(answer)

        self.plan(at, act)

    def sync_in_vain(self, tablet: Tablet, at: int, *, free_mb: int) -> None:
        """Have a tablet that is nearly full send, and the line break before the answer is there.

        Its photos stay on it.
        """

        def act() -> None:
            how = {**_how_it_is(tablet, at), "free_mb": free_mb}
            tablet.do("sync", self.clock.now_ms, loses_reply=True, **how)

        self.plan(at, act)

    def turn(self, tablet: Tablet, at: int, minutes: int) -> None:
        """Have somebody set a tablet's clock by so much."""
        self.plan(at, lambda: tablet.do("turn", self.clock.now_ms, minutes=minutes))

    def put(
        self,
        tablet: Tablet,
        at: int,
        entity: str,
        values: Values,
        *,
        pieces: Sequence[Piece] = (),
        record_id: bytes = b"",
    ) -> bytes:
        """Have a record written on a tablet, new or changed. Returns its id."""
        record_id = record_id or self.new_id(at)
        parts = [
            {
                "entity": piece.entity,
                "key": piece.key,
                "values": _as_json(piece.entity, piece.values),
                "content": base64.b64encode(piece.content).decode(),
            }
            for piece in pieces
        ]
        told = {
            "entity": entity,
            "id": str(UUID(bytes=record_id)),
            "values": _as_json(entity, values),
            "parts": parts,
        }
        self.plan(at, lambda: _done(tablet.do("put", self.clock.now_ms, **told)))
        return record_id

    def office(self, at: int, command: Callable[[Work], object]) -> None:
        """Have the office do something."""
        self.plan(at, lambda: self.database.write(command))

    def new_id(self, at: int) -> bytes:
        """Return an id for a record of a moment, by the seed: a UUID of version 7."""
        raw = bytearray(at.to_bytes(6, "big") + self.rng.randbytes(10))
        raw[6] = raw[6] & 0x0F | 0x70
        raw[8] = raw[8] & 0x3F | 0x80
        return bytes(raw)


def _how_it_is(tablet: Tablet, at: int) -> dict[str, int]:
    """Return battery and room of a tablet on some day: as the evening leaves them."""
    # By chance of its own: what else is drawn stays as it was.
    rng = random.Random(f"{tablet.agent.agent_id.hex()} {local_time.day_of(at)}")  # noqa: S311
    return {"battery": rng.randint(22, 96), "free_mb": rng.randint(3_000, 11_000)}


def _as_json(entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
    given = flat.to_flat(_ENTITY_BY_NAME[entity], values)
    return {name: value for name, value in given.items() if value is not None}


def _done(answer: Any) -> Any:
    """Return what a tablet answered. Raises TabletFailed where it was refused."""
    if isinstance(answer, dict) and answer.get("about"):
        raise TabletFailed(f"{answer['code']}: {answer['about']}")
    return answer


@contextmanager
def staged(pilot: Pilot, settings: Settings) -> Iterator[Stage]:
    """Give a stage on the pilot's database; server and tablets end with it."""
    clock = Clock(pilot.now_ms)
    rng = random.Random(pilot.rng.random())  # noqa: S311 - invented data, repeatable on purpose
    shown = pilot.database
    database = Database(shown.engines, shown.tables, clock=clock, ids=shown.ids)
    app = build_app(replace(settings, is_demo=True), database)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="nuqta-pilot-")))
        listening = closing.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = "http://{}:{}".format(*listening.getsockname())
        server = uvicorn.Server(serving.config(app, *listening.getsockname()))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        closing.callback(thread.join, 15)
        closing.callback(setattr, server, "should_exit", True)  # noqa: FBT003 - how it is told
        yield Stage(pilot, database, url, clock, folder, rng, closing)
