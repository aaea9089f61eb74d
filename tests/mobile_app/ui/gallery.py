"""Every screen in every language, drawn offscreen, and what is wrong with each.

`python -m tests.mobile_app.ui.gallery 800x1280 FOLDER` draws them all into a folder, as
`THEME/LANGUAGE/SCREEN.png`, and `faults.json` beside them; a process has one size of window.
`packaging/build_screens.py` makes the contact sheets of `docs/screens/` of them.

Screens are named with how to get there, in `WAYS`, and nowhere else: `test_gallery.py` says if one
has no way. Languages, themes, forms and steps are the app's own.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
from pathlib import Path

from mobile_app.device.clock import FakeClock
from mobile_app.device.gps import FakeGps, Fix
from mobile_app.screens.form.forms import FORMS
from mobile_app.shell.catalogue import SCREENS, Screen
from mobile_app.store.database import transaction
from mobile_app.ui.theme import TARGET, THEMES
from sync import local_time, scopes
from sync.languages import LANGUAGES
from tests.mobile_app.ui.hands import Config, Ui

NOW_MS = 1_795_514_400_000  # 24 November 2026, a Tuesday, 11 o'clock in Rabat
HOME = "09.541.01.03"
PIN = "1234"
FATIMA, SOUK, VISIT, HELD, POINT, SESSION, REQUEST, OTHER, RETURNED, QUESTION = (
    bytes([number]) * 16 for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11)
)
ASKED, LATE, REFUSED, GRANTED = (bytes([number]) * 16 for number in (12, 13, 14, 15))
DAY_MS = 86_400_000
IN_ALL_LANGUAGES = ("light",)
IN_EVERY_THEME = ("ar", "fr")
"""The other themes are drawn in these: one that reads from the right, one from the left."""

KIT = Screen("kit", "KitPresenter")
"""All parts of the screens beside one another: for who makes screens, and no way leads there."""
WAYS = {
    "pin": lambda app: app.session.lock(),
    "agents": lambda app: app.session.choose_agent(),
    "rescue": lambda app: app.session.ask_rescue(),
    "lease": lambda app: app.navigator.go("lease"),
    "enrol": lambda app: app.navigator.go("enrol"),
    "today": lambda app: app.navigator.go("today"),
    "find": lambda app: app.navigator.go("find"),
    "proof": lambda app: app.navigator.go("proof", ("HTTPS://N.EXAMPLE/VERIFY/0",)),
    "find_chosen": lambda app: (
        app.navigator.go("find"),
        app.navigator.go("person", ("person", FATIMA)),
    ),
    "person": lambda app: app.navigator.go("person", ("person", FATIMA)),
    "visit": lambda app: app.navigator.go("visit", ("person", FATIMA)),
    **{f"form_{name}": lambda app, name=name: app.navigator.go("form", (name,)) for name in FORMS},
    "souk": lambda app: app.navigator.go("souk", (SOUK,)),
    "request": lambda app: app.navigator.go("request", ("person", FATIMA)),
    "request_wanted": lambda app: (
        app.navigator.go("request", ("person", FATIMA)),
        app.navigator.presenter.choose("fda-subsidy"),
        app.window.show(),
    ),
    "request_open": lambda app: app.navigator.go("request", ("person", FATIMA, REQUEST)),
    **{
        f"request_{name}": lambda app, request=request: app.navigator.go(
            "request", ("person", FATIMA, request)
        )
        for name, request in (
            ("asked", ASKED),
            ("late", LATE),
            ("refused", REFUSED),
            ("granted", GRANTED),
        )
    },
    "request_delivery": lambda app: (
        app.navigator.go("request", ("person", FATIMA, GRANTED)),
        deliver(app),
    ),
    "point": lambda app: app.navigator.go("point", ("contact_point", POINT)),
    "training": lambda app: app.navigator.go("training", ("training_session", SESSION)),
    "quick": lambda app: app.navigator.go("quick", ("person", FATIMA)),
    "slip": lambda app: app.navigator.go("slip", (VISIT,)),
    "task": lambda app: app.navigator.go("task", (QUESTION,)),
    "visit_returned": lambda app: app.navigator.go(
        "visit", ("person", FATIMA, b"", RETURNED, "", "")
    ),
    "sync": lambda app: app.navigator.go("sync"),
    "letters": lambda app: app.navigator.go("letters"),
    "more": lambda app: app.navigator.go("more"),
    **{
        name: lambda app, name=name: app.navigator.go(name)
        for name, screen in SCREENS.items()
        if screen.sign and name != "souk"
    },
    "about": lambda app: app.navigator.go("about"),
    "kit": lambda app: (SCREENS.setdefault("kit", KIT), app.navigator.go("kit")),
    "slip_undo": lambda app: app.navigator.go("slip", (save_a_visit(app.context.opened),)),
    "today_arriving": lambda app: (arrive(app.context.opened), app.navigator.go("today")),
    "sync_arriving": lambda app: app.navigator.go("sync"),
    "today_awaited": lambda app: (empty(app.context.opened), app.navigator.go("today")),
}
"""Screen -> how to get there from an open, enrolled app. Guided ones are drawn step by step."""


def start(ui, folder, language, theme):
    """Return an app of an agent's ordinary day: people, visits sent and waiting, one held."""
    from mobile_app.app import NuqtaApp

    gps = FakeGps(Fix(30_440_000, -8_730_000, 8))
    app = NuqtaApp(
        folder, clock=FakeClock(NOW_MS), gps=gps, language=language, theme=theme, is_automatic=False
    )
    ui.start(app)
    app.context.store = app.session.open(PIN)
    fill(app.context.opened)
    return app


