"""The way from a store to its server: who signs, what requests are numbered by, whom to trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobile_app.device import managed
from mobile_app.exchange.calls import SoftwareKey, Timekeeper
from mobile_app.store.database import transaction
from mobile_app.store.records import Store

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport


@dataclass(frozen=True, slots=True)
class StoredCounter:
    """The counter of this tablet's requests, in its store."""

    store: Store

    def next(self) -> int:
        """Return the next number, kept already."""
        counter = self.store.kept.counter + 1
        self.pass_over(counter)
        return counter

    def pass_over(self, counter: int) -> None:
        """Keep a number as used."""
        with transaction(self.store.db):
            self.store.kept.counter = counter


def connect(store: Store) -> Transport:
    """Return a transport to the store's server. Raises NotEnrolled."""
    device_id = store.kept.require_device_id()

    def keep(clock_off_ms: int) -> None:
        with transaction(store.db):
            store.kept.clock_off_ms = clock_off_ms

    return transport_class()(
        store.kept.url,
        device_id=device_id,
        key=SoftwareKey(store.kept.secret),
        counter=StoredCounter(store),
        time=Timekeeper(store.clock, bytes.fromhex(store.kept.server_key), keep),
        # Of today: an authority that ends is followed by the next one's certificate.
        ca_pem=managed.of_this_device().authority_pem or store.kept.ca_pem,
    )


def transport_class() -> type[Transport]:
    """Return what makes calls. It is loaded with the first line: a fifth of the app's start."""
    from mobile_app.exchange.transport import Transport  # noqa: PLC0415

    return Transport
