"""The app without a window: for support, scripting and load tests. Prints JSON.

Exit status: 0 done, 2 misused, 3 the network is unreachable, 4 refused (code and sentence).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from mobile_app import played, seats
from mobile_app.device.clock import Clock, SystemClock
from mobile_app.device.files import FileUnreadable
from mobile_app.exchange import connection, courier, enrolment, history, metering, orders
from mobile_app.exchange.calls import Refused, Unreachable
from mobile_app.exchange.contact import make_contact
from mobile_app.exchange.downloads import fetch
from mobile_app.i18n import load_phrases
from mobile_app.store import bundle, media
from mobile_app.store.key import KeyRing
from mobile_app.store.records import NotFound, Record, Store
from sync import flat, limits, versions
from sync.entities import ENTITIES
from sync.errors import Refusal, SyncError
from sync.phrases import Phrases
from sync.rules import codes

DONE, MISUSED, UNREACHABLE, REFUSED = 0, 2, 3, 4
FILE_NAME = "nuqta.db"
DERIVED = ("ref", "arrival", "history")
"""What a printed record has beyond its fields: the short code, how far it has come, its past."""


class BadJson(Refusal):
    """What should be JSON is not, or is no object."""

    code = "json_wrong"


def main(arguments: Sequence[str], environ: Mapping[str, str], stdin: TextIO) -> int:
    """Run one command. Returns the exit status."""
    parsed = parser().parse_args(arguments)
    phrases = load_phrases("ar" if environ.get("LANG", "").startswith("ar") else "fr")
    folder = Path(parsed.store)
    try:
        seats.finish_emptying(folder)
        store = open_store(folder, environ.get("NUQTA_PIN") or None, parsed.clock())
        try:
            parsed.command(parsed, store, stdin)
        except orders.WipeOrdered:
            # Before the store is closed: the key that signs the confirmation is still to be read
            # from it.
            seats.empty(folder, lambda: orders.confirm(connection.connect(store)))
            raise
        finally:
            store.close()
    except (Refusal, SyncError) as fault:
        sentence = sentence_of(fault, phrases)
        _print({"code": fault.code, "sentence": sentence})
        print(f"{fault.code}: {fault}", file=sys.stderr)
        return UNREACHABLE if isinstance(fault, Unreachable) else REFUSED
    return DONE


def open_store(folder: Path, pin: str | None, clock: Clock | None = None) -> Store:
    """Open the store in a folder, made if it is new. Raises as `open_database`.

    Args:
        clock: the device's, without another.
    """
    key = KeyRing(folder).open(pin)
    return Store(folder / FILE_NAME, key, ENTITIES, clock=clock or SystemClock(), ids=new_id)


def new_id() -> bytes:
    """Return a new record id: a UUID of version 7 (RFC 9562)."""
    raw = bytearray(SystemClock().wall_ms().to_bytes(6, "big") + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def sentence_of(fault: Refusal | SyncError, phrases: Phrases) -> str:
    """Return what to tell a person: our words by code, else the server's own."""
    values = fault.values if isinstance(fault, Refusal) else {}
    if isinstance(fault, Refused) and fault.sentence:
        return fault.sentence
    return phrases.sentence(fault.code, values)


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="python -m mobile_app.headless",
        description="The tablet app without a window. Every command prints JSON.",
        epilog="The store is encrypted. NUQTA_PIN wraps its key; without it the key lies beside "
        "the store, readable by its owner alone. Nothing is ever asked on the terminal. "
        "Exit status: 0 done, 2 misused, 3 network unreachable, 4 refused.",
    )
    top.add_argument("--store", required=True, metavar="DIR", help="folder of the store")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., None], about: str) -> argparse.ArgumentParser:
        command_parser = commands.add_parser(name, help=about, description=about)
        command_parser.set_defaults(command=command, clock=SystemClock)
        return command_parser

    enrol = add("enrol", _enrol, "link this store to a server by a one-time code")
    enrol.add_argument("url", metavar="URL")
    enrol.add_argument("code", metavar="CODE")
    enrol.add_argument("--ca", metavar="FILE", help="trust this issuer of certificates alone (PEM)")
    installed = add(
        "install-bundle", _install, "take what the server would send first from a file it made"
    )
    installed.add_argument("file", metavar="FILE")
    put = add("put", _put, "store a record, new or changed (by its id); JSON, or - for JSON lines")
    put.add_argument("entity", metavar="ENTITY")
    put.add_argument("json", metavar="JSON")
    get = add("get", _get, "print a record")
    get.add_argument("entity", metavar="ENTITY")
    get.add_argument("id", metavar="ID")
    get.add_argument("--history", action="store_true", help="with overwritten and losing values")
    lister = add("list", _list, "print records")
    lister.add_argument("entity", metavar="ENTITY")
    lister.add_argument("--search", metavar="TEXT", help="by name, phone or code; best match first")
    lister.add_argument("--limit", type=int, metavar="N", help="at most N; all without it")
    attach = add("attach", _attach, "store the bytes of a photo or document that names their hash")
    attach.add_argument("entity", metavar="ENTITY")
    attach.add_argument("id", metavar="ID")
    attach.add_argument("file", metavar="FILE")
    fetched = add("fetch", _fetch, "write the bytes of a photo or document to a file")
    fetched.add_argument("entity", metavar="ENTITY")
    fetched.add_argument("id", metavar="ID")
    fetched.add_argument("file", metavar="FILE")
    exported = add("courier-export", _courier_export, "seal what waits for the server into a file")
    exported.add_argument("file", metavar="FILE")
    carried = add("courier-carry", _courier_carry, "bring anybody's letter, write down the answer")
    carried.add_argument("file", metavar="FILE")
    carried.add_argument("answer", metavar="ANSWER")
    accepted = add("courier-accept", _courier_accept, "install the answer to a letter of ours")
    accepted.add_argument("file", metavar="ANSWER")
    add("sync", _sync, "send and receive until nothing is left; then photos and documents")
    add("status", _status, "print what waits here and what the office decides")
    play = add("play", _play, "do what lines of JSON say, at the moments they say (played.py)")
    play.add_argument("--build", metavar="TEXT", help="as if the app were of an older build")
    play.set_defaults(clock=played.new_clock)
    return top


