"""The states of an application for a service, and what a step from one to the next needs.

The programme never decides for a bank or an administration: it holds the file, the receipt and the
answer. The states are the programme's; law 55-19 asks for a receipt, for missing pieces to be asked
once, and for the reasons of a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.errors import Refusal
from sync.spec import Value

DRAFT, CLOSED = "draft", "closed"
NEXT: dict[str, tuple[str, ...]] = {
    "draft": ("ready", "withdrawn", "referred"),
    "ready": ("submitted", "draft", "withdrawn", "referred"),
    "submitted": ("acknowledged", "in_review", "info_requested", "approved", "rejected",
                  "withdrawn", "expired"),
    "acknowledged": ("in_review", "info_requested", "approved", "rejected", "withdrawn", "expired"),
    "in_review": ("info_requested", "approved", "rejected", "withdrawn", "expired"),
    "info_requested": ("in_review", "approved", "rejected", "withdrawn", "expired"),
    "approved": ("delivered", "withdrawn", "expired"),
    "rejected": ("closed", "in_review"),  # the second is an appeal
    "delivered": ("closed",),
    "withdrawn": ("closed",),
    "expired": ("closed",),
    "referred": ("closed",),
    "closed": (),
}  # fmt: skip
"""State -> the states that may follow it."""
ENDED = frozenset({"rejected", "delivered", "withdrawn", "expired", "referred", "closed"})
"""Nothing more comes of it: who wants the service again asks anew."""
_NEEDED = {
    "submitted": "receipt_number",
    "rejected": "decision_reason",
}
"""State -> the field without which it says too little."""
_ONCE = "info_requested"


class StepNotAllowed(Refusal):
    """One state does not follow from the other."""

    code = "application_step"


class StepLacks(Refusal):
    """A step without what it must say: a receipt's number, the reason of a refusal."""

    code = "application_step_lacks"


class AskedTwice(Refusal):
    """An administration may ask for missing pieces once (law 55-19)."""

    code = "application_asked_twice"


class PapersLacking(Refusal):
    """Papers that the service takes are not there yet."""

    code = "application_papers_lacking"


def check_step(
    values: Mapping[str, Value], state: str, *, before: Iterable[str] = (), decided_by: str = ""
) -> None:
    """Do nothing if an application may go on to a state.

    Args:
        values: as they will be after the step, but for `state`, which is still the present one.
        before: the states it has been in, oldest first, as far as they are known.
        decided_by: as the catalogue says of its service.

    Raises:
        StepNotAllowed, StepLacks, AskedTwice: as they say.
    """
    now = str(values.get("state") or DRAFT)
    if state not in NEXT.get(now, ()):
        raise StepNotAllowed(f"application: {now} to {state}", now=now, state=state)
    needed = _NEEDED.get(state)
    if needed and not values.get(needed):
        raise StepLacks(f"application: {state} without {needed}", state=state, field=needed)
    if state == _ONCE and decided_by == "administration" and _ONCE in before:
        raise AskedTwice("application: info_requested a second time")


def lacking(wanted: Iterable[str], present: Iterable[str]) -> tuple[str, ...]:
    """Return the papers that a service takes and that are not there, in the catalogue's order.

    Args:
        wanted: codes of the service's papers.
        present: codes of the applicant's; one copy serves several applications.
    """
    have = set(present)
    return tuple(code for code in wanted if code not in have)


def require_papers(wanted: Iterable[str], present: Iterable[str]) -> None:
    """Do nothing if all papers are there, as `ready` needs. Raises PapersLacking."""
    if missing := lacking(wanted, present):
        raise PapersLacking(f"application: lacks {', '.join(missing)}", count=len(missing))
