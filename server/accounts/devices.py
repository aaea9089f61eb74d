"""Tablets: whether one may exchange, what it is told to do, and what it shares with the server."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from server.accounts.signatures import Signed, read_header, signer
from server.db.events import Action
from server.db.records import Records
from server.db.schema import bundle_key, rescue_key, signing_key
from server.db.work import Work
from server.rights import Right, bearers
from sync.errors import Refusal
from sync.orders import Order, content, to_header
from sync.rules.codes import rescue_code


class Status(StrEnum):
    """Whether a device may exchange, and what it is told."""

    ACTIVE = "active"
    LEAVING = "leaving"  # exchanges, and is told to empty itself once all has arrived
    WIPING = "wiping"  # is told to empty itself at once, and nothing else
    WIPED = "wiped"  # has said that it did
    REVOKED = "revoked"  # is refused, and keeps what it holds


_ORDERS = {Status.LEAVING: Order.LEAVE, Status.WIPING: Order.WIPE}


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
    device, signed = signer(records, header, method=method, path=path, digest=digest)
    require_serving(device)
    return device, signed


def require_serving(device: Any) -> None:
    """Refuse a device that exchanges no more. Raises DeviceRevoked, DeviceWiped."""
    if device.status not in (Status.ACTIVE, Status.LEAVING):
        kind = DeviceWiped if device.status == Status.WIPING else DeviceRevoked
        raise kind(f"device {device.id}: {device.status}")


def may_serve(records: Records, header: str, window: int) -> bool:
    """Whether a header names a device here, and no counter older than the last `window`.

    Raises:
        SignatureWrong: it is none that any device sends.
    """
    # Before the body has come and its signature can be checked, so it proves nothing: it only keeps
    # what no device sends out of memory.
    signed, table = read_header(header), records.tables.device
    counter = records.connection.scalar(_counter(table), {"key": signed.device_id})
    return counter is not None and bool(signed.counter > counter - window)


@cache
def _counter(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table.c.counter).where(table.c.id == sa.bindparam("key"))


def is_disabled(records: Records, agent_id: bytes) -> bool:
    """Whether an agent's account is not active, carries no tablet, or the agent has left."""
    account, agent = records.tables.account, records.tables.records.get("agent")
    return bool(records.connection.scalar(_disabled(account, agent), {"agent": agent_id}))


@cache
def _disabled(account: sa.Table, agent: sa.Table | None) -> sa.Select[Any]:
    agent_id: sa.BindParameter[bytes] = sa.bindparam("agent")
    works = (account.c.status == "active", account.c.role.in_(bearers(Right.CARRY_TABLET)))
    found = [sa.exists().where(account.c.agent_id == agent_id, sa.not_(sa.and_(*works)))]
    if agent is not None:  # else a list of entities without staff
        found.append(sa.exists().where(agent.c.id == agent_id, agent.c.status == "left"))
    return sa.select(sa.or_(*found))


def require_enabled(records: Records, agent_id: bytes) -> None:
    """Refuse to give anything to an agent whose account is disabled. Raises AccountDisabled."""
    if is_disabled(records, agent_id):
        raise AccountDisabled(f"agent {agent_id.hex()}: disabled")


def tell_order(work: Work, header: str) -> str:
    """Return the order, signed, to the device that signed; keep when it was first told."""
    signed, table = read_header(header), work.tables.device
    is_device = table.c.id == signed.device_id
    status = work.connection.scalar(sa.select(table.c.status).where(is_device))
    order = _ORDERS.get(Status(str(status)))
    if order is None:  # withdrawn in between
        return ""
    work.connection.execute(
        sa.update(table)
        .where(is_device, table.c.told_at.is_(None))
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
        work.note(Action.ORDER, by, "device", None, f"{device_id} {status}")
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
    device, signed = signer(work, header, method=method, path=path, digest=sha256(b"").digest())
    # Said again, since its answer was lost, or after the order was withdrawn: nothing to note.
    if device.status in _ORDERS:
        set_status(work, signed.device_id, Status.WIPED)


def code_for_pin(records: Records, device_id: int, number: int) -> str:
    """Return the code that opens a device; `number`: of the code, as its screen says."""
    return rescue_code(rescue_key(records, device_id), number)
