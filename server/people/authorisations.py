"""What the data protection authority allows: entered, renewed, withdrawn."""

from __future__ import annotations

from server.db.work import Author, Work
from sync import typed
from sync.entities.authorisation import AUTHORISATION
from sync.errors import Refusal
from sync.rules.codes import reference_id
from sync.spec import Values


class ReferenceMissing(Refusal):
    """An authorisation has the reference of the decision that gives it."""

    code = "authorisation_reference_missing"


def authorise(
    work: Work, subject: str, reference: str, *, given_on: int | None, ends_on: int | None
) -> None:
    """Enter an authorisation, or renew it; each tablet knows from its next contact on.

    Args:
        reference: of the authority's decision.
        given_on: with `ends_on`, the days it is in force; None: since ever, for ever.

    Raises:
        ReferenceMissing: the reference is empty.
    """
    reference = typed.line(reference)
    if not reference:
        raise ReferenceMissing(f"authorisation: {subject} without a reference")
    _put(work, subject, {"reference": reference, "given_on": given_on, "ends_on": ends_on})


def require(work: Work, subject: str, reference: str) -> None:
    """Enter an authorisation, unless it is there with this reference: its days stay."""
    entered = work.lock(AUTHORISATION.name, reference_id(AUTHORISATION.name, subject))
    if entered is None or entered.values["reference"] != reference:
        authorise(work, subject, reference, given_on=None, ends_on=None)


def withdraw(work: Work, subject: str) -> None:
    """End an authorisation: nothing more is asked. What was given before stays to be erased."""
    _put(work, subject, {"reference": None, "given_on": None, "ends_on": None})


def _put(work: Work, subject: str, values: Values) -> None:
    name, record_id = AUTHORISATION.name, reference_id(AUTHORISATION.name, subject)
    if work.lock(name, record_id) is None:
        work.insert(name, {"subject": subject, **values}, Author(None), record_id=record_id)
    else:
        work.change(name, record_id, values, Author(None))
