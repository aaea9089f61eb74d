"""The exchange in a process of its own, so that it goes on when the window is left.

Android starts it (`services` of packaging/buildozer.spec) with the store's folder as argument. It
runs the contact that the window runs; the two take turns (`contact.make_contact`).
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mobile_app import seats, settings
from mobile_app.device.clock import SystemClock
from mobile_app.device.network import Network, network_of_this_device
from mobile_app.device.storage import DiskStorage, Storage
from mobile_app.exchange import metering, orders, runner
from mobile_app.exchange.again import AFTER_FAILURE_S
from mobile_app.exchange.calls import Refused
from mobile_app.exchange.contact import make_contact
from mobile_app.exchange.orders import WipeOrdered
from mobile_app.exchange.pausing import is_paused
from mobile_app.headless import FILE_NAME, new_id
from mobile_app.store import handover
from mobile_app.store.records import NotEnrolled, Store
from sync.entities import ENTITIES
from sync.errors import Refusal, SyncError

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

_LOG = logging.getLogger("nuqta")
AFTER_CONTACT_S = 900
WHILE_PAUSED_S = 60


def main(environ: Mapping[str, str]) -> int:
    """Serve the store that the argument names. Returns the exit status."""
    folder = Path(environ.get("PYTHON_SERVICE_ARGUMENT", "."))
    try:
        key = handover.take(folder)
        store = Store(folder / FILE_NAME, key, ENTITIES, clock=SystemClock(), ids=new_id)
    except Refusal as fault:
        _LOG.warning("service: %s: %s", fault.code, fault)
        return 1
    may_go = photos_allowed(folder, network_of_this_device())
    try:
        serve(store, may_send_media=may_go, storage=DiskStorage(folder))
    except WipeOrdered:
        seats.empty(folder, lambda: orders.confirm(runner.connect(store)))
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
    connect: Callable[[Store], Transport] = runner.connect,
    pause: Callable[[float], None] = time.sleep,
    may_send_media: Callable[[], bool] = lambda: True,
    storage: Storage | None = None,
) -> None:
    """Make contact now and then, sooner after a failure; end when the server knows us no more.

    Raises WipeOrdered: the caller empties the folder.
    """
    failures = 0
    while True:
        if is_paused(store):
            pause(WHILE_PAUSED_S)
            continue
        try:
            line = connect(store)
            try:
                with metering.counted(store, line):
                    make_contact(
                        store,
                        line,
                        pause=pause,
                        may_send_media=lambda: may_send_media() and not is_paused(store),
                        may_go_on=lambda: not is_paused(store),
                        storage=storage,
                    )
            finally:
                line.close()
        except WipeOrdered:
            raise
        except (Refused, NotEnrolled) as fault:
            _LOG.warning("service: ends, %s: %s", fault.code, fault)
            return
        except (Refusal, SyncError) as fault:
            # A code only: the window says the sentence when someone looks.
            _LOG.info("service: %s", fault.code)
            pause(AFTER_FAILURE_S[min(failures, len(AFTER_FAILURE_S) - 1)])
            failures += 1
        else:
            failures = 0
            pause(AFTER_CONTACT_S)


if __name__ == "__main__":
    sys.exit(main(os.environ))
