"""A code as the portal's pages send and try it: its words, who pays for a try, what one opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from server.accounts import throttle
from server.accounts.visitors import Entered
from server.db.work import Work
from server.sms.templates import compose, phrases_of
from server.web.languages import language_of
from server.web.site import PORTAL_COOKIE, Site
from sync.errors import Refusal
from sync.languages import LANGUAGES

KNOWN_COOKIE = "nuqta_known"
_KNOWN_S = 180 * 24 * 3600


def words_of(request: Request[Any, Any, Any]) -> str:
    """Return the message of a code in the reader's language, with `{code}` in it."""
    return compose(phrases_of(language_of(request, LANGUAGES)), "portal.message", code="{code}")


async def entered_by(
    site: Site, request: Request[Any, Any, Any], command: Callable[[Work], Entered | Refusal]
) -> Entered:
    """Run what checks a code. Returns the tokens of the session that it opens.

    Raises:
        TooManyTries: from this address.
        Refusal: as the command returned or raised it.
    """
    tried = [throttle.Count(throttle.Limit.CODE_TRIED_FROM, site.address_of(request))]
    # Counted first, in a transaction of its own: who guesses pays for the try.
    await site.store(lambda work: throttle.take(work, tried))
    # A wrong code is returned, not raised: its count must be stored with it.
    entered = await site.store(command)
    if isinstance(entered, Refusal):
        raise entered
    return entered


def let_in(site: Site, response: Response[Any], entered: Entered) -> None:
    """Give a browser the session, and what tells that it is no stranger when it asks again."""
    site.keep(response, PORTAL_COOKIE, entered.session, path="/portal", samesite="strict")
    site.keep(response, KNOWN_COOKIE, entered.known, path="/portal", max_age=_KNOWN_S)


def known_in(request: Request[Any, Any, Any]) -> str:
    """Return the token of a browser that came in before; empty: it has none."""
    return request.cookies.get(KNOWN_COOKIE, "")
