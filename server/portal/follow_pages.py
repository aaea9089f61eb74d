"""The pages of one request, followed by its reference and a code to its phone."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post

from server.accounts import throttle
from server.portal import follow
from server.rights import Right
from server.web.asked import read_query
from server.web.site import Site, see_other
from sync.errors import Refusal

URL = "/portal/follow"
COOKIE = "nuqta_follow"
"""The reference that was typed, while the phone is checked."""


def routes(site: Site) -> list[Any]:
    """Return the page that asks for a reference, and the one that shows how it stands."""

    def draw(request: Request[Any, Any, Any], status: int = 200, **values: Any) -> Any:
        return site.public(
            request, "portal/follow.html", status=status, frame={"back_url": "/"}, **values
        )

    @get(URL, right=Right.OPEN)
    @site.threaded
    def ask(request: Request[Any, Any, Any]) -> Any:
        return draw(request, ref="", phone="", problem="", is_of_phone=False)

    @get(f"{URL}/state", right=Right.REGISTER)
    async def state(request: Request[Any, Any, Any]) -> Any:
        visitor = site.visitor(request)
        tried = [throttle.Count(throttle.Limit.FOLLOW, visitor.phone)]
        try:
            # Counted first, in a transaction of its own: who guesses pays for the try.
            await site.store(lambda work: throttle.take(work, tried))
        except Refusal as refusal:
            said = site.sentence(site.language(request), refusal)
            return await site.run(lambda: _shown(request, found=None, problem=said, status=429))
        return await site.run(lambda: stands(request, visitor.phone))

    def stands(request: Request[Any, Any, Any], phone: str) -> Any:
        text = read_query(request.scope["query_string"]).get("ref")
        phrases, now = site.pages.phrases(site.language(request)), site.database.clock()
        found = site.read(lambda records: follow.follow_page(records, phone, text, phrases, now))
        problem = "" if found else phrases.say("portal.follow.none")
        return _shown(request, found=found, problem=problem, status=200 if found else 404)

    def _shown(request: Request[Any, Any, Any], *, found: Any, problem: str, status: int) -> Any:
        frame = {
            "back_url": URL,
            "sign_out_url": "/portal/sign-out",
            "csrf_token": site.visitor(request).csrf,
        }
        return site.public(
            request, "portal/followed.html", status=status, frame=frame, one=found, problem=problem
        )

    @post(URL, right=Right.OPEN)
    async def read(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        given = form.get("ref")
        try:
            ref = follow.read_reference(given)
        except Refusal as refusal:
            said = site.sentence(site.language(request), refusal)
            kept = {"ref": given, "phone": "", "problem": said, "is_of_phone": False}
            return await site.run(lambda: draw(request, 422, **kept))
        response = see_other(f"{URL}/phone")
        site.keep(response, COOKIE, ref, path="/portal", samesite="strict", max_age=1800)
        return response

    @get(f"{URL}/phone", right=Right.OPEN)
    @site.threaded
    def ask_phone(request: Request[Any, Any, Any]) -> Any:
        return draw(request, ref="", phone="", problem="", is_of_phone=True)

    return [ask, state, read, ask_phone]
