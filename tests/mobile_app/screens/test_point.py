"""A contact point: hours, checks with and without a line, incidents."""

from __future__ import annotations

import pytest

from mobile_app.screens.form.presenter import FormPresenter
from tests.mobile_app.scenes import a_context, linked
from tests.world import HOME


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "lundi – vendredi 08:30–12:00, 14:00–16:30 · samedi 09:00–12:00"),
        ("ar", "الإثنين – الجمعة 08:30–12:00، 14:00–16:30 · السبت 09:00–12:00"),
    ],
)
def test_the_hours_of_a_point_are_checked_and_said_in_words(tmp_path, language, said):
    from mobile_app.screens.point.presenter import PointPresenter

    context = a_context(tmp_path, language)
    point = context.opened.put("contact_point", {"name_fr": "Igli", "commune_code": HOME})
    form = FormPresenter(context, "contact_point", point.record_id)
    form.inputs.type("hours", "de 8h à 16h")
    assert "Mo-Fr" in form.inputs.problems["hours"]
    form.inputs.type("hours", "Mo-Fr 08:30-12:00, 14:00-16:30; Sa 09:00-12:00")
    assert form.save()
    page = PointPresenter(context, "contact_point", point.record_id)
    page.refresh()
    unmarked = str.maketrans(dict.fromkeys("\u200f\u2066\u2069"))
    assert said in [one.translate(unmarked) for _, one, _ in page.facts()]


def test_a_point_is_checked_with_and_without_a_line(world, tmp_path):
    from mobile_app.exchange.calls import Unreachable
    from mobile_app.screens.point.presenter import PointPresenter

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    tablet.sync()
    put = context.opened.put
    point = put("contact_point", {"name_fr": "Relais d'Igli", "commune_code": HOME})
    screen = PointPresenter(context, "contact_point", point.record_id)
    screen.inputs.put("has_power", value=True)
    screen.test()
    assert (screen.problem, screen.result) == ("", context.say("tablet.point.checked"))

    def no_line(_store):
        raise Unreachable("no answer")

    context.connect = no_line
    screen.test()
    checks = context.opened.list("connectivity_check", order="checked_at, id")
    assert {one.values["technology"] for one in checks} == {None, "none"}
    assert all(one.values["has_power"] for one in checks)
    assert len(screen.checks()) == 2


def test_an_incident_is_reported_and_resolved(tmp_path):
    from mobile_app.screens.point.presenter import PointPresenter

    context = a_context(tmp_path, "fr")
    point = context.opened.put("contact_point", {"name_fr": "Relais", "commune_code": HOME})
    given = {"commune_code": HOME, "point_id": point.record_id, "opened_at": 5, "state": "open"}
    form = FormPresenter(context, "incident", given=given)
    assert not form.save()
    assert "kind" in form.inputs.problems
    form.inputs.choose("kind", "power")
    assert form.save(), form.problem
    screen = PointPresenter(context, "contact_point", point.record_id)
    ((record_id, said, _when, is_open),) = screen.incidents()
    assert is_open
    assert said == context.say("incident.kind.power")
    screen.resolve(record_id)
    assert [one[3] for one in screen.incidents()] == [False]
