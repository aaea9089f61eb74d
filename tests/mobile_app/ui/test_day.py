"""An agent's day by touches alone, counted: the first visit, the souk, and a whole day."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from mobile_app.exchange.calls import Unreachable
from tests.mobile_app.ui.walk import (
    device_of,
    enter_pin,
    leave,
    link,
    onward,
    say,
    shot,
    sign,
    start,
    sync_now,
    wait_until,
)
from tests.stories import LANGUAGES, story

pytestmark = [pytest.mark.kivy, pytest.mark.slow]
FIRST_VISIT_TAPS_MAX = 35
"""At three seconds a touch, typing included, well under five minutes."""
SOUK_TAPS_MAX = 10


def offered(ui):
    """Return the words of the main act that the screen offers, or of the one that is there."""
    from mobile_app.ui.kit import ActButton

    acts = [one for top in ui.window.children for one in top.walk() if isinstance(one, ActButton)]
    main = [one.text for one in acts if one.is_main]
    return main or [one.text for one in acts]


def follow(ui, app, code):
    """Press what the screen itself offers next."""
    assert say(app, code) in offered(ui), f"{app.navigator.here} offers {offered(ui)}"
    ui.press(say(app, code))


def report(capsys, what, taps, began):
    with capsys.disabled():
        print(f"{what}: {taps} touches, played in {time.monotonic() - began:.0f} s")


@story(1, language=LANGUAGES)
def test_from_the_box_to_a_first_received_visit(ui, server, tmp_path, language, capsys):
    app = start(ui, tmp_path, language, device=device_of(tmp_path))
    ui.taps, began = 0, time.monotonic()
    enter_pin(ui)
    link(ui, app, server)
    follow(ui, app, "tablet.sync.now")
    wait_until(ui, lambda: app.navigator.presenter.result)
    ui.press(say(app, "tablet.nav.find"))
    name = "إدريس أوعلا" if language == "ar" else "Moha Ouchen"
    ui.write(0, name)
    wait_until(ui, lambda: say(app, "tablet.find.none") in ui.words())
    follow(ui, app, "tablet.register.person")
    for step in ("where", "reach", "situation", "consent"):
        following = say(app, f"tablet.form.person.{step}")
        ui.press(say(app, "tablet.next").replace("{step}", following))
    ui.press(say(app, "tablet.consent.yes"))
    sign(ui)
    follow(ui, app, "tablet.visit.save")
    assert (app.navigator.here, app.navigator.presenter.title) == ("person", name)
    person_id = app.navigator.presenter.record_id
    follow(ui, app, "tablet.person.visit")
    ui.press(say(app, "visit.channel.home_farm"))
    ui.press(say(app, "visit.type.first_contact"))
    onward(ui, app)
    ui.press(say(app, "visit.needs.water"))
    onward(ui, app)
    onward(ui, app)
    ui.press(say(app, "visit.outcome.done"))
    onward(ui, app)
    follow(ui, app, "tablet.visit.save")
    follow(ui, app, "tablet.slip.done")
    ui.press(say(app, "tablet.nav.sync"))
    follow(ui, app, "tablet.sync.now")
    wait_until(ui, lambda: app.navigator.presenter.result)
    assert app.navigator.presenter.problem == ""
    (visit,) = app.context.opened.list("visit", "person_id = ?", (person_id,))
    assert visit.state == "received"
    report(capsys, "box to first received visit", ui.taps, began)
    assert ui.taps <= FIRST_VISIT_TAPS_MAX
    leave(app)


@story(0, language=LANGUAGES)
def test_one_person_at_the_souk_takes_few_touches(ui, practised, language, capsys):
    app = start(ui, practised, language)
    enter_pin(ui)
    ui.press(say(app, "tablet.nav.more"))
    ui.press(say(app, "tablet.more.souk"))
    ui.taps, began = 0, time.monotonic()
    pick(ui, "ali", "Ali Oubrahim")
    ui.press(say(app, "visit.needs.water"))
    ui.press(say(app, "tablet.consent.yes"))
    follow(ui, app, "tablet.visit.save")
    known = ui.taps
    assert app.navigator.here == "souk"
    assert app.navigator.presenter.served() == 1
    name = "زهرة" if language == "ar" else "Zohra"
    ui.write(0, name)
    ui.press(say(app, "tablet.souk.new"))
    follow(ui, app, "tablet.visit.save")
    ui.press(say(app, "tablet.consent.no"))
    follow(ui, app, "tablet.visit.save")
    assert app.navigator.presenter.served() == 2
    report(capsys, "two at the souk, one of them new", ui.taps, began)
    assert max(known, ui.taps - known) < SOUK_TAPS_MAX
    leave(app)


@story(0, language=LANGUAGES)
def test_a_whole_day(ui, server, tmp_path, language):
    # Long: a day is played in one go, since each step stands on those before it.
    app = start(ui, tmp_path, language, device=device_of(tmp_path))
    arabic = language == "ar"
    fatima = "فاطمة أيت الحاج" if arabic else "Fatima Ait El Haj"
    enter_pin(ui)
    link(ui, app, server)
    sync_now(ui, app)
    before = visits(app)

    find(ui, app, fatima)
    ui.press(say(app, "tablet.plan"))
    ui.press(say(app, "tablet.day.today"))
    ui.press(say(app, "tablet.back"))
    ui.press(say(app, "tablet.nav.more"))
    ui.press(say(app, "tablet.lock"))
    enter_pin(ui)
    assert app.navigator.here == "today"
    assert fatima in ui.words()

    ui.press(say(app, "tablet.person.visit"))
    ui.press(say(app, "visit.channel.home_farm"))
    ui.press(say(app, "visit.type.assistance"))
    onward(ui, app)
    ui.press(say(app, "visit.needs.water"))
    onward(ui, app)
    ui.press(say(app, "tablet.visit.photo.add"))
    ui.press(say(app, "photo.purpose.site"))
    wait_until(ui, app.navigator.presenter.photos)
    for number, purpose in enumerate(app.navigator.presenter.purposes()):
        answer(ui, app, number)
        assert app.navigator.presenter.consents[purpose]
    if app.navigator.presenter.purposes():
        sign(ui)
    onward(ui, app)
    ui.press(say(app, "visit.outcome.done"))
    onward(ui, app)
    follow(ui, app, "tablet.visit.save")
    follow(ui, app, "tablet.slip.done")

    register(ui, app, "Ali Oubrahim")
    ui.press(say(app, "tablet.person.request.open"))
    _, service = app.navigator.presenter.services()[0]
    ui.press(service)
    follow(ui, app, "tablet.request.confirm")
    paper = app.navigator.presenter.papers()[0]
    ui.press(f"{say(app, 'tablet.request.page')}: {paper.name}")
    wait_until(ui, lambda: app.navigator.presenter.papers()[0].pages == 1)
    if app.navigator.presenter.share():
        ui.press(say(app, "tablet.consent.yes"))
        sign(ui)
        follow(ui, app, "tablet.consent.store")
        assert not app.navigator.presenter.share()
    ui.press(say(app, "tablet.back"))
    ui.press(say(app, "tablet.back"))

    ui.press(say(app, "tablet.nav.today"))
    ui.press("سوق اليوم" if arabic else "Souk du jour")
    served = app.navigator.presenter.served()
    for name in ("Ali Oubrahim", fatima):
        pick(ui, name.split()[0], name)
        if app.navigator.presenter.asks_consent():
            ui.press(say(app, "tablet.consent.yes"))
        follow(ui, app, "tablet.visit.save")
    assert app.navigator.presenter.served() == served + 2
    shot(ui, "souk", language)

    ui.press(say(app, "tablet.back"))
    ui.press(say(app, "tablet.nav.more"))
    ui.press(say(app, "tablet.more.trainings"))
    follow(ui, app, "tablet.training.new")
    ui.press(say(app, "training_session.topic.e_services"))
    follow(ui, app, "tablet.visit.save")
    pick(ui, "ali", "Ali Oubrahim")
    assert app.navigator.presenter.present_count() == 1
    follow(ui, app, "tablet.training.hold")

    ui.press(say(app, "tablet.back"))
    ui.press(say(app, "tablet.back"))
    find(ui, app, "نقطة إكلي" if arabic else "Relais d'Igli")
    ui.press(say(app, "tablet.yes"))
    ui.press(say(app, "tablet.point.test"))
    wait_until(
        ui, lambda: app.navigator.presenter.result and not app.navigator.presenter.is_running
    )
    ui.press(say(app, "tablet.back"))

    with no_network(app):
        waiting = app.context.opened.outbox.pending_count()
        sync_now(ui, app)
        assert waiting, "the check of the point came after its exchange"
        assert app.navigator.presenter.problem, "an outage is said"
        assert app.navigator.presenter.problem in ui.words()
    assert app.context.opened.outbox.pending_count() == waiting, "what nobody acknowledged waits"
    with lost_answer(app):
        sync_now(ui, app)  # all has arrived, the line breaks, and it goes on by itself
    assert app.navigator.presenter.problem == ""
    store = app.context.opened
    assert (store.outbox.pending_count(), store.outbox.held()) == (0, [])
    assert visits(app) == before + 3
    assert {one.state for one in app.navigator.presenter.receipts()} == {"received"}
    shot(ui, "day_received", language)
    ui.press(say(app, "tablet.sync.slip"))
    assert sum(count for _, _, count in app.navigator.presenter.counts()) == visits(app)
    shot(ui, "dayslip", language)
    leave(app)


@contextmanager
def no_network(app):
    with sending(app, lambda send, body: None):
        yield


@contextmanager
def lost_answer(app):
    """The first message arrives, and its answer does not."""
    lost = []

    def send_or_lose(send, body):
        answer = send(body)
        if not lost:
            lost.append(answer)
            return None
        return answer

    with sending(app, send_or_lose):
        yield
    assert lost


@contextmanager
def sending(app, send_by):
    """Let messages go by `send_by(send, body)`; no answer is an outage."""
    connect = app.context.connect

    def broken(store):
        transport = connect(store)
        send = transport.send

        def send_here(body):
            answer = send_by(send, body)
            if answer is None:
                raise Unreachable("cut")
            return answer

        transport.send = send_here
        return transport

    app.context.connect = broken
    yield
    app.context.connect = connect


def visits(app):
    """Return how many visits of this agent there are here; all are of today."""
    return app.context.opened.count("visit", "agent_id = ?", (app.context.opened.kept.agent_id,))


def find(ui, app, name):
    ui.press(say(app, "tablet.nav.find"))
    pick(ui, name.split()[0], name)


def pick(ui, text, name):
    """Look for somebody and touch the one who answers."""
    ui.write(0, text)
    time.sleep(0.2)  # a list that changes under the finger takes the touch away
    ui.frames(3)
    wait_until(ui, lambda: name in ui.words())
    ui.frames(5)
    ui.press(name)


def answer(ui, app, number):
    """Say yes to one of the questions for consent."""
    from mobile_app.ui.kit.controls import Tile

    words = say(app, "tablet.consent.yes")
    tiles = [one for top in ui.window.children for one in top.walk() if isinstance(one, Tile)]
    tile = [one for one in tiles if one.text == words][number]
    ui.scroll_to(tile)
    ui.tap(tile)
    ui.frames(8)


def register(ui, app, name):
    """Write a new person's name, be told who else has it, and go on: it is another."""
    ui.press(say(app, "tablet.nav.find"))
    follow(ui, app, "tablet.register")
    ui.press(say(app, "tablet.register.person"))
    ui.write(1, name)
    wait_until(ui, lambda: say(app, "tablet.register.likely") in ui.words())
    for step in ("where", "reach", "situation", "consent"):
        following = say(app, f"tablet.form.person.{step}")
        ui.press(say(app, "tablet.next").replace("{step}", following))
        if step == "reach":
            ui.write(0, "0661234567")
            ui.frames(30)
            assert app.navigator.presenter.inputs.values["phone"] == "+212661234567"
    ui.press(say(app, "tablet.visit.save"))
    ui.press(say(app, "tablet.consent.later"))
    ui.frames(3)
    assert app.navigator.here == "person"
