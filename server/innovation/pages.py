"""The public page of results: what was tried, where, by which enterprise, and what came of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Request, get

from server.db import lookup
from server.db.records import Records
from server.exchange import publishing
from server.rights import Right
from server.web.reader import name_of
from server.web.site import Site
from sync import local_time
from sync.rules.applications import CLOSED

URL = "/portal/innovation"
_MOST = 50


def routes(site: Site) -> list[Any]:
    """Return the page."""

    @get(URL, right=Right.OPEN)
    @site.threaded
    def results(request: Request[Any, Any, Any]) -> Any:
        language = site.language(request)
        rows = site.read(lambda records: results_of(records, language))
        return site.public(request, "innovation/list.html", frame={"back_url": "/"}, rows=rows)

    return [results]


def results_of(records: Records, language: str) -> list[dict[str, Any]]:
    """Return the results that everybody may read, the latest first: by trade name and commune."""
    table = records.tables.records["application"]
    found = records.list(
        "application",
        table.c.service == publishing.INNOVATION,
        table.c.state.in_(("delivered", CLOSED)),
        sa.func.coalesce(table.c.result, "") != "",
        publishing.is_standing(records, table.c.enterprise_id),
        publishing.is_agreed(records, "enterprise", table.c.enterprise_id, publishing.INNOVATION),
        order=(table.c.decided_at.desc(), table.c.id),
        limit=_MOST,
    )
    places = lookup.commune_names(records, language) if found else {}
    rows = []
    for one in found:
        of, at = one.values["enterprise_id"], one.values["decided_at"]
        whose = records.find("enterprise", of) if isinstance(of, bytes) else None
        rows.append(
            {
                "who": name_of(whose, language),
                "place": places.get(str(one.values["commune_code"]), ""),
                "on": local_time.day_of(at) if isinstance(at, int) else None,
                "result": str(one.values["result"]),
            }
        )
    return rows
