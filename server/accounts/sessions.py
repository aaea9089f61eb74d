"""Sign in at the desk, sign out, and who a cookie's token says one is."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from server.accounts import passwords, territories, throttle
from server.accounts.standing import Standing, standing_from
from server.db.events import Action
from server.db.records import Records
from server.db.tables import Tables
from server.db.work import Database, Work
from sync.errors import Refusal

_SESSION_MS = 12 * 3_600_000
_KNOWN_MS = 7 * 24 * 3_600_000
"""How long after its end it is known whose a session was."""


class SignInFailed(Refusal):
    """Login and password do not fit; which of the two is not said."""

    code = "sign_in_failed"


class SessionOver(Refusal):
    """Nobody is signed in, or not any more."""

    code = "session_over"


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in person on the desk; `names` in Latin and in Arabic letters, "" for none."""

    agent_id: bytes
    login: str
    language: str
    csrf: str
    standing: Standing
    names: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Opened:
    """Tokens for the cookies of one who signed in: of the session, and of the known browser."""

    session: str
    known: str


def sign_in(
    database: Database, login: str, password: str, *, address: str = "", known: str = ""
) -> Opened:
    """Open a session. Three short transactions: the password is hashed between them.

    Args:
        login: as accounts are named.
        address: whence.
        known: the token of a browser that signed in before, or nothing.

    Raises:
        SignInFailed: also where there is no such account, or a disabled one.
        TooManyTries: the same for accounts that there are and that there are not.
    """

    def begin(work: Work) -> tuple[list[throttle.Count], sa.Row[Any, Any, Any] | None]:
        # An account that there is not is counted and hashed like any other, so that neither the
        # answer nor the time that it takes tells which logins there are.
        table = work.tables.account
        columns = (table.c.agent_id, table.c.password_hash, table.c.status)
        query = sa.select(*columns).where(table.c.login == login)
        account = work.connection.execute(query).first()
        hashed = account.password_hash if account is not None else None
        browser = throttle.known_id(work, _known_as(login, hashed), known)
        # A stranger's tries are counted twice, so that neither one login is tried from everywhere
        # nor every login from one address.
        counts = (
            [throttle.Count(throttle.Limit.SIGN_IN_KNOWN, browser)]
            if browser
            else [
                throttle.Count(throttle.Limit.SIGN_IN, login),
                throttle.Count(throttle.Limit.SIGN_IN_FROM, address),
            ]
        )
        throttle.take(work, counts)
        return counts, account

    counts, account = database.write(begin)
    hashed = account.password_hash if account is not None else None
    if not passwords.fits(hashed, password) or account is None or account.status != "active":
        # What was typed for a login may be a password: it is not kept. Written whoever it was, or
        # the time that it takes would tell which logins there are.
        whose = account.agent_id if account is not None else None
        failed = (Action.SIGN_IN_FAILED, None, "account", whose, "")
        database.write(lambda work: work.note(*failed))
        raise SignInFailed("sign-in: login and password do not fit")
    agent_id = account.agent_id

    def end(work: Work) -> Opened:
        # Whoever changed the password meanwhile, or disabled the account, ended its sessions.
        table = work.tables.account
        query = sa.select(table.c.password_hash, table.c.status).where(table.c.agent_id == agent_id)
        if work.connection.execute(query.with_for_update()).one() != (hashed, "active"):
            raise SignInFailed("sign-in: the account changed meanwhile")
        throttle.give_back(work, counts)
        work.note(Action.SIGN_IN, agent_id, "account", agent_id, "")
        return Opened(_open(work, agent_id), throttle.known_token(work, _known_as(login, hashed)))

    return database.write(end)


def _open(work: Work, agent_id: bytes) -> str:
    # The database has the hash alone: whoever reads it, or a backup, cannot take over a session. A
    # random token of 32 bytes needs no slow hash, as a password does.
    token, sessions = secrets.token_urlsafe(32), work.tables.web_session
    over = sessions.c.expires_at < work.now_ms - _KNOWN_MS
    work.connection.execute(sa.delete(sessions).where(over))
    work.connection.execute(
        sa.insert(sessions).values(
            token_hash=_hash(token),
            agent_id=agent_id,
            csrf=secrets.token_urlsafe(24),
            expires_at=work.now_ms + _SESSION_MS,
        )
    )
    return token


def _known_as(login: str, hashed: str | None) -> str:
    """Return what a browser is known by: whoever had the password before keeps no tries."""
    return f"{login}|{hashed}"


def sign_out(work: Work, token: str) -> None:
    """End a session."""
    _end(work, work.tables.web_session.c.token_hash == _hash(token))


def end_sessions(work: Work, agent_id: bytes) -> None:
    """End all sessions of an account: its password is another, or it is disabled."""
    _end(work, work.tables.web_session.c.agent_id == agent_id)


def _end(work: Work, which: sa.ColumnElement[bool]) -> None:
    """End sessions: nobody has their token, though it is known still whose they were."""
    sessions = work.tables.web_session
    for hashed in work.connection.scalars(sa.select(sessions.c.token_hash).where(which)).all():
        # Not by its time alone, which a clock that is set back would give it again.
        ended = {"token_hash": secrets.token_bytes(32), "expires_at": work.now_ms}
        row = sa.update(sessions).where(sessions.c.token_hash == hashed)
        work.connection.execute(row.values(**ended))


def whose(records: Records, csrf: str) -> bytes | None:
    """Return whose pages had a token of forms, be their session over; None where nobody's."""
    sessions = records.tables.web_session
    return records.connection.scalar(sa.select(sessions.c.agent_id).where(sessions.c.csrf == csrf))


def session_of(records: Records, token: str, *, now_ms: int) -> Session:
    """Return the session of a cookie's token, as the account is now. Raises SessionOver."""
    given = {"token": _hash(token), "now": now_ms}
    row = records.connection.execute(_of_token(records.tables), given).first()
    if row is None or row.status != "active":
        raise SessionOver("no session")
    communes = territories.communes_of(records, row.agent_id, now_ms=now_ms)
    standing = standing_from(row, communes)
    return Session(
        agent_id=row.agent_id,
        login=row.login,
        language=row.language,
        csrf=row.csrf,
        standing=standing,
        names=(row.name_fr or "", row.name_ar or ""),
    )


@cache
def _of_token(tables: Tables) -> sa.Select[Any]:
    """Ask for the session of a token that is not over, its account, and the name of whose it is."""
    sessions, account, agent = tables.web_session, tables.account, tables.records["agent"]
    return (
        sa.select(sessions.c.csrf, account, agent.c.name_fr, agent.c.name_ar)
        .join(account, account.c.agent_id == sessions.c.agent_id)
        .outerjoin(agent, agent.c.id == account.c.agent_id)
        .where(
            sessions.c.token_hash == sa.bindparam("token"),
            sessions.c.expires_at > sa.bindparam("now"),
        )
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
