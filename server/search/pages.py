"""The desk's page of what a search found."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from server.rights import Right
from server.search.queries import found_for
from server.web.lists import Listing
from server.web.seen import sought
from server.web.shell import SEARCH_URL
from server.web.site import Site


def routes(site: Site) -> list[Any]:
    """Return the page of the search."""

    @get(SEARCH_URL, right=Right.SEE_PEOPLE)
    @site.threaded
    def found(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        wanted = sought(reader.asked)
        kinds = site.read(lambda records: found_for(records, reader, wanted))
        return site.page(
            reader,
            "search/found.html",
            "",
            search_text=wanted.text,
            text=wanted.text,
            kinds=kinds,
            alike_url=Listing.of(SEARCH_URL, reader).link(alike="1") if wanted.is_cut else "",
        )

    return [found]
