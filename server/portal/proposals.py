"""A proposal of the service of innovation: said by who has it, its result shown to everybody."""

from __future__ import annotations

from server.db.records import Records, Stored
from server.db.work import Author, Work
from server.exchange import passing, publishing
from server.web.asked import Asked
from sync import typed
from sync.checks import Missing, TooLong
from sync.errors import Refusal
from sync.limits import NOTE_CHARS_MAX
from sync.rules.applications import CLOSED

ACTS = ("idea", "publish", "unpublish")
"""What who proposed something may do, beside what every applicant may."""
TEXT_VERSION = "innovation-1"
"""Of the sentence `innovation.publish.text`; raised with every change of its meaning."""
_AUTHOR = Author(None, source="portal")


class ResultNotAgreed(Refusal):
    """A result is public with the consent of who proposed it alone."""

    code = "result_not_agreed"


def acts_of(records: Records, request: Stored, enterprise: Stored) -> set[str]:
    """Return which of ACTS are there now: say it until it is decided; then show what came of it."""
    if request.values["service"] != publishing.INNOVATION:
        return set()
    state = request.values["state"]
    if state in ("delivered", CLOSED) and request.values["result"]:
        is_agreed = publishing.find(records, enterprise, publishing.INNOVATION) is not None
        return {"unpublish" if is_agreed else "publish"}
    return {"idea"} if state in (None, "draft", "ready", *passing.WAITING) else set()


def act(
    work: Work, request: Stored, enterprise: Stored, wanted: str, form: Asked, *, language: str
) -> None:
    """Do one of ACTS. Raises Missing, TooLong, ResultNotAgreed: as they say."""
    if wanted == "idea":
        words = typed.text(form.get("idea"))
        if not words:
            raise Missing("portal: no idea", entity="innovation", field="idea")
        if (over := len(words) - NOTE_CHARS_MAX) > 0:
            raise TooLong("portal: idea", field="notes", most=NOTE_CHARS_MAX, over=over)
        work.change("application", request.record_id, {"notes": words}, _AUTHOR)
    elif wanted == "unpublish":
        publishing.withdraw(work, enterprise, publishing.INNOVATION)
    elif form.get("publish") != "yes":
        raise ResultNotAgreed("portal: no consent to publish", field="publish")
    else:
        publishing.agree(
            work, enterprise, publishing.INNOVATION, text_version=TEXT_VERSION, language=language
        )
