"""Sync: the price before, photos on Wi-Fi, pause, receipts after."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.device.power import Battery, FakePower
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.store import media
from mobile_app.store.database import transaction
from tests.mobile_app.scenes import a_context, a_visit, linked, through
from tests.world import HOME


def test_the_price_is_said_before_and_the_receipts_after(world, tmp_path):

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    tablet.sync()
    screen = SyncPresenter(context)
    assert screen.price_words() == ""
    through(a_visit(context)).save()
    assert "fiches" in screen.price_words()
    assert "environ" in screen.price_words()
    assert {one.state for one in screen.receipts()} == {"on_tablet"}
    world.serve_blobs()
    screen.run()
    assert screen.problem == ""
    assert {one.state for one in screen.receipts()} == {"received"}


@pytest.mark.parametrize(
    ("battery", "code"),
    [
        (Battery(50, is_charging=False), ""),
        (Battery(50, is_charging=False, may_sleep=True), "tablet.sync.asleep"),
        (Battery(50, is_charging=False, is_saving=True, may_sleep=True), "tablet.sync.saver"),
    ],
)
def test_what_becomes_of_the_rest_when_the_screen_goes_off_is_said(tmp_path, battery, code):
    context = a_context(tmp_path, "fr")
    device = adapters_of_this_device(tmp_path)
    context.device = replace(device, power=FakePower(battery))
    assert SyncPresenter(context).asleep() == ("", False), "nothing waits"
    a_visit(context)
    words = context.say(code) if code else ""
    assert SyncPresenter(context).asleep() == (words, battery.is_saving)


def test_photos_wait_for_wifi_if_that_is_wanted(world, tmp_path):

    world.user("one", HOME)
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    context.settings.photos_on_wifi = True
    tablet.sync()
    through(a_visit(context)).save()
    world.serve_blobs()
    screen = SyncPresenter(context)
    screen.run()
    assert (tablet.store.outbox.pending_count(), media.pending_count(tablet.store)) == (0, 1)
    (visit,) = [one for one in screen.receipts() if "Visite" in one.title]
    assert visit.word == "Texte reçu, photos ici"
    context.settings.photos_on_wifi = False
    screen.run()
    assert media.pending_count(tablet.store) == 0


def test_a_pause_holds_between_two_messages_and_the_next_exchange_goes_on(world, tmp_path):

    world.user("one", HOME)
    there, here = world.tablet("one"), world.tablet("one")
    for number in range(200):
        noise = sha256(bytes([number])).hexdigest()  # what does not shrink
        there.put("person", name_fr=noise, commune_code=HOME)
    there.sync()
    with transaction(here.store.db):
        here.store.kept.page_bytes = 1_000
    context = linked(here, tmp_path)
    screen, sent = SyncPresenter(context), []
    send = here.line.send

    def send_and_pause(body):
        answer = send(body)
        sent.append(body)
        if len(sent) == 1:
            screen.pause()
        return answer

    here.line.send = send_and_pause
    screen.run()
    assert len(sent) == 1
    assert screen.problem == context.say("refusal.exchange_paused")
    assert not screen.is_running
    assert here.store.count("person") == 0, "what came waits for the rest"

    screen.run()
    assert (screen.problem, here.store.count("person")) == ("", 200)
    paused = len(sent)
    whole = world.tablet("one")
    with transaction(whole.store.db):
        whole.store.kept.page_bytes = 1_000
    whole.sync()
    assert paused == whole.line.traffic.round_trips > 1, "nothing that came is asked again"


def test_what_a_connection_does_not_take_is_told(world, tmp_path):
    world.user("one", HOME)
    tablet = world.tablet("one")
    context = linked(tablet, tmp_path)
    tablet.sync()
    screen = SyncPresenter(context)
    through(a_visit(context)).save()
    tablet.line.body_bytes_max = 150
    screen.run()
    assert screen.problem == context.say("refusal.body_too_large")
    assert {one.state for one in screen.receipts()} == {"on_tablet"}


def test_a_receipt_says_whom_or_what_it_is_about(tmp_path):
    from mobile_app.screens.sync.presenter import SyncPresenter

    context = a_context(tmp_path, "fr")
    put = context.opened.put
    here = {"commune_code": HOME}
    person = put("person", {**here, "name_fr": "Rkia"}).record_id
    point = put("contact_point", {**here, "name_fr": "Relais d'Igli"}).record_id
    visit = put("visit", {**here, "person_id": person}).record_id
    put("incident", {**here, "point_id": point, "kind": "power"})
    put("maturity_assessment", {**here, "visit_id": visit})
    put("task", {**here, "visit_id": visit, "kind": "call_back"})
    asked = {"kind": "conflict", "entity": "visit", "record_id": visit, "field": "outcome"}
    put("review", {**here, **asked})
    put("review", {**here, **asked, "entity": "newer"})
    put("training_session", {**here, "topic": "e_services"})
    titles = sorted(one.title for one in SyncPresenter(context).receipts())
    assert titles == sorted(
        [
            "Personne · Rkia", "Relais · Relais d'Igli", "Visite · Rkia",
            "Incident · Relais d'Igli", "Diagnostic numérique · Rkia", "Tâche · Rkia",
            "Décision · Rkia", "Décision", "Session de formation",
        ]
    )  # fmt: skip


def test_the_window_reads_while_an_exchange_writes(tmp_path):
    import threading

    context = a_context(tmp_path)
    store, seen = context.opened, []

    def write():
        with store.beside() as beside:
            for number in range(150):
                beside.put("person", {"name_fr": f"P{number}", "commune_code": HOME})
        seen.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        store.outbox.pending_count()
        store.outbox.last_changes(5)
        context.truth()
    writer.join()
    assert seen == [149]
    assert store.outbox.pending_count() == 150
