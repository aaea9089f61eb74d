"""What the frame of a page needs to know: who reads, where they are, what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.rights import Right
from sync.languages import Language


@dataclass(frozen=True, slots=True)
class Destination:
    """A place the sidebar of the desk leads to; its words are `desk.nav.CODE`."""

    code: str
    url: str
    icon: str
    right: Right = Right.USE_DESK


DESK = "/desk"
SEARCH_URL = f"{DESK}/search"
SIGN_OUT_URL = f"{DESK}/sign-out"
DESTINATIONS = (
    Destination("morning", DESK, "home", Right.SEE_FIGURES),
    Destination("visits", f"{DESK}/visits", "clipboard-list", Right.SEE_VISITS),
    Destination("reviews", f"{DESK}/reviews", "scale", Right.SEE_REVIEWS),
    Destination("tasks", f"{DESK}/tasks", "checks", Right.SEE_VISITS),
    Destination("queue", f"{DESK}/queue", "inbox", Right.ANSWER_REQUESTS),
    Destination("requests", f"{DESK}/requests", "file-text", Right.SEE_REQUESTS),
    Destination("complaints", f"{DESK}/complaints", "flag", Right.DECIDE),
    Destination("people", f"{DESK}/people", "users", Right.SEE_PEOPLE),
    Destination("enterprises", f"{DESK}/enterprises", "building-store", Right.SEE_PEOPLE),
    Destination("points", f"{DESK}/points", "map-pin", Right.SEE_POINTS),
    Destination("services", f"{DESK}/services", "stack-2", Right.PROPOSE_SERVICES),
    Destination("devices", f"{DESK}/devices", "device-tablet", Right.SEE_TABLETS),
    Destination("audit", f"{DESK}/audit", "history", Right.SEE_AUDIT),
    Destination("jobs", f"{DESK}/jobs", "refresh", Right.SEE_JOBS),
    Destination("rights", f"{DESK}/rights", "shield-check"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The frame of a coordinator's page.

    `address` is the path and query of the page; `here` the code of a destination, or nothing;
    `place` the region that is read for; `waiting` the number of things each destination wants
    decided, counted to `waiting_most`.
    """

    address: str
    here: str = ""
    user_name: str = ""
    user_role: str = ""
    place: str = ""
    waiting: Mapping[str, int] = field(default_factory=dict)
    waiting_most: int = 99
    search_text: str = ""
    csrf_token: str = ""
    destinations: tuple[Destination, ...] = DESTINATIONS
    search_url: str = SEARCH_URL
    sign_out_url: str = SIGN_OUT_URL


@dataclass(frozen=True, slots=True)
class Link:
    """A named address, with a sign of the icon font or none."""

    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """The frame of a public page.

    `address` is that of the same page in other languages, "" where it has none of its own;
    `languages` are those. Without `back_url` the bar shows the brand; `bar_title` is who or what
    the page is about; `menu` and `sign_out_url` are for those who signed in. With `form_id`, that
    of a form which keeps what was typed, the languages are buttons of it, and the way back where
    `is_back_of_form`; `switch_url` leads to whom else one speaks for.
    """

    address: str
    bar_title: str = ""
    bar_code: str = ""
    back_url: str = ""
    menu: tuple[Link, ...] = ()
    sign_out_url: str = ""
    home_url: str = "/"
    csrf_token: str = ""
    languages: tuple[Language, ...] = ()
    form_id: str = ""
    is_back_of_form: bool = False
    switch_url: str = ""
