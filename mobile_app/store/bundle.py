"""Take a bundle (`sync.bundle`) into a new store: the first exchange then brings what is newer."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.store import apply, stage
from mobile_app.store.applying import Result
from mobile_app.store.records import Store
from sync import bundle, scopes
from sync.bundle import Bundle
from sync.errors import Refusal, SyncError


class BundleForged(Refusal):
    """The server did not sign it, or somebody changed it since."""

    code = "bundle_forged"


class BundleElsewhere(Refusal):
    """It is of another server, or from before this one was restored."""

    code = "bundle_elsewhere"


class BundleNotYours(Refusal):
    """It is for another agent."""

    code = "bundle_not_yours"


class BundleNewer(Refusal):
    """It is written for a newer app."""

    code = "bundle_newer"


class BundleLate(Refusal):
    """This store has received its records already."""

    code = "bundle_late"


def install(store: Store, file: bytes) -> Result:
    """Take a bundle; all of it, or nothing is changed. What was captured before stays unsent.

    Raises:
        NotEnrolled: nobody's store yet.
        BundleDamaged, BundleForged, BundleElsewhere, BundleNotYours, BundleNewer, BundleLate.
    """
    store.kept.require_device_id()
    if store.position().vector:
        raise BundleLate("bundle: this store has had its first exchange")
    found, content, signature = bundle.decode(file)
    _require_own(store, found, content, signature)
    pages = _unsealed(store, found)
    stage.discard(store)  # of a first exchange that broke off: here is all of it
    try:
        for page in pages:
            stage.put(store, page)
        for reply in stage.replies(store):
            users = {name for _, name in reply.scopes.added if name.startswith(scopes.user(b""))}
            if users - {scopes.user(found.agent_id)}:
                raise BundleNotYours("bundle: a scope of another agent")
        return apply.apply(store)
    except (Refusal, SyncError):
        stage.discard(store)
        raise


def _require_own(store: Store, found: Bundle, content: bytes, signature: bytes) -> None:
    if found.server_key.hex() != store.kept.server_key:
        raise BundleElsewhere("bundle: of another server")
    try:
        Ed25519PublicKey.from_public_bytes(found.server_key).verify(signature, content)
    except InvalidSignature as fault:
        raise BundleForged("bundle: its signature does not hold") from fault
    if found.agent_id != store.kept.agent_id:
        raise BundleNotYours(f"bundle: for agent {found.agent_id.hex()}")
    if found.epoch != store.kept.enrolled_epoch:
        raise BundleElsewhere("bundle: of another epoch than this tablet was enrolled in")
    if found.schema > store.schema:
        raise BundleNewer(f"bundle: schema {found.schema}, this app knows {store.schema}")


def _unsealed(store: Store, found: Bundle) -> list[bytes]:
    try:
        cipher = AESGCM(store.kept.bundle_key or bytes(32))
        packed = cipher.decrypt(found.nonce, found.sealed, bundle.binding(found.agent_id))
    except InvalidTag as fault:
        raise BundleForged("bundle: sealed by another key") from fault
    return bundle.unpack_pages(packed)