def fill(store):
    """Write the day. Nothing of it is anybody's."""
    # Long: a line a record that some screen shows.
    numbers = itertools.count(1)
    store.ids = lambda: b"\x10" * 8 + next(numbers).to_bytes(8, "big")
    agent_id = b"\x05" * 16
    with transaction(store.db):
        store.kept.device_id = 7
        store.kept.agent_id = agent_id
        store.kept.login = "agent01"
        store.kept.server_key = "00" * 32
        store.kept.inc = 1
        store.kept.url = "https://nuqta.example"
        store.kept.after_sync_ms = NOW_MS - 3_600_000
        store.kept.secret = b"\1" * 32
    names = (
        (FATIMA, "فاطمة أيت الحاج", "Fatima Ait El Haj", "+212612345678"),
        (b"", "الحسن أيت بلا", "Lahcen Ait Bella", "+212698765432"),
        (b"", "زهرة أوبراهيم", "Zohra Oubrahim", None),
        (b"", "محمد بن عبد الرحمان الإدريسي", "Mohamed Ben Abderrahmane El Idrissi", None),
    )
    people = [
        store.put(
            "person",
            {"name_ar": arabic, "name_fr": latin, "commune_code": HOME, "phone": phone},
            record_id,
        ).record_id
        for record_id, arabic, latin, phone in names
    ]
    stop = {"commune_code": HOME, "place_ar": "سوق الثلاثاء", "place_fr": "Souk Tlata"}
    stop |= {"weekday": "tu", "from_minute": 540, "to_minute": 840, "is_souk": True}
    store.put("stop", stop, SOUK)
    names = {"name_ar": "نقطة تواصل إكلي", "name_fr": "Relais d'Igli", "commune_code": HOME}
    store.put("contact_point", {**names, "kind": "kiosk", "status": "active"}, POINT)
    here = {"commune_code": HOME, "point_id": POINT}
    measured = {"latency_ms": 640, "down_kbps": 90, "technology": "2g", "has_power": True}
    store.put("connectivity_check", {**here, **measured, "checked_at": NOW_MS})
    store.put("incident", {**here, "kind": "power", "opened_at": NOW_MS, "state": "open"})
    session = {"commune_code": HOME, "topic": "e_services", "state": "planned"}
    store.put("training_session", {**session, "starts_at": NOW_MS}, SESSION)
    present = {"commune_code": HOME, "session_id": SESSION, "state": "present"}
    for person in people[1:]:
        store.put("attendance", {**present, "person_id": person})
    asked = {"commune_code": HOME, "person_id": FATIMA, "service": "crop-insurance"}
    store.put("application", {**asked, "state": "draft"}, REQUEST)
    land = {"area_ha": 240, "tenure": "leased", "crops": ("barley", "olive"), "season": 2026}
    store.put("holding", {"commune_code": HOME, "person_id": FATIMA, **land, "sheep": 12})
    follow(store)
    task = {"commune_code": HOME, "person_id": FATIMA, "kind": "call_back", "state": "open"}
    late = {
        "due_on": local_time.day_of(NOW_MS) - 2,
        "notes": "Son cousin Hassan tient le téléphone.",
    }
    store.put("task", {**task, **late})
    asked = {"kind": "verification", "title": "Vérifier la fiche 7KQ-2M9", "owner_id": agent_id}
    asked |= {"due_on": local_time.day_of(NOW_MS) + 2, "created_by": OTHER}
    asked |= {"notes": "Est-ce bien la ferme au bord de l’oued ?"}
    store.put("task", {**task, **asked}, QUESTION)
    visit = {"commune_code": HOME, "agent_id": agent_id, "channel": "home_farm"}
    ended = {"type": "assistance", "state": "ended", "outcome": "done", "satisfaction": 4}
    for record_id, person, hours in ((VISIT, people[1], 2), (HELD, people[2], 1)):
        at = {"started_at": NOW_MS - hours * 3_600_000, "ended_at": NOW_MS - hours * 3_000_000}
        store.put("visit", {**visit, **ended, **at, "person_id": person}, record_id)
    asked = {"returned_field": "type", "returned_note": "Était-ce une formation ?"}
    asked |= {"returned_due_on": local_time.day_of(NOW_MS) - 1, "returned_by": OTHER}
    asked |= {"review_state": "returned", "returned_at": NOW_MS - 90_000_000}
    at = {"started_at": NOW_MS - 200_000_000, "person_id": FATIMA}
    store.put("visit", {**visit, **ended, **asked, **at}, RETURNED)
    said = {"commune_code": HOME, "visit_id": RETURNED, "purpose": "return", "seconds": 12}
    store.put("voice_note", {**said, "taken_at": NOW_MS - 90_000_000})
    for record_id, name in ((agent_id, "Amina Benali"), (OTHER, "Brahim Ousaid")):
        store.put("agent", {"login": name, "role": "field_agent", "name_fr": name}, record_id)
    asked = {"kind": "conflict", "entity": "person", "record_id": FATIMA, "field": "birth_year"}
    for by in (OTHER, None):
        sides = {"mine": "1972", "mine_by": agent_id, "theirs": "1971", "theirs_by": by}
        store.put("review", {**asked, **sides, "commune_code": HOME, "state": "open"})
    today = local_time.day_of(NOW_MS)
    for person in (FATIMA, people[3]):
        planned = {"state": "planned", "planned_on": today, "person_id": person}
        store.put("visit", {**visit, **planned})
    with transaction(store.db):
        store.db.execute("UPDATE outbox SET state = 'acknowledged' WHERE record_id <> ?", (FATIMA,))
        store.db.execute(
            "UPDATE outbox SET state = 'held', code = 'not_allowed' WHERE record_id = ?", (HELD,)
        )


