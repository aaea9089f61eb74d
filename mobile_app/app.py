"""The tablet's app: its parts are made here, from what it is given, and put together.

`shell/` has them: who is here, where one is, how it is drawn, what screens ask for. None knows this
module; each is handed what it stands on, so each can be read and tried alone.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import ExceptionHandler, ExceptionManager

from mobile_app import settings
from mobile_app.device.adapters import Adapters, adapters_of_this_device
from mobile_app.device.clock import Clock
from mobile_app.device.finding import Check
from mobile_app.device.gps import Gps
from mobile_app.i18n import load_phrases
from mobile_app.screens.context import Context
from mobile_app.shell.catalogue import readings
from mobile_app.shell.contact import Contact
from mobile_app.shell.drafts import Drafts, Typing
from mobile_app.shell.navigator import Navigator
from mobile_app.shell.panes import Notice, Panes
from mobile_app.shell.preferences import Preferences
from mobile_app.shell.screen import Screen
from mobile_app.shell.services import Devices, Questions, Records
from mobile_app.shell.session import Session
from mobile_app.shell.updating import Updating
from mobile_app.shell.window import KivyLoop, TabletWindow
from mobile_app.store.reference import Reference
from sync.errors import Refusal

_EXCHANGE_S = 900
_LOOK_S = 15


class _Refused(ExceptionHandler):
    """A refusal that no screen expected, as of a full disk under any touch, is said: no crash."""

    def handle_exception(self, fault: Exception) -> int:
        app = App.get_running_app()
        if not isinstance(fault, Refusal) or app is None:
            return int(ExceptionManager.RAISE)
        app.window.refused(fault)
        return int(ExceptionManager.PASS)


# One for the process: Kivy keeps a handler for good and takes the same one only once, so that a
# second app in it, as in tests, does not say each refusal twice.
_REFUSED = _Refused()


class NuqtaApp(App):
    """One window on the store of one folder. Its attributes are the parts of the shell."""

    title = "Nuqta"

    def __init__(
        self,
        folder: Path | str,
        *,
        clock: Clock,
        gps: Gps | None = None,
        language: str = "ar",
        theme: str = "light",
        device: Adapters | None = None,
        check: Check | None = None,
        is_automatic: bool = True,
        **more: Any,
    ) -> None:
        """Show the file in `folder`.

        Args:
            device: its ports; `gps` takes the place of its receiver.
            language: until the person has chosen one; so `theme`.
            check: looks whether all of the device works; None: nothing does.
            is_automatic: exchange at the start, on resuming, and every quarter of an hour.
            more: as Kivy's `App` takes it.
        """
        super().__init__(**more)
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        device = device or adapters_of_this_device(root)
        if gps is not None:
            device = replace(device, gps=gps)
        chosen = settings.load(root, settings.Settings(language, theme))
        phrases = load_phrases(chosen.language)
        self.context = context = Context(
            root, phrases, device.gps, Reference(), chosen, device=device, root=root
        )
        self.loop = loop = KivyLoop()
        self.window = window = TabletWindow(context, Notice())
        self.preferences = Preferences(context, window)
        self.drafts = drafts = Drafts(context, loop, window)
        self.typing = typing = Typing(context, loop, window)
        self.navigator = navigator = Navigator(context, drafts, window)
        self.session = session = Session(
            context,
            navigator,
            drafts,
            typing,
            window,
            clock=clock,
            is_automatic=is_automatic,
            on_open=self._opened,
        )
        self.updating = updating = Updating(
            context, navigator, drafts, session=session, loop=loop, stage=window
        )
        self.contact = Contact(
            context, navigator, session=session, updating=updating, loop=loop, stage=window
        )
        self.questions = Questions(context, window)
        self.device = Devices(context, session, self.questions, loop, window, check=check)
        self.records = Records(context, navigator, self.questions, window)
        loop.every(_EXCHANGE_S, self.contact.begin_quietly)

    def build(self) -> Any:
        """Return what Kivy shows, with the first screen in it."""
        ExceptionManager.add_handler(_REFUSED)
        screen = partial(
            Screen,
            context=self.context,
            window=self.window,
            loop=self.loop,
            drafts=self.drafts,
            typing=self.typing,
            navigator=self.navigator,
            session=self.session,
            preferences=self.preferences,
            contact=self.contact,
            updating=self.updating,
            questions=self.questions,
            device=self.device,
            records=self.records,
        )
        panes = Panes(
            self.context,
            self.navigator,
            self.session,
            self.contact,
            self.window.notice,
            screen=screen(go=self.navigator.go),
            list_screen=screen(go=self.navigator.go_from_list),
        )
        shown = self.window.open(
            self.navigator,
            panes,
            readings(),
            on_touch=self.session.idle.touched,
            on_memory=self.session.spare,
        )
        self.loop.every(_LOOK_S, self._look)
        return shown

    def _opened(self) -> None:
        self.contact.begin_quietly()

    def _look(self) -> None:
        self.session.lock_if_idle()
        self.contact.look_for_line()

    def on_pause(self) -> bool:
        """Keep all that is in hand: a paused app may be ended any moment."""
        self.window.forget_touches()
        self.session.pause()
        return True

    def on_resume(self) -> None:
        """Say what came of going on beside the window, and exchange."""
        self.window.show_notice()
        self.contact.begin_quietly()

    def on_stop(self) -> None:
        """Close the file."""
        self.session.stop()
