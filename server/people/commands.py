"""Correct a person or an enterprise at the desk."""

from __future__ import annotations

from server.db.work import Author, Work
from server.exchange.duplicates import ask_if_known
from server.people.subjects import Subject
from server.rights import Right
from server.web.asked import Asked
from server.web.forms import changed
from server.web.reader import Reader
from server.web.seen import get_seen


def correct(work: Work, reader: Reader, subject: Subject, record_id: str, form: Asked) -> None:
    """Store what a form changed of a record.

    Args:
        record_id: as the address has it.

    Raises:
        NotFound: none that the reader may change.
        Refusal: a phone or ICE that cannot be, a value of the wrong form.
    """
    entity = subject.entity.name
    record = get_seen(work, reader, entity, record_id, Right.CHANGE_PEOPLE)
    values = changed(subject.entity, subject.edited, form)
    if not values:
        return
    # Merged against what the page had shown: what a tablet wrote since is no victim of an old page.
    author, base_rev = Author(reader.session.agent_id), form.number("base_rev")
    work.change(entity, record.record_id, values, author, base_rev=base_rev or record.rev)
    # Another may have this number: a double is asked about, and the correction stands meanwhile.
    if "ice" in values:
        corrected = work.lock(entity, record.record_id)
        if corrected is not None:
            ask_if_known(work, corrected, author)
