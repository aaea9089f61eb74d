"""Whose tablet it is now: the agents who share it, PIN, practice, and what closes it again.

It opens and closes the store behind `context`. Who stands before a closed tablet sees names alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_app import seats
from mobile_app.device import handed
from mobile_app.device.clock import Clock
from mobile_app.exchange import relay
from mobile_app.exchange.contact import is_waiting
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.practice import leave_practice, open_practice, refuse_line
from mobile_app.screens.agents.presenter import AgentsPresenter
from mobile_app.screens.context import Context
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.screens.rescue.presenter import RescuePresenter
from mobile_app.screens.voice import recover
from mobile_app.shell.catalogue import presenter_of
from mobile_app.shell.drafts import Drafts, Typing
from mobile_app.shell.navigator import Arguments, Navigator
from mobile_app.shell.ports import Stage
from mobile_app.store import drafts, handover, lease, undo
from mobile_app.store.database import transaction
from mobile_app.store.idle import IdleLock
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from sync.errors import Refusal

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport


class Session:
    """Who is here, from their PIN until the tablet is locked.

    `is_aiming`: the camera is open, over the app. `idle`: since when nobody has touched the tablet.
    """

    def __init__(
        self,
        context: Context,
        navigator: Navigator,
        drafts: Drafts,
        typing: Typing,
        stage: Stage,
        *,
        clock: Clock,
        is_automatic: bool,
        on_open: Callable[[], None],
    ) -> None:
        """Finish what was ended in the midst, and ask who it is.

        Args:
            is_automatic: whether anything is sent or fetched without being asked for.
            on_open: called when a PIN has opened the store, after its first screen is shown.
        """
        self._context, self._navigator, self._drafts = context, navigator, drafts
        self._typing, self._stage, self._on_open = typing, stage, on_open
        self.clock, self.is_automatic = clock, is_automatic
        self.idle = IdleLock(clock)
        self.is_practice = self.is_aiming = False
        self._key = b""
        self._offer: handover.Offer | None = None
        self._connect: Callable[[Store], Transport] = context.connect
        seats.finish_emptying(context.root)
        self._begin()

    @property
    def acts_alone(self) -> bool:
        """Whether something may be sent or fetched now without being asked for."""
        return self.is_automatic and self._context.store is not None and not self.is_practice

    # Who it is

    def _begin(self) -> None:
        """Ask who it is, or for the PIN of the only one; what another had in hand is gone."""
        root = self._context.root
        if handed.clear(root):
            self._stage.tell(self._context.say("tablet.photo.lost"), "attention")
        occupied = seats.seats(root)
        if len(occupied) > 1:
            self._navigator.put("agents", AgentsPresenter(self._context))
        else:
            self._put_pin(occupied[0].folder if occupied else seats.next_folder(root))

    def _put_pin(self, folder: Path) -> None:
        self._context.folder = folder
        self._navigator.put("pin", PinPresenter(self._context, self.open))

    def choose_agent(self) -> None:
        """Show who shares this tablet."""
        self._navigator.put("agents", AgentsPresenter(self._context))
        self._stage.show()

    def ask_pin(self, folder: Path) -> None:
        """Ask for the PIN of the agent whose files lie in `folder`."""
        self._put_pin(folder)
        self._stage.show()

    def ask_new_agent(self) -> None:
        """Let one more agent choose a PIN."""
        self.ask_pin(seats.next_folder(self._context.root))

    def ask_rescue(self) -> None:
        """Ask for the coordinator's code, in place of the PIN."""
        context = self._context

        def reopen(key: bytes, pin: str) -> None:
            ring = self._ring()
            ring.set_pin(key, pin)
            store = context.store or self._open_with(key)
            if store.kept.rescue_key:  # by which the code was made, so it is there
                ring.renew_rescue(key, store.kept.rescue_key)
            lease.renew(store)
            context.store = store

        self._navigator.back.clear()
        self._navigator.push()
        self._navigator.put("rescue", RescuePresenter(context, self._ring(), reopen))
        self._stage.show()

    # Opening

    def _ring(self) -> KeyRing:
        return KeyRing(self._context.folder, clock=self.clock)

    def open(self, pin: str) -> Store:
        """Return the store that a PIN opens; the first makes it. Raises as `KeyRing.open`."""
        return self._open_with(self._ring().open(pin))

    def _open_with(self, key: bytes) -> Store:
        folder, self._key = self._context.folder, key
        return Store(folder / FILE_NAME, key, ENTITIES, clock=self.clock, ids=new_id)

    def enter(self) -> None:
        """Lead in: the PIN was right, and the store is open."""
        context, navigator = self._context, self._navigator
        store = context.opened
        self._end_aside()
        self.idle.touched()
        navigator.back.clear()
        relay.take_back(store, context.folder)
        with suppress(Refusal):  # a full tablet opens all the same
            drafts.forget(store, undo.WITHIN_MS)
        with suppress(Refusal):
            self.introduce()
        with suppress(Refusal):  # what was being said stays where it is
            recover(context)
        if store.kept.device_id is None:
            navigator.go("enrol")
        else:
            days = lease.days_left(store)
            if 0 < days <= lease.WARNED_DAYS:
                self._stage.tell(context.phrases.count("tablet.lease.soon", days))
            navigator.go("today" if days > 0 else "lease")
            if days > 0 and (left_at := store.kept.left_at):
                screen, arguments = left_at
                self._come_back(screen, tuple(arguments))
        self._on_open()

    def introduce(self) -> None:
        """Keep what may be known while this file is locked: whose it is, and a way to open it."""
        store = self._context.opened
        self._ring().agree_on_rescue(self._key, store.kept.rescue_key or b"")
        agent_id = store.kept.agent_id
        agent = store.find("agent", agent_id) if agent_id else None
        names = agent.values if agent else {}
        known = (store.kept.login, names.get("name_ar"), names.get("name_fr"))
        card = seats.Card(*(str(text or "") for text in known))
        seats.write_card(self._context.folder, card)

    def _come_back(self, name: str, arguments: Arguments) -> None:
        """Go on with the draft that was open, unless it has been saved since."""
        with suppress(Refusal):
            presenter = presenter_of(name)(self._context, *arguments)
            if presenter.kept_ms:
                self._navigator.push()
                self._navigator.put(name, presenter, arguments)
                self._stage.show()

    def practise(self) -> None:
        """Open the app on invented people; nothing of it can be sent."""
        context = self._context
        context.store = open_practice(context.root, self.clock)
        context.sessions.clear()
        self._connect, context.connect = context.connect, refuse_line
        self.is_practice = True
        self._navigator.go("today")

    # Closing

    def pause(self) -> None:
        """Keep all that is in hand, as the window is left; the service may go on sending."""
        self._drafts.leave(self._navigator.presenter)
        self._remember()
        self._go_on_aside()

    def spare(self) -> None:
        """Keep the draft before the system, which lacks memory, ends the app."""
        self._drafts.keep_now(self._navigator.presenter)
        self._remember()

    def lock_if_idle(self) -> None:
        """Lock an open tablet that nobody has touched for a while; a draft is kept first.

        One that the service has emptied beside the window is closed at once.
        """
        if self._context.store is None:
            return
        if self._ring().is_new and not self.is_practice:
            self.lock()
            return
        if self._navigator.is_outside or not self.idle.is_due():
            return
        # What has no room on the disk is nowhere but on this screen.
        if self._drafts.leave(self._navigator.presenter):
            self.lock()

    def lock(self) -> None:
        """Close the file and ask for the PIN."""
        self._drafts.leave(self._navigator.presenter)
        self._remember()
        self._end_aside()
        self._close()
        if self.is_practice:
            self._context.connect = self._connect
            self.is_practice = False
            leave_practice(self._context.root)
        self._context.sessions.clear()
        self._navigator.back.clear()
        # Names that were looked for are people's data, and who opens next may be another agent.
        self._typing.texts.clear()
        self._key = b""
        self._begin()
        self._stage.show()

    def stop(self) -> None:
        """Keep all that is in hand, and close the file: the app ends."""
        self._drafts.leave(self._navigator.presenter)
        self._close()

    def _remember(self) -> None:
        """Keep which draft is open, to come back to it: a paused app may be ended any moment."""
        store, navigator = self._context.store, self._navigator
        if store is None or self.is_practice:
            return
        is_guided = hasattr(navigator.presenter, "kept_ms")
        with suppress(Refusal), transaction(store.db):
            store.kept.left_at = (navigator.here, navigator.arguments) if is_guided else None

    def _close(self) -> None:
        """Close the file; what waits in it may go with another agent's contact."""
        self._typing.forget()
        # Taken from the context first: what comes from another thread meanwhile finds the tablet
        # locked, not a file that is being closed.
        store, self._context.store = self._context.store, None
        if store is None:
            return
        with suppress(Refusal):
            drafts.forget(store, undo.WITHIN_MS)
        folder = self._context.folder
        if not self.is_practice and seats.others(self._context.root, folder):
            with suppress(Refusal):  # without room for it, all waits for its own agent
                relay.leave(store, folder)
        store.close()

    # Beside the window

    def _go_on_aside(self) -> None:
        """Let the service send what waits, with the key that it cannot ask for.

        Not for a photo: the camera needs the memory that a second Python takes.
        """
        store = self._context.store
        if store is None or self.is_practice or self.is_aiming or not is_waiting(store):
            return
        say, folder = self._context.say, self._context.folder
        self._offer = self._offer or handover.Offer(folder, self._key)
        try:
            service = self._context.ports.service
            service.start(folder, say("page.product"), say("tablet.service"))
        except Refusal as refusal:  # it is read when one comes back, and all goes then
            self._stage.tell(self._context.sentence(refusal), "ontablet")

    def _end_aside(self) -> None:
        """Let nobody go on beside the window: the key is offered no more, who has it ends.

        Nor whom a window let go on that Android has ended since: of that its socket is left.
        """
        root = self._context.root
        folders = {root, *(seat.folder for seat in seats.seats(root))}
        # Looked at before our own offer is closed: closing withdraws it, and a service that still
        # runs for it would not be told to stop.
        begun = [folder for folder in folders if not handover.is_withdrawn(folder)]
        if self._offer is not None:
            self._offer.close()
            self._offer = None
        for folder in begun:
            handover.withdraw(folder)
        if begun:
            self._context.ports.service.stop()
