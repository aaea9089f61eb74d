"""Who has sent a form of the desk in the last seconds: their browser says so.

What they decided they see in the menu at once, whichever process draws their next page: no process
need remember it (`server/web/kept.py`). A figure from before the form is over when the cookie is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie
from litestar.types import Message, Scope

from server.web.headers import add_cookie
from server.web.kept import SECONDS_MS
from server.web.shell import DESK

COOKIE = "nuqta_acted"
_DIGITS_MAX = 15
_STATE = "has_acted"


def acted_at(cookies: dict[str, str]) -> int:
    """Return when a browser sent its last form, Unix ms; 0 if it does not say."""
    text = cookies.get(COOKIE, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else 0


def note(request: Request[Any, Any, Any]) -> None:
    """Have the answer to a form tell the browser that it was sent."""
    request.state[_STATE] = True


def teller(clock: Callable[[], int], *, secure: bool) -> Callable[[Message, Scope], None]:
    """Return what tells it as the answer leaves, when all is stored; `before_send` of Litestar."""

    def tell(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start" and scope["state"].get(_STATE):
            cookie = Cookie(
                COOKIE, DESK, str(clock()), SECONDS_MS // 1_000, secure=secure, httponly=True
            )
            add_cookie(message, cookie)

    return tell
