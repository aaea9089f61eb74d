"""The server's word: what it acknowledges counts only under the key that we were enrolled with."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mobile_app.store.records import Store
from sync.acknowledgements import encode_acknowledgements, signed_content
from sync.errors import RemoteSyncError
from sync.exchange import Position
from sync.messages import Reply


class SignatureWrong(RemoteSyncError):
    """An acknowledgement is not signed by the server we were enrolled at."""

    code = "acknowledgement_unsigned"


def require_signature(store: Store, position: Position, reply: Reply) -> None:
    """Check what a reply acknowledges to a device that stands there. Raises SignatureWrong."""
    if not reply.acknowledgements:
        return
    last = reply.acknowledgements[-1].seq
    content = signed_content(
        device_id=store.kept.require_device_id(),
        inc=position.inc,
        last_seq=last,
        chain=store.outbox.chain_at(last),
        columns=encode_acknowledgements(reply.acknowledgements),
        epoch=reply.epoch or position.epoch,
        server_ms=reply.server_ms,
    )
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(store.kept.server_key))
    try:
        key.verify(reply.signature, content)
    except InvalidSignature as fault:
        raise SignatureWrong(f"acknowledgements up to {last}: signature does not hold") from fault
