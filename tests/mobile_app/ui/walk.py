"""What an agent does on the real app, touch by touch: unlock, go on, sign, exchange."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

SHOTS = Path(__file__).parents[3] / "build" / "screens"
ROOMY_BYTES = 10**9


def leave(app):
    """End the app as a crash would: nothing is saved on the way out."""
    app.context.store.db.close()
    app.context.store = None  # its timers live on in this process


def code_of(server):
    return json.loads(server.run("enrol-code", "one", "--json"))["code"]


def start(ui, folder, language, **more):
    from mobile_app.app import NuqtaApp
    from mobile_app.device.clock import SystemClock
    from mobile_app.device.gps import FakeGps, Fix

    gps = FakeGps(Fix(30_440_000, -8_730_000, 8))
    usual = {"clock": SystemClock(), "gps": gps, "language": language, "is_automatic": False}
    return ui.start(NuqtaApp(folder, **{**usual, **more}))


def device_of(folder, free=ROOMY_BYTES):
    """Return a tablet's ports: a camera that sees a wall, and a disk with so much room."""
    from PIL import Image

    from mobile_app.device.adapters import adapters_of_this_device
    from mobile_app.device.camera import FakeCamera
    from mobile_app.device.storage import FakeStorage

    picture = BytesIO()
    Image.effect_noise((900, 1_200), 60).convert("RGB").save(picture, "JPEG")
    usual = adapters_of_this_device(folder)
    return replace(usual, camera=FakeCamera(picture.getvalue()), storage=FakeStorage(free))


def shot(ui, name, language):
    SHOTS.mkdir(parents=True, exist_ok=True)
    ui.screenshot(SHOTS / f"{name}.{language}.png")


def enter_pin(ui):
    for _ in range(4):
        ui.press("7")


def say(app, code):
    return app.context.say(code)


def link(ui, app, server):
    """Link a new tablet to the server, as its agent does with the letter in hand."""
    ui.write(0, server.url)
    ui.write(1, code_of(server))
    ui.press(say(app, "tablet.enrol.act"))
    ui.until(lambda: app.navigator.here == "sync")
    ui.frames(3)


def onward(ui, app):
    """Press the main act of a guided screen: on to the next step."""
    steps, presenter = app.navigator.presenter.steps, app.navigator.presenter
    following = steps[steps.index(presenter.step) + 1]
    ui.press(say(app, "tablet.next").replace("{step}", say(app, f"tablet.visit.step.{following}")))


def sign(ui):
    """Draw three strokes on the pad."""
    from mobile_app.ui.kit import SignaturePad

    pad = ui.find(SignaturePad)
    ui.scroll_to(pad)
    x, y = pad.to_window(*pad.center)
    for step in (-60, 0, 60):
        ui.drag([(x + step, y - 30), (x + step + 10, y + 30), (x + step + 30, y - 20)])


def sync_now(ui, app):
    ui.press(say(app, "tablet.nav.sync"))
    ui.press(say(app, "tablet.sync.now"))

    for _ in range(1_500):
        time.sleep(0.02)
        ui.frames(1)
        if app.navigator.presenter.result or app.navigator.presenter.problem:
            ui.frames(3)
            return
    raise AssertionError("the exchange did not end")


def wait_until(ui, reached):
    for _ in range(500):
        if reached():
            ui.frames(2)
            return
        time.sleep(0.01)
        ui.frames(1)
    raise AssertionError(f"it never came; the screen says {ui.words()}")
