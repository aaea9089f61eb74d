"""Link a store to a server by a one-time code, and learn the secrets that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from mobile_app.exchange import connection
from mobile_app.exchange.calls import Refused, SoftwareKey, Unreachable
from mobile_app.store.database import transaction
from mobile_app.store.records import Store
from sync import versions
from sync.errors import RemoteSyncError
from sync.rules import codes

if TYPE_CHECKING:
    from mobile_app.exchange.transport import Transport

KEYS_PATH = "/sync/v1/keys"


def enrol(store: Store, url: str, code: str, *, name: str = "", ca_pem: str = "") -> dict[str, Any]:
    """Link this store to a server by a one-time code. The same code again after a lost reply works.

    Args:
        ca_pem: the only issuer of certificates to trust from now on; empty: those of the system.

    Raises:
        Unreachable: no answer; nothing changed.
        Refused: the code is wrong, used or out of date; the store belongs to another server.
        RemoteSyncError: the answer is not what a server says; nothing changed.
    """
    # The key is kept before it is sent. The server may have taken it though its answer was lost,
    # and answers the same code again to the same key alone.
    if not store.kept.secret:
        with transaction(store.db):
            store.kept.secret = SoftwareKey.make()
    key = SoftwareKey(store.kept.secret)
    code = codes.normal_code(code)
    transport = connection.transport_class()(url, ca_pem=ca_pem)
    try:
        answer = transport.enrol(
            {
                "code": code,
                "public_key": key.public().hex(),
                "proof": key.sign(b"enrol1|" + code.encode() + b"|" + key.public()).hex(),
                "build": versions.APP_BUILD,
                "name": name,
            }
        )
    finally:
        transport.close()
    try:
        device_id, inc = int(answer["device_id"]), int(answer["inc"])
        agent_id, login = bytes.fromhex(answer["agent_id"]), str(answer["login"])
        server_key = bytes.fromhex(answer["server_key"]).hex()
        epoch = bytes.fromhex(answer["epoch"])
    except (KeyError, TypeError, ValueError) as fault:
        raise RemoteSyncError(f"enrolment: {fault!r}") from fault
    bundle_key, rescue_key = _shared_keys(answer)
    kept = store.kept
    is_other = (kept.device_id, kept.server_key) != (device_id, server_key)
    if kept.device_id is not None and is_other:
        raise Refused("already_enrolled", "this store belongs to another enrolment", 409)
    with transaction(store.db):
        kept.url, kept.ca_pem = url.rstrip("/"), ca_pem
        kept.device_id, kept.inc = device_id, inc
        kept.agent_id, kept.login = agent_id, login
        kept.server_key, kept.enrolled_epoch = server_key, epoch
        kept.bundle_key, kept.rescue_key = bundle_key, rescue_key
    return answer


def learn_keys(store: Store, transport: Transport) -> None:
    """Ask for the secrets that the server began to share after this tablet was enrolled; once."""
    if store.kept.rescue_key is not None:
        return
    kept = store.kept
    bundle_key = kept.bundle_key
    try:
        answer = msgspec.json.decode(transport.fetch(KEYS_PATH), type=dict[str, str])
        bundle_key, rescue_key = _shared_keys(answer)
    except (Unreachable, RemoteSyncError, msgspec.DecodeError):  # the next contact asks
        return
    except Refused:  # of a server that has none; not asked again before it is enrolled anew
        rescue_key = b""
    with transaction(store.db):
        kept.bundle_key, kept.rescue_key = bundle_key, rescue_key


def _shared_keys(answer: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the keys of bundles and of rescue codes; empty: the server shares none."""
    try:
        return (
            bytes.fromhex(str(answer.get("bundle_key", ""))),
            bytes.fromhex(str(answer.get("rescue_key", ""))),
        )
    except ValueError as fault:
        raise RemoteSyncError("keys: not hexadecimal") from fault
