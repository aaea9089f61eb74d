"""Whoever uses the portal: a phone, checked by a code that only the browser that asked can try."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from server.accounts import throttle
from server.db.records import Records
from server.db.work import Database, Work
from server.messages import Messages
from sync import typed
from sync.entities.forms import PHONE
from sync.errors import Refusal

_CODE_MS = 10 * 60_000
_SESSION_MS = 2 * 3_600_000
_DRAFT_MS = 24 * 3_600_000
"""How long what was typed as a session ended waits for its phone to be checked again."""
_TRIES_MAX = 5


class PortalCodeWrong(Refusal):
    """Not the code that was sent."""

    code = "portal_code_wrong"


class PortalCodeOver(Refusal):
    """The code is too old, or was tried too often."""

    code = "portal_code_over"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone whose phone is checked.

    `draft`: a form as it was typed and not sent yet; "" if none. `at`: when this page was asked
    for, in Unix milliseconds: who speaks for another may do so until a day.
    """

    phone: str
    csrf: str
    draft: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Entered:
    """Tokens for the cookies of one whose code was right: of the session, and of the browser."""

    session: str
    known: str
    visitor: Visitor


def send_code(
    database: Database,
    messages: Messages,
    given: str,
    *,
    words: str,
    address: str = "",
    known: str = "",
    token: str = "",
) -> str:
    """Send a one-time code to a phone. Returns the token of the browser that asked.

    Args:
        given: the phone as a person writes it.
        words: the message, with `{code}` in it.
        address: whence it is asked.
        known: the token of a browser that checked this phone before, or nothing.
        token: of the browser that asks, from `new_token`, where it is kept though nothing is sent.

    Raises:
        PhoneWrong: not a Moroccan number.
        TooManyTries: for this phone, or from this address.
        MessageUnsent: it could not be handed over.
    """
    phone = PHONE.read(given)
    code, token = f"{secrets.randbelow(10**6):06d}", token or new_token()

    def keep(work: Work) -> None:
        browser = throttle.known_id(work, phone, known)
        counts = (
            # By phone: each code that is right makes one more browser known.
            [throttle.Count(throttle.Limit.CODE_KNOWN, phone)]
            if browser
            else [
                throttle.Count(throttle.Limit.CODE_TO, phone),
                throttle.Count(throttle.Limit.CODE_FROM, address),
            ]
        )
        throttle.take(work, counts)
        table = work.tables.phone_code
        work.connection.execute(sa.delete(table).where(table.c.expires_at < work.now_ms))
        work.connection.execute(
            sa.insert(table).values(
                token_hash=_hash(token),
                phone=phone,
                # Six digits alone are found from their hash at once, by trying all of them. With
                # the browser's token in it, whoever reads the database cannot.
                code_hash=_hash(token + code),
                expires_at=work.now_ms + _CODE_MS,
                tries=0,
            )
        )

    # Stored first: a message cannot be taken back, and a code that is not stored could not be
    # tried.
    database.write(keep)
    messages.send(phone, words.replace("{code}", code))
    return token


def new_token() -> str:
    """Return a token for a browser that asks for a code."""
    return secrets.token_urlsafe(24)


def phone_of(records: Records, token: str, *, now_ms: int) -> str:
    """Return the phone that a browser asked a code for; empty when it is over."""
    table = records.tables.phone_code
    query = sa.select(table.c.phone).where(
        table.c.token_hash == _hash(token), table.c.expires_at > now_ms
    )
    return records.connection.scalar(query) or ""


def check_code(work: Work, token: str, given: str) -> Entered | Refusal:
    """Open a session for a phone.

    Args:
        token: of the browser that asked for the code.
        given: the code as a person writes it.

    Returns:
        The tokens; or the refusal, so that its count is stored.
    """
    phone = proved(work, token, given)
    return phone if isinstance(phone, Refusal) else enter(work, phone, [token])


def proved(work: Work, token: str, given: str) -> str | Refusal:
    """Return the phone that a code was sent to, be the code right; arguments as `check_code`.

    The code is not used up: `enter` does that. A refusal is returned, so that its count is stored.
    """
    table = work.tables.phone_code
    mine = table.c.token_hash == _hash(token)
    row = work.connection.execute(sa.select(table).where(mine).with_for_update()).first()
    if row is None or row.expires_at < work.now_ms or row.tries >= _TRIES_MAX:
        return PortalCodeOver("portal: code too old or tried too often")
    if not hmac.compare_digest(bytes(row.code_hash), _hash(token + typed.digits(given))):
        work.connection.execute(sa.update(table).where(mine).values(tries=row.tries + 1))
        return PortalCodeWrong("portal: wrong code")
    return str(row.phone)


