"""Letters: what waits here, sealed for the server and carried by others (`sync/courier.py`).

`export` writes a letter; `carry` brings one of anybody's to the server and returns the answer;
`accept` installs the answer to one of ours. The answer is the reply that an exchange would have
had, so it is staged and applied by the same code, and what it acknowledges must bear the server's
signature. If this tablet has exchanged by itself meanwhile, an answer says nothing new.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.exchange import connection, signatures
from mobile_app.exchange.calls import SoftwareKey
from mobile_app.store import apply, lease, stage, undo
from mobile_app.store.database import transaction
from mobile_app.store.kept import Basis, Letter
from mobile_app.store.records import Store
from sync import courier, limits, wire
from sync.errors import Refusal
from sync.exchange import TAKEN, Exchange

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

LETTERS_MAX = 8
"""As many may be under way; of older ones the answers can no longer be read."""


class CourierUnknown(Refusal):
    """An answer to no letter of this tablet, or to one that was answered, or is too old."""

    code = "courier_unknown"


class CourierStale(Refusal):
    """This tablet has exchanged since it wrote the letter: the answer says nothing new."""

    code = "courier_stale"


class CourierNeedsLine(Refusal):
    """The server has more to say than a letter can settle; nothing is lost."""

    code = "courier_needs_line"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an answer brought."""

    acknowledged: int
    received: int
    held: int
    pending: int


def export(store: Store) -> bytes:
    """Return a letter with what waits here, at most `CHANGES_PER_PUSH_MAX` changes.

    Nothing counts as sent by it: the changes wait until an answer acknowledges them.

    Raises:
        NotEnrolled: there is no server to write to.
    """
    device_id = store.kept.require_device_id()
    position = store.position()
    position.in_doubt_seq = 0  # said whole, whatever was tried before: there is no second question
    machine = Exchange(
        position, store.outbox, bytes_max=limits.BODY_BYTES_MAX // 2, schema=store.schema
    )
    # Nor can the server ask what a hash or a number means.
    request = replace(machine.request(store.now()), vector=position.vector)
    body = wire.encode_request(store.entities, request, place_of=lambda _entity, _id: None)
    counter = connection.StoredCounter(store).next()
    signed = "|".join((courier.METHOD, courier.PATH, str(counter), sha256(body).hexdigest()))
    signature = base64.urlsafe_b64encode(SoftwareKey(store.kept.secret).sign(signed.encode()))
    authorization = f"v1 {device_id} {counter} {signature.decode().rstrip('=')}"
    server_key = bytes.fromhex(store.kept.server_key)
    ours = X25519PrivateKey.generate()
    ephemeral = ours.public_key().public_bytes_raw()
    theirs = X25519PublicKey.from_public_bytes(courier.exchange_key(server_key))
    letter_key, answer_key = courier.keys(ours.exchange(theirs), ephemeral, server_key)
    letters = [*store.kept.letters, Letter(courier.mark(ephemeral), answer_key, _basis(store))]
    with transaction(store.db):
        store.kept.letters = letters[-LETTERS_MAX:]
        undo.mark_offered(store, request.push)
        if request.push is not None:
            # It may arrive: an exchange asks first, before all of it is sent again.
            store.kept.in_doubt_seq = request.push.changes[-1].seq
    nonce, head = os.urandom(courier.NONCE_BYTES), courier.letter_head(server_key, ephemeral)
    return head + nonce + AESGCM(letter_key).encrypt(nonce, courier.pack(authorization, body), head)


def carry(transport: Transport, letter: bytes) -> bytes:
    """Bring anybody's letter to the server. Returns the answer, for its writer alone.

    Raises:
        Unreachable: no answer; it may have arrived.
        Refused: the server does not take it, and says why.
    """
    return transport.upload(courier.METHOD, courier.PATH, letter, {}).content


def accept(store: Store, data: bytes) -> Accepted:
    """Install the answer to a letter of ours.

    Raises:
        CourierDamaged, CourierUnknown, CourierStale, CourierNeedsLine: nothing is changed.
        SignatureWrong: what it acknowledges is not the server's word; nothing is changed.
        RemoteSyncError: what it says cannot be true; nothing captured is touched.
    """
    answer = courier.read_answer(data)
    letters = store.kept.letters
    found = next((letter for letter in letters if letter.mark == answer.mark), None)
    if found is None:
        raise CourierUnknown(f"answer: to letter {answer.mark.hex()}, not known here")
    try:
        body = AESGCM(found.key).decrypt(answer.nonce, answer.sealed, answer.head)
    except InvalidTag as fault:
        raise courier.CourierDamaged("answer: its seal does not hold") from fault
    if found.basis != _basis(store):
        raise CourierStale(f"answer: to letter {answer.mark.hex()}, exchanged since")
    reply = wire.decode_reply(store.entities, body, is_whole=False)
    signatures.require_signature(store, store.position(), reply)
    if reply.outcome not in TAKEN or not reply.is_done:
        raise CourierNeedsLine(f"answer: {reply.outcome.name}, done: {reply.is_done}")
    stage.discard(store)  # of an exchange that broke off: the answer stands on what is applied
    stage.put(store, body)
    try:
        done = apply.apply(store)
    except Exception:
        stage.discard(store)
        raise
    with transaction(store.db):
        store.kept.letters = [letter for letter in letters if letter is not found]
        lease.renew(store)
    return Accepted(done.acknowledged, done.received, done.held, store.outbox.pending_count())


def _basis(store: Store) -> Basis:
    position = store.position()
    return Basis(position.epoch, position.inc, position.state, position.acknowledged_seq)
