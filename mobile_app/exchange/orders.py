"""Orders of the server to empty this tablet (`sync.orders`): heard, verified, and confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mobile_app.exchange.calls import Refused, Unreachable
from mobile_app.store import drafts, media
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import orders
from sync.errors import Refusal
from sync.orders import Order, OrderForged

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport


class WipeOrdered(Refusal):
    """The server orders to empty this tablet: the caller does so (`seats.empty`)."""

    code = "device_wiped"


def heed(store: Store, line: Transport) -> None:
    """Follow what the server ordered with its last answer.

    `leave` is kept until nothing is unsent any more: no change, no photo, no draft.

    Raises:
        WipeOrdered: it is time.
        OrderForged: not our server's word; nothing is done.
    """
    order = _heard(store, line)
    if order is not Order.WIPE:
        is_leaving = order is Order.LEAVE
        if is_leaving != is_to_leave(store):
            with transaction(store.db):
                store.kept.is_leaving = is_leaving
        if not is_leaving or unsent(store):
            return
    raise WipeOrdered(f"order: {order}")


def is_to_leave(store: Store) -> bool:
    """Whether this tablet is to be emptied once all is sent."""
    return store.kept.is_leaving


def unsent(store: Store) -> int:
    """Return how much here is nowhere else: changes, photos and drafts."""
    return store.outbox.pending_count() + media.pending_count(store) + len(drafts.list(store))


def confirm(line: Transport) -> None:
    """Say that the key is destroyed; once is enough: the server knows that it has told us."""
    try:
        line.upload("POST", orders.WIPED_PATH, b"", {})
    except (Unreachable, Refused):
        return


def _heard(store: Store, line: Transport) -> Order | None:
    header, counter = line.order
    if not header:
        return None
    order, signature = orders.from_header(header)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(store.kept.server_key))
    try:
        key.verify(signature, orders.content(order, store.kept.require_device_id(), counter))
    except InvalidSignature as fault:
        raise OrderForged("order: signature does not hold") from fault
    return order
