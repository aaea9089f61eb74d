"""The catalogue as files, and files as proposals: as `server/services/catalogue/` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from server.db.records import Records
from server.db.work import Work
from server.reference import files
from server.services.proposals import propose
from sync.entities.service_edition import PUBLISHED, SERVICE_EDITION
from sync.rules.editions import EditionWrong

FILE_BYTES_MAX = 256 * 1024


def newest(records: Records) -> dict[str, Mapping[str, Any]]:
    """Return what the newest edition of each service declares, begun or not, by code."""
    table = records.tables.records[SERVICE_EDITION.name]
    found: dict[str, Mapping[str, Any]] = {one["code"]: one for one in files.declared_services()}
    published = records.list(
        SERVICE_EDITION.name, table.c.state == PUBLISHED, order=(table.c.number,)
    )
    for one in published:
        declared = msgspec.json.decode(str(one.values["content"]), type=dict[str, Any])
        known = found.get(declared["code"])
        if known is None or declared["edition"] > known["edition"]:
            found[declared["code"]] = declared
    return found


def export(records: Records, folder: Path) -> int:
    """Write a file for each service; what was never changed is written as it ships.

    Returns:
        How many there are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = newest(records)
    for code, declared in found.items():
        (folder / f"{code}.json").write_text(as_file(declared), encoding="utf-8")
    return len(found)


def as_file(declared: Mapping[str, Any]) -> str:
    """Return an edition as its file has it."""
    return json.dumps(declared, ensure_ascii=False, indent=1) + "\n"


def take(work: Work, folder: Path) -> list[str]:
    """Propose what differs in the files of a folder. Returns the codes of its services.

    Raises:
        EditionWrong: a file is not what an edition is written like.
        Refusal: as `propose`; nothing of the folder is kept.
    """
    known, taken = newest(work), []
    for path in sorted(folder.glob("*.json")):
        declared = _read(path)
        if declared != known.get(path.stem):
            propose(work, declared, None)
            taken.append(path.stem)
    return taken


def _read(path: Path) -> dict[str, Any]:
    content = path.read_bytes() if path.stat().st_size <= FILE_BYTES_MAX else b""
    try:
        declared = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise EditionWrong(f"{path.name}: {error}") from error
    if declared.get("code") != path.stem:
        raise EditionWrong(f"{path.name}: it is of {declared.get('code')!r}")
    return declared
