"""The desk's page of a day's slip."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, get, post

from server.db.records import NotFound
from server.rights import Right
from server.slips.pictured import SlipUnseen, text_on
from server.slips.queries import compare
from server.web.forms import Given
from server.web.headers import with_device
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import Site, see_other
from sync import typed
from sync.errors import Refusal
from sync.slip import MARK, SlipForged

URL = f"{DESK}/slips"
PICTURE_BYTES_MAX = 8 * 1024 * 1024
"""A telephone's whole picture; nothing of it is kept."""
_MAY_SEE = with_device("camera")
_BODY_BYTES_MAX = PICTURE_BYTES_MAX + 64 * 1024


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

    @post(URL, right=Right.SEE_TABLETS, request_max_body_size=_BODY_BYTES_MAX)
    async def pictured(request: Request[Any, Any, Any]) -> Any:
        reader, _form, picture = await site.uploaded(request, "picture", PICTURE_BYTES_MAX)
        try:
            text = await site.run(lambda: text_on(picture))
        except SlipUnseen as unseen:
            refusal = unseen
            return await site.run(lambda: _draw(site, reader, "", refusal))
        return see_other(f"{URL}?" + urlencode({"code": text}))

    return [slips, pictured]


def _draw(site: Site, reader: Reader, text: str, refusal: Refusal | None = None) -> Any:
    """Return the page: the forms, and beside it what the slip says, or why nothing of it counts."""
    found: dict[str, Any] | None = None
    if text:
        try:
            found = site.read(lambda records: compare(records, reader, text))
        except NotFound as unknown:
            refusal = SlipOfOthers(str(unknown))
        except Refusal as refused:
            refusal = refused
    given = Given(reader.asked, refusal)
    page = site.page(
        reader,
        "slips/read.html",
        "devices",
        status=given.status,
        text=text,
        found=found,
        problem=site.sentence(reader.language, refusal) if refusal else "",
        is_forged=isinstance(refusal, SlipForged),
        is_unseen=isinstance(refusal, SlipUnseen),
        mark=MARK,
    )
    page.headers["permissions-policy"] = _MAY_SEE
    return page
