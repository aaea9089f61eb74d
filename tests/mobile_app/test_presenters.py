"""The screens' logic, without Kivy: a day's work, and a kill right after Save."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mobile_app.device.gps import FakeGps, Fix
from mobile_app.screens.find.presenter import FindPresenter
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.today.presenter import TodayPresenter
from mobile_app.store import media
from tests.mobile_app.scenes import a_context, a_visit, linked
from tests.mobile_app.test_store import a_store
from tests.world import HOME, NEAR

ROOT = Path(__file__).parents[2]


def test_the_screen_sends_photos_too_and_says_what_is_left(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    tablet.sync()
    for data in (b"one", b"two"):
        media.capture(context.store, "photo", {"commune_code": HOME}, data)
    assert context.truth() == ("2 pas encore envoyés · 2 photos pas encore envoyées", 4)
    world.serve_blobs(quota_bytes=3)

    screen = SyncPresenter(context)
    screen.run()

    assert screen.result.endswith(" · 1 photo envoyée")
    assert "coordonnateur" in screen.problem
    assert context.truth() == ("1 photo pas encore envoyée", 1)
    world.serve_blobs()
    screen.run()
    assert (screen.problem, context.truth()[1]) == ("", 0)


def test_a_visit_needs_its_type_and_outcome_and_says_so(tmp_path):
    context = a_context(tmp_path)
    visit = a_visit(context, type="support")
    assert not visit.save()
    assert "النتيجة" in visit.problem
    assert context.opened.count("visit") == 0
    visit.choose("outcome", "done")
    assert visit.save()
    assert visit.problem == ""


def test_a_visit_carries_the_position_or_why_there_is_none(tmp_path):
    context = a_context(tmp_path)
    here = Fix(30_440_000, -8_730_000, 7)
    context.gps = FakeGps(here)
    visit = a_visit(context, type="support", outcome="done")
    visit.save()
    values = context.opened.get("visit", visit.saved_id).values
    assert (values["latitude"], values["accuracy_m"]) == (30_440_000, 7)
    context.gps = FakeGps(None)
    visit = a_visit(context, type="support", outcome="done")
    visit.save()
    values = context.opened.get("visit", visit.saved_id).values
    assert (values["latitude"], values["position_missing"]) == (None, "no_signal")
    context.gps = FakeGps(here, trouble="refused")
    visit = a_visit(context, type="support", outcome="done")
    visit.save()
    assert context.opened.get("visit", visit.saved_id).values["position_missing"] == "refused"


def test_a_visit_at_a_souk_names_its_stop(tmp_path):
    context = a_context(tmp_path, "fr")
    stop = context.opened.put("stop", {"commune_code": HOME, "place_fr": "Souk El Had"})
    visit = a_visit(context, type="support", outcome="done")
    ((code, name),) = visit.places()
    assert name == "Souk El Had"
    visit.choose_place(code)
    visit.save()
    values = context.opened.get("visit", visit.saved_id).values
    assert (values["stop_id"], values["channel"]) == (stop.record_id, "souk")


def test_a_visit_names_an_open_point_that_stands_in_or_serves_the_commune(tmp_path):
    context = a_context(tmp_path, "ar")
    put = context.opened.put
    point = {"name_ar": "نقطة الكردان", "status": "active", "modality": "both"}
    inside = put("contact_point", {**point, "commune_code": HOME})
    serving = put("contact_point", {**point, "commune_code": NEAR, "commune_codes": (HOME,)})
    put("contact_point", {**point, "commune_code": NEAR})
    put("contact_point", {**point, "commune_code": HOME, "status": "suspended"})
    put("contact_point", {**point, "commune_code": HOME, "modality": "digital"})
    visit = a_visit(context, type="support", outcome="done")
    places = dict(visit.places())
    assert set(places) == {f"point:{one.record_id.hex()}" for one in (inside, serving)}
    visit.choose_place(f"point:{serving.record_id.hex()}")
    visit.save()
    values = context.opened.get("visit", visit.saved_id).values
    assert (values["point_id"], values["channel"]) == (serving.record_id, "at_point")


def test_today_shows_the_visit_and_where_it_stands(tmp_path):
    context = a_context(tmp_path)
    a_visit(context, type="support", outcome="done").save()
    (row,) = TodayPresenter(context).visits()
    assert (row.title, row.state) == ("فاطمة", "on_tablet")
    assert "الكردان" in row.detail


def test_someone_is_found_in_the_other_script(tmp_path):
    context = a_context(tmp_path, "fr")
    context.opened.put("person", {"name_ar": "محمد أزناك", "commune_code": HOME})
    find = FindPresenter(context)
    find.search("mohammed")
    assert [row.title for row in find.rows] == ["محمد أزناك"]
    find.search("nobody at all")
    assert find.rows == []


def test_a_kill_right_after_save_loses_nothing(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.mobile_app.scenes import a_context, a_visit\n"
        "context = a_context(Path(sys.argv[1]))\n"
        "visit = a_visit(context, type='support', outcome='done')\n"
        "visit.inputs.type('notes', 'ملاحظة')\n"
        "visit.save() or sys.exit(1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert done.returncode == -9
    store = a_store(tmp_path / "s.db")
    (visit,) = store.list("visit")
    assert (visit.values["notes"], visit.state) == ("ملاحظة", "on_tablet")
    store.close()


def test_the_app_starts_without_http():
    code = (
        "import sys; import mobile_app.service, mobile_app.headless, mobile_app.screens.context\n"
        "loaded = {'httpx', 'mobile_app.exchange.transport'} & set(sys.modules)\n"
        "sys.exit(str(loaded) if loaded else 0)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_facts_on_one_line_do_not_run_into_each_other(tmp_path):
    from mobile_app.ui.text.runs import levels, visual_order

    facts = a_context(tmp_path).facts("2G", "", "640 م.ث")
    seen = "".join(facts[one] for one in visual_order(levels(facts, "rtl")))
    assert seen.index("640") < seen.index("2G"), "the first one stands at the right"
