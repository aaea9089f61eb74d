"""What a view is given (`screens.ui.Ui`): each of its acts is one of the shell's parts'."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mobile_app.screens.context import Context
from mobile_app.shell.catalogue import SCREENS
from mobile_app.shell.contact import Contact
from mobile_app.shell.drafts import Drafts, Typing
from mobile_app.shell.navigator import Arguments, Navigator
from mobile_app.shell.panes import has_room_beside
from mobile_app.shell.ports import Loop
from mobile_app.shell.preferences import Preferences
from mobile_app.shell.services import Devices, Questions, Records
from mobile_app.shell.session import Session
from mobile_app.shell.updating import Updating
from mobile_app.shell.window import TabletWindow


class Screen:
    """The screen's own, or with another `go` that of the list beside it."""

    def __init__(
        self,
        *,
        go: Callable[..., None],
        context: Context,
        window: TabletWindow,
        loop: Loop,
        drafts: Drafts,
        typing: Typing,
        navigator: Navigator,
        session: Session,
        preferences: Preferences,
        contact: Contact,
        updating: Updating,
        questions: Questions,
        device: Devices,
        records: Records,
    ) -> None:
        """Take each act from who does it."""
        self.context, self.session, self.preferences = context, session, preferences
        self.device, self.records = device, records
        self._navigator = navigator
        self.go, self.swap, self.leave = go, navigator.swap, navigator.leave
        self.show, self.refresh, self.redraw = window.show, window.refresh, window.redraw
        self.after_touch, self.lead = window.after_touch, window.lead
        self.tell, self.say_now, self.allowed = window.tell, window.say_now, window.allowed
        self.typed, self.soon, self.keep_soon = typing.texts, typing.soon, drafts.keep_soon
        self.beside, self.choose = loop.beside, questions.choose
        self.exchange, self.update = contact.begin, updating.act

    @property
    def chosen(self) -> Arguments:
        """What was chosen from the list beside the screen, entity and id, or nothing."""
        return self._navigator.chosen() if has_room_beside() else ()

    def tools(self) -> Sequence[tuple[str, str]]:
        """Return the screens that *More* leads to: name and sign, in their order there."""
        return [(name, screen.sign) for name, screen in SCREENS.items() if screen.sign]

    def is_shown(self, presenter: object) -> bool:
        """Whether this presenter's screen is the one that is shown."""
        return self._navigator.presenter is presenter
