"""A newer version of the app: looked for and fetched beside the window, installed by the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mobile_app.device.installer import NoInstaller
from mobile_app.device.network import NONE
from mobile_app.exchange import metering
from mobile_app.exchange.updates import Updates
from mobile_app.screens.context import Context
from mobile_app.screens.lasting import Lasting
from sync.errors import Refusal, SyncError

LOOK, FETCH, INSTALL = "look", "fetch", "install"


@dataclass(frozen=True, slots=True)
class Shown:
    """A row: what it says, and what a touch does (LOOK, FETCH, INSTALL, or nothing)."""

    title: str
    detail: str
    act: str


class UpdatePresenter(Lasting):
    """`run` may be called on another thread; the window reads meanwhile how far it is."""

    lasts_as = "update"

    def __init__(self, context: Context) -> None:
        """Nothing has been tried in this session."""
        super().__init__(context)
        self._has_looked = False
        self._installer = context.device.installer if context.device else NoInstaller()
        self._updates = Updates(context.root, self._installer)

    def is_wanted(self) -> bool:
        """Whether to look or go on now without being asked: once a day, where bytes are free."""
        if self.is_running or self._installer.installed() is None or not self._is_free():
            return False
        offer = self._updates.offer()
        is_begun = offer is not None and self._updates.bytes_there(offer) > 0
        return is_begun or self._updates.is_due(self.context.now_ms())

    def run(self, *, is_asked: bool) -> None:
        """Ask the server, and fetch where it costs nothing; never raises for an outage.

        Args:
            is_asked: by the person, who pays: also on a line that costs, what is offered is
                fetched. What nobody knows of yet is only looked for.
        """
        self.prepare()
        try:
            self._run(is_asked=is_asked)
        except (Refusal, SyncError) as fault:
            if is_asked:
                self.problem = self.context.sentence(fault)
        finally:
            self.is_running = False

    def _run(self, *, is_asked: bool) -> None:
        shown, device = self.context.opened, self.context.device
        assert device is not None
        with shown.beside() as store:
            line = self.context.connect(store)
            try:
                with metering.counted(store, line):
                    may_pay = is_asked and self._updates.offer() is not None
                    if not may_pay:
                        self._updates.ask(line, store.true_clock.wall_ms())
                        self._has_looked = True
                    if may_pay or self._is_free():
                        free = device.storage.free_bytes()
                        self._updates.fetch(line, free, may_go_on=self._going(is_paid=may_pay))
            finally:
                line.close()

    def _going(self, *, is_paid: bool) -> Callable[[], bool]:
        """Return what is asked before each piece: is it this agent's turn, and does it cost."""
        return lambda: self.is_current and (is_paid or self._is_free())

    def _is_free(self) -> bool:
        line = self.context.device.network.line() if self.context.device else None
        return line is not None and line.kind != NONE and not line.is_metered

    def shown(self) -> Shown | None:
        """Return the row; None where this app does not install itself."""
        if self._installer.installed() is None:
            return None
        say, size = self.context.say, self.context.phrases.bytes
        offer = self._updates.offer()
        if offer is None:
            detail = say("tablet.update.none") if self._has_looked else ""
            return Shown(say("tablet.update.look"), detail, "" if self.is_running else LOOK)
        if self._updates.ready():
            title = say("tablet.update.ready", version=str(offer.version))
            return Shown(title, say("tablet.update.kept"), INSTALL)
        title = say("tablet.update.offered", version=str(offer.version))
        arrived = self._updates.bytes_there(offer)
        if self.is_running:
            done = say("tablet.update.coming", done=size(arrived), of=size(offer.size_bytes))
            return Shown(title, done, "")
        waits = say("tablet.update.waits", bytes=size(offer.size_bytes - arrived))
        return Shown(title, waits, FETCH)

    def trouble(self) -> str:
        """Return what went wrong, in words: this time, or with what the server still offers."""
        refused = self._updates.refused()
        return self.problem or (self.context.say(f"refusal.{refused}") if refused else "")

    def prepare_to_install(self) -> None:
        """Be ready to install; on the window's thread."""
        self._installer.prepare()

    def install(self, done: Callable[[Refusal | None], None]) -> None:
        """Check the file once more and hand it to the system; on another thread, once prepared.

        Args:
            done: called once, from any thread; None: it is installed, or there is nothing to.
        """
        try:
            path: Path | None = self._updates.recheck()
            if path is None:
                done(None)
            else:
                self._installer.install(path, done)
        except Refusal as refusal:
            done(refusal)