def _enrol(parsed: Any, store: Store, _stdin: TextIO) -> None:
    try:
        ca_pem = Path(parsed.ca).read_text(encoding="ascii") if parsed.ca else ""
    except (OSError, ValueError) as fault:
        raise FileUnreadable(f"{parsed.ca}: {fault}", file=parsed.ca) from fault
    answer = enrolment.enrol(store, parsed.url, parsed.code, ca_pem=ca_pem)
    _print({name: answer[name] for name in ("login", "device_id", "agent_id")})


def _install(parsed: Any, store: Store, _stdin: TextIO) -> None:
    try:
        file = Path(parsed.file).read_bytes()
    except OSError as fault:
        raise FileUnreadable(f"{parsed.file}: {fault}", file=parsed.file) from fault
    _print({"received": bundle.install(store, file).received})


def _put(parsed: Any, store: Store, stdin: TextIO) -> None:
    store.entity(parsed.entity)
    texts: Iterable[str] = (line for line in stdin if line.strip())
    for text in texts if parsed.json == "-" else (parsed.json,):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as fault:
            raise BadJson("put: not JSON") from fault
        if not isinstance(given, dict):
            raise BadJson("put: not an object")
        record_id = _known_id(given.get("id"))
        given = {name: value for name, value in given.items() if name not in ("id", *DERIVED)}
        values = flat.from_flat(store.entity(parsed.entity), given)
        _print(_shown(store.put(parsed.entity, values, record_id)))


def _known_id(text: object) -> bytes:
    if text is None:
        return b""
    try:
        return UUID(str(text)).bytes
    except ValueError as fault:
        raise NotFound(f"not an id: {text!r}") from fault


def _get(parsed: Any, store: Store, _stdin: TextIO) -> None:
    record_id = _known_id(parsed.id)
    shown = _shown(store.get(parsed.entity, record_id))
    if parsed.history:
        shown["history"] = history.fetch(store, parsed.entity, record_id)
    _print(shown)


def _list(parsed: Any, store: Store, _stdin: TextIO) -> None:
    if parsed.search:
        found = store.search(parsed.entity, parsed.search, limit=parsed.limit)
    else:
        found = store.list(parsed.entity, limit=parsed.limit)
    _print([_shown(record) for record in found])


