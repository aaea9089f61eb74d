"""The pages of somebody's own file: who looked at it, a copy, complaints, and the way out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from server.accounts import visitors
from server.complaints.titles import ABOUTS
from server.portal import file
from server.portal.proxies import roles
from server.portal.queries import named_in
from server.rights import Right
from server.web.asked import read_query
from server.web.forms import Given
from server.web.site import PORTAL_COOKIE, Site, see_other

_URL, _BACK_URL = "/portal/file", "/portal/status"


def routes(site: Site) -> list[Any]:
    """Return the page of a file, its copy, and what is done there."""

    def draw(request: Request[Any, Any, Any], of: bytes, given: Given, *, done: str = "") -> Any:
        visitor, language = site.visitor(request), site.language(request)
        phrases, now = site.pages.phrases(language), site.database.clock()
        found = site.read(lambda records: file.file_page(records, visitor, of, phrases, now))
        problems = given.problems(phrases, "task", otherwise="notes")
        spoken = any(name.startswith("proxy") for name in problems)
        return site.public(
            request,
            "portal/file.html",
            status=given.status,
            frame={
                "back_url": f"{_BACK_URL}?of={found['of']}",
                "address": f"{_URL}?of={found['of']}",
            },
            form=given.form,
            problem="" if spoken else next(iter(problems.values()), ""),
            problems=problems,
            roles=roles(phrases),
            is_speaking=spoken,
            is_told=done == "told",
            is_moved=done == "moved",
            abouts=[(one, phrases.say(f"portal.complaint.{one}")) for one in ABOUTS],
            csrf=visitor.csrf,
            **found,
        )

    @get(_URL, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        asked = read_query(request.scope["query_string"])
        done = next((one for one in ("told", "moved") if asked.get(one) == "1"), "")
        return draw(request, named_in(asked), Given(), done=done)

    @get(f"{_URL}/copy.json", right=Right.REGISTER)
    @site.threaded
    def copy(request: Request[Any, Any, Any]) -> Any:
        visitor, of = site.visitor(request), named_in(read_query(request.scope["query_string"]))
        found = site.read(lambda records: file.copy_of(records, visitor, of))
        headers = {
            "content-disposition": 'attachment; filename="nuqta.json"',
            "cache-control": "no-store",
        }
        content = msgspec.json.format(msgspec.json.encode(found), indent=1)
        return Response(content, headers=headers, media_type="application/json")

    @post(f"{_URL}/complaint", right=Right.REGISTER)
    async def complain(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of = named_in(form)
        return await site.submit(
            lambda work: file.complain(work, visitor, form),
            lambda refusal: draw(request, of, Given(form, refusal)),
            lambda _: f"{_URL}?of={UUID(bytes=of)}&told=1",
        )

    @post(f"{_URL}/proxy", right=Right.REGISTER)
    async def speak(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of = named_in(form)
        return await site.submit(
            lambda work: file.speak(work, visitor, form),
            lambda refusal: draw(request, of, Given(form, refusal)),
            lambda _: f"{_URL}?of={UUID(bytes=of)}#speakers",
        )

    @post(f"{_URL}/complaint/appeal", right=Right.REGISTER)
    async def appeal(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        of = named_in(form)
        return await site.submit(
            lambda work: file.object_to(work, visitor, form),
            lambda refusal: draw(request, of, Given(form, refusal)),
            lambda _: f"{_URL}?of={UUID(bytes=of)}&told=1",
        )

    @post(f"{_URL}/sign-out", right=Right.REGISTER)
    async def sign_out(request: Request[Any, Any, Any]) -> Any:
        visitor, _ = await site.sent(request)
        await site.store(lambda work: visitors.sign_out_everywhere(work, visitor.phone))
        return left()

    return [page, copy, complain, speak, appeal, sign_out]


def left() -> Redirect:
    """Lead who signs out to the first page; nothing of theirs stays in the browser.

    Pages of papers that were not sent yet too: telephones are lent.
    """
    response = see_other("/")
    response.delete_cookie(PORTAL_COOKIE, path="/portal")
    response.headers["clear-site-data"] = '"storage"'
    return response
