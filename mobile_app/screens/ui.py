"""What a view may ask for beside its own screen. The shell answers; a view knows no more of it.

There are two for each tablet: the screen's own, and the one of the list that stands beside it,
which leads on without leaving the list (`mobile_app/shell/screen.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from mobile_app.device.files import Files
from mobile_app.device.finding import Check
from mobile_app.screens.context import Context

Act = Callable[[], object]
Arguments = tuple[Any, ...]


class Session(Protocol):
    """Who is here."""

    @property
    def is_practice(self) -> bool:
        """Whether this is practice on invented people: nothing can be sent."""

    def enter(self) -> None:
        """Lead in: the PIN was right, and the store is open."""

    def lock(self) -> None:
        """Close the file and ask for the PIN."""

    def practise(self) -> None:
        """Open the app on invented people."""

    def choose_agent(self) -> None:
        """Show who shares this tablet."""

    def ask_pin(self, folder: Path) -> None:
        """Ask for the PIN of the agent whose files lie in `folder`."""

    def ask_new_agent(self) -> None:
        """Let one more agent choose a PIN."""

    def ask_rescue(self) -> None:
        """Ask for the coordinator's code, in place of the PIN."""


class Preferences(Protocol):
    """What a person chooses for this tablet. Each is kept, and the screen drawn anew."""

    def speak_in(self, language: str) -> None:
        """Change the language, without a restart."""

    def shine(self, theme: str) -> None:
        """Change the theme."""

    def next_theme(self) -> None:
        """Take the next theme: one tap away from the sun."""

    def simplify_keyboard(self) -> None:
        """Let the keyboard compose no words, or again."""

    def send_photos_on_wifi(self) -> None:
        """Let photos wait for Wi-Fi, or no longer."""


class Device(Protocol):
    """What the device does for a screen; why it does not is said on the screen."""

    @property
    def check(self) -> Check | None:
        """What looks whether all of the device works; None: nothing does."""

    @property
    def files(self) -> Files:
        """Files that people carry."""

    def call(self, phone: str) -> None:
        """Open the dialler with a number."""

    def photograph(self, on_photo: Callable[[Any], object]) -> None:
        """Take a photo and hand it on, shrunk (`device.photo.Shrunk`)."""

    @property
    def can_scan(self) -> bool:
        """Whether codes are read here by the camera; else they are typed."""

    def scan(self, on_text: Callable[[str], object]) -> None:
        """Take a picture of a code and hand its text on; say so if none is seen."""

    def speak(self, name: str, language: str) -> None:
        """Play a recorded text."""

    def play(self, content: bytes) -> None:
        """Let a recording be heard."""

    def ask_notices(self) -> None:
        """Ask to let the system show that the service sends, and say why: once, for good."""


class Records(Protocol):
    """What is done with records beside the screen that shows them."""

    def saved(self, presenter: Any, screen: str, arguments: Arguments = ()) -> None:
        """Say that something is stored; for a moment a touch takes it back to where it was made."""

    def take_back(self, record_id: bytes, screen: str, arguments: Arguments) -> None:
        """Undo a save, and go on where it was made; say so if it is too late."""

    def drop_draft(self, screen: str, arguments: Arguments) -> None:
        """Ask whether a draft is to be dropped, and drop it with all that belongs to it."""

    def plan(self, where: tuple[str, bytes]) -> None:
        """Plan a visit to someone, entity and id: ask for the day."""


class Ui(Protocol):
    """What a view is given beside its presenter.

    `typed`: what is typed into fields that are no draft's, by their names; cleared when the tablet
    is locked. `chosen`: what was chosen from the list beside the screen, entity and id, or nothing.
    """

    @property
    def context(self) -> Context:
        """The store, the words, the settings: what presenters have."""

    @property
    def session(self) -> Session:
        """Who is here."""

    @property
    def preferences(self) -> Preferences:
        """What a person chooses for this tablet."""

    @property
    def device(self) -> Device:
        """What the device does for a screen."""

    @property
    def records(self) -> Records:
        """What is done with records beside their screens."""

    @property
    def typed(self) -> dict[str, str]:
        """What is typed into fields that are no draft's."""

    @property
    def chosen(self) -> Arguments:
        """What was chosen from the list beside the screen."""

    def go(self, name: str, arguments: Arguments = (), /) -> None:
        """Lead to a screen (`shell.catalogue.SCREENS`); the way back remembers where from."""

    def tools(self) -> Sequence[tuple[str, str]]:
        """Return the screens that *More* leads to: name and sign, in their order there."""

    def swap(self, name: str, arguments: Arguments = (), /) -> None:
        """Lead to a screen that takes the place of this one on the way back."""

    def leave(self) -> None:
        """Leave something guided for where one came from: its draft stays."""

    def show(self, *, keep_scroll: bool = False) -> None:
        """Draw this screen as its presenter says now: a touch asked for it.

        Args:
            keep_scroll: it stays scrolled as it is; else its head is shown.
        """

    def refresh(self) -> None:
        """Draw whatever screen is shown again, as something it may show came by itself.

        When no finger is down, and only where nobody types.
        """

    def redraw(self, presenter: Any) -> None:
        """Draw a screen again that changed by itself, once no finger is down, if it still shows."""

    def is_shown(self, presenter: Any) -> bool:
        """Whether this presenter's screen is the one that is shown."""

    def after_touch(self, act: Act) -> None:
        """Change a part of the screen that changed by itself, once no finger is down.

        `act` looks whether that part is still there.
        """

    def soon(self, act: Act) -> None:
        """Do something once typing rests for an instant; the last one wins."""

    def beside(self, work: Act, then: Act) -> None:
        """Do `work` on another thread, then `then` on the window's."""

    def keep_soon(self, presenter: Any) -> None:
        """Put the draft of a presenter on disk in a moment."""

    def lead(self, presenter: Any, name: str, widget: Any) -> None:
        """Scroll to the field that brought one to a form, once it is drawn; only once."""

    def tell(self, words: str, tone: str = "received") -> None:
        """Say something on the next screen that is shown."""

    def say_now(self, words: str, tone: str = "attention") -> None:
        """Say something on this screen."""

    def allowed(self, act: Act) -> bool:
        """Do something that may be refused; say why. Returns whether it was done."""

    def choose(
        self,
        title: str,
        options: Iterable[tuple[Any, ...]],
        on_pick: Callable[[Any], object],
        about: str = "",
    ) -> None:
        """Ask for one of `options`, each `(code, words)`; `about` says why."""

    def exchange(self) -> None:
        """Begin an exchange beside the window, unless one runs."""

    def update(self, act: str) -> None:
        """Do what the row of the newer version offers (`more.update`: LOOK, FETCH, INSTALL)."""
