"""Which questions a field agent may settle: one between field agents, by one of the two.

What the office wrote, and whether a deleted record stays, the office decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sync.spec import Value

SETTLED = frozenset({"state", "decision", "decided_by", "decided_at"})
"""The fields of a review that settle it; an agent writes no other."""


def may_decide(
    review: Mapping[str, Value], agent_id: bytes | None, role_of: Callable[[bytes], object]
) -> bool:
    """Whether an agent may say which of two values stands.

    Args:
        role_of: the role of an agent by id; None for nobody known.
    """
    authors = (review["mine_by"], review["theirs_by"])
    return (
        (review["kind"], review["state"]) == ("conflict", "open")
        and bool(review["field"])
        and agent_id in authors
        and all(
            isinstance(author, bytes) and role_of(author) == "field_agent" for author in authors
        )
    )
