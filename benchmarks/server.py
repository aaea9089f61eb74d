"""The product's sync endpoint on the workload's entities: a database of its own, a bare server.

    python -m benchmarks.server DIR make CP SME VISIT…     a database; prints an enrolment code
    python -m benchmarks.server DIR add CP SME VISIT       other territories, granted to nobody
    python -m benchmarks.server DIR patch FILE             changes made at the server
    python -m benchmarks.server DIR show ID…               records of `sme`, as JSON
    python -m benchmarks.server DIR count
    python -m benchmarks.server DIR serve --port N

The clock is set to the workload's time and runs on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from benchmarks.entities import BY_NAME, ENTITIES, from_json
from server.accounts import enrolment
from server.db.engine import Engines
from server.db.tables import Tables
from server.db.work import Author, Database, Work
from server.exchange import snapshots
from server.exchange.routes import BLOBS_PATH, SyncEndpoint, sync_routes

DAY_MS = 86_400_000
NOW_MS = 1_735_689_600_000 + 310 * DAY_MS
"""The day after the workload's last event."""
_CHUNK = 2_000
AGENT = bytes(15) + b"\x01"


def open_database(folder: Path) -> Database:
    """Return the folder's database."""
    started = time.time_ns() // 1_000_000

    def clock() -> int:
        return NOW_MS + time.time_ns() // 1_000_000 - started

    return Database(
        Engines(f"sqlite:///{folder / 'bench.db'}"),
        Tables(ENTITIES),
        clock=clock,
        ids=lambda: os.urandom(16),
    )


def load(path: str) -> list[dict[str, Any]]:
    """Return the rows of a file of JSON lines."""
    with Path(path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def make(database: Database, files: Sequence[str]) -> str:
    """Make the tables, import, and grant the rows' communes to one agent. Returns a code."""
    tables = database.tables
    with database.engines.writing.begin() as connection:
        tables.metadata.create_all(connection)
        kept = {
            "epoch": os.urandom(8),
            "signing_key": Ed25519PrivateKey.generate().private_bytes_raw(),
        }
        connection.execute(
            sa.insert(tables.installation),
            [{"name": name, "value": value} for name, value in kept.items()],
        )
    communes = add(database, files)
    snapshots.build(database)

    def grant(work: Work) -> str:
        work.connection.execute(
            sa.insert(tables.account).values(
                agent_id=AGENT,
                login="agent",
                role="field_agent",
                password_hash="",
                language="fr",
                status="active",
                failed_count=0,
                failed_at=0,
                created_at=0,
            )
        )
        work.connection.execute(
            sa.insert(tables.grant),
            [
                {
                    "agent_id": AGENT,
                    "commune_code": commune,
                    "valid_from": 0,
                    "valid_to": None,
                    "granted_by": None,
                }
                for commune in sorted(communes)
            ],
        )
        return enrolment.make_code(work, AGENT)[0]

    return database.write(grant)


def add(database: Database, files: Sequence[str]) -> set[str]:
    """Import rows. Returns their communes."""
    communes = set()
    for path in files:
        name = next(name for name in BY_NAME if Path(path).stem.endswith(name))
        entity, rows = BY_NAME[name], load(path)
        for start in range(0, len(rows), _CHUNK):
            part = [from_json(entity, row) for row in rows[start : start + _CHUNK]]
            communes |= {str(values["commune_code"]) for values in part}

            def insert(work: Work, part: Iterable[Any] = part, name: str = name) -> None:
                for values in part:
                    at = values.get("started_at") or values["created_at"]
                    work.insert(name, values, Author(None, at=at), record_id=values["id"])

            database.write(insert)
    return communes


def patch(database: Database, path: str) -> None:
    """Change records, each in its own transaction, as people at desks do."""
    for line in load(path):
        name, record_id = line["t"], UUID(line["id"]).bytes
        values = from_json(BY_NAME[name], line["set"])

        def change(
            work: Work, name: str = name, record_id: bytes = record_id, values: Any = values
        ) -> None:
            work.change(name, record_id, values, Author(None))

        database.write(change)


async def _no_blobs(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def main() -> int:
    """Do one thing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("act", choices=("make", "add", "patch", "show", "count", "serve"))
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--port", type=int, default=8000)
    parsed = parser.parse_args()
    database = open_database(parsed.folder)
    if parsed.act == "make":
        print(make(database, parsed.rest))
    elif parsed.act == "add":
        add(database, parsed.rest)
    elif parsed.act == "patch":
        patch(database, parsed.rest[0])
    elif parsed.act == "show":
        records = database.read(
            lambda records: records.load("sme", [UUID(one).bytes for one in parsed.rest])
        )
        shown = {str(UUID(bytes=record_id)): one.values for record_id, one in records.items()}
        print(json.dumps(shown, default=lambda value: value.hex()))
    elif parsed.act == "count":
        tables = database.tables.records
        print(
            json.dumps(
                database.read(
                    lambda records: {
                        name: records.connection.scalar(
                            sa.select(sa.func.count()).select_from(table)
                        )
                        for name, table in tables.items()
                    }
                )
            )
        )
    else:
        endpoint = SyncEndpoint(database, slice_count=2)
        uvicorn.run(
            Litestar(
                route_handlers=sync_routes(endpoint, {BLOBS_PATH: _no_blobs}), openapi_config=None
            ),
            host="127.0.0.1",
            port=parsed.port,
            server_header=False,
            date_header=False,
            access_log=False,
            log_level="warning",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
