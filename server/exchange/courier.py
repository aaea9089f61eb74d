"""Take letters of tablets without a line, whoever brings them, and answer them."""

from __future__ import annotations

import os
from hashlib import sha512
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.accounts import devices
from server.db.schema import signing_key
from server.db.work import Database, Work
from server.exchange.commands import Exchanges
from sync import courier


def take(database: Database, data: bytes, *, slice_count: int) -> bytes:
    """Serve the request in a letter. Returns the answer, for its writer alone.

    A letter is taken once: one that has a counter not above the last of its device changes nothing.

    Raises:
        CourierDamaged, CourierOtherServer: it is no letter to this server.
        SignatureWrong, DeviceRevoked: its writer is not who it says.
        CounterOld: it was brought before, or its writer has exchanged since.
        Malformed: what is in it is no request.
    """
    key = database.read(signing_key)
    server_key = key.public_key().public_bytes_raw()
    letter = courier.read_letter(data, server_key)
    try:
        shared = _exchange_key(key).exchange(X25519PublicKey.from_public_bytes(letter.ephemeral))
        request_key, reply_key = courier.keys(shared, letter.ephemeral, server_key)
        content = AESGCM(request_key).decrypt(letter.nonce, letter.sealed, letter.head)
    except (InvalidTag, ValueError) as fault:
        raise courier.CourierDamaged("letter: its seal does not hold") from fault
    authorization, body = courier.unpack(content)
    device, signed = database.read(
        lambda records: devices.authenticate(
            records, authorization, method=courier.METHOD, path=courier.PATH, body=body
        )
    )
    database.know_epoch(device.epoch)
    if signed.counter <= device.counter:
        words = f"device {device.id}: letter {signed.counter} after {device.counter}"
        raise devices.CounterOld(words, counter=device.counter)
    reply = Exchanges(database, slice_count).serve(device, body, counter=signed.counter)
    # Last, so that a letter which found the server busy may be brought again.
    database.write(lambda work: _spend(work, device.id, signed.counter))
    nonce, head = os.urandom(courier.NONCE_BYTES), courier.answer_head(letter.ephemeral)
    return head + nonce + AESGCM(reply_key).encrypt(nonce, reply, head)


def _exchange_key(key: Ed25519PrivateKey) -> X25519PrivateKey:
    """Return the X25519 form of the server's key (RFC 8032, section 5.1.5: the same scalar)."""
    return X25519PrivateKey.from_private_bytes(sha512(key.private_bytes_raw()).digest()[:32])


def _spend(work: Work, device_id: int, counter: int) -> None:
    table: Any = work.tables.device
    work.connection.execute(
        sa.update(table)
        .where(table.c.id == device_id, table.c.counter < counter)
        .values(counter=counter)
    )
