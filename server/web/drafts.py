"""A form of the portal that is kept until it is sent: what was typed in each of its parts."""

from __future__ import annotations

from urllib.parse import urlencode

from server.web.asked import Asked, read_form

_CHARS_MAX = 8_000
_NO_ANSWERS = ("_csrf_token", "later", "back", "lang")
_FORM_TYPE = "application/x-www-form-urlencoded"


def read_draft(draft: str) -> Asked:
    """Return the answers that a draft keeps."""
    return read_form(_FORM_TYPE, draft.encode())


def draft_of(form: Asked, before: str = "") -> str:
    """Return a form of the portal as a draft keeps it; "" if it is empty, or too long.

    Args:
        before: the draft that it goes on with: a page has a part of a form, and `was_NAME` says
            that it had boxes of that name, ticked or not.
    """
    known = read_draft(before)
    asked = {name.removeprefix("was_") for name, _ in form.pairs()}
    kept = () if known.get("of") != form.get("of") else known.pairs()
    pairs = [
        *((name, value) for name, value in kept if name not in asked),
        *(one for one in form.pairs() if one[0] not in _NO_ANSWERS and one[0][:4] != "was_"),
    ]
    draft = urlencode(pairs)
    return draft if len(draft) <= _CHARS_MAX else ""
