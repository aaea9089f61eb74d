"""People who work in the programme: make an account, sign in, sign out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from server.accounts import territories
from server.db.records import NotFound, Records
from server.db.work import Author, Work
from sync import typed
from sync.entities.agent import ROLES
from sync.errors import Refusal

PASSWORD_CHARS_LEAST = 8
_TRIES_MAX = 8
_TRIES_WINDOW_MS = 15 * 60_000
_SESSION_MS = 12 * 3_600_000
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(8))
"""Checked when the login is unknown, so that the answer takes as long."""


class LoginTaken(Refusal):
    """Another account has this login."""

    code = "login_taken"


class LoginWrong(Refusal):
    """A login has letters, digits, points and hyphens, at most 60."""

    code = "login_wrong"


class RoleUnknown(Refusal):
    """No such role."""

    code = "role_unknown"


class PasswordShort(Refusal):
    """A password has at least eight characters."""

    code = "password_short"


class SignInFailed(Refusal):
    """Login and password do not fit; which of the two is not said."""

    code = "sign_in_failed"


class TooManyTries(Refusal):
    """Too many wrong passwords in a quarter of an hour."""

    code = "too_many_tries"


class SessionOver(Refusal):
    """Nobody is signed in, or not any more."""

    code = "session_over"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person on the desk."""

    agent_id: bytes
    login: str
    role: str
    language: str
    csrf: str
    communes: tuple[str, ...]


def create_user(
    work: Work,
    login: str,
    role: str,
    communes: Sequence[str],
    password: str,
    *,
    name_fr: str | None = None,
    name_ar: str | None = None,
    language: str = "fr",
) -> bytes:
    """Make an account and its agent record, and grant communes.

    Args:
        communes: codes of communes, provinces or regions.

    Returns:
        The agent's id.

    Raises:
        LoginTaken, LoginWrong, RoleUnknown, PasswordShort, UnknownTerritory: nothing is stored.
    """
    login = _folded(login)
    if (
        not login
        or len(login) > 60
        or not login.replace(".", "").replace("-", "").replace("_", "").isalnum()
    ):
        raise LoginWrong(f"login {login!r}")
    if role not in ROLES:
        raise RoleUnknown(f"role {role!r}", role=role, roles=", ".join(ROLES))
    password = typed.secret(password)
    if len(password) < PASSWORD_CHARS_LEAST:
        raise PasswordShort("password too short", least=PASSWORD_CHARS_LEAST)
    table = work.tables.account
    if work.connection.scalar(sa.select(table.c.agent_id).where(table.c.login == login)):
        raise LoginTaken(f"login {login!r} is taken", login=login)
    record = work.insert(
        "agent",
        {
            "login": login,
            "role": role,
            "name_fr": name_fr or login,
            "name_ar": name_ar,
            "status": "active",
        },
        Author(None),
    )
    work.connection.execute(
        sa.insert(table).values(
            agent_id=record.record_id,
            login=login,
            role=role,
            password_hash=_HASHER.hash(password),
            language=language,
            status="active",
            failed_count=0,
            failed_at=0,
            created_at=work.now_ms,
        )
    )
    territories.grant(work, record.record_id, communes, by=None)
    return record.record_id


def agent_of(records: Records, login: str) -> bytes:
    """Return the agent of a login. Raises NotFound."""
    table = records.tables.account
    found = records.connection.scalar(
        sa.select(table.c.agent_id).where(table.c.login == _folded(login))
    )
    if found is None:
        raise NotFound(f"no account {login!r}", entity="account", login=login)
    return bytes(found)


def sign_in(work: Work, login: str, password: str) -> tuple[str, Session] | Refusal:
    """Open a session.

    Returns:
        The token for the cookie and the session; or the refusal, so that the count of wrong
        tries is stored with it.
    """
    table = work.tables.account
    row = work.connection.execute(
        sa.select(table).where(table.c.login == _folded(login)).with_for_update()
    ).first()
    if row is None:
        _fits(_NOBODY, password)
        return SignInFailed(f"sign-in: no account {login!r}")
    is_recent = work.now_ms - row.failed_at < _TRIES_WINDOW_MS
    failed = row.failed_count if is_recent else 0
    if failed >= _TRIES_MAX:
        return TooManyTries(f"sign-in: {login!r} locked", minutes=_TRIES_WINDOW_MS // 60_000)
    is_right = _fits(row.password_hash, password) and row.status == "active"
    work.connection.execute(
        sa.update(table)
        .where(table.c.agent_id == row.agent_id)
        .values(
            failed_count=0 if is_right else failed + 1,
            failed_at=row.failed_at if is_right else work.now_ms,
        )
    )
    if not is_right:
        return SignInFailed(f"sign-in: wrong password for {login!r}")
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    sessions = work.tables.web_session
    work.connection.execute(sa.delete(sessions).where(sessions.c.expires_at < work.now_ms))
    work.connection.execute(
        sa.insert(sessions).values(
            token_hash=_hash(token),
            agent_id=row.agent_id,
            csrf=csrf,
            expires_at=work.now_ms + _SESSION_MS,
        )
    )
    communes = territories.territory_of(work, row.agent_id).communes(work.now_ms)
    return token, Session(row.agent_id, row.login, row.role, row.language, csrf, tuple(communes))


def sign_out(work: Work, token: str) -> None:
    """End a session."""
    sessions = work.tables.web_session
    work.connection.execute(sa.delete(sessions).where(sessions.c.token_hash == _hash(token)))


def session_of(records: Records, token: str, *, now_ms: int) -> Session:
    """Return the session of a cookie's token. Raises SessionOver."""
    sessions, table = records.tables.web_session, records.tables.account
    row = records.connection.execute(
        sa.select(sessions.c.csrf, table)
        .join(table, table.c.agent_id == sessions.c.agent_id)
        .where(sessions.c.token_hash == _hash(token), sessions.c.expires_at > now_ms)
    ).first()
    if row is None or row.status != "active":
        raise SessionOver("no session")
    communes = territories.territory_of(records, row.agent_id).communes(now_ms)
    return Session(row.agent_id, row.login, row.role, row.language, row.csrf, tuple(communes))


def _folded(login: str) -> str:
    return typed.line(login).lower()


def _fits(hashed: str, password: str) -> bool:
    return any(_is_of(hashed, one) for one in typed.secrets(password))


def _is_of(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
