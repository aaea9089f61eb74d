"""The desk's page of the audit log, and the same as a file."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from server.db.events import Action, Event
from server.rights import Right
from server.trail.queries import ASKED, URL, link, list_page, read_filter, read_place
from server.trail.table import lines
from server.web.headers import csv_file
from server.web.site import Site

EXPORT_URL = f"{URL}/export.csv"


def routes(site: Site) -> list[Any]:
    """Return the list, and its file."""

    @get(URL, right=Right.SEE_AUDIT)
    @site.threaded
    def listed(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        wanted, after = read_filter(reader.asked), read_place(reader.asked)
        found = site.read(lambda records: list_page(records, reader, wanted, after))
        return site.page(
            reader,
            "trail/list.html",
            "audit",
            url=URL,
            asked={name: reader.asked.get(name) for name in ASKED},
            actions=[(one.value, reader.phrases.say(f"desk.audit.action.{one}")) for one in Action],
            export=link(wanted, url=EXPORT_URL),
            **found,
        )

    @get(EXPORT_URL, right=Right.SEE_AUDIT, media_type="text/csv")
    @site.threaded
    def exported(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        wanted = read_filter(reader.asked)
        # What was asked goes into the log too, but for whose record it was: that is in its place.
        asked = " ".join(filter(None, (wanted.action, wanted.login)))
        event = Event(
            reader.now_ms, Action.EXPORT, reader.session.agent_id, "", wanted.of, None, asked
        )
        site.audit.note(event)
        return csv_file(lines(site, reader, wanted), "audit")

    return [listed, exported]
