"""Who may do what, and how far it reaches: one matrix, asked by pages, exchange and commands alike.

A page's route names its right (`@get(URL, right=Right.SEE_VISITS)`), a command too; one without
does not start. How far a right reaches for an account is `server.accounts.standing`. What each role
may do is written from here into `docs/reference/rights.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum

from sync.entities.agent import RETIRED_ROLES, ROLES


class Reach(Enum):
    """How far a right goes. Not a scale: some of these do not contain one another."""

    NONE = "none"
    AGGREGATES = "aggregates"  # counts of everything, small ones hidden; nobody's name
    RECORD = "record"  # the own one: a session, the enterprise of a phone
    POINT = "point"  # the contact point that one manages, and what happened there
    ORGANISATION = "organisation"  # what was passed on to the own organisation, while it may be
    REGIONS = "regions"  # the communes granted now
    ALL = "all"


class Right(StrEnum):
    """What can be seen or done."""

    OPEN = "open"  # what anybody may see
    REGISTER = "register"
    USE_DESK = "use_desk"
    CARRY_TABLET = "carry_tablet"
    SEE_FIGURES = "see_figures"
    SEE_PEOPLE = "see_people"  # people and enterprises by name
    CHANGE_PEOPLE = "change_people"
    SEE_VISITS = "see_visits"  # and what was said, written and photographed there
    SEE_REQUESTS = "see_requests"
    ANSWER_REQUESTS = "answer_requests"  # coordinators: what the programme itself decides
    SEE_POINTS = "see_points"
    CHANGE_POINTS = "change_points"
    SEE_REVIEWS = "see_reviews"
    DECIDE = "decide"
    PROPOSE_SERVICES = "propose_services"  # what the next edition of a service says
    PUBLISH_SERVICES = "publish_services"
    SEE_TABLETS = "see_tablets"
    ORDER_TABLETS = "order_tablets"  # empty, revoke
    OPEN_TABLETS = "open_tablets"  # enrol, help out of a forgotten PIN: whoever opens one reads it
    SEE_AUDIT = "see_audit"  # who looked at what, and changed it
    SEE_JOBS = "see_jobs"  # what the server does later: one's own orders, or all
    STOP_JOBS = "stop_jobs"
    MANAGE_ACCOUNTS = "manage_accounts"
    RUN_SERVER = "run_server"


WITHOUT_RECORDS = frozenset({Right.OPEN, Right.USE_DESK, Right.CARRY_TABLET})
"""Rights that say by what means one works, and give nothing to read by themselves."""

PUBLIC, ENTERPRISE, OPERATOR = "public", "enterprise", "operator"
"""Who acts without an account: anybody, whose phone was checked, who sits at the server."""
ACCOUNT_ROLES = tuple(role for role in ROLES if role not in RETIRED_ROLES)
"""Roles that an account may have."""
ACTORS = (*ACCOUNT_ROLES, ENTERPRISE, OPERATOR, PUBLIC)

_ALL, _REGIONS, _POINT = Reach.ALL, Reach.REGIONS, Reach.POINT
_TABLET = {"field_agent": _REGIONS, "trainer": _REGIONS}
_LEADS = {"regional_coordinator": _REGIONS, "programme_manager": _ALL}
_WATCHES = {"data_protection_officer": _ALL, "auditor": _ALL}
_ORDERS = {"regional_coordinator": Reach.RECORD, "programme_manager": Reach.RECORD}
_DESKS = (
    "point_manager",
    "regional_coordinator",
    "programme_manager",
    "ministry_observer",
    "back_office",
    "data_protection_officer",
    "auditor",
    "administrator",
)

MATRIX: Mapping[Right, Mapping[str, Reach]] = {
    Right.OPEN: dict.fromkeys(ACTORS, _ALL),
    Right.REGISTER: {ENTERPRISE: Reach.RECORD},
    Right.USE_DESK: dict.fromkeys(_DESKS, Reach.RECORD),
    Right.CARRY_TABLET: {
        **_TABLET,
        "regional_coordinator": _REGIONS,
        "programme_manager": _REGIONS,
    },
    Right.SEE_FIGURES: {
        **_LEADS,
        "point_manager": _POINT,
        "ministry_observer": Reach.AGGREGATES,
        "back_office": Reach.AGGREGATES,
        "data_protection_officer": Reach.AGGREGATES,
        "auditor": _ALL,
        "administrator": Reach.AGGREGATES,
    },
    Right.SEE_PEOPLE: {**_TABLET, **_LEADS, **_WATCHES, "point_manager": _POINT},
    Right.CHANGE_PEOPLE: {**_TABLET, **_LEADS},
    Right.SEE_VISITS: {**_TABLET, **_LEADS, **_WATCHES, "point_manager": _POINT},
    Right.SEE_REQUESTS: {
        **_TABLET,
        **_LEADS,
        **_WATCHES,
        "point_manager": _POINT,
        "back_office": Reach.ORGANISATION,
        ENTERPRISE: Reach.RECORD,
    },
    Right.ANSWER_REQUESTS: {**_LEADS, "back_office": Reach.ORGANISATION},
    Right.SEE_POINTS: {
        **_TABLET,
        **_LEADS,
        **_WATCHES,
        "point_manager": _POINT,
        "ministry_observer": _ALL,
        "back_office": _ALL,
        "administrator": _ALL,
    },
    Right.CHANGE_POINTS: {**_TABLET, **_LEADS, "point_manager": _POINT},
    Right.SEE_REVIEWS: {**_TABLET, **_LEADS, "auditor": _ALL},
    Right.DECIDE: _LEADS,
    Right.PROPOSE_SERVICES: dict.fromkeys(_LEADS, _ALL),  # the catalogue lies in no region
    Right.PUBLISH_SERVICES: {"programme_manager": _ALL},
    Right.SEE_TABLETS: {**_LEADS, "auditor": _ALL, "administrator": _ALL},
    Right.ORDER_TABLETS: {**_LEADS, "administrator": _ALL, OPERATOR: _ALL},
    Right.OPEN_TABLETS: {**_LEADS, OPERATOR: _ALL},
    Right.SEE_AUDIT: _WATCHES,
    Right.SEE_JOBS: {**_ORDERS, "auditor": _ALL, "administrator": _ALL},
    Right.STOP_JOBS: {**_ORDERS, "administrator": _ALL},
    Right.MANAGE_ACCOUNTS: {OPERATOR: _ALL},
    Right.RUN_SERVER: {OPERATOR: _ALL},
}
"""Right -> actor -> how far; who is not named has nothing.

An administrator has no persons' data, so opens no tablet: who enrols one reads what is on it.
"""


def bearers(right: Right) -> tuple[str, ...]:
    """Return the roles that have a right."""
    return tuple(role for role in ACCOUNT_ROLES if reach_of(role, right) is not Reach.NONE)


def reach_of(actor: str, right: Right) -> Reach:
    """Return how far a right goes for a role, or for one who has no account."""
    return MATRIX[right].get(actor, Reach.NONE)
