"""In which language a page answers, and the address of the same page in another.

What an address asks for is kept by the browser whatever answers: a page, one that is missing, or
what leads on to another, which would else answer in the language before.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.types import Message, Scope

from server.web.asked import read_query
from server.web.headers import add_cookie
from sync.errors import SyncError
from sync.languages import FALLBACK, LANGUAGES

PARAMETER = COOKIE = "lang"
_STATE = "language_kept"
Connection = ASGIConnection[Any, Any, Any, Any]


def choose_language(
    asked: str | None,
    remembered: str | None,
    accepted: str,
    known: Container[str],
    default: str = "ar",
) -> str:
    """Return the language to answer in: what was asked for, else remembered, else preferred.

    Of a language that this page has not, the one that lends it words.

    Args:
        asked: the parameter of the address.
        remembered: the cookie of an earlier choice, or the account's language.
        accepted: the header Accept-Language, as sent.
    """
    for wanted in (asked, remembered):
        for one in (wanted, FALLBACK.get(wanted or "")):
            if one is not None and one in known:
                return one
    for wanted in _preferences(accepted):
        if wanted in known:
            return wanted
    return default


def language_of(request: Connection, known: Container[str], preferred: str = "") -> str:
    """Return the language to answer a request in.

    Args:
        preferred: the account's language, where there is one.
    """
    return choose_language(
        _asked_in(request),
        request.cookies.get(COOKIE) or preferred,
        request.headers.get("accept-language", "")[:200],
        known,
    )


def _asked_in(request: Connection) -> str:
    """Return the language that an address asks for; empty: none, or it cannot be read."""
    try:
        return read_query(request.scope["query_string"]).get(PARAMETER)
    except SyncError:  # also the page that says so has a language
        return ""


def keep_preferred(request: Connection, language: str) -> None:
    """Have a browser in which none was chosen keep the language of an account."""
    if request.cookies.get(COOKIE) not in LANGUAGES:
        request.state[_STATE] = language


def keeper(*, secure: bool) -> Callable[[Message, Scope], None]:
    """Return what has browsers keep a language as an answer leaves; `before_send` of Litestar.

    The one that was asked for, be it none of that page's: another page may have it.
    """

    def keep(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start":
            asked = _asked_in(ASGIConnection(scope))
            language = asked if asked in LANGUAGES else scope["state"].get(_STATE)
            if language:
                cookie = Cookie(COOKIE, "/", language, secure=secure, httponly=True)
                add_cookie(message, cookie)

    return keep


def _preferences(accepted: str) -> list[str]:
    weighted: list[tuple[float, int, str]] = []
    for place, offer in enumerate(accepted.split(",")):
        name, _, rest = offer.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if weight > 0:
            weighted.append((-weight, place, name.partition("-")[0].lower()))
    return [name for _, _, name in sorted(weighted)]


def in_language(address: str, language: str) -> str:
    """Return the address of the same page in another language, within this site."""
    path, _, asked = address.partition("?")
    if not path.startswith("/"):
        path = path.partition("://")[2].partition("/")[2]
    query = [(key, value) for key, value in parse_qsl(asked) if key != PARAMETER]
    # Two slashes, or one and a backslash, would name another host.
    here = "/" + quote(path.lstrip("/\\"), safe="/%:@~")
    return f"{here}?{urlencode([*query, (PARAMETER, language)])}"
