"""Compose the tablet: store behind its PIN, presenters, screens, and the frame around them."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager
from kivy.clock import Clock
from kivy.core.audio import SoundLoader
from kivy.core.window import Window
from kivy.metrics import dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from mobile_app import beside, seats, settings
from mobile_app.device import photo
from mobile_app.device.adapters import adapters_of_this_device
from mobile_app.exchange import relay
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.i18n import load_phrases
from mobile_app.navigation import DESTINATIONS, OUTSIDE, PRESENTERS, VIEWS
from mobile_app.practice import leave_practice, open_practice, refuse_line
from mobile_app.screens.agents.presenter import AgentsPresenter
from mobile_app.screens.context import Context
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.screens.rescue.presenter import RescuePresenter
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.sync.view import run as exchange
from mobile_app.screens.today.presenter import attention_count
from mobile_app.screens.voice import recover
from mobile_app.store import lease, room
from mobile_app.store.database import transaction
from mobile_app.store.idle import IdleLock
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from mobile_app.store.reference import Reference
from mobile_app.ui.kit import (
    ActButton,
    Acts,
    AppBar,
    Banner,
    Column,
    Destinations,
    Divider,
    Empty,
    Heading,
    LineOfTruth,
    Margins,
    Row,
    Rows,
    SearchBox,
    Sheet,
    Stack,
    Steps,
)
from mobile_app.ui.mirror import DIRECTION, MirrorBox
from mobile_app.ui.rest import Rest, Sweeper
from mobile_app.ui.theme import ASSETS, THEME, THEMES
from sync.entities import ENTITIES
from sync.errors import Refusal
from sync.phrases import has_arabic
from sync.versions import SCHEMA_NOW

_BACK_KEY = 27
_KEEP_S = 0.4
"""From a change to its draft on disk: less than the second that may be lost."""
_SOON_S = 0.05
_RAIL_DP = 1000
"""From this width on, lying, the four places stand as a rail at the start side."""
_BESIDE_DP, _LIST_DP = 1200, 480
"""From this width on a list, so wide, stays beside the record that is chosen from it."""
_EXCHANGE_S = 900
_LOOK_S = 15
_REFRESHED = (
    "lease",
    "today",
    "sync",
    "letters",
    "person",
    "attention",
    "more",
    "slip",
    "dayslip",
    "trainings",
)
"""Screens on which nobody types."""
_FILTERED_FROM = 12
_CHOICES_MAX = 80
_AUDIO = ASSETS / "audio"
"""Recorded texts, `NAME.LANGUAGE.ogg`; what is not recorded is read aloud by the agent."""
_NETWORK_SIGN = {"wifi": "wifi", "mobile": "antenna-bars-3", "none": "wifi-off"}


class _Refused(ExceptionHandler):
    """A refusal that no screen expected, as of a full disk under any touch, is said: no crash."""

    def handle_exception(self, fault):
        app = App.get_running_app()
        if not isinstance(fault, Refusal) or app is None:
            return ExceptionManager.RAISE
        app.refused(fault)
        return ExceptionManager.PASS


_REFUSED = _Refused()


class NuqtaApp(App):
    """One window; `go` changes the screen, `show` draws it again."""

    title = "Nuqta"

    def __init__(
        self, folder, *, clock, gps=None, language="ar", theme="light", device=None,
        on_open=None, is_automatic=True, **more,
    ):  # fmt: skip
        """Show the file in `folder`.

        `device`: its ports; `gps` takes the place of its receiver. `is_automatic`: exchange at the
        start, on resuming, and every quarter of an hour.
        """
        super().__init__(**more)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self.device = device or adapters_of_this_device(self.folder)
        if gps is not None:
            self.device = replace(self.device, gps=gps)
        self.settings = settings.load(self.folder, settings.Settings(language, theme))
        phrases = load_phrases(self.settings.language)
        self.context = Context(
            self.folder,
            phrases,
            self.device.gps,
            Reference(),
            self.settings,
            device=self.device,
            root=self.folder,
        )
        self._is_automatic = is_automatic
        self.idle = IdleLock(clock)
        Clock.schedule_interval(lambda _dt: self.exchange_quietly(), _EXCHANGE_S)
        self.on_open = on_open or (lambda _folder, _key: None)
        self.version = str(SCHEMA_NOW)
        self._key = b""
        seats.finish_emptying(self.folder)
        self.here: str = ""
        self.presenter: Any = None
        self.back: list[tuple[str, Any, Any]] = []
        self._arguments: Any = ()
        self.typed: dict[str, str] = {}
        self.told, self._told_tone, self._is_told = "", "", False
        self.is_practice = False
        self.column: Any = None
        self._side: Any = None
        self._is_side_kept = False
        self.sheet: Any = None
        self._keep = Clock.create_trigger(lambda _dt: self._keep_typed(), _KEEP_S)
        self._later = None
        self._speak(self.settings.language)
        THEME.name = self.settings.theme
        self._begin()

    def _ring(self):
        return KeyRing(self.context.folder, clock=self.clock)

    def _open(self, pin):
        return self._open_with(self._ring().open(pin))

    def _open_with(self, key):
        folder, self._key = self.context.folder, key
        self.on_open(folder, key)
        return Store(folder / FILE_NAME, key, ENTITIES, clock=self.clock, ids=new_id)

    # Whose tablet it is now

    def _begin(self):
        """Ask who it is, or for the PIN of the only one."""
        there = seats.seats(self.folder)
        if len(there) > 1:
            self.here, self.presenter = "agents", AgentsPresenter(self.context)
        else:
            self._ask_pin(there[0].folder if there else seats.next_folder(self.folder))

    def _ask_pin(self, folder):
        self.context.folder = folder
        self.here, self.presenter = "pin", PinPresenter(self.context, self._open)

    def choose_agent(self):
        """Show who shares this tablet."""
        self.here, self.presenter = "agents", AgentsPresenter(self.context)
        self.show()

    def ask_pin(self, folder):
        """Ask for the PIN of one of them."""
        self._ask_pin(folder)
        self.show()

    def ask_new_agent(self):
        """Let one more agent choose a PIN."""
        self.ask_pin(seats.next_folder(self.folder))

    def ask_rescue(self):
        """Ask for the coordinator's code, in place of the PIN."""

        def reopen(key, pin):
            ring = self._ring()
            ring.set_pin(key, pin)
            store = self.context.store or self._open_with(key)
            ring.renew_rescue(key, store.kept("rescue_key"))
            lease.renew(store)
            self.context.store = store

        self.back = [(self.here, self.presenter, self._arguments)]
        self.here = "rescue"
        self.presenter = RescuePresenter(self.context, self._ring(), reopen)
        self.show()

    def _introduce(self):
        """Keep what may be known while this file is locked: whose it is, and a way to open it."""
        store = self.context.opened
        self._ring().agree_on_rescue(self._key, store.kept("rescue_key") or b"")
        agent_id = store.kept("agent_id")
        agent = store.find("agent", agent_id) if agent_id else None
        names = agent.values if agent else {}
        card = seats.Card(
            *(
                str(one or "")
                for one in (store.kept("login"), names.get("name_ar"), names.get("name_fr"))
            )
        )
        seats.write_card(self.context.folder, card)

    def _speak(self, language):
        self.context.phrases = load_phrases(language)
        THEME.language = language
        DIRECTION.rtl = self.context.phrases.language.direction == "rtl"

    def build(self):
        ExceptionManager.add_handler(_REFUSED)
        self.root_box = FloatLayout()
        Window.softinput_mode = "below_target"
        Window.bind(on_keyboard=self._on_key, on_resize=lambda *_: self._turned())
        self.rest, self._sweeper = Rest(), Sweeper()
        Window.bind(on_memorywarning=lambda *_: self._spare())
        for event in ("on_touch_down", "on_key_down", "on_textinput"):
            Window.bind(**{event: self._touched})
        Clock.schedule_interval(lambda _dt: self.lock_if_idle(), _LOOK_S)
        self.show()
        return self.root_box

    def on_resume(self):
        self.exchange_quietly()

    def on_pause(self):
        self._leave_now()
        self._remember()
        return True

    def _spare(self):
        """The system lacks memory: keep the draft before it ends the app, and need less."""
        self._keep_now()
        self._remember()
        self._sweeper.spare()

    def _remember(self):
        """Keep which draft is open, to come back to it: a paused app may be ended any moment."""
        store = self.context.store
        if store is None or self.is_practice:
            return
        is_guided = hasattr(self.presenter, "kept_ms")
        with suppress(Refusal), transaction(store.db):
            store.keep(left_at=(self.here, self._arguments) if is_guided else None)

    def on_stop(self):
        self._leave_now()
        self._close()

    def _close(self):
        """Close the file; what waits in it may go with another agent's contact."""
        store, self.context.store = self.context.store, None
        if store is None:
            return
        folder = self.context.folder
        if not self.is_practice and seats.others(self.folder, folder):
            with suppress(Refusal):  # without room for it, all waits for its own agent
                relay.leave(store, folder)
        store.close()

    # Practice

    def practise(self):
        """Open the app on invented people; nothing of it can be sent."""
        self.context.store = open_practice(self.folder, self.clock)
        self.context.sessions.clear()
        self._connect, self.context.connect = self.context.connect, refuse_line
        self.is_practice = True
        self.go("today")

    # Leading from screen to screen

    def opened(self):
        """The PIN was right."""
        self.idle.touched()
        self.back = []
        relay.take_back(self.context.opened, self.context.folder)
        self._introduce()
        recover(self.context)
        if self.context.opened.kept("device_id") is None:
            self.go("enrol")
        else:
            days = lease.days_left(self.context.opened)
            if 0 < days <= lease.WARNED_DAYS:
                self.tell(self.context.phrases.count("tablet.lease.soon", days))
            self.go("today" if days > 0 else "lease")
            if days > 0 and (left_at := self.context.opened.kept("left_at")):
                self._come_back(*left_at)
        self.exchange_quietly()

    def exchanged(self, presenter: SyncPresenter) -> None:
        """An exchange has ended, be it that another agent's turn has come meanwhile."""
        if presenter is not self.context.sessions.get("sync"):
            return
        if presenter.is_emptied:
            self.lock()
            self.say_now(self.context.say("tablet.emptied"), "held")
            return
        self._introduce()
        if self.here == "lease" and not self.presenter.is_over:
            self.go("today")
        else:
            self.refresh()

    def _come_back(self, name, arguments):
        """Go on with the draft that was open, unless it has been saved since."""
        with suppress(Refusal):
            presenter = PRESENTERS[name](self.context, *arguments)
            if presenter.kept_ms:
                self.back.append((self.here, self.presenter, self._arguments))
                self.here, self.presenter, self._arguments = name, presenter, arguments
                self.show()

    def _touched(self, *_):
        self.idle.touched()
        return False

    def lock_if_idle(self):
        """Lock an open tablet that nobody has touched for a while; a draft is kept first.

        One that the service has emptied beside the window is closed at once.
        """
        if self.context.store is None:
            return
        if self._ring().is_new and not self.is_practice:
            self.lock()
            return
        if self.here in OUTSIDE or not self.idle.is_due():
            return
        if self._leave_now():  # what has no room on the disk is nowhere but on this screen
            self.lock()

    def exchange_quietly(self):
        """Exchange beside the window, if this tablet is open and linked; any outage waits."""
        store = self.context.store
        if store is None or self.is_practice or not self._is_automatic:
            return
        if store.kept("url"):
            exchange(self, SyncPresenter.of_session(self.context))

    def lock(self):
        """Close the file and ask for the PIN."""
        self._leave_now()
        self._remember()
        self._close()
        if self.is_practice:
            self.context.connect = self._connect
            self.is_practice = False
            leave_practice(self.folder)
        self.context.sessions.clear()
        self.back, self.typed, self._key = [], {}, b""
        self._begin()
        self.show()

    def go(self, name, arguments=()):
        """Lead to a screen; the way back remembers where from."""
        is_kept = self._leave_now()
        if name in dict(DESTINATIONS):
            if not is_kept:
                self.show(keep_scroll=True)
                return
            self.back = []
        elif self.here not in OUTSIDE:
            self.back.append((self.here, self.presenter, self._arguments))
        self._enter(name, arguments)

    def go_from_list(self, name, arguments=()):
        """Lead on from the list at the start side, which stays as it is."""
        if self.here not in beside.LISTS:
            self.here, self.presenter, self._arguments = self.back.pop()
        self._is_side_kept = name in beside.LISTS[self.here]
        self.go(name, arguments)

    def swap(self, name, arguments=()):
        """Lead to a screen that takes the place of this one on the way back."""
        self._enter(name, arguments)

    def _enter(self, name, arguments):
        try:
            presenter = PRESENTERS[name](self.context, *arguments)
        except Refusal as refusal:
            self.refused(refusal)
            return
        self.here, self.presenter, self._arguments = name, presenter, arguments
        self.show()

    def go_back(self):
        """Return to where one came from. Returns whether there was a way."""
        if self.sheet is not None:
            self._dismiss()
            return True
        if not self._leave_now():
            self.show(keep_scroll=True)
            return True
        if not self.back:
            return False
        self.here, self.presenter, self._arguments = self.back.pop()
        self.show()
        return True

    def leave(self):
        """Leave something guided: its draft stays."""
        if not self.go_back():
            self.go("today")

    def lead(self, presenter, name, widget):
        """Scroll to the field that brought one to a form, once it is drawn; only once."""
        if presenter.leads_to == name:
            presenter.leads_to = ""
            # Where it stands is known a frame later, when all is laid out.
            Clock.schedule_once(
                lambda _dt: Clock.schedule_once(lambda _dt: self._scroll_to(widget)), _SOON_S
            )

    def _scroll_to(self, widget):
        column = self.column
        if widget.get_root_window() and column.outer.height > column.height:
            column.scroll_to(widget, padding=dp(40), animate=False)

    def tell(self, words, tone="received"):
        """Say something on the next screen; it stands until one leads on from there."""
        self.told, self._told_tone, self._is_told = words, tone, False

    def refused(self, refusal):
        """Say why something was not done; everything else is as it was."""
        self.say_now(self.context.sentence(refusal))

    # Drafts and small delays

    def keep_soon(self):
        """Put the draft of this screen on disk in a moment, however much is typed meanwhile."""
        if not self._keep.is_triggered:
            self._keep()

    def _keep_typed(self):
        if not self._keep_now():
            self._show_told()  # around the field that has the keyboard, which a new drawing takes

    def _keep_now(self):
        """Put the draft on disk, if there is one. Returns False, and tells why, if it cannot."""
        self._keep.cancel()
        keep = getattr(self.presenter, "keep", None)
        if (
            keep is None
            or self.context.store is None
            or not getattr(self.presenter, "is_dirty", True)
        ):
            return True
        try:
            keep()
        except Refusal as refusal:
            self.tell(self.context.sentence(refusal), "attention")
            return False
        return True

    def _leave_now(self):
        """Put what is typed and what is being said on disk. Returns whether it is there."""
        voice = getattr(self.presenter, "voice", None)
        if voice is not None and self.context.store is not None:
            try:
                voice.stop()
            except Refusal as refusal:
                self.tell(self.context.sentence(refusal), "attention")
        return self._keep_now()

    def kept_note(self, kept_ms):
        """Return that the draft is kept, and when."""
        if not kept_ms:
            return ""
        return self.context.say("tablet.draft.kept", time=self.context.phrases.time(kept_ms))

    def soon(self, act):
        """Do something once typing rests for an instant; the last one wins."""
        if self._later is not None:
            self._later[0].cancel()
        self._later = (Clock.schedule_once(lambda _dt: self.flush(), _SOON_S), act)

    def flush(self):
        """Do now what was to be done soon."""
        if self._later is not None:
            event, act = self._later
            event.cancel()
            self._later = None
            act()

    # Choices over the screen

    def choose(self, title, options, on_pick):
        """Ask for one of `options`, each `(code, words)` or `(code, words, sign)`."""
        content = Stack(spacing=10, padding=(0, 4))
        content.add_widget(Heading(title))
        rows = Rows()

        def pick(code):
            self._dismiss()
            on_pick(code)

        def fill(text=""):
            rows.clear_widgets()
            wanted = text.casefold()
            found = [one for one in options if wanted in str(one[1]).casefold()]
            for code, words, *_sign in found[:_CHOICES_MAX]:
                row = Row(words, done=lambda code=code: pick(code))
                row.height = dp(56)
                rows.add(row)

        if len(options) > _FILTERED_FROM:
            hint = self.context.say("tablet.choose.filter")
            content.add_widget(SearchBox("", hint, fill, self.context.say("tablet.clear")))
        fill()
        content.add_widget(rows)
        content.add_widget(ActButton(self.context.say("tablet.cancel"), self._dismiss, "plain"))
        self.sheet = Sheet(content, self._dismiss)
        self.root_box.add_widget(self.sheet)

    def _dismiss(self):
        if self.sheet is not None:
            self.root_box.remove_widget(self.sheet)
            self.sheet = None

    # What the device does

    def call(self, phone):
        """Open the dialler with a number."""
        try:
            self.device.dialer.dial(phone)
        except Refusal:
            number = self.context.phrases.phone(phone)
            self.say_now(self.context.say("tablet.call.no_dialer", phone=number))

    def photograph(self, on_photo):
        """Take a photo and hand it on, shrunk; say why if there is none."""
        path = self.folder / "camera.jpg"

        def shrink(taken):
            # About a second: beside the window.
            try:
                if taken is not None:
                    made = photo.shrink(taken)
                    Clock.schedule_once(lambda _dt: on_photo(made))
            except Refusal as refusal:
                Clock.schedule_once(lambda _dt, why=refusal: self.refused(why))
            finally:
                path.unlink(missing_ok=True)

        def take():
            room.require(self.context.opened, self.device.storage)
            self.device.camera.take(
                path, lambda taken: threading.Thread(target=shrink, args=(taken,)).start()
            )

        self.allowed(take)

    def say_now(self, words, tone="attention"):
        """Say something on this screen."""
        self.tell(words, tone)
        self.show(keep_scroll=True)

    def speak(self, name, language):
        """Play a recorded text, where there is a recording in that language."""
        path = _AUDIO / f"{name}.{language}.ogg"
        sound = SoundLoader.load(str(path)) if path.exists() else None
        if sound is None:
            self.say_now(self.context.say("tablet.audio.none"))
        else:
            sound.play()

    def play(self, content):
        """Let a recording be heard; say so where it is not here or cannot be played."""
        path = self.folder / "voice-play.aac"
        path.write_bytes(content)
        # The player holds the file open: no recording stays readable beside the store.
        self._sound = SoundLoader.load(str(path)) if content else None
        path.unlink()
        if self._sound is None:
            self.say_now(self.context.say("tablet.voice.unplayable"))
        else:
            self._sound.play()

    def allowed(self, act):
        """Do something that may be refused; say why. Returns whether it was done."""
        try:
            act()
        except Refusal as refusal:
            self.refused(refusal)
            return False
        return True

    def plan(self, where):
        """Plan a visit to someone: ask for the day."""
        entity, record_id = where
        say = self.context.say

        def planned(day):
            store = self.context.opened
            subject = store.get(entity, record_id)
            values = {
                f"{entity}_id": record_id,
                "commune_code": subject.values["commune_code"],
                "agent_id": store.kept("agent_id"),
                "state": "planned",
                "planned_on": int(day),
            }
            try:
                store.put("visit", values)
            except Refusal as refusal:
                self.tell(self.context.sentence(refusal), "attention")
            else:
                words = self.context.phrases.day(int(day), "weekday")
                self.tell(say("tablet.planned", day=words))
            self.show()

        self.choose(say("tablet.plan.day"), self.context.days_ahead(), planned)

    def named(self, key):
        """Return what was typed to look for somebody as the beginning of a new record."""
        text = self.typed.get(key, "").strip()
        if not text or any(one.isdigit() for one in text):
            return {}
        return {"name_ar" if has_arabic(text) else "name_fr": text}

    # How it looks

    def speak_in(self, language):
        """Change the language, without a restart."""
        self.settings.language = language
        self.save_settings()
        self._speak(language)
        self._side = None
        self.show(keep_scroll=True)

    def shine(self, theme):
        """Change the theme."""
        self.settings.theme = THEME.name = theme
        self.save_settings()
        self._side = None
        self.show(keep_scroll=True)

    def next_theme(self):
        """Take the next theme: one tap away from the sun."""
        after = {"light": "sunlight", "sunlight": "dark", "dark": "light"}
        self.shine(after.get(self.settings.theme, THEMES[0]))

    def save_settings(self):
        """Keep what was chosen."""
        settings.save(self.folder, self.settings)

    def _turned(self):
        if self._rooms() != self._drawn_for:
            self._side = None
            self.show(keep_scroll=True)

    def _rooms(self):
        """Return how many panes there is room for beside the screen: the rail, a list."""
        return sum(Window.width >= dp(wide) for wide in (_RAIL_DP, _BESIDE_DP))

    def _list(self):
        """Return the list at the start side, its name and presenter, or None."""
        if self._rooms() < len((_RAIL_DP, _BESIDE_DP)):
            return None
        if self.here in beside.WAITING:
            return self.here, self.presenter
        if self.back and self.here in beside.LISTS.get(self.back[-1][0], ()):
            return self.back[-1][:2]
        return None

    @property
    def chosen(self):
        """Return what was chosen from the list beside this screen: entity and id, or nothing."""
        return () if self._list() in (None, (self.here, self.presenter)) else self._arguments

    def refresh(self):
        """Draw again, as after an exchange; what somebody is typing stays."""
        if self.here in _REFRESHED:
            self.show(keep_scroll=True)

    def show(self, keep_scroll=False):
        """Draw the screen as its presenter says. `keep_scroll`: it is the same one, changed."""
        asked = self.sheet if keep_scroll else None
        at = self.column.scroll_y if keep_scroll and isinstance(self.column, Column) else 1
        self._dismiss()
        if self._is_told and not keep_scroll:
            self.told = ""
        left = list(self.root_box.children)
        self.root_box.clear_widgets()
        Window.clearcolor = THEME.color("bg")
        self._drawn_for = self._rooms()
        listed = self._list()
        frame = self._around(listed, keep_scroll, at) if listed else self._pane(self, at)
        if self.here not in OUTSIDE and self._drawn_for:
            frame = _in_a_row(self._places(is_rail=True), frame)
        self.root_box.add_widget(frame)
        if asked is not None:  # a position that comes takes no question from under the finger
            self.sheet = asked
            self.root_box.add_widget(asked)
        self._sweeper.left(left)
        self._is_side_kept = False

    def _around(self, listed, keep_scroll, at):
        """Return the list and what is chosen from it, side by side."""
        name, presenter = listed
        is_same = self._side is not None and self._side[0] is presenter
        if is_same and (self._is_side_kept or (keep_scroll and name not in _REFRESHED)):
            side = self._side[1]
            side.parent.remove_widget(side)
        else:
            side = self._pane(beside.Chooser(self), at if name == self.here else 1, listed)
            side.size_hint_x, side.width = None, dp(_LIST_DP)
        self._side = (presenter, side)
        if name == self.here:
            record = Column(Empty(self.context.say(beside.WAITING[name])))
        else:
            record = self._pane(self, at)
        edge = Divider()
        edge.size_hint, edge.width = (None, 1), dp(1)
        return _in_a_row(side, edge, record)

    def _pane(self, app, at, listed=None):
        """Return a screen and what surrounds it: this one, or the list beside it."""
        name, presenter = listed or (self.here, self.presenter)
        is_main = name == self.here
        page = VIEWS[name](app, presenter)
        is_inside = name not in OUTSIDE
        frame = BoxLayout(orientation="vertical")
        if page.title:
            frame.add_widget(self._bar(page, self.back and is_main))
        if page.steps:
            number, of, name = page.steps
            said = self.context.say("tablet.step", number=number, of=of)
            frame.add_widget(Steps(number, of, said, name))
        elif is_inside:
            frame.add_widget(self._truth(page))
        if page.title:
            frame.add_widget(Divider())
        if is_main:
            self._say_above(frame, page)
        frame.add_widget(page.body)
        if isinstance(page.body, Column):
            page.body.scroll_y = at
        if page.acts:
            frame.add_widget(Divider())
            frame.add_widget(Acts(page.acts))
        elif is_inside and not self._drawn_for:
            frame.add_widget(Divider())
            frame.add_widget(self._places(is_rail=False))
        return frame

    def _say_above(self, frame, page):
        self.column = page.body
        self._notice = Stack(height=0)
        frame.add_widget(self._notice)
        self._show_told()
        if self.is_practice:
            words = self.context.say("tablet.practice.on")
            frame.add_widget(Margins(Banner(words, "held")))

    def _show_told(self):
        self._notice.clear_widgets()
        if self.told:
            self._notice.add_widget(Margins(Banner(self.told, self._told_tone)))
        self._is_told = True

    def _bar(self, page, has_back):
        say = self.context.say
        on_back = self.go_back if has_back else None
        sign = "x" if page.is_closed_by_x else "arrow-left"
        name = say("tablet.close") if page.is_closed_by_x else say("tablet.back")
        return AppBar(page.title, on_back, sign, name, page.signs, page.note)

    def _truth(self, page):
        words, count = self.context.truth()
        if page.other:
            return LineOfTruth(words, count, page.other)
        network = self.context.network()
        last = self.context.last_contact()
        parts = [self.context.say("tablet.network.none") if network == "none" else "", last]
        return LineOfTruth(
            words, count, " · ".join(one for one in parts if one), _NETWORK_SIGN.get(network, "")
        )

    def _places(self, *, is_rail):
        count = self.context.truth()[1]
        counts = {"sync": count, "more": attention_count(self.context)}
        places = [
            (code, self.context.say(f"tablet.nav.{code}"), sign, counts.get(code, 0))
            for code, sign in DESTINATIONS
        ]
        here, *_ = self._list() or (self.here,)
        return Destinations(places, here, self.go, is_rail=is_rail)

    def _on_key(self, _window, key, *_more):
        return self.go_back() if key == _BACK_KEY else False


def _in_a_row(*panes):
    row = MirrorBox()
    for pane in panes:
        row.add_widget(pane)
    return row
