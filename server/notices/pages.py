"""The inbox of a request on the portal: its messages, for those whom none reaches on a phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get

from server.accounts.visitors import Visitor
from server.applications.queries import number_of
from server.db.records import Records
from server.portal import requests
from server.rights import Right
from server.sms import outbox
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the page."""

    @get(requests.URL + "/{record_id:str}/messages", right=Right.REGISTER)
    @site.threaded
    def inbox(request: Request[Any, Any, Any], record_id: str) -> Any:
        visitor, phrases = site.visitor(request), site.pages.phrases(site.language(request))
        found = site.read(lambda records: inbox_page(records, visitor, record_id))
        frame = {"back_url": found["url"], "bar_title": phrases.say("portal.inbox")}
        return site.public(request, "notices/inbox.html", frame=frame, **found)

    return [inbox]


def inbox_page(records: Records, visitor: Visitor, text: str) -> dict[str, Any]:
    """Return what the inbox of a request shows. Raises NotFound: not of this phone."""
    request, _ = requests.find(records, visitor, text)
    return {
        "url": f"{requests.URL}/{UUID(bytes=request.record_id)}",
        "number": number_of(request),
        "rows": outbox.of_application(records, request.record_id),
    }
