"""Pictures of the tablet's camera: whose they are, and that none is left behind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from mobile_app.device.clock import FakeClock
from mobile_app.store.idle import IDLE_MINUTES
from tests.mobile_app.ui.walk import device_of, enter_pin, say, start, wait_until

pytestmark = pytest.mark.kivy


@dataclass
class Camera:
    """A camera that is open until the test says what came of it."""

    asked: list = field(default_factory=list)

    def take(self, path, taken):
        self.asked.append((path, taken))


@pytest.fixture
def camera():
    return Camera()


@pytest.fixture
def app(ui, practised, camera):
    device = replace(device_of(practised), camera=camera)
    clock = FakeClock(1_795_600_000_000)
    app = start(ui, practised, "fr", device=device, clock=clock)
    enter_pin(ui)
    return app


def a_jpeg(app):
    made = []
    fake = device_of(app.context.root).camera
    fake.take(app.context.root / "made.jpg", made.append)
    content = made[0].read_bytes()
    made[0].unlink()
    return content


def test_no_picture_that_was_left_is_taken_for_one_just_asked_for(ui, app, camera):
    from mobile_app.device import handed

    (app.context.root / "camera.jpg").write_bytes(a_jpeg(app))
    handed.fresh(app.context.root, ".jpg").write_bytes(a_jpeg(app))
    got = []
    app.device.photograph(got.append)
    path, taken = camera.asked.pop()
    assert not path.exists()
    taken(None)
    app.device.photograph(got.append)
    path, taken = camera.asked.pop()
    path.write_bytes(a_jpeg(app))
    taken(path)
    wait_until(ui, lambda: got)

    assert len(got) == 1
    assert not path.exists()


def test_at_the_start_and_when_it_locks_nothing_in_hand_is_left(ui, app, practised):
    from mobile_app.device import handed

    for end in (app.session.lock, lambda: start(ui, practised, "fr")):
        left = [handed.fresh(app.context.root, ".jpg"), app.context.root / "camera.jpg"]
        for one in left:
            one.write_bytes(a_jpeg(app))
        end()
        assert not any(one.exists() for one in left)
        assert "Reprenez-la" in ui.started[-1].window.notice.words


def test_a_picture_that_comes_when_another_is_there_is_nobodys(ui, app, camera):
    got = []
    app.device.photograph(got.append)
    path, taken = camera.asked.pop()
    path.write_bytes(a_jpeg(app))
    app.session.lock()
    path.write_bytes(a_jpeg(app))  # the camera app is slower than the lock
    taken(path)
    wait_until(ui, lambda: not path.exists())
    ui.frames(5)

    assert got == []


def test_who_aims_for_long_finds_the_tablet_open(ui, app, camera):
    got = []
    app.device.photograph(got.append)
    path, taken = camera.asked.pop()
    app.session.clock.move(IDLE_MINUTES * 60_000)
    path.write_bytes(a_jpeg(app))
    taken(path)
    app.session.lock_if_idle()
    wait_until(ui, lambda: got)

    assert app.context.store is not None


def test_a_picture_that_cannot_be_read_is_said_to_be_so(ui, app, camera):
    app.device.photograph(lambda _photo: pytest.fail("there is none"))
    path, taken = camera.asked.pop()
    path.write_bytes(a_jpeg(app)[:900])
    taken(path)
    said = say(app, "refusal.picture_unreadable")
    wait_until(ui, lambda: said in ui.words())
