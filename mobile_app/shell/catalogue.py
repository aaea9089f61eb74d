"""What each screen is made of, by its name, and where it stands: outside, at the bottom, beside.

A screen is read from disk when it is first shown, or while nobody touches the tablet: a start needs
two of them, and the others would be a fifth of its imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from operator import attrgetter
from typing import Any, NamedTuple

from mobile_app import screens


class Screen(NamedTuple):
    """A folder under `mobile_app/screens/`, and what in its `presenter.py` and `view.py` makes it.

    A screen before the tablet is open may have no presenter of its own. With a `sign`, of
    `mobile_app/assets/fonts/icons.json`, *More* leads to it, named `tablet.more.NAME`.
    """

    folder: str
    presenter: str = ""
    view: str = "build"
    sign: str = ""


SCREENS = {
    "agents": Screen("agents", "AgentsPresenter"),
    "rescue": Screen("rescue"),
    "lease": Screen("lease", "LeasePresenter"),
    "enrol": Screen("enrol", "EnrolPresenter"),
    "pin": Screen("pin"),
    "today": Screen("today", "TodayPresenter"),
    "find": Screen("find", "FindPresenter"),
    "person": Screen("person", "PersonPresenter"),
    "form": Screen("form", "FormPresenter"),
    "task": Screen("task", "TaskPresenter"),
    "visit": Screen("visit", "VisitPresenter"),
    "souk": Screen("souk", "SoukPresenter", sign="basket"),
    "trainings": Screen("training", "TrainingsPresenter", sign="school"),
    "paper": Screen("paper", "PaperPresenter", sign="file-text"),
    "attention": Screen("attention", "AttentionPresenter", sign="bell"),
    "dayslip": Screen("slip", "DaySlipPresenter", "build_day", sign="qrcode"),
    "quick": Screen("souk", "QuickPresenter", "build_quick"),
    "slip": Screen("slip", "SlipPresenter"),
    "proof": Screen("proof", "ProofPresenter"),
    "sync": Screen("sync", "SyncPresenter.of_session"),
    "letters": Screen("letters", "LettersPresenter.of_session"),
    "more": Screen("more", "MorePresenter"),
    "about": Screen("about", "AboutPresenter.of_session"),
    "request": Screen("request", "RequestPresenter"),
    "point": Screen("point", "PointPresenter"),
    "claim": Screen("claim", "ClaimPresenter", sign="id"),
    "training": Screen("training", "TrainingPresenter", "build_session"),
}
OUTSIDE = ("agents", "pin", "rescue", "lease", "enrol")
"""Screens before the tablet is open and linked: no line of truth, no places."""
DESTINATIONS = (
    ("today", "sun"),
    ("find", "search"),
    ("sync", "refresh"),
    ("more", "menu-2"),
)
"""The four places at the bottom, or in the rail: name and sign."""
LISTS = {
    "find": ("person", "point"),
    "today": ("person", "slip", "task"),
    "attention": ("form", "visit", "request", "training", "slip"),
}
"""List -> the screens that stand beside it, at the end side, where the window is wide enough."""
WAITING = {"find": "tablet.find.choose", "attention": "tablet.attention.choose"}
"""List that stands at the start side before anything is chosen -> what is said beside it."""
REFRESHED = (
    "lease",
    "today",
    "sync",
    "letters",
    "person",
    "attention",
    "more",
    "about",
    "slip",
    "dayslip",
    "trainings",
)
"""Screens on which nobody types: an exchange may draw them anew."""


@cache
def presenter_of(name: str) -> Any:
    """Return what makes the presenter of a screen, from the context and its arguments."""
    screen = SCREENS[name]
    module = import_module(f"{screens.__name__}.{screen.folder}.presenter")
    return attrgetter(screen.presenter)(module)


@cache
def view_of(name: str) -> Any:
    """Return what makes the `Page` of a screen, from its `Ui` and its presenter."""
    screen = SCREENS[name]
    return getattr(import_module(f"{screens.__name__}.{screen.folder}.view"), screen.view)


def readings() -> Iterator[Callable[[], Any]]:
    """Return what reads each screen, one after the other."""
    for name, screen in SCREENS.items():
        if screen.presenter:
            yield partial(presenter_of, name)
        yield partial(view_of, name)
