"""Regions, provinces and communes by their HCP codes (census of 2024). Ship with both programs.

Only later changes to them sync. A record's id is derived from its code, so that every
installation names the same commune by the same id (`sync.rules.codes.reference_id`).
"""

from __future__ import annotations

from sync.local_time import WEEKDAYS
from sync.spec import Entity, Scope, ScopeKind, choice, code, decimal, integer, key, some, text

REGION = Entity(
    "region",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        code("code", required=True, fixed=True),
        text("name_fr", required=True),
        text("name_ar", required=True),
    ),
)

PROVINCE = Entity(
    "province",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        code("code", required=True, fixed=True),
        code("region_code", required=True),
        text("name_fr", required=True),
        text("name_ar", required=True),
        choice("type", "province", "prefecture"),
    ),
)

COMMUNE = Entity(
    "commune",
    Scope(ScopeKind.GENERAL),
    (
        key(),
        code("code", required=True, fixed=True),
        code("province_code", required=True),
        text("name_fr", required=True),
        text("name_ar", required=True),
        choice("type", "rural", "urban"),
        code("cercle_code"),
        integer("population", high=10**8),
        integer("rural_population", high=10**8),
        decimal("illiteracy_percent", places=1, low=0, high=100),
        decimal("darija_percent", places=1, low=0, high=100),
        decimal("tachelhit_percent", places=1, low=0, high=100),
        decimal("tamazight_percent", places=1, low=0, high=100),
        decimal("tarifit_percent", places=1, low=0, high=100),
        decimal("hassania_percent", places=1, low=0, high=100),
        integer("weekly_souks", high=50),
        some("souk_days", *WEEKDAYS),
        decimal("latitude", places=6, low=-90, high=90),
        decimal("longitude", places=6, low=-180, high=180),
    ),
)