def _attach(parsed: Any, store: Store, _stdin: TextIO) -> None:
    try:
        with Path(parsed.file).open("rb") as file:
            # One byte more than is taken: enough to refuse a larger file, of which no more is read.
            data = file.read(limits.BLOB_BYTES_MAX + 1)
    except OSError as fault:
        raise FileUnreadable(f"{parsed.file}: {fault}", file=parsed.file) from fault
    blob = media.add(store, parsed.entity, _known_id(parsed.id), data)
    _print(
        {
            "entity": blob.entity,
            "id": str(UUID(bytes=blob.record_id)),
            "sha256": blob.sha256.hex(),
            "size_bytes": blob.size_bytes,
            "state": blob.state,
        }
    )


def _fetch(parsed: Any, store: Store, _stdin: TextIO) -> None:
    transport = connection.connect(store)
    try:
        data = fetch(store, transport, parsed.entity, _known_id(parsed.id))
    finally:
        transport.close()
    _write(parsed.file, data)
    _print({"id": parsed.id, "file": parsed.file, "size_bytes": len(data)})


def _courier_export(parsed: Any, store: Store, _stdin: TextIO) -> None:
    letter = courier.export(store)
    _write(parsed.file, letter)
    _print(
        {"file": parsed.file, "size_bytes": len(letter), "pending": store.outbox.pending_count()}
    )


def _courier_carry(parsed: Any, store: Store, _stdin: TextIO) -> None:
    letter = _read(parsed.file)
    transport = connection.connect(store)
    try:
        answer = courier.carry(transport, letter)
    finally:
        transport.close()
    _write(parsed.answer, answer)
    _print({"file": parsed.answer, "size_bytes": len(answer)})


def _courier_accept(parsed: Any, store: Store, _stdin: TextIO) -> None:
    _print(asdict(courier.accept(store, _read(parsed.file))))


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(limits.BODY_BYTES_MAX + 1)
    except OSError as fault:
        raise FileUnreadable(f"{name}: {fault}", file=name) from fault


def _write(name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as fault:
        raise FileUnreadable(f"{name}: {fault}", file=name) from fault


def _sync(_parsed: Any, store: Store, _stdin: TextIO) -> None:
    transport = connection.connect(store)
    try:
        with metering.counted(store, transport):
            done = make_contact(store, transport)
        if done.media.code:
            print(f"media: {done.media.code}, {done.media.pending} left", file=sys.stderr)
        summary = asdict(done.exchange)
        if code := summary.pop("code"):
            print(f"sync: {code}, {done.exchange.pending} left", file=sys.stderr)
        _print({**summary, "media_pending": done.media.pending})
    finally:
        transport.close()


def _status(_parsed: Any, store: Store, _stdin: TextIO) -> None:
    phrases = load_phrases("ar" if os.environ.get("LANG", "").startswith("ar") else "fr")
    _print(
        {
            "login": store.kept.login or None,
            "url": store.kept.url or None,
            "pending": store.outbox.pending_count(),
            "held": [
                {
                    "entity": change.entity,
                    "id": str(UUID(bytes=change.record_id)),
                    "code": change.code,
                    "sentence": phrases.say(f"refusal.{change.code}"),
                }
                for change in store.outbox.held()
            ],
            "dismissed": [
                {
                    "entity": change.entity,
                    "id": str(UUID(bytes=change.record_id)),
                    "code": change.code,
                    "reason": change.reason,
                }
                for change in store.outbox.dismissed()
            ],
            "counts": {entity.name: store.count(entity.name) for entity in store.entities},
            "scopes": [name for (name,) in store.db.execute("SELECT name FROM scope ORDER BY id")],
            "in_doubt": store.kept.is_in_doubt,
        }
    )


def _play(parsed: Any, store: Store, stdin: TextIO) -> None:
    if parsed.build:
        versions.APP_BUILD = parsed.build  # of this process alone, which ends with the play
    played.play(store, stdin, _print)


def _shown(record: Record) -> dict[str, Any]:
    return {
        "id": str(UUID(bytes=record.record_id)),
        "ref": codes.short_code(record.record_id),
        "arrival": record.state,
        **flat.to_flat(record.entity, record.values),
    }


def _print(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, sys.stdin))
