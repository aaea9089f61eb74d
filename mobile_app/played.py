"""Play what an agent does with a tablet, a line of JSON an act, at the moments that the lines say.

For invented data and tests: days pass as fast as they are told, by a clock that only the lines
move. Each act is done by the same code as at a touch, and answered by one line.

    {"do": "enrol", "at": "2026-11-20T08:00:00Z", "url": "http://127.0.0.1:8000", "code": "…"}
    {"do": "put", "at": "…", "entity": "visit", "id": "…", "values": {…}, "parts": [
        {"entity": "photo", "key": "1", "values": {…}, "content": "its bytes in base64"}]}
    {"do": "turn", "minutes": -200}        somebody sets the tablet's clock
    {"do": "sync", "at": "…"}              with `"loses_reply": true` the line breaks before it,
                                           with "battery" in percent and "free_mb" it tells them

An act without `at` comes at the moment of the one before. What is refused is answered by its code
and sentence, and the next line goes on.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TextIO
from uuid import UUID

from mobile_app.device.clock import FakeClock
from mobile_app.device.power import Battery, FakePower
from mobile_app.device.storage import FakeStorage
from mobile_app.exchange import connection, enrolment, runner
from mobile_app.exchange.calls import Unreachable
from mobile_app.exchange.contact import make_contact
from mobile_app.store import condition
from mobile_app.store.records import Store
from mobile_app.store.visits import Part, put_with_parts
from sync import flat
from sync.errors import Refusal, SyncError

Act = Mapping[str, Any]


class ActUnknown(Refusal):
    """A line that says nothing that can be done."""

    code = "json_wrong"


def new_clock() -> FakeClock:
    """Return a clock that stands in 1970 until a line moves it, of a start of the device's own."""
    return FakeClock(0, mono=0, boot=f"played-{os.urandom(8).hex()}")


def play(store: Store, lines: TextIO, answer: Callable[[object], None]) -> None:
    """Do what each line says; `answer` is given what came of it."""
    for line in lines:
        if line.strip():
            try:
                answer(_do(store, json.loads(line)))
            except (Refusal, SyncError) as fault:
                answer({"code": fault.code, "about": str(fault)})


def _do(store: Store, act: Act) -> object:
    clock = store.clock
    assert isinstance(clock, FakeClock)
    if "at" in act:
        # The clock that only runs forward counts from 1970 here: it is the moment of the last act.
        # What was turned stays turned, for both run on by what has passed.
        clock.move(max(0, flat.moment_ms(act["at"]) - clock.mono_ms()))
    if act.get("do") not in _ACTS:
        raise ActUnknown(f"play: {act.get('do')!r}")
    return _ACTS[act["do"]](store, act)


def _enrol(store: Store, act: Act) -> object:
    return enrolment.enrol(store, act["url"], act["code"])["device_id"]


def _put(store: Store, act: Act) -> object:
    entity = store.entity(act["entity"])
    kept = put_with_parts(
        store,
        entity.name,
        flat.from_flat(entity, act["values"]),
        [_part(store, part) for part in act.get("parts", ())],
        record_id=UUID(act["id"]).bytes if act.get("id") else b"",
    )
    return str(UUID(bytes=kept.record_id))


def _part(store: Store, part: Mapping[str, Any]) -> Part:
    values = flat.from_flat(store.entity(part["entity"]), part["values"])
    content = base64.b64decode(part.get("content", ""))
    return Part(part["entity"], values, content, key=part["key"])


def _turn(store: Store, act: Act) -> object:
    assert isinstance(store.clock, FakeClock)
    store.clock.wall += act["minutes"] * 60_000
    return store.clock.wall


def _sync(store: Store, act: Act) -> object:
    transport = connection.connect(store)
    power = FakePower(Battery(act["battery"], is_charging=False)) if "battery" in act else None
    storage = FakeStorage(act["free_mb"] * 1_000_000) if "free_mb" in act else None
    try:
        if act.get("loses_reply"):
            _break(transport)
            told = condition.news(store, power, storage) if power and storage else None
            runner.exchange(store, transport, condition=told)
        done = make_contact(store, transport, power=power, storage=storage)
    finally:
        transport.close()
    return {**asdict(done.exchange), "media_pending": done.media.pending}


def _break(transport: Any) -> None:
    """Have the line break when the answer to a push is on its way."""
    send = transport.send

    def lost(body: bytes) -> bytes:
        send(body)
        raise Unreachable("the line broke before the answer", is_broken=True)

    transport.send = lost


_ACTS: dict[str, Callable[[Store, Act], object]] = {
    "enrol": _enrol,
    "put": _put,
    "turn": _turn,
    "sync": _sync,
}