def follow(store):
    """Write requests that others answered: a paper asked for, late, refused, granted."""
    office = {"actor": "office", "created_by": OTHER}
    filed = {"state": "submitted", "actor": "agent", "receipt_number": "2026-004177"}
    reason = {"reason": "before_approval", "words": "La facture date du 2 mai."}
    asked = {"pieces": ("PRIOR_OK",), "words": "La page 2 : la date est coupée."}
    granted = {**office, "amount": 50_000_00, "state": "approved"}
    for request, service, steps in (
        (ASKED, "fda-subsidy", ((19, filed), (7, {**office, **asked, "state": "info_requested"}))),
        (LATE, "rna", ((75, filed), (70, {**office, "state": "in_review"}))),
        (REFUSED, "fda-subsidy", ((30, filed), (3, {**office, **reason, "state": "rejected"}))),
        (GRANTED, "credit", ((12, filed), (4, granted))),
    ):
        values = {"commune_code": HOME, "person_id": FATIMA, "service": service}
        values |= {"state": steps[-1][1]["state"], "receipt_number": "2026-004177"}
        values |= {"source": "portal", "created_by": OTHER, "created_at": NOW_MS - 80 * DAY_MS}
        store.put("application", values, request)
        for days, step in steps:
            at = {"at": NOW_MS - days * DAY_MS, "application_id": request}
            store.put("application_step", {"commune_code": HOME, **at, **step})


def deliver(app):
    """Show the answer to the request that is shown, as it is given back."""
    from mobile_app.screens.request.delivering import Delivering

    app.navigator.presenter.delivering = Delivering(app.context)
    app.window.show()


def save_a_visit(store):
    """Save a visit just now, so that it can be undone. Returns its id."""
    visit = {"commune_code": HOME, "person_id": FATIMA, "state": "ended", "started_at": NOW_MS}
    return store.put("visit", visit).record_id


def arrive(store):
    """Let the first exchange have brought one commune of four."""
    later = [(number, scopes.core(f"09.541.01.0{number}")) for number in (5, 7, 9)]
    with transaction(store.db):
        store.db.execute(f"INSERT INTO scope VALUES (1, '{scopes.core(HOME)}', 1, 0, 0, 0)")
        store.kept.later = later


def empty(store):
    """Be linked, and hold nothing yet."""
    with transaction(store.db):
        store.kept.later = []
        store.kept.epoch = b""
        store.kept.url = "https://nuqta.example"
        for entity in ("visit", "stop", "task", "review"):
            store.db.execute(f'DELETE FROM "{entity}"')


