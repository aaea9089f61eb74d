"""What tests of the screens begin with: a context, a visit, a visit filled in."""

from __future__ import annotations

from mobile_app.device.gps import NoGps
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.screens.visit.presenter import VisitPresenter
from mobile_app.store.reference import Reference
from tests.mobile_app.test_store import a_store
from tests.world import HOME

STROKES = [[0.1, 0.2, 0.3, 0.4]]


def a_context(path, language="ar", gps=None):
    context = Context(path, load_phrases(language), gps or NoGps(), Reference())
    context.store = a_store(path / "s.db")
    return context


def linked(tablet, path):
    """Return the screens' context over a tablet of the world and its line."""
    context = Context(path, load_phrases("fr"), NoGps(), Reference())
    context.store, context.connect = tablet.store, lambda _store: tablet.line
    return context


def a_visit(context, **chosen):
    person = context.opened.put("person", {"name_ar": "فاطمة", "commune_code": HOME})
    visit = VisitPresenter(context, "person", person.record_id)
    for field, code in {"channel": "home_farm", **chosen}.items():
        visit.choose(field, code)
    return visit


def through(visit):
    """Fill in what the steps ask, up to the last."""
    for name, code in (("channel", "home_farm"), ("type", "assistance"), ("outcome", "done")):
        visit.inputs.put(name, code)
    visit.answer("programme_record", is_given=True)
    visit.strokes = STROKES
    return visit