def enter(work: Work, phone: str, tokens: Sequence[str]) -> Entered:
    """Open a session for a phone that is proved, and use up the codes of the tokens."""
    table = work.tables.phone_code
    spent = table.c.token_hash.in_([_hash(token) for token in tokens])
    work.connection.execute(sa.delete(table).where(spent))
    session, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    sessions = work.tables.portal_session
    over = sessions.c.expires_at < work.now_ms - _DRAFT_MS
    work.connection.execute(sa.delete(sessions).where(over))
    draft = work.connection.scalar(sa.select(_draft_of(sessions, phone))) or ""
    forget_draft(work, phone)
    work.connection.execute(
        sa.insert(sessions).values(
            token_hash=_hash(session),
            phone=phone,
            draft=draft,
            csrf=csrf,
            expires_at=work.now_ms + _SESSION_MS,
        )
    )
    known = throttle.known_token(work, phone)
    return Entered(session, known, Visitor(phone, csrf, draft, work.now_ms))


def draft_of_visit(records: Records, csrf: str) -> str | None:
    """Return what was typed in the visit of a form's token, be it over; None: no visit's token."""
    table = records.tables.portal_session
    draft = sa.func.coalesce(_draft_of(table, table.c.phone), "")
    found: str | None = records.connection.scalar(sa.select(draft).where(table.c.csrf == csrf))
    return found


def keep_draft(work: Work, csrf: str, draft: str) -> None:
    """Keep a form of a visit that is over for its phone.

    Args:
        csrf: the token of the form.
        draft: its answers, as a form sends them.
    """
    table = work.tables.portal_session
    work.connection.execute(sa.update(table).where(table.c.csrf == csrf).values(draft=draft))


def save_draft(work: Work, visitor: Visitor, draft: str) -> None:
    """Keep what a visitor has typed so far, in place of what was kept of this phone before."""
    forget_draft(work, visitor.phone)
    keep_draft(work, visitor.csrf, draft)


def forget_draft(work: Work, phone: str) -> None:
    """Forget what a phone's visitor had typed: it is sent, or another session has it."""
    table = work.tables.portal_session
    work.connection.execute(sa.update(table).where(table.c.phone == phone).values(draft=""))


def visitor_of(records: Records, token: str, *, now_ms: int) -> Visitor | None:
    """Return whose session a cookie's token is, or None."""
    table = records.tables.portal_session
    # Begun on one telephone, and continued on another: the draft is the phone number's.
    row = records.connection.execute(
        sa.select(table, _draft_of(table, table.c.phone).label("latest")).where(
            table.c.token_hash == _hash(token), table.c.expires_at > now_ms
        )
    ).first()
    if row is None:
        return None
    return Visitor(row.phone, row.csrf, row.draft or row.latest or "", now_ms)


def _draft_of(table: sa.Table, phone: Any) -> sa.ScalarSelect[str]:
    """Return the query of what was typed last with a phone and not sent, in any of its sessions.

    Args:
        phone: a number, or the column that has it.
    """
    any_session = table.alias()
    return (
        sa.select(any_session.c.draft)
        .where(any_session.c.phone == phone, any_session.c.draft != "")
        .order_by(any_session.c.expires_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def sign_out(work: Work, token: str) -> None:
    """End the session of a cookie's token, if there is one."""
    table = work.tables.portal_session
    work.connection.execute(sa.delete(table).where(table.c.token_hash == _hash(token)))


def sign_out_everywhere(work: Work, phone: str) -> None:
    """End all sessions of a phone, and the codes sent to it. What was typed waits for it still."""
    sessions, codes = work.tables.portal_session, work.tables.phone_code
    ended = {"expires_at": work.now_ms}
    mine = (sessions.c.phone == phone, sessions.c.expires_at > work.now_ms)
    work.connection.execute(sa.update(sessions).where(*mine).values(ended))
    work.connection.execute(sa.delete(codes).where(codes.c.phone == phone))


def _hash(text: str) -> bytes:
    return sha256(b"portal|" + text.encode(errors="replace")).digest()
