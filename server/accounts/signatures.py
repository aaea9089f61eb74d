"""Signatures of requests: which device a header names, and whether that device made it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.db.records import Records
from sync.errors import Malformed, Refusal

_POINT_BYTES = 65
_SIGNATURE_BYTES = 64
_HEADER = re.compile(r"v1 ([0-9]{1,10}) ([0-9]{1,19}) ([A-Za-z0-9_-]{86})={0,2}")
_DEVICE_MAX, _COUNTER_MAX = 2**31 - 1, 2**63 - 1
# A key that signs for nobody: 1, on the curve.
_NOBODYS = (
    ec.derive_private_key(1, ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


class SignatureWrong(Refusal):
    """The request is not signed by the device it names."""

    code = "signature_wrong"


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a `Sync-Auth` header: `v1 <device> <counter> <signature>`."""

    device_id: int
    counter: int
    signature: bytes


def signer(
    records: Records, header: str, *, method: str, path: str, digest: bytes
) -> tuple[Any, Signed]:
    """Return the device that a header names and whose key signed, and what the header says.

    Signed is `method|path|counter|digest`, the last two in figures.

    Args:
        digest: SHA-256 of the body, 32 bytes.

    Raises:
        SignatureWrong: it did not sign this, or there is no such device.
    """
    signed = read_header(header)
    query = _with_epoch(records.tables.device, records.tables.installation)
    device = records.connection.execute(query, {"key": signed.device_id}).first()
    content = "|".join((method, path, str(signed.counter), digest.hex()))
    # Of a number that nobody has the signature is checked too: no answer comes sooner.
    key = _NOBODYS if device is None else bytes(device.public_key)
    require_signature(key, content.encode(), signed.signature)
    if device is None:
        raise SignatureWrong(f"device {signed.device_id}: unknown")
    return device, signed


@cache
def _with_epoch(table: sa.Table, installation: sa.Table) -> sa.Select[Any]:
    epoch = sa.select(installation.c.value).where(installation.c.name == "epoch")
    return sa.select(table, epoch.scalar_subquery().label("epoch")).where(
        table.c.id == sa.bindparam("key")
    )


def require_signature(public_key: bytes, content: bytes, signature: bytes) -> None:
    """Check ECDSA P-256 over SHA-256, r and s as 64 bytes. Raises SignatureWrong, Malformed."""
    if len(public_key) != _POINT_BYTES or len(signature) != _SIGNATURE_BYTES:
        raise SignatureWrong("signature: of the wrong length")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError as fault:
        raise Malformed("signature: no such point") from fault
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as fault:
        raise SignatureWrong("signature: does not hold") from fault


def read_header(header: str) -> Signed:
    """Return the parts of a header. Raises SignatureWrong: it is none that any device sends."""
    found = _HEADER.fullmatch(header)
    if found is None:
        raise SignatureWrong("signature: header missing or unreadable")
    device_id, counter = int(found[1]), int(found[2])
    if device_id > _DEVICE_MAX or counter > _COUNTER_MAX:
        raise SignatureWrong("signature: numbers that no device has")
    return Signed(device_id, counter, base64.urlsafe_b64decode(f"{found[3]}=="))
