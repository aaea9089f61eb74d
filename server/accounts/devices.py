"""Tablets: enrolled by a one-time code, known by their key, each request signed."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.accounts import incarnations
from server.accounts.standing import THE_OPERATOR, Standing, require_contained, standing_of
from server.db.records import Records
from server.db.schema import bundle_key, rescue_key, signing_key
from server.db.work import Work
from server.rights import Right, bearers
from sync import limits
from sync.errors import Malformed, Refusal
from sync.orders import Order, content, to_header
from sync.rules.codes import enrol_code, normal_code, rescue_code

_POINT_BYTES = 65
_SIGNATURE_BYTES = 64
_HEADER = re.compile(r"v1 ([0-9]{1,10}) ([0-9]{1,19}) ([A-Za-z0-9_-]{86})={0,2}")
_DEVICE_MAX, _COUNTER_MAX = 2**31 - 1, 2**63 - 1
_Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*\Z")]


class Status(StrEnum):
    """Whether a device may exchange, and what it is told."""

    ACTIVE = "active"
    LEAVING = "leaving"  # exchanges, and is told to empty itself once all has arrived
    WIPING = "wiping"  # is told to empty itself at once, and nothing else
    WIPED = "wiped"  # has said that it did
    REVOKED = "revoked"  # is refused, and keeps what it holds


_NOBODYS = (
    ec.derive_private_key(1, ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)
_ORDERS = {Status.LEAVING: Order.LEAVE, Status.WIPING: Order.WIPE}


class EnrolCodeWrong(Refusal):
    """No such code, or its time is over."""

    code = "enrol_code_wrong"


class EnrolCodeUsed(Refusal):
    """Another tablet was enrolled with this code."""

    code = "enrol_code_used"


class NoTabletForRole(Refusal):
    """The account's role carries no tablet, or the account is disabled."""

    code = "no_tablet_for_role"


class SignatureWrong(Refusal):
    """The request is not signed by the device it names."""

    code = "signature_wrong"


class DeviceRevoked(Refusal):
    """The device was taken out of service."""

    code = "device_revoked"


class DeviceWiped(DeviceRevoked):
    """The device is to be emptied at once."""

    code = "device_wiped"


class AccountDisabled(Refusal):
    """The account of the device's agent is disabled: what is unsent is taken, nothing given."""

    code = "account_disabled"


class CounterOld(Refusal):
    """A request that was seen before."""

    code = "counter_old"


