"""Whose tablet it is now: the agents who share it, PIN, practice, and what closes it again.

A part of the app (`mobile_app/app.py`): it opens and closes the store behind `context`.
"""

from __future__ import annotations

from contextlib import suppress

from mobile_app import seats
from mobile_app.device import handed
from mobile_app.exchange import relay
from mobile_app.exchange.contact import is_waiting
from mobile_app.exchange.pausing import is_paused
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.navigation import OUTSIDE, presenter_of
from mobile_app.part import Part
from mobile_app.practice import leave_practice, open_practice, refuse_line
from mobile_app.screens.agents.presenter import AgentsPresenter
from mobile_app.screens.pin.presenter import PinPresenter
from mobile_app.screens.rescue.presenter import RescuePresenter
from mobile_app.screens.sync.presenter import SyncPresenter
from mobile_app.screens.sync.view import run as exchange
from mobile_app.screens.voice import recover
from mobile_app.store import drafts, handover, lease, undo
from mobile_app.store.database import transaction
from mobile_app.store.key import KeyRing
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from sync.errors import Refusal


class Door(Part):
    """What asks who is there, and opens."""

    def _ring(self):
        return KeyRing(self.context.folder, clock=self.clock)

    def _open(self, pin):
        return self._open_with(self._ring().open(pin))

    def _open_with(self, key):
        folder, self._key = self.context.folder, key
        return Store(folder / FILE_NAME, key, ENTITIES, clock=self.clock, ids=new_id)

    def _begin(self):
        """Ask who it is, or for the PIN of the only one; what another had in hand is gone."""
        if handed.clear(self.folder):
            self.tell(self.context.say("tablet.photo.lost"), "attention")
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
            ring.renew_rescue(key, store.kept.rescue_key)
            lease.renew(store)
            self.context.store = store

        self.back = [self._left()]
        self.here = "rescue"
        self.presenter = RescuePresenter(self.context, self._ring(), reopen)
        self.show()

    def opened(self):
        """The PIN was right."""
        self._end_aside()
        self.idle.touched()
        self.back = []
        relay.take_back(self.context.opened, self.context.folder)
        with suppress(Refusal):  # a full tablet opens all the same
            drafts.forget(self.context.opened, undo.WITHIN_MS)
        with suppress(Refusal):
            self._introduce()
        with suppress(Refusal):  # what was being said stays where it is
            recover(self.context)
        if self.context.opened.kept.device_id is None:
            self.go("enrol")
        else:
            days = lease.days_left(self.context.opened)
            if 0 < days <= lease.WARNED_DAYS:
                self.tell(self.context.phrases.count("tablet.lease.soon", days))
            self.go("today" if days > 0 else "lease")
            if days > 0 and (left_at := self.context.opened.kept.left_at):
                self._come_back(*left_at)
        self.exchange_quietly()

    def _introduce(self):
        """Keep what may be known while this file is locked: whose it is, and a way to open it."""
        store = self.context.opened
        self._ring().agree_on_rescue(self._key, store.kept.rescue_key or b"")
        agent_id = store.kept.agent_id
        agent = store.find("agent", agent_id) if agent_id else None
        names = agent.values if agent else {}
        card = seats.Card(
            *(
                str(one or "")
                for one in (store.kept.login, names.get("name_ar"), names.get("name_fr"))
            )
        )
        seats.write_card(self.context.folder, card)

    def _come_back(self, name, arguments):
        """Go on with the draft that was open, unless it has been saved since."""
        with suppress(Refusal):
            presenter = presenter_of(name)(self.context, *arguments)
            if presenter.kept_ms:
                self.back.append(self._left())
                self.here, self.presenter, self._arguments = name, presenter, arguments
                self.show()

    def exchange_quietly(self):
        """Exchange beside the window, if this tablet is open and linked; any outage waits."""
        store = self.context.store
        if store is None or self.is_practice or not self._is_automatic:
            return
        if store.kept.url and not is_paused(store):
            exchange(self, SyncPresenter.of_session(self.context))

    def go_on_aside(self):
        """The window is left: let the service send what waits, with the key that it cannot ask for.

        Not for a photo: the camera needs the memory that a second Python takes.
        """
        store = self.context.store
        if store is None or self.is_practice or self.is_aiming or not is_waiting(store):
            return
        say, folder = self.context.say, self.context.folder
        self._offer = self._offer or handover.Offer(folder, self._key)
        try:
            self.device.service.start(folder, say("page.product"), say("tablet.service"))
        except Refusal as refusal:  # it is read when one comes back, and all goes then
            self.tell(self.context.sentence(refusal), "ontablet")

    def _end_aside(self):
        """Let nobody go on beside the window: the key is offered no more, who has it ends.

        Nor whom a window let go on that Android has ended since: of that its socket is left.
        """
        folders = {self.folder, *(one.folder for one in seats.seats(self.folder))}
        begun = [one for one in folders if not handover.is_withdrawn(one)]
        if self._offer is not None:
            self._offer.close()
            self._offer = None
        for folder in begun:
            handover.withdraw(folder)
        if begun:
            self.device.service.stop()

    def look_for_line(self):
        """Exchange where a line has come back; say where it has gone."""
        if self.context.store is None:
            return
        had = self.context.network(), self.again.is_cut
        if self.again.see(had[0]):
            self.exchange_quietly()
        elif had != self._line_shown:
            self.refresh()
        self._line_shown = had

    def exchanged(self, presenter):
        """An exchange has ended, be it that another agent's turn has come meanwhile."""
        if self.context.sessions.get("sync") != presenter:
            return
        if presenter.is_emptied:
            self.lock()
            self.say_now(self.context.say("tablet.emptied"), "held")
            return
        if presenter.is_unreached:
            self.again.failed()
        else:
            self.again.reached()
            self.update_quietly()
        self._introduce()
        if self.here == "lease" and not self.presenter.is_over:
            self.go("today")
        else:
            self.refresh()

    def practise(self):
        """Open the app on invented people; nothing of it can be sent."""
        self.context.store = open_practice(self.folder, self.clock)
        self.context.sessions.clear()
        self._connect, self.context.connect = self.context.connect, refuse_line
        self.is_practice = True
        self.go("today")

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

    def lock(self):
        """Close the file and ask for the PIN."""
        self._leave_now()
        self._remember()
        self._end_aside()
        self._close()
        if self.is_practice:
            self.context.connect = self._connect
            self.is_practice = False
            leave_practice(self.folder)
        self.context.sessions.clear()
        self.back, self.typed, self._key = [], {}, b""
        self._begin()
        self.show()

    def _remember(self):
        """Keep which draft is open, to come back to it: a paused app may be ended any moment."""
        store = self.context.store
        if store is None or self.is_practice:
            return
        is_guided = hasattr(self.presenter, "kept_ms")
        with suppress(Refusal), transaction(store.db):
            store.kept.left_at = (self.here, self._arguments) if is_guided else None

    def _close(self):
        """Close the file; what waits in it may go with another agent's contact."""
        self.forget_soon()
        store, self.context.store = self.context.store, None
        if store is None:
            return
        with suppress(Refusal):
            drafts.forget(store, undo.WITHIN_MS)
        folder = self.context.folder
        if not self.is_practice and seats.others(self.folder, folder):
            with suppress(Refusal):  # without room for it, all waits for its own agent
                relay.leave(store, folder)
        store.close()
