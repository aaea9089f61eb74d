"""Souk mode: the place said once, one person after another, the position."""

from __future__ import annotations

import pytest

from mobile_app.device.gps import AGE_MS_MAX, FakeGps, Fix
from mobile_app.screens.souk.presenter import QuickPresenter, SoukPresenter
from mobile_app.store.database import transaction
from sync import local_time
from tests.mobile_app.scenes import a_context, a_visit, through
from tests.world import HOME, NEAR


def test_at_the_souk_place_and_kind_are_said_once(tmp_path):
    context = a_context(tmp_path, "fr")
    stop = context.opened.put("stop", {"commune_code": HOME, "place_fr": "Souk El Had"})
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": NEAR})
    souk = SoukPresenter(context)
    assert souk.search("") == []
    souk.choose_place(f"stop:{stop.record_id.hex()}")
    souk.choose_type("documents")
    (found,) = SoukPresenter(context).search("ali")
    quick = QuickPresenter(context, found.entity, found.record_id)
    quick.inputs.choose("needs", "identity")
    quick.consent = True
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    values = visit.values
    assert (values["stop_id"], values["type"], values["channel"], values["person_id"]) == (
        stop.record_id, "documents", "souk", person.record_id,
    )  # fmt: skip
    assert SoukPresenter(context).served() == 1
    assert not QuickPresenter(context, found.entity, found.record_id).asks_consent()


def test_at_a_point_one_person_after_another_is_met_there(tmp_path):
    context = a_context(tmp_path, "fr")
    store = context.opened
    named = {"commune_code": HOME, "status": "active", "modality": "physical"}
    point = store.put("contact_point", {**named, "name_fr": "Relais d'Igli"}).record_id
    store.put("contact_point", {**named, "modality": "digital", "name_fr": "Portail"})
    person = store.put("person", {"name_fr": "Ali", "commune_code": NEAR}).record_id
    with transaction(store.db):
        today = local_time.day_of(context.now_ms())
        store.kept.souk = {"day": today, "stop_id": b"", "type": "needs"}  # as an older app did
    souk = SoukPresenter(context)
    assert souk.places() == [(f"point:{point.hex()}", "Relais d'Igli")]
    souk.choose_place(f"point:{point.hex()}")
    assert SoukPresenter(context).place == "Relais d'Igli"
    assert QuickPresenter(context, "person", person).save()
    (visit,) = store.list("visit")
    assert (visit.values["point_id"], visit.values["stop_id"]) == (point, None)
    assert visit.values["channel"] == "at_point"
    assert SoukPresenter(context).served() == 1


@pytest.mark.parametrize("is_mock", [False, True])
def test_a_feigned_position_is_said_to_be_so_at_the_souk_as_on_the_farm(tmp_path, is_mock):
    context = a_context(tmp_path)
    here = Fix(29_700_000, -9_700_000, 12, is_mock=is_mock)
    context.gps = FakeGps(here)
    visit = through(a_visit(context))
    assert visit.save(), visit.problem
    quick = QuickPresenter(context, "person", visit.subject.record_id)
    assert quick.save(), quick.problem
    placed = ("latitude", "longitude", "accuracy_m", "position_mock", "position_missing")
    for one in context.opened.list("visit"):
        assert [one.values[name] for name in placed] == [
            29_700_000, -9_700_000, 12, is_mock or None, None,
        ]  # fmt: skip
    assert context.opened.count("visit") == 2


@pytest.mark.parametrize(
    ("late_ms", "trouble", "missing"),
    [
        (1, "", "no_signal"),
        (0, "", None),
        (0, "refused", "refused"),
        (0, "no_device", "no_device"),
    ],
)
def test_a_visit_at_the_souk_has_a_position_of_now_or_the_true_reason(
    tmp_path, late_ms, trouble, missing
):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    age = AGE_MS_MAX + late_ms
    gps = context.gps = FakeGps(Fix(29_700_000, -9_700_000, 12, age), trouble)
    quick = QuickPresenter(context, "person", person.record_id)
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    latitude = None if missing else 29_700_000
    assert (visit.values["latitude"], visit.values["position_missing"]) == (latitude, missing)
    assert not gps.is_looking


def test_at_the_souk_the_receiver_looks_while_one_writes(tmp_path):
    context = a_context(tmp_path)
    person = context.opened.put("person", {"name_fr": "Ali", "commune_code": HOME})
    gps = context.gps = FakeGps(None)
    quick = QuickPresenter(context, "person", person.record_id)
    assert gps.is_looking
    gps.here = Fix(29_700_000, -9_700_000, 80)
    assert quick.save(), quick.problem
    (visit,) = context.opened.list("visit")
    assert visit.values["accuracy_m"] == 80
    assert not gps.is_looking