class Enrolment(msgspec.Struct):
    """What a tablet sends to be enrolled; bytes in hexadecimal."""

    code: _Text
    public_key: _Text
    proof: _Text
    build: _Text = ""
    name: _Text = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a `Sync-Auth` header: `v1 <device> <counter> <signature>`."""

    device_id: int
    counter: int
    signature: bytes


def make_code(
    work: Work, agent_id: bytes, standing: Standing = THE_OPERATOR, by: bytes | None = None
) -> tuple[str, int]:
    """Make an enrolment code. Returns the code, shown once, and when it ends (Unix ms).

    Args:
        standing: of whoever makes it, whose id is `by`.

    Raises:
        NoTabletForRole: this account carries no tablet.
        AboveOwnRights: it may see more than whoever makes the code.
    """
    bearer = standing_of(work, agent_id, now_ms=work.now_ms)
    if not bearer.may(Right.CARRY_TABLET):
        raise NoTabletForRole(f"agent {agent_id.hex()}: no tablet")
    require_contained(standing, bearer)
    code = enrol_code(secrets.token_bytes(8))
    expires_at = work.now_ms + limits.ENROL_CODE_MINUTES * 60_000
    work.connection.execute(
        sa.insert(work.tables.enrol_code).values(
            code_hash=_hash(code),
            agent_id=agent_id,
            expires_at=expires_at,
            device_id=None,
            made_by=by,
        )
    )
    return code, expires_at


def enrol(work: Work, message: Enrolment) -> dict[str, Any]:
    """Link a device to the agent of a code. The same code with the same key: the same answer.

    Raises:
        EnrolCodeWrong, EnrolCodeUsed: nothing is stored.
        SignatureWrong: the proof does not fit the key.
        AccountDisabled, DeviceRevoked: the agent, or this device, may exchange no more.
        Malformed: not a key.
    """
    code = normal_code(message.code)
    try:
        public_key, proof = bytes.fromhex(message.public_key), bytes.fromhex(message.proof)
    except ValueError as fault:
        raise Malformed("enrolment: not hexadecimal") from fault
    require_signature(public_key, b"enrol1|" + code.encode() + b"|" + public_key, proof)
    codes, devices = work.tables.enrol_code, work.tables.device
    row = work.connection.execute(
        sa.select(codes).where(codes.c.code_hash == _hash(code)).with_for_update()
    ).first()
    known = work.connection.execute(
        sa.select(devices).where(devices.c.public_key == public_key)
    ).first()
    if row is None:
        raise EnrolCodeWrong("enrolment: no such code")
    if row.device_id is not None and (known is None or known.id != row.device_id):
        raise EnrolCodeUsed("enrolment: code used by another device")
    if row.device_id is None and row.expires_at < work.now_ms:
        raise EnrolCodeWrong("enrolment: code out of date")
    require_enabled(work, row.agent_id)
    device_id = row.device_id
    if device_id is not None:
        _require_serving(known)
    else:
        if known is not None:
            raise EnrolCodeUsed("enrolment: this key is enrolled already")
        device_id = work.connection.scalar(
            sa.insert(devices)
            .values(
                agent_id=row.agent_id,
                public_key=public_key,
                status=Status.ACTIVE,
                newest_inc=0,
                counter=0,
                build=message.build[:40],
                schema=1,
                pending=0,
                clock_off_ms=0,
                enrolled_at=work.now_ms,
                seen_at=work.now_ms,
            )
            .returning(devices.c.id)
        )
        incarnations.begin(work, int(device_id))
        work.connection.execute(
            sa.update(codes).where(codes.c.id == row.id).values(device_id=device_id)
        )
    return _answer(work, row.agent_id, int(device_id))


def _answer(work: Work, agent_id: bytes, device_id: int) -> dict[str, Any]:
    installation, account = work.tables.installation, work.tables.account
    is_epoch = installation.c.name == "epoch"
    epoch = work.connection.scalar(sa.select(installation.c.value).where(is_epoch))
    assert epoch is not None, "the database is not migrated"
    login = work.connection.scalar(sa.select(account.c.login).where(account.c.agent_id == agent_id))
    return {
        "device_id": device_id,
        "inc": 1,
        "agent_id": agent_id.hex(),
        "login": login,
        "server_key": signing_key(work).public_key().public_bytes_raw().hex(),
        "epoch": epoch.hex(),
        **shared_keys(work, agent_id, device_id),
    }


def shared_keys(records: Records, agent_id: bytes, device_id: int) -> dict[str, str]:
    """Return the secrets that a tablet and the server share, in hexadecimal."""
    return {
        "bundle_key": bundle_key(records, agent_id).hex(),
        "rescue_key": rescue_key(records, device_id).hex(),
    }


def authenticate(
    records: Records,
    header: str,
    *,
    method: str,
    path: str,
    body: bytes = b"",
    body_sha256: bytes = b"",
) -> tuple[Any, Signed]:
    """Return the device that signed a request, with the `epoch`, and what the header said.

    Args:
        body_sha256: of a body that has not arrived yet, 32 bytes; instead of `body`.

    Raises:
        SignatureWrong: it did not, or there is no such device: a stranger is told the same.
        DeviceRevoked: as it says.
        DeviceWiped: it is to be told to empty itself.
    """
    digest = body_sha256 or sha256(body).digest()
    device, signed = _signer(records, header, method=method, path=path, digest=digest)
    _require_serving(device)
    return device, signed


def _require_serving(device: Any) -> None:
    if device.status not in (Status.ACTIVE, Status.LEAVING):
        kind = DeviceWiped if device.status == Status.WIPING else DeviceRevoked
        raise kind(f"device {device.id}: {device.status}")


def may_serve(records: Records, header: str, window: int) -> bool:
    """Whether a header names a device here, and no counter older than the last `window`.

    Raises:
        SignatureWrong: it is none that any device sends.
    """
    signed, table = _read_header(header), records.tables.device
    counter = records.connection.scalar(_counter(table), {"key": signed.device_id})
    return counter is not None and bool(signed.counter > counter - window)


@cache
def _counter(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.counter).where(table.c.id == sa.bindparam("key"))


def is_disabled(records: Records, agent_id: bytes) -> bool:
    """Whether an agent's account is not active, carries no tablet, or the agent has left."""
    account, agent = records.tables.account, records.tables.records.get("agent")
    return bool(records.connection.scalar(_disabled(account, agent), {"whose": agent_id}))


