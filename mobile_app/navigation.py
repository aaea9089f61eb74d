"""SCREENS: name -> (presenter, view). The four destinations stand at the bottom."""

from __future__ import annotations

from mobile_app.screens.attention import presenter as attention
from mobile_app.screens.attention import view as attention_view
from mobile_app.screens.enrol import presenter as enrol
from mobile_app.screens.enrol import view as enrol_view
from mobile_app.screens.find import presenter as find
from mobile_app.screens.find import view as find_view
from mobile_app.screens.person import presenter as person
from mobile_app.screens.person import view as person_view
from mobile_app.screens.pin import view as pin_view
from mobile_app.screens.sync import presenter as sync
from mobile_app.screens.sync import view as sync_view
from mobile_app.screens.today import presenter as today
from mobile_app.screens.today import view as today_view
from mobile_app.screens.visit import presenter as visit
from mobile_app.screens.visit import view as visit_view

PRESENTERS = {
    "enrol": enrol.EnrolPresenter,
    "today": today.TodayPresenter,
    "find": find.FindPresenter,
    "person": person.PersonPresenter,
    "visit": visit.VisitPresenter,
    "sync": sync.SyncPresenter,
    "attention": attention.AttentionPresenter,
}
VIEWS = {
    "enrol": enrol_view,
    "pin": pin_view,
    "today": today_view,
    "find": find_view,
    "person": person_view,
    "visit": visit_view,
    "sync": sync_view,
    "attention": attention_view,
}
DESTINATIONS = (
    ("today", "sun"),
    ("find", "search"),
    ("sync", "refresh"),
    ("attention", "alert-triangle"),
)
