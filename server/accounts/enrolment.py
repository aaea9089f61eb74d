"""Enrolment: a one-time code links a tablet's key to the account of its agent."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa

from server.accounts import devices, incarnations
from server.accounts.devices import Status
from server.accounts.signatures import require_signature
from server.accounts.standing import THE_OPERATOR, Standing, require_contained, standing_of
from server.db.events import Action
from server.db.schema import enrol_key, signing_key
from server.db.work import Work
from server.rights import Right
from sync import limits
from sync.errors import Malformed, Refusal
from sync.rules.codes import enrol_code, normal_code

_Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*\Z")]


class EnrolCodeWrong(Refusal):
    """No such code, or its time is over."""

    code = "enrol_code_wrong"


class EnrolCodeUsed(Refusal):
    """Another tablet was enrolled with this code."""

    code = "enrol_code_used"


class NoTabletForRole(Refusal):
    """The account's role carries no tablet, or the account is disabled."""

    code = "no_tablet_for_role"


class Enrolment(msgspec.Struct):
    """What a tablet sends to be enrolled; bytes in hexadecimal."""

    code: _Text
    public_key: _Text
    proof: _Text
    build: _Text = ""
    name: _Text = ""


def make_code(
    work: Work, agent_id: bytes, standing: Standing = THE_OPERATOR, by: bytes | None = None
) -> tuple[str, int]:
    """Make an enrolment code, or find the one that its maker made and nobody used yet.

    So who loads the page anew is shown the same code. The database has its hash alone: it is made
    anew, of a key of the server's and of what its row says. Returns the code, and when it ends
    (Unix ms).

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
    key = enrol_key(work)
    if known := _unused(work, key, agent_id, by):
        return known
    expires_at, salt = work.now_ms + limits.ENROL_CODE_MINUTES * 60_000, secrets.token_bytes(8)
    code = _code(key, agent_id, expires_at, salt)
    work.connection.execute(
        sa.insert(work.tables.enrol_code).values(
            code_hash=_hash(code),
            agent_id=agent_id,
            expires_at=expires_at,
            device_id=None,
            made_by=by,
            salt=salt,
        )
    )
    work.note(Action.ORDER, by, "enrol_code", agent_id, "new_code")
    return code, expires_at


def _unused(work: Work, key: bytes, agent_id: bytes, by: bytes | None) -> tuple[str, int] | None:
    """Return the newest code of a maker for an agent that can still be used, with its end."""
    table = work.tables.enrol_code
    row = work.connection.execute(
        sa.select(table)
        .where(
            table.c.agent_id == agent_id,
            table.c.made_by.is_(None) if by is None else table.c.made_by == by,
            table.c.device_id.is_(None),
            table.c.expires_at > work.now_ms,
        )
        .order_by(table.c.id.desc())
        .limit(1)
    ).first()
    if row is None or row.salt is None:
        return None
    code = _code(key, agent_id, row.expires_at, bytes(row.salt))
    return (code, row.expires_at) if _hash(code) == row.code_hash else None


def _code(key: bytes, agent_id: bytes, expires_at: int, salt: bytes) -> str:
    said = agent_id + expires_at.to_bytes(8, "big") + salt
    return enrol_code(hmac.digest(key, said, sha256))


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
    # Whoever sends a key must have it, or a stranger could link another's to an account.
    require_signature(public_key, b"enrol1|" + code.encode() + b"|" + public_key, proof)
    codes, table = work.tables.enrol_code, work.tables.device
    row = work.connection.execute(
        sa.select(codes).where(codes.c.code_hash == _hash(code)).with_for_update()
    ).first()
    known = work.connection.execute(
        sa.select(table).where(table.c.public_key == public_key)
    ).first()
    if row is None:
        raise EnrolCodeWrong("enrolment: no such code")
    # The answer may have been lost on its way: the same tablet asks again, and is told the same,
    # also after the code's time. To another the code is used.
    if row.device_id is not None and (known is None or known.id != row.device_id):
        raise EnrolCodeUsed("enrolment: code used by another device")
    if row.device_id is None and row.expires_at < work.now_ms:
        raise EnrolCodeWrong("enrolment: code out of date")
    devices.require_enabled(work, row.agent_id)
    device_id = row.device_id
    if device_id is not None:
        devices.require_serving(known)
    else:
        if known is not None:
            raise EnrolCodeUsed("enrolment: this key is enrolled already")
        device_id = work.connection.scalar(
            sa.insert(table)
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
            .returning(table.c.id)
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
        **devices.shared_keys(work, agent_id, device_id),
    }


def _hash(code: str) -> bytes:
    return sha256(b"enrol|" + code.encode()).digest()
