"""The exchange in a process of its own, so that it goes on when the window is left.

The window starts it when it is left with something unsent (`shell.session`), with the store's
folder as argument. It runs the contact that the window runs; the two take turns
(`contact.make_contact`). It ends when nothing waits, when the window locks, and before Android
would end it.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_app import seats, settings
from mobile_app.device.clock import SystemClock
from mobile_app.device.network import NONE, Network, network_of_this_device
from mobile_app.device.power import Power, power_of_this_device
from mobile_app.device.storage import DiskStorage, Storage
from mobile_app.exchange import connection, metering, orders
from mobile_app.exchange.again import Again
from mobile_app.exchange.calls import Refused, Unreachable
from mobile_app.exchange.contact import Contact, is_waiting, make_contact
from mobile_app.exchange.orders import WipeOrdered
from mobile_app.exchange.pausing import is_paused
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.store import handover
from mobile_app.store.kept import NotEnrolled
from mobile_app.store.records import Store
from sync.entities import ENTITIES
from sync.errors import Refusal, SyncError

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_LOG = logging.getLogger("nuqta")
LOOK_S = 15
"""How often it looks whether there is a line. Asking the system costs no line and no processor to
speak of; while the tablet sleeps nobody asks, and there is no line either."""
AFTER_CONTACT_S = 900
LONGEST_MS = 5 * 3_600_000
"""An app built for Android 15 that exchanges in the background for six hours of a day is ended."""


def main(environ: Mapping[str, str]) -> int:
    """Serve the store that the argument names. Returns the exit status."""
    folder = Path(environ.get("PYTHON_SERVICE_ARGUMENT", "."))
    try:
        key = handover.take(folder)
        store = Store(folder / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id)
    except Refusal as fault:
        _LOG.warning("service: %s: %s", fault.code, fault)
        return 1
    network = network_of_this_device()
    try:
        serve(
            store,
            network=network,
            may_send_media=photos_allowed(folder, network),
            is_withdrawn=lambda: handover.is_withdrawn(folder),
            storage=DiskStorage(folder),
            power=power_of_this_device(),
        )
    except WipeOrdered:
        seats.empty(folder, lambda: orders.confirm(connection.connect(store)))
    finally:
        store.close()
    return 0


def photos_allowed(folder: Path, network: Network) -> Callable[[], bool]:
    """Return what is asked before each photo: what a person chose in the window, read anew."""
    root = seats.root_of(folder)

    def may_send() -> bool:
        chosen = settings.load(root, settings.Settings())
        return chosen.may_send_photos(network.line().kind)

    return may_send


def serve(
    store: Store,
    *,
    network: Network,
    connect: Callable[[Store], Transport] = connection.connect,
    pause: Callable[[float], None] = time.sleep,
    may_send_media: Callable[[], bool] = lambda: True,
    is_withdrawn: Callable[[], bool] = lambda: False,
    storage: Storage | None = None,
    power: Power | None = None,
) -> None:
    """Send what waits: at once when a line comes, after longer each time where one leads nowhere.

    Ends when nothing waits, when the server knows us no more, and after LONGEST_MS.

    Args:
        is_withdrawn: whether the window has locked; asked every LOOK_S, and before each message.

    Raises:
        WipeOrdered: the caller empties the folder.
    """

    def may_go_on() -> bool:
        return not is_paused(store) and not is_withdrawn()

    contact = partial(
        make_contact,
        store,
        pause=pause,
        may_send_media=lambda: may_send_media() and may_go_on(),
        may_go_on=may_go_on,
        storage=storage,
        power=power,
    )
    again, began, due_at = Again(store.clock), store.clock.mono_ms(), 0
    while is_waiting(store) and not is_withdrawn():
        now = store.clock.mono_ms()
        if now - began >= LONGEST_MS:
            _LOG.info("service: ends, what waits goes with the window")
            return
        kind = network.line().kind
        has_come, may_go = again.see(kind), store.outbox.pending_count() or may_send_media()
        if not may_go:
            due_at = 0  # photos go as soon as there is Wi-Fi
        if kind == NONE or not may_go or is_paused(store) or not (has_come or now >= due_at):
            pause(LOOK_S)
            continue
        due_at = now + 1_000 * AFTER_CONTACT_S
        try:
            is_reached = _contact(store, connect(store), contact)
        except WipeOrdered:
            raise
        except (Refused, NotEnrolled) as fault:
            _LOG.warning("service: ends, %s: %s", fault.code, fault)
            return
        except (Refusal, SyncError) as fault:
            # A code only: the window says the sentence when someone looks.
            _LOG.info("service: %s", fault.code)
            is_reached = False
        again.reached() if is_reached else again.failed()


def _contact(
    store: Store,
    line: Transport,
    contact: Callable[[Transport], Contact],
) -> bool:
    """Make one contact, and close the line. Returns whether it held to the end."""
    try:
        with metering.counted(store, line):
            done = contact(line)
    finally:
        line.close()
    return Unreachable.code not in (done.exchange.code, done.media.code)


if __name__ == "__main__":
    sys.exit(main(os.environ))
