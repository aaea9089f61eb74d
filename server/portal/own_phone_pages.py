"""The page on which somebody changes their phone: first the new one, then the code of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import NotFound
from server.portal import codes, own_phone
from server.portal.queries import named_in
from server.rights import Right
from server.web.asked import read_query
from server.web.forms import Given
from server.web.site import Site, see_other
from sync.errors import Refusal

URL = "/portal/file/phone"
_FILE_URL = "/portal/file"
_COOKIE = "nuqta_phones"
"""The tokens of both codes, joined by a dot."""


def routes(site: Site) -> list[Any]:
    """Return the page, what sends the codes, and what changes the phone."""

    def draw(request: Request[Any, Any, Any], of: bytes, given: Given) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        kept = request.cookies.get(_COOKIE, "")
        found = site.read(
            lambda records: own_phone.own_phone_page(records, visitor, of, kept, language)
        )
        phrases = site.pages.phrases(language)
        return site.public(
            request,
            "portal/own_phone.html",
            status=given.status,
            frame={"back_url": _url(_FILE_URL, of), "address": _url(URL, of)},
            of=str(UUID(bytes=of)),
            old=visitor.phone,
            form=given.form,
            problems=given.problems(phrases, "person", otherwise="phone"),
            csrf=visitor.csrf,
            **found,
        )

    @get(URL, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        return draw(request, named_in(read_query(request.scope["query_string"])), Given())

    @post(URL, right=Right.REGISTER)
    async def send(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of = named_in(form)
        if form.get("again") == "1":
            return _leave(site, _url(URL, of))
        how = {
            "words": codes.words_of(request),
            "address": site.address_of(request),
            "known": codes.known_in(request),
        }
        try:
            kept = await site.send(
                lambda: own_phone.send_codes(site.database, site.messages, visitor, form, **how)
            )
        except Refusal as refusal:
            given = Given(form, refusal)
            return await site.run(lambda: draw(request, of, given))
        return _leave(site, _url(URL, of), kept)

    @post(f"{URL}/codes", right=Right.REGISTER)
    async def change(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of, kept = named_in(form), request.cookies.get(_COOKIE, "")
        try:
            entered = await codes.entered_by(
                site, request, lambda work: own_phone.change(work, visitor, kept, form)
            )
        except NotFound:
            raise
        except Refusal as refusal:
            given = Given(form, refusal)
            return await site.run(lambda: draw(request, of, given))
        is_moved = str(UUID(bytes=of)) in form.several("who")
        response = _leave(site, f"{_url(_FILE_URL, of)}&moved=1" if is_moved else "/portal/status")
        codes.let_in(site, response, entered)
        return response

    return [page, send, change]


def _leave(site: Site, url: str, kept: str = "") -> Any:
    """Lead on; the browser keeps the tokens of the codes, or forgets them."""
    response = see_other(url)
    more = {"samesite": "strict"} if kept else {"max_age": 0}
    site.keep(response, _COOKIE, kept, path=_FILE_URL, **more)
    return response


def _url(page: str, of: bytes) -> str:
    return f"{page}?of={UUID(bytes=of)}"
