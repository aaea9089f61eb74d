"""What is done of itself when a tablet's changes are about requests, before they are flushed."""

from __future__ import annotations

from server.db.work import Work
from server.exchange.attending import end_assessed, end_attended
from server.exchange.bringing import close_brought, end_followed
from server.exchange.complaints import keep_due
from server.exchange.follow_ups import make_of_steps
from server.exchange.notices import tell
from server.exchange.passing import pass_on
from server.exchange.questions import Questions
from server.exchange.stepping import note_captured


def follow(work: Work, questions: Questions) -> None:
    """Record the steps that were taken, and do what follows of them and of complaints."""
    if "application_step" not in work.entity_by_name:  # a list of entities without requests
        return
    note_captured(work, questions.stepped, questions.author)
    close_brought(work)
    end_attended(work)
    end_assessed(work)
    end_followed(work)
    make_of_steps(work)
    pass_on(work)
    keep_due(work)
    tell(work)
