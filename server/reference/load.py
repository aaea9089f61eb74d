"""Load regions, provinces and communes into a database; any number of times.

The tablet ships with them, so loading writes no feed: only what is changed later is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server.db.records import encode_writers
from server.db.work import Work
from server.reference import files
from sync import scopes
from sync.checks import check_record
from sync.merge import INSERT, Writer
from sync.rules.codes import reference_id
from sync.spec import Value, Values
from sync.stored import to_column


def load(work: Work) -> dict[str, int]:
    """Insert what is missing; what someone changed since stays. Returns counts by entity."""
    return {
        "region": _load(work, "region", map(_named, files.rows("regions"))),
        "province": _load(work, "province", map(_province, files.rows("provinces"))),
        "commune": _load(work, "commune", map(_commune, files.rows("communes"))),
    }


def _load(work: Work, name: str, wanted: Iterable[Values]) -> int:
    entity = work.entity_by_name[name]
    table = work.tables.records[name]
    known = set(work.connection.scalars(sa.select(table.c.id)))
    scope_id = work.scope_id(scopes.GENERAL)
    writers = encode_writers({INSERT: Writer(1, 0, 0, 0, None, work.now_ms)})
    rows = []
    for values in wanted:
        record_id = reference_id(name, str(values["code"]))
        if record_id in known:
            continue
        checked = check_record(entity, {"id": record_id, **values})
        row: dict[str, Any] = {
            spec.name: to_column(checked.get(spec.name)) for spec in entity.fields
        }
        row.update(
            id=record_id,
            rev=1,
            era=work.era,
            scope_id=scope_id,
            effective_at=work.now_ms,
            received_at=work.now_ms,
            deleted_at=None,
            writers=writers,
        )
        rows.append(row)
    if rows:
        work.connection.execute(sa.insert(table), rows)
    return len(rows)


def _named(row: dict[str, str]) -> Values:
    return {"code": row["code"], "name_fr": row["name_fr"], "name_ar": row["name_ar"]}


def _province(row: dict[str, str]) -> Values:
    kind = "prefecture" if row["type"].startswith("prefecture") else "province"
    return {**_named(row), "region_code": row["region_code"], "type": kind}


def _commune(row: dict[str, str]) -> Values:
    percents = {
        "illiteracy_percent": "illiteracy_10p",
        "darija_percent": "lang_darija",
        "tachelhit_percent": "lang_tachelhit",
        "tamazight_percent": "lang_tamazight",
        "tarifit_percent": "lang_tarifit",
        "hassania_percent": "lang_hassania",
    }
    day = files.souk_day(row["name_fr"])
    return {
        **_named(row),
        "province_code": row["province_code"],
        "type": row["type"],
        "cercle_code": row["cercle_code"] or None,
        "population": _whole(row["pop_2024"]),
        "rural_population": _whole(row["rural_pop_2024"]),
        **{name: _scaled(row[column], 10) for name, column in percents.items()},
        "weekly_souks": _whole(row["weekly_souks"]),
        "souk_days": (day,) if day else None,
        "latitude": _scaled(row["lat"], 10**6),
        "longitude": _scaled(row["lon"], 10**6),
    }


def _whole(text: str) -> Value:
    return int(float(text)) if text else None


def _scaled(text: str, scale: int) -> Value:
    return round(float(text) * scale) if text else None