@cache
def _disabled(account: sa.Table, agent: sa.Table | None) -> sa.Select[Any]:
    whose: sa.BindParameter[bytes] = sa.bindparam("whose")
    works = (account.c.status == "active", account.c.role.in_(bearers(Right.CARRY_TABLET)))
    found = [sa.exists().where(account.c.agent_id == whose, sa.not_(sa.and_(*works)))]
    if agent is not None:  # else a list of entities without staff
        found.append(sa.exists().where(agent.c.id == whose, agent.c.status == "left"))
    return sa.select(sa.or_(*found))


def require_enabled(records: Records, agent_id: bytes) -> None:
    """Refuse to give anything to an agent whose account is disabled. Raises AccountDisabled."""
    if is_disabled(records, agent_id):
        raise AccountDisabled(f"agent {agent_id.hex()}: disabled")


def tell_order(work: Work, header: str) -> str:
    """Return the order, signed, to the device whose signature held; keep when it was first told."""
    signed, table = _read_header(header), work.tables.device
    whose = table.c.id == signed.device_id
    status = work.connection.scalar(sa.select(table.c.status).where(whose))
    order = _ORDERS.get(Status(str(status)))
    if order is None:  # withdrawn in between
        return ""
    work.connection.execute(
        sa.update(table)
        .where(whose, table.c.told_at.is_(None))
        .values(told_at=work.now_ms, seen_at=work.now_ms)
    )
    signature = signing_key(work).sign(content(order, signed.device_id, signed.counter))
    return to_header(order, signature)


def set_status(work: Work, device_id: int, status: Status, *, by: bytes | None = None) -> None:
    """Say what becomes of a device from its next contact on. One that is emptied stays so.

    `revoked`: its unsent work can no longer arrive by it. Back to `active`: an order is withdrawn.

    Args:
        by: the agent who orders it, which is kept; None for whoever sits at the server.
    """
    if status != Status.WIPED:  # which the device itself says
        work.connection.execute(
            sa.insert(work.tables.device_order).values(
                device_id=device_id, status=status, ordered_by=by, ordered_at=work.now_ms
            )
        )
    table = work.tables.device
    ordered_at = work.now_ms if status in _ORDERS else None
    work.connection.execute(
        sa.update(table)
        .where(table.c.id == device_id, table.c.status != Status.WIPED)
        .values(status=status, ordered_at=ordered_at, told_at=None)
    )


def confirm_wiped(work: Work, header: str, *, method: str, path: str) -> None:
    """A device has emptied itself, as it was told.

    Raises:
        SignatureWrong: somebody else says so.
    """
    device, signed = _signer(work, header, method=method, path=path, digest=sha256(b"").digest())
    if device.status in _ORDERS:
        set_status(work, signed.device_id, Status.WIPED)


def code_for_pin(records: Records, device_id: int, number: int) -> str:
    """Return the code that opens a device; `number`: of the code, as its screen says."""
    return rescue_code(rescue_key(records, device_id), number)


def _signer(
    records: Records, header: str, *, method: str, path: str, digest: bytes
) -> tuple[Any, Signed]:
    signed = _read_header(header)
    query = _with_epoch(records.tables.device, records.tables.installation)
    device = records.connection.execute(query, {"key": signed.device_id}).first()
    said = "|".join((method, path, str(signed.counter), digest.hex()))
    # Of a number that nobody has the signature is checked too: no answer comes sooner.
    key = _NOBODYS if device is None else bytes(device.public_key)
    require_signature(key, said.encode(), signed.signature)
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


def _read_header(header: str) -> Signed:
    found = _HEADER.fullmatch(header)
    if found is None:
        raise SignatureWrong("signature: header missing or unreadable")
    device_id, counter = int(found[1]), int(found[2])
    if device_id > _DEVICE_MAX or counter > _COUNTER_MAX:
        raise SignatureWrong("signature: numbers that no device has")
    return Signed(device_id, counter, base64.urlsafe_b64decode(f"{found[3]}=="))


def _hash(code: str) -> bytes:
    return sha256(b"enrol|" + code.encode()).digest()
