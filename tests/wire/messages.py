"""The messages of which the wire fixtures are made: one of each kind, with everything in it.

`python -m tests.wire.messages v2` writes those of a new protocol or schema into `tests/wire/v2/`,
beside a dump of what they say, and those that are new into a folder that is there. A file is never
written again: it is what tablets out there send.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

from sync import wire
from sync.changes import Change, Moment, Op
from sync.digest import EMPTY_STATE
from sync.entities import ENTITIES
from sync.message_blocks import encode_snapshot
from sync.messages import (
    Acknowledgement,
    App,
    Block,
    Buckets,
    Condition,
    End,
    Outcome,
    Progress,
    Proof,
    Push,
    Repair,
    Reply,
    Request,
    ScopeChanges,
    ScopeState,
    Snapshot,
    Status,
    Upload,
)
from sync.rows import Row

FOLDER = Path(__file__).parent
AT = Moment(1_795_500_000_000, 86_400_000, 3, 1_795_400_000_000)
EPOCH, STATE, CHAIN = b"\x01" * 8, b"\x02" * 8, b"\x03" * 8
PERSON, VISIT, OTHER = b"\xa1" * 16, b"\xa2" * 16, b"\xa3" * 16
HOME = "09.541.01.03"
CHANGES = [
    Change(
        seq=7,
        group=7,
        op=Op.INSERT,
        entity="person",
        record_id=PERSON,
        base_rev=0,
        base_era=0,
        values={"name_ar": "فاطمة", "name_fr": "Fatima", "commune_code": HOME, "birth_year": 1980},
        at=AT,
    ),
    Change(
        seq=8,
        group=7,
        op=Op.INSERT,
        entity="visit",
        record_id=VISIT,
        base_rev=0,
        base_era=0,
        values={
            "person_id": PERSON,
            "commune_code": HOME,
            "notes": "ملاحظة\nsuite",
            "outcome": "done",
        },
        at=AT,
    ),
    Change(
        seq=9,
        group=9,
        op=Op.PATCH,
        entity="person",
        record_id=OTHER,
        base_rev=4,
        base_era=77,
        values={"phone": None, "status": "moved"},
        at=AT,
    ),
    Change(
        seq=10,
        group=10,
        op=Op.DELETE,
        entity="person",
        record_id=OTHER,
        base_rev=5,
        base_era=77,
        values={},
        at=AT,
        schema=1,
        born_inc=2,
        born_seq=6,
    ),
]
ROWS = [
    Row(0, 3, 2, 77, {"name_fr": "Fatima", "commune_code": HOME, "birth_year": 1980}, PERSON),
    Row(1, 5, 1, 77, {"name_ar": "زينب", "commune_code": HOME}, OTHER),
]
PATCHES = [Row(0, 3, 3, 77, {"phone": "+212600000001", "douar": None})]


def request(**more):
    known = {
        "app": App(protocol=1, build="0.1.0", schema=1),
        "epoch": EPOCH,
        "at": AT,
        "inc": 1,
        "state": STATE,
        "acknowledged_seq": 6,
        "pending_count": 0,
        "bytes_max": 393_216,
    }
    return Request(**{**known, **more})


def reply(**more):
    known = {"outcome": Outcome.DONE, "epoch": b"", "server_ms": 1_795_500_000_500}
    return Reply(**{**known, "last_seq": 10, "stable_seq": 6, **more})


PUSH = Push(first_seq=7, chain=CHAIN, changes=CHANGES)
ACKNOWLEDGEMENTS = [
    Acknowledgement(seq=7, status=Status.OK, rev=1, place=0, number=12),
    Acknowledgement(seq=8, status=Status.HELD, rev=0, code="commune_unknown"),
    Acknowledgement(seq=9, status=Status.CONFLICT, rev=5),
    Acknowledgement(seq=10, status=Status.DUPLICATE, rev=6),
]
REQUESTS = {
    "request_new": request(epoch=b"", state=EMPTY_STATE, inc=0, acknowledged_seq=0),
    "request_idle": request(),
    "request_push": request(push=PUSH, pending_count=4),
    "request_verbatim": request(push=PUSH, pending_count=4),
    "request_resumed": request(
        sent=(10, CHAIN),
        progress=[Progress(scope_id=4, base=0, page=90), Progress(scope_id=9, base=20, page=20)],
        vector=[(4, 0), (9, 20)],
        wants_states=True,
        buckets=[Buckets(scope_id=9, digests=[1, 2, 3, 4])],
        proof=Proof(
            inc=1,
            last_seq=6,
            chain=CHAIN,
            columns=b"columns",
            server_ms=1_795_400_000_000,
            signature=b"s" * 64,
        ),
        uploads=[OTHER],
    ),
    "request_compared": request(contents=[4, 9]),
    "request_condition": request(
        condition=Condition(
            battery_percent=42,
            is_charging=False,
            free_mb=3_140,
            app_mb=210,
            photos_waiting=17,
            photos_mb=5,
            unsent_minutes=2_880,
        )
    ),
    "request_in_steps": request(epoch=b"", state=EMPTY_STATE, acknowledged_seq=0, in_steps=True),
}
REPLIES = {
    "reply_step": reply(
        scopes=ScopeChanges(added=[(11, "p/09.541")], later=[(12, f"t/{HOME}/core")]),
        blocks=[Block(entity="person", is_whole=True, rows=ROWS)],
        end=End(heads=[(0, 40)], state=STATE),
    ),
    "reply_compared": reply(end=End(state=STATE, contents=[(0, 7), (1, 2**61)])),
    "reply_same": reply(outcome=Outcome.SAME, last_seq=0, stable_seq=0),
    "reply_fork": reply(outcome=Outcome.FORK, inc=2, stable_seq=0),
    "reply_verbatim": reply(outcome=Outcome.VERBATIM),
    "reply_done": reply(
        epoch=EPOCH,
        acknowledgements=ACKNOWLEDGEMENTS,
        signature=b"s" * 64,
        scopes=ScopeChanges(added=[(11, f"t/{HOME}/core")], dropped=[2]),
        blocks=[
            Block(entity="person", is_whole=True, rows=ROWS),
            Block(entity="person", is_whole=False, rows=PATCHES),
        ],
        gone=[(0, 8)],
        end=End(
            heads=[(0, 40), (1, 7)],
            state=STATE,
            states=[
                ScopeState(place=0, head=40, record_count=2, digest=123),
                ScopeState(place=1, head=7, record_count=1, digest=456),
            ],
        ),
    ),
    "reply_page": reply(
        scopes=ScopeChanges(added=[(11, f"t/{HOME}/core")], restarted=[0], reconcile=[1]),
        repairs=[Repair(place=0, bucket_count=16, buckets=[3, 5])],
        progress=[(0, 30)],
        snapshots=[
            Snapshot(
                place=2,
                seq=30,
                home=2,
                content=encode_snapshot(
                    ENTITIES,
                    [
                        Block(
                            entity="person",
                            is_whole=True,
                            rows=[Row(0, 1, 1, 77, {"name_fr": "Ali", "status": "active"}, OTHER)],
                        )
                    ],
                ),
            )
        ],
        is_done=False,
        uploads=[
            Upload(upload_id=b"\x04" * 16, offset=65_536, is_complete=False),
            Upload(upload_id=b"", offset=0, is_complete=False),
        ],
    ),
}


def encoded():
    """Return the bytes of every message, as this version writes them, by name."""
    return {
        **{
            name: wire.encode_request(ENTITIES, one, is_verbatim=name == "request_verbatim")
            for name, one in REQUESTS.items()
        },
        **{name: wire.encode_reply(ENTITIES, one, peer_schema=1) for name, one in REPLIES.items()},
    }


def said(name, body):
    """Return what a message says, as JSON knows it."""
    if name.startswith("reply"):
        return plain(wire.decode_reply(ENTITIES, body))
    unread = wire.decode_request(ENTITIES, body)
    found = plain(unread.request)
    if unread.has_push:
        found["push"] = plain(unread.push(lambda _entity, _place, _number: None))
    return found


def plain(value):
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value):
        found = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
        # On the wire, and so in what was kept of it, the parts of these stand one by one.
        for name in ("app", "scopes", "end"):
            found |= found.pop(name, {})
        return found
    if isinstance(value, dict):
        return {name: plain(one) for name, one in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


def main(version):
    folder = FOLDER / version
    folder.mkdir(exist_ok=True)
    for name, body in encoded().items():
        if (folder / f"{name}.bin").exists():
            continue
        (folder / f"{name}.bin").write_bytes(body)
        words = json.dumps(said(name, body), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(words + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
