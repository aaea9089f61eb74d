"""The desk's page of a day's slip."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from server.db.records import NotFound
from server.rights import Right
from server.slips.queries import compare
from server.web.forms import Given
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site
from sync import typed
from sync.errors import Refusal
from sync.slip import SlipForged

URL = f"{DESK}/slips"


class SlipOfOthers(Refusal):
    """A slip of a tablet that is not the reader's business, or of none."""

    code = "slip_of_others"


def routes(site: Site) -> list[Any]:
    """Return the page that reads a slip."""

    @get(URL, right=Right.SEE_TABLETS)
    @site.threaded
    def slips(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return _draw(site, reader, typed.text(reader.asked.get("code")))

    return [slips]


def _draw(site: Site, reader: Reader, text: str) -> Any:
    """Return the page: the form, and beside it what the slip says, or why nothing of it counts."""
    found: dict[str, Any] | None = None
    refusal: Refusal | None = None
    if text:
        try:
            found = site.read(lambda records: compare(records, reader, text))
        except NotFound as unknown:
            refusal = SlipOfOthers(str(unknown))
        except Refusal as refused:
            refusal = refused
    given = Given(reader.asked, refusal)
    return site.page(
        reader,
        "slips/read.html",
        "devices",
        status=given.status,
        text=text,
        found=found,
        problem=site.sentence(reader.language, refusal) if refusal else "",
        is_forged=isinstance(refusal, SlipForged),
    )
