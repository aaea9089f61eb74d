"""The page on which an enterprise gets a code for an agent."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Request, get, post

from server.db.records import NotFound
from server.messages import MessageUnsent
from server.portal import claims
from server.portal.queries import enterprise_of, named_in
from server.rights import Right
from server.sms.templates import compose, phrases_of
from server.web.asked import read_query
from server.web.languages import language_of
from server.web.reader import name_of
from server.web.site import Site
from sync import local_time, scopes
from sync.errors import Refusal
from sync.languages import LANGUAGES

_URL, _BACK_URL = "/portal/claim", "/portal/status"


def routes(site: Site) -> list[Any]:
    """Return the page of a code, and what gives one out."""

    def draw(
        request: Request[Any, Any, Any],
        enterprise_id: bytes,
        *,
        code: str = "",
        is_sent: bool = False,
        problem: str = "",
        status: int = 200,
    ) -> Any:
        visitor, language = site.visitor(request), site.language(request)
        enterprise = site.read(lambda records: enterprise_of(records, visitor, enterprise_id))
        until = site.database.clock() + claims.CLAIM_DAYS * scopes.DAY_MS
        return site.public(
            request,
            "portal/claim.html",
            status=status,
            frame={"back_url": f"{_BACK_URL}?of={UUID(bytes=enterprise_id)}"},
            of=str(UUID(bytes=enterprise_id)),
            name=name_of(enterprise, language),
            code=code,
            is_sent=is_sent,
            until=local_time.day_of(until),
            problem=problem,
            csrf=visitor.csrf,
        )

    @get(_URL, right=Right.REGISTER)
    @site.threaded
    def page(request: Request[Any, Any, Any]) -> Any:
        return draw(request, named_in(read_query(request.scope["query_string"])))

    @post(_URL, right=Right.REGISTER)
    async def give(request: Request[Any, Any, Any]) -> Any:
        visitor, form = await site.sent(request)
        enterprise_id = named_in(form)
        try:
            code = await site.change(lambda: claims.issue(site.database, visitor, enterprise_id))
        except NotFound:
            raise
        except Refusal as refusal:
            said = site.sentence(site.language(request), refusal)
            return await site.run(partial(draw, request, enterprise_id, problem=said, status=429))
        words = compose(
            phrases_of(language_of(request, LANGUAGES)), "portal.claim.message", code=code
        )
        is_sent = True
        try:
            await site.send(lambda: site.messages.send(visitor.phone, words))
        except MessageUnsent:  # the page has it
            is_sent = False
        return await site.run(partial(draw, request, enterprise_id, code=code, is_sent=is_sent))

    return [page, give]
