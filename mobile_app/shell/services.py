"""What screens ask for beside their own: a choice, a call, a photo, a voice, a planned visit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from kivy.core.audio import SoundLoader

from mobile_app import settings
from mobile_app.device import handed
from mobile_app.device.files import Files
from mobile_app.device.finding import Check
from mobile_app.device.storage import write_private
from mobile_app.screens.context import Context
from mobile_app.shell.catalogue import presenter_of
from mobile_app.shell.navigator import Arguments, Navigator
from mobile_app.shell.ports import Act, Loop
from mobile_app.shell.session import Session
from mobile_app.shell.window import TabletWindow
from mobile_app.store import room, undo
from mobile_app.store.records import Store
from mobile_app.ui.kit import ActButton, Heading, Row, Rows, SearchBox, Stack, Text
from mobile_app.ui.metrics import dp
from mobile_app.ui.theme import ASSETS
from sync.errors import Refusal

_FILTERED_FROM = 12
"""From so many options on there is a box to look among them."""
_CHOICES_MAX = 80
_AUDIO = ASSETS / "audio"
"""Recorded texts, `NAME.LANGUAGE.ogg`; what is not recorded is read aloud by the agent."""


class Questions:
    """Asks over the screen for one of several things."""

    def __init__(self, context: Context, window: TabletWindow) -> None:
        """Ask nothing yet."""
        self._context, self._window = context, window

    def choose(
        self,
        title: str,
        options: Iterable[tuple[Any, ...]],
        on_pick: Callable[[Any], object],
        about: str = "",
    ) -> None:
        """Ask for one of `options`, each `(code, words)`; `about` says why."""
        say, dismiss, options = self._context.say, self._window.dismiss, list(options)
        content = Stack(spacing=10, padding=(0, 4))
        content.add_widget(Heading(title))
        if about:
            content.add_widget(Text(about, color="muted"))
        rows = Rows()

        def pick(code: Any) -> None:
            dismiss()
            on_pick(code)

        def fill(text: str = "") -> None:
            rows.clear_widgets()
            wanted = text.casefold()
            found = [option for option in options if wanted in str(option[1]).casefold()]
            for code, words, *_sign in found[:_CHOICES_MAX]:
                row = Row(words, done=lambda code=code: pick(code))
                row.height = dp(56)
                rows.add(row)

        if len(options) > _FILTERED_FROM:
            hint = say("tablet.choose.filter")
            content.add_widget(SearchBox("", hint, fill, say("tablet.clear")))
        fill()
        content.add_widget(rows)
        content.add_widget(ActButton(say("tablet.cancel"), dismiss, "plain"))
        self._window.ask(content)


class Devices:
    """What the device does for a screen. `check`: looks whether all of it works, or None."""

    def __init__(
        self,
        context: Context,
        session: Session,
        questions: Questions,
        loop: Loop,
        window: TabletWindow,
        *,
        check: Check | None,
    ) -> None:
        """Do nothing yet."""
        self._context, self._session, self._questions = context, session, questions
        self._loop, self._window = loop, window
        self.check = check
        self._sound: Any = None

    @property
    def files(self) -> Files:
        """Files that people carry."""
        return self._context.ports.files

    def call(self, phone: str) -> None:
        """Open the dialler with a number."""
        try:
            self._context.ports.dialer.dial(phone)
        except Refusal:
            number = self._context.phrases.phone(phone)
            self._window.say_now(self._context.say("tablet.call.no_dialer", phone=number))

    def photograph(self, on_photo: Callable[[Any], object]) -> None:
        """Take a photo and hand it on, shrunk; say why if there is none."""
        require = partial(self._window.allowed, self._require_room)

        def shrunk(taken: Path) -> Act:
            return partial(on_photo, _shrunk(taken))

        # Who turned back may have done so for want of room.
        self._window.allowed(lambda: self._aim(shrunk, require, self._require_room))

    @property
    def can_scan(self) -> bool:
        """Whether codes are read here by the camera."""
        return self._context.ports.scanner.is_there

    def scan(self, on_text: Callable[[str], object]) -> None:
        """Take a picture of a code and hand its text on; say so if none is seen on it."""
        say, window = self._context.say, self._window

        def read(taken: Path) -> Act:
            text = self._context.ports.scanner.read(taken)
            if text:
                return partial(on_text, text)
            return lambda: window.say_now(say("tablet.scan.none"))

        window.allowed(lambda: self._aim(read, lambda: None, lambda: None))

    def _aim(self, use: Callable[[Path], Act], turned_back: Act, require: Act) -> None:
        """Let a picture be taken and use it on another thread; what that returns, on the window's.

        Args:
            turned_back: done where none was taken.
            require: raises why none can be taken now; before the camera opens.
        """
        context, session, window = self._context, self._session, self._window
        path, opened = handed.fresh(context.root, handed.PICTURE), context.store

        def end(act: Act) -> None:
            self._loop.after(0, lambda: window.after_touch(partial(self._if_open, opened, act)))

        def look(taken: Path | None) -> None:
            try:
                end(turned_back if taken is None else use(taken))
            except Refusal as refusal:
                end(partial(window.refused, refusal))
            finally:
                path.unlink(missing_ok=True)

        def came(taken: Path | None) -> None:
            session.is_aiming = False
            session.idle.touched()  # who aims is not away
            threading.Thread(target=look, args=(taken,)).start()

        require()
        session.is_aiming = True
        try:
            context.ports.camera.take(path, came)
        except Refusal:
            session.is_aiming = False
            raise

    def _if_open(self, store: Store | None, act: Act) -> None:
        """Do something unless the tablet was locked, and may be another's, meanwhile."""
        if self._context.store is store:
            act()

    def _require_room(self) -> None:
        """Raise SpaceLow unless the device has room for a photo."""
        room.require(self._context.opened, self._context.ports.storage)

    def speak(self, name: str, language: str) -> None:
        """Play a recorded text, where there is a recording in that language."""
        path = _AUDIO / f"{name}.{language}.ogg"
        sound = SoundLoader.load(str(path)) if path.exists() else None
        if sound is None:
            self._window.say_now(self._context.say("tablet.audio.none"))
        else:
            sound.play()

    def play(self, content: bytes) -> None:
        """Let a recording be heard; say so where it is not here or cannot be played."""
        path = handed.fresh(self._context.root, ".aac")
        write_private(path, content)
        # The player holds the file open: no recording stays readable beside the store.
        self._sound = SoundLoader.load(str(path)) if content else None
        path.unlink()
        if self._sound is None:
            self._window.say_now(self._context.say("tablet.voice.unplayable"))
        else:
            self._sound.play()

    def ask_notices(self) -> None:
        """Ask to let the system show that the service sends, and say why: once, whatever comes."""
        chosen, notices = self._context.settings, self._context.ports.notices
        if chosen.notices_asked or not notices.is_leave_missing():
            return
        chosen.notices_asked = True
        settings.save(self._context.root, chosen)
        say = self._context.say
        self._questions.choose(
            say("tablet.notices"),
            [("allow", say("tablet.notices.allow"))],
            lambda _code: notices.ask(),
            say("tablet.notices.why"),
        )


