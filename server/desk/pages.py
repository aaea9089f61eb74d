"""Sign-in, the morning's page, and the page of who may do what."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, get, post

from server.accounts import sessions
from server.accounts.commands import folded
from server.desk.queries import morning_page
from server.rights import ACTORS, Reach, Right, reach_of
from server.web.asked import RequestWrong, read_query
from server.web.kept import Kept
from server.web.reader import Reader
from server.web.shell import DESK
from server.web.site import COOKIE, SIGN_IN, SIGN_IN_URL, Site, see_other
from server.web.unsent import is_of_desk, of_sign_in
from sync.entities.agent import ROLES
from sync.errors import Refusal

_KNOWN_COOKIE = "nuqta_known"
_KNOWN_S = 180 * 24 * 3600


def routes(site: Site) -> list[Any]:
    """Return sign-in and out, and the pages of the day."""
    kept: Kept[Any] = Kept()

    @get(SIGN_IN_URL, right=Right.OPEN)
    @site.threaded
    def sign_in_page(request: Request[Any, Any, Any]) -> Response[str]:
        try:
            to = read_query(request.scope["query_string"]).get("to")
        except RequestWrong:  # whatever the address is, one may sign in
            to = ""
        return site.public(request, SIGN_IN, login="", problem="", unsent=None, to=to)

    @post(SIGN_IN_URL, right=Right.OPEN)
    async def sign_in(request: Request[Any, Any, Any]) -> Any:
        form = await site.form(request)
        login, password = folded(form.get("login")), form.get("password")
        unsent, to = of_sign_in(form), form.get("to")
        try:
            opened = await site.change(
                lambda: sessions.sign_in(
                    site.database,
                    login,
                    password,
                    address=site.address_of(request),
                    known=request.cookies.get(_KNOWN_COOKIE, ""),
                )
            )
        except Refusal as refusal:
            frame = {"address": "" if unsent else SIGN_IN_URL}
            kept = {"login": login, "unsent": unsent, "to": to}
            return site.refused(request, refusal, SIGN_IN, frame=frame, **kept)
        response: Response[Any] = see_other(to if is_of_desk(to) else DESK)
        if unsent is not None:
            handed = await site.run(partial(site.hand_back, request, opened.session, unsent))
            response = handed or response
        site.keep(response, COOKIE, opened.session, path=DESK)
        site.keep(response, _KNOWN_COOKIE, opened.known, path=DESK, max_age=_KNOWN_S)
        return response

    @post(f"{DESK}/sign-out", right=Right.USE_DESK)
    async def sign_out(request: Request[Any, Any, Any]) -> Any:
        await site.posted(request)
        token = request.cookies.get(COOKIE, "")
        await site.store(lambda work: sessions.sign_out(work, token))
        response = see_other(SIGN_IN_URL)
        response.delete_cookie(COOKIE, path=DESK)
        return response

    @get(DESK, right=Right.SEE_FIGURES)
    @site.threaded
    def morning(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        now = site.database.clock()
        found = site.read(lambda records: morning_page(records, reader, kept, now))
        site.keep_waiting(reader, found.pop("counts"))  # the menu says what the page says
        return site.page(reader, "desk/morning.html", "morning", now=now, **found)

    @get(f"{DESK}/rights", right=Right.USE_DESK)
    @site.threaded
    def rights(request: Request[Any, Any, Any]) -> Any:
        reader = site.reader(request)
        return site.page(reader, "desk/rights.html", "rights", rows=_rights(reader))

    return [sign_in_page, sign_in, sign_out, morning, rights]


def _rights(reader: Reader) -> list[tuple[str, bool, str, str]]:
    """Return who, whether it is the reader, how far, and all that reaches so far; the own first."""
    say, own = reader.phrases.say, reader.session.standing.role
    rows = []
    for actor in sorted(ACTORS, key=lambda actor: actor != own):
        by_reach: dict[Reach, list[str]] = {}
        for right in Right:
            if right is not Right.OPEN:
                by_reach.setdefault(reach_of(actor, right), []).append(say(f"right.{right}"))
        name = say(f"agent.role.{actor}" if actor in ROLES else f"actor.{actor}")
        rows += [
            (name, actor == own, say(f"reach.{reach.value}"), reader.phrases.facts(rights))
            for reach in reversed(Reach)
            if (rights := by_reach.get(reach)) and reach is not Reach.NONE
        ]
    return rows
