"""Who answers requests: the organisations of each kind, and which of them does where.

A kind is who decides a service (`applications.DECIDERS`). What an enterprise decides for itself has
no office. Which there are is data, the same for all programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation that answers requests.

    `provinces` and `services`: codes of those it answers for; empty: all of its kind. `share`: the
    purpose of the consent without which it is told nothing, empty for the programme's own;
    `is_meant_without_name`: the only one that the purpose's text can mean, where a consent of an
    older app names no recipient.
    """

    code: str
    kind: str
    names: Mapping[str, str]
    provinces: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    share: str = ""
    is_meant_without_name: bool = False

    def is_named_by(self, recipient: object) -> bool:
        """Whether a consent of its purpose is about this office, by the recipient that it names."""
        return recipient == self.code or (self.is_meant_without_name and recipient is None)


def office_for(
    offices: Iterable[Office], kind: str, service: object, province: str
) -> Office | None:
    """Return who answers requests for a service from a province; None: nobody, as nobody decides.

    Of several the one that names the service before one that takes all, and of those the one that
    names the province; then the first.

    Args:
        kind: who decides the service.
    """
    able = [
        one
        for one in offices
        if one.kind == kind
        and (not one.services or service in one.services)
        and (not one.provinces or province in one.provinces)
    ]
    return min(able, key=lambda one: (not one.services, not one.provinces), default=None)