def _shrunk(taken: Path) -> Any:
    """Return a picture as it is stored (`device.photo`): about a second, beside the window."""
    from mobile_app.device import photo  # Pillow is read then, not at the start

    return photo.shrink(taken)


class Records:
    """What is done with records beside the screen that shows them."""

    def __init__(
        self,
        context: Context,
        navigator: Navigator,
        questions: Questions,
        window: TabletWindow,
    ) -> None:
        """Do nothing yet."""
        self._context, self._navigator = context, navigator
        self._questions, self._window = questions, window

    def saved(self, presenter: Any, screen: str, arguments: Arguments = ()) -> None:
        """Say that something is stored; for a moment a touch takes it back to where it was made."""
        record_id = presenter.saved_id
        words = self._context.say("tablet.saved.undo")
        self._window.tell(words, done=lambda: self.take_back(record_id, screen, arguments))

    def take_back(self, record_id: bytes, screen: str, arguments: Arguments) -> None:
        """Undo a save, and go on where it was made; say so if it is too late."""
        if undo.take_back_save(self._context.opened, record_id):
            self._window.tell(self._context.say("tablet.undone"))
            self._navigator.swap(screen, arguments)
        else:
            self._window.say_now(self._context.say("tablet.undo.late"))

    def drop_draft(self, screen: str, arguments: Arguments) -> None:
        """Ask whether a draft is to be dropped, and drop it with all that belongs to it."""

        def drop(_code: str) -> None:
            presenter = presenter_of(screen)(self._context, *arguments)
            if self._window.allowed(presenter.discard):
                self._window.show(keep_scroll=True)

        options = [("drop", self._context.say("tablet.draft.drop"))]
        self._questions.choose(self._context.say("tablet.draft.drop.ask"), options, drop)

    def plan(self, where: tuple[str, bytes]) -> None:
        """Plan a visit to someone, entity and id: ask for the day."""
        entity, record_id = where
        say, made_id = self._context.say, self._context.opened.ids()

        def planned(day: str) -> None:
            store = self._context.opened
            subject = store.get(entity, record_id)
            values = {
                f"{entity}_id": record_id,
                "commune_code": subject.values["commune_code"],
                "agent_id": store.kept.agent_id,
                "state": "planned",
                "planned_on": int(day),
            }
            try:
                store.put("visit", values, made_id)
            except Refusal as refusal:
                self._window.tell(self._context.sentence(refusal), "attention")
            else:
                words = self._context.phrases.day(int(day), "weekday")
                self._window.tell(say("tablet.planned", day=words))
            self._window.show()

        self._questions.choose(say("tablet.plan.day"), self._context.days_ahead(), planned)
