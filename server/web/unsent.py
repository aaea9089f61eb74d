"""A form that came when its session was over: nothing that was typed is lost.

The page to sign in carries its answers, hidden; whoever signs in to the account that they were
typed in gets them back, to be sent by a press. Whose they are, the token of the form says, which
only its session's pages have: another account gets nothing of them, and what another site's page
sent is nobody's.

    POST /desk/visits/…/return   the session is over   the page to sign in, with its answers
    POST /desk/sign-in           the same account      a page with the form, and a button
                                 another account       the desk
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.web.asked import Asked, read_form
from server.web.shell import DESK
from server.web.uploaded import read_answers

_CSRF = "_csrf_token"
_ADDRESS = re.compile(rf"{DESK}(?:[/?][!-\[\]-~]*)?")
_TO, _FILE, _TOKEN, _ANSWER = "kept_to", "kept_file", "kept_token", "kept."


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was not taken.

    Args:
        to: the path and query that it is for.
        token: of the session whose page it was.
        answers: (name, value), in order; a name may come twice.
        file_name: the name of its input of a file, whose bytes are not kept; "" if it has none.
    """

    to: str
    token: str
    answers: tuple[tuple[str, str], ...]
    file_name: str = ""

    @property
    def hidden(self) -> Iterator[tuple[str, str]]:
        """What the page to sign in carries."""
        yield from ((_TO, self.to), (_TOKEN, self.token), (_FILE, self.file_name))
        yield from ((f"{_ANSWER}{name}", value) for name, value in self.answers)


def is_of_desk(address: str) -> bool:
    """Whether an address that was carried is a path of the desk, and no other site's."""
    return _ADDRESS.fullmatch(address) is not None


def of_request(to: str, content_type: str, body: bytes) -> Unsent | None:
    """Return the form of a request, None where nothing was answered. Raises RequestWrong."""
    if content_type.lower().startswith("multipart/"):
        form, file_name = read_answers(content_type, body)
    else:
        form, file_name = read_form(content_type, body), ""
    answers = tuple((name, value) for name, value in form.pairs() if name != _CSRF)
    if not answers or not is_of_desk(to):
        return None
    return Unsent(to, form.get(_CSRF), answers, file_name)


def of_sign_in(form: Asked) -> Unsent | None:
    """Return what the page to sign in carried, None if nothing. Raises RequestWrong."""
    to, start = form.get(_TO), len(_ANSWER)
    if not is_of_desk(to):
        return None
    answers = tuple(
        (name[start:], value) for name, value in form.pairs() if name.startswith(_ANSWER)
    )
    return Unsent(to, form.get(_TOKEN), answers, form.get(_FILE))
