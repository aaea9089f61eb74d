"""The window is left: the service goes on for who is signed in, and for nobody else."""

from dataclasses import replace

import pytest

from mobile_app.device.background import ServiceRefused
from mobile_app.store import handover
from mobile_app.store.database import KeyWrong, transaction
from tests.mobile_app.ui.test_agents import pin
from tests.mobile_app.ui.walk import device_of, enter_pin, leave, say, start

pytestmark = pytest.mark.kivy


class Service:
    """Takes the key as the real one does; one that runs takes no other, as Android's."""

    def __init__(self):
        self.is_allowed, self.words, self.served, self.stops = True, [], [], 0
        self._runs = False

    def start(self, folder, *words):
        if not self.is_allowed:
            raise ServiceRefused("from the background")
        if not self._runs:
            self.words = words
            self.served.append((folder, handover.take(folder)))
            self._runs = True

    def stop(self):
        self.stops += 1
        self._runs = False


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def app(ui, practised, service):
    device = replace(device_of(practised), service=service)
    app = start(ui, practised, "fr", device=device)
    enter_pin(ui)
    yield app
    if app.context.store is not None:
        leave(app)


def test_what_waits_goes_on_aside_when_the_window_is_left(app, service, practised):
    assert service.served == [], "beside the window none runs: it would take its memory"
    app.on_pause()
    assert service.served == [(practised, app.session._key)]
    assert service.words == (say(app, "page.product"), say(app, "tablet.service"))
    app.on_pause()
    assert len(service.served) == 1


def test_where_nothing_waits_nothing_is_started(app, service):
    with transaction(app.context.opened.db):
        app.context.opened.db.execute("UPDATE outbox SET state = 'acknowledged'")
    app.on_pause()
    assert service.served == []


def test_the_camera_gets_the_memory_that_a_second_python_takes(app, service, monkeypatch):
    camera = type(app.context.device.camera)
    monkeypatch.setattr(camera, "take", lambda _me, _path, _taken: app.on_pause())
    app.device.photograph(lambda _photo: None)
    assert service.served == []


def test_a_lock_ends_it_and_the_next_agent_is_served_anew(ui, app, service, practised):
    app.on_pause()
    first = app.session._key
    app.session.lock()
    assert service.stops == 1
    with pytest.raises(KeyWrong):
        handover.take(practised)
    ui.press(say(app, "tablet.agents.another"))
    pin(ui, "5555")
    store = app.context.opened
    with transaction(store.db):
        store.kept.device_id = 2
        store.kept.inc = 1
        store.kept.agent_id = bytes(16)
        store.kept.secret = b"\1" * 32
    store.put("person", {"name_fr": "Zahra", "commune_code": "09.541.01.03"})
    app.on_pause()
    (_, (folder, key)) = service.served
    assert folder == practised / "agents" / "2"
    assert key == app.session._key != first


def test_where_the_system_allows_none_it_is_said_and_the_window_goes_on(ui, app, service):
    service.is_allowed = False
    app.on_pause()
    app.on_resume()
    ui.frames(2)
    assert say(app, "refusal.service_refused") in ui.words()
    assert app.context.opened.outbox.pending_count() == 1


def test_a_lock_ends_also_what_a_window_before_this_one_began(app, service, practised):
    """Android ended that window for its memory; its service went on, with the key."""
    app.on_pause()
    app.session._offer._listening.close()  # as the system does; the socket's name stays
    app.session._offer = None
    assert not handover.is_withdrawn(practised)
    app.session.lock()
    assert handover.is_withdrawn(practised)
    assert service.stops == 1


def test_another_agents_turn_ends_what_goes_on_for_the_one_before(ui, app, service, practised):
    app.on_pause()
    app.session._offer._listening.close()
    leave(app)
    device = replace(device_of(practised), service=service)
    later = start(ui, practised, "fr", device=device)
    later.session.ask_pin(practised / "agents" / "2")
    pin(ui, "5555")
    assert later.navigator.here == "enrol"
    assert handover.is_withdrawn(practised)
    assert service.stops == 1
    leave(later)
