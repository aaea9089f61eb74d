"""The desk's page of what a search found."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from server.rights import Right
from server.search.queries import found_for
from server.web.shell import SEARCH_URL
from server.web.site import Site
from sync import typed


def routes(site: Site) -> list[Any]:
    """Return the page of the search."""

    @get(SEARCH_URL, right=Right.SEE_PEOPLE)
    @site.threaded
    def found(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        text = typed.text(reader.asked.get("q"))
        kinds = site.read(lambda records: found_for(records, reader, text))
        return site.page(reader, "search/found.html", "", search_text=text, text=text, kinds=kinds)

    return [found]
