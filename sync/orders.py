"""What a server may order a tablet to do with what it holds: a header of its answers, signed.

    Sync-Order: leave <signature>

The signature is over the counter of the request that is answered (`Sync-Auth`), so an order can be
neither made up nor said again later. Only tablets that are to be emptied pay for the bytes.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum

from sync.errors import RemoteSyncError

HEADER = "sync-order"
WIPED_PATH = "/sync/v1/wiped"
"""Where a tablet says, with its last signature, that it has destroyed its key."""


class Order(StrEnum):
    """To empty a tablet."""

    LEAVE = "leave"  # once all that was captured on it has arrived and been acknowledged
    WIPE = "wipe"  # at once, whatever is unsent: it was stolen


class OrderForged(RemoteSyncError):
    """An order that our server did not sign, or not for this request; it is not followed."""

    code = "order_forged"


def content(order: Order, device_id: int, counter: int) -> bytes:
    """Return what the server signs with Ed25519."""
    return f"order1|{order}|{device_id}|{counter}".encode()


def to_header(order: Order, signature: bytes) -> str:
    """Return the header's value."""
    return f"{order} {base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def from_header(value: str) -> tuple[Order, bytes]:
    """Return the order and its signature, to be verified. Raises OrderForged."""
    name, _, text = value.partition(" ")
    try:
        return Order(name), base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as fault:
        raise OrderForged("order: unreadable") from fault
