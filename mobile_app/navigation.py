"""PRESENTERS and VIEWS by the name of the screen. The four destinations stand at the bottom."""

from __future__ import annotations

from typing import Any

from mobile_app.screens.agents import presenter as agents
from mobile_app.screens.agents import view as agents_view
from mobile_app.screens.attention import presenter as attention
from mobile_app.screens.attention import view as attention_view
from mobile_app.screens.enrol import presenter as enrol
from mobile_app.screens.enrol import view as enrol_view
from mobile_app.screens.find import presenter as find
from mobile_app.screens.find import view as find_view
from mobile_app.screens.form import presenter as form
from mobile_app.screens.form import view as form_view
from mobile_app.screens.kit import presenter as kit
from mobile_app.screens.kit import view as kit_view
from mobile_app.screens.lease import presenter as lease
from mobile_app.screens.lease import view as lease_view
from mobile_app.screens.letters import presenter as letters
from mobile_app.screens.letters import view as letters_view
from mobile_app.screens.more import presenter as more
from mobile_app.screens.more import view as more_view
from mobile_app.screens.paper import presenter as paper
from mobile_app.screens.paper import view as paper_view
from mobile_app.screens.person import presenter as person
from mobile_app.screens.person import view as person_view
from mobile_app.screens.pin import view as pin_view
from mobile_app.screens.point import presenter as point
from mobile_app.screens.point import view as point_view
from mobile_app.screens.request import presenter as request
from mobile_app.screens.request import view as request_view
from mobile_app.screens.rescue import view as rescue_view
from mobile_app.screens.slip import presenter as slip
from mobile_app.screens.slip import view as slip_view
from mobile_app.screens.souk import presenter as souk
from mobile_app.screens.souk import view as souk_view
from mobile_app.screens.sync import presenter as sync
from mobile_app.screens.sync import view as sync_view
from mobile_app.screens.today import presenter as today
from mobile_app.screens.today import view as today_view
from mobile_app.screens.training import presenter as training
from mobile_app.screens.training import view as training_view
from mobile_app.screens.visit import presenter as visit
from mobile_app.screens.visit import view as visit_view

PRESENTERS: dict[str, Any] = {
    "agents": agents.AgentsPresenter,
    "lease": lease.LeasePresenter,
    "enrol": enrol.EnrolPresenter,
    "today": today.TodayPresenter,
    "find": find.FindPresenter,
    "person": person.PersonPresenter,
    "form": form.FormPresenter,
    "visit": visit.VisitPresenter,
    "souk": souk.SoukPresenter,
    "quick": souk.QuickPresenter,
    "slip": slip.SlipPresenter,
    "dayslip": slip.DaySlipPresenter,
    "sync": sync.SyncPresenter.of_session,
    "letters": letters.LettersPresenter.of_session,
    "attention": attention.AttentionPresenter,
    "more": more.MorePresenter,
    "request": request.RequestPresenter,
    "paper": paper.PaperPresenter,
    "point": point.PointPresenter,
    "trainings": training.TrainingsPresenter,
    "training": training.TrainingPresenter,
    "kit": kit.KitPresenter,
}
VIEWS = {
    "agents": agents_view.build,
    "rescue": rescue_view.build,
    "lease": lease_view.build,
    "enrol": enrol_view.build,
    "pin": pin_view.build,
    "today": today_view.build,
    "find": find_view.build,
    "person": person_view.build,
    "form": form_view.build,
    "visit": visit_view.build,
    "souk": souk_view.build,
    "quick": souk_view.build_quick,
    "slip": slip_view.build,
    "dayslip": slip_view.build_day,
    "sync": sync_view.build,
    "letters": letters_view.build,
    "attention": attention_view.build,
    "more": more_view.build,
    "request": request_view.build,
    "paper": paper_view.build,
    "point": point_view.build,
    "trainings": training_view.build,
    "training": training_view.build_session,
    "kit": kit_view.build,
}
"""Each returns the `Page` to draw."""
OUTSIDE = ("agents", "pin", "rescue", "lease", "enrol")
"""Screens before the tablet is open and linked: no line of truth, no places."""
DESTINATIONS = (
    ("today", "sun"),
    ("find", "search"),
    ("sync", "refresh"),
    ("more", "menu-2"),
)