def draw_all(ui, app):
    """Show each screen, step by step where it has steps. Yields its name."""
    for name, way in WAYS.items():
        if app.context.store is None:
            app.context.store = app.session.open(PIN)
        app.navigator.go("today")
        way(app)
        guided = getattr(app.navigator.presenter, "form", app.navigator.presenter)
        steps = len(getattr(guided, "steps", ()))
        for number in range(1, max(steps, 1) + 1):
            if steps:
                app.navigator.presenter.number = number
                app.window.show()
            ui.frames(8)
            yield f"{name}_{number}" if steps else name


def faults(ui):  # noqa: C901 - a line a fault
    """Return, of the screen that is shown, what cannot be touched, read or seen."""
    from kivy.uix.behaviors import ButtonBehavior
    from kivy.uix.boxlayout import BoxLayout
    from kivy.uix.label import Label
    from kivy.uix.textinput import TextInput

    from mobile_app.ui.kit import Text

    found = []
    for top in ui.window.children:
        for widget in top.walk():
            if not widget.opacity or not (widget.width or widget.height):
                continue
            named = f"{type(widget).__name__} {getattr(widget, 'text', '')!r}"
            if isinstance(widget, ButtonBehavior | TextInput) and not widget.disabled:
                size = min(widget.width, widget.height)
                if size < TARGET - 0.5:
                    found.append(f"{named}: a target of {size:.0f} dp")
            if isinstance(widget, TextInput):
                taken = widget.line_height + widget.padding[1] + widget.padding[3]
                if taken > widget.height + 1:
                    found.append(f"{named}: a line takes {taken:.0f} of {widget.height:.0f}")
            if isinstance(widget, Label) and widget.text:
                found += _of_label(ui, widget, named)
            if isinstance(widget, Text) and widget.text:
                found += _of_text(ui, widget, named)
            if isinstance(widget.parent, BoxLayout) and (out := _out_of(widget.parent, widget)):
                found.append(f"{named}: {out:.0f} out of {type(widget.parent).__name__}")
    return found


def _out_of(box, child):
    """Return how far a child stands out of its box, above or below; 0 if it does not."""
    out = max(box.y - child.y, child.y + child.height - box.y - box.height)
    return out if out > 2 else 0


def _of_text(ui, text, named):
    wide, high = text.ink
    if wide > text.width + 2 or high > text.height + 2:
        yield f"{named}: {wide:.0f}x{high:.0f} in {text.width:.0f}x{text.height:.0f}"
    if text.lines != 1 and text.widest > text.width + 1:
        yield f"{named}: a word of {text.widest:.0f} breaks in {text.width:.0f}"
    around = text.parent
    if high > around.height + 2:
        yield f"{named}: {high:.0f} high in {type(around).__name__} of {around.height:.0f}"
    at = text.to_window(text.x, text.y)[0]
    if at < -1 or at + min(wide, text.width) > ui.window.width + 1:
        yield f"{named}: beyond the window's side, at {at:.0f}"


def _of_label(ui, label, named):
    left, above, right, below = label.padding
    wide = label.texture_size[0] - left - right
    high = label.texture_size[1] - above - below
    if wide > label.width + 1 or high > label.height + 1:
        yield f"{named}: {wide:.0f}x{high:.0f} in {label.width:.0f}x{label.height:.0f}"
    at = label.to_window(label.x, label.y)[0]
    if at < -1 or at + min(wide, label.width) > ui.window.width + 1:
        yield f"{named}: beyond the window's side, at {at:.0f}"
    if label.font_name == "Icons" and not _is_drawn(label):
        yield f"{named}: no such icon"


def _is_drawn(label):
    """Whether the letter's picture has any ink, and is not the box of a missing one."""
    pixels = label.texture.pixels if label.texture else b""
    return any(pixels[3::4]) and label.text in _icons()


def _icons():
    from mobile_app.ui.theme import ICONS

    return {chr(int(code, 16)) for style in ICONS.values() for code in style.values()}


def main(size, folder):
    """Draw everything in a window of one size."""
    width, height = size.split("x")
    Config.set("graphics", "width", width)
    Config.set("graphics", "height", height)
    ui, folder, said = Ui(), Path(folder), {}
    for theme, language in itertools.product(THEMES, LANGUAGES):
        if theme not in IN_ALL_LANGUAGES and language not in IN_EVERY_THEME:
            continue
        target = folder / theme / language
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as store:
            app = start(ui, store, language, theme)
            for name in draw_all(ui, app):
                ui.screenshot(target / f"{name}.png")
                if found := faults(ui):
                    said[f"{theme}/{language}/{name}"] = found
            if app.context.store is not None:
                app.context.store.close()
                app.context.store = None  # its timers live on in this process
    (folder / "faults.json").write_text(json.dumps(said, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
