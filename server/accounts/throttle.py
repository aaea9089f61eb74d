"""Guessing is slowed: so many tries in so long, by address and by account, for all processes alike.

A lock that strangers can turn would lock the rightful person out. So a browser that came in before
carries a signed token (`known_token`), and is counted by itself: what strangers try elsewhere does
not touch its tries. Nothing is kept of whom or whence but a keyed hash.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from server.db.records import Records
from server.db.schema import throttle_key
from server.db.work import Work
from sync.errors import Refusal

_MINUTE_MS = 60_000
_NETWORK_BITS = 64
"""Of an address of IPv6: what one household or one rented machine is given."""
_ID_BYTES = 12
_MAC_BYTES = 16


class TooManyTries(Refusal):
    """Too many tries for now; `minutes` says how long to wait, at most."""

    code = "too_many_tries"


class Limit(Enum):
    """So many tries within so many minutes, of one kind."""

    SIGN_IN = "sign_in", 8, 15
    SIGN_IN_FROM = "sign_in_from", 60, 15  # an office behind one address is many people
    SIGN_IN_KNOWN = "sign_in_known", 8, 15
    CODE_TO = "code_to", 5, 60  # messages to one phone
    CODE_FROM = "code_from", 20, 60
    CODE_KNOWN = "code_known", 5, 60
    CLAIM_TO = "claim_to", 5, 60  # codes for an agent, by phone
    CALL_TO = "call_to", 5, 24 * 60  # asked to be called
    CALL_FROM = "call_from", 20, 24 * 60
    CODE_TRIED_FROM = "code_tried_from", 30, 15
    FOLLOW = "follow", 20, 60  # references tried with one phone
    VERIFY_FROM = "verify_from", 30, 10  # codes of papers that are typed; squares are signed
    PURCHASE_BY = "purchase_by", 10, 24 * 60  # orders of one phone
    COMPLAINT_BY = "complaint_by", 10, 24 * 60  # complaints of one phone
    REGISTER_BY = "register_by", 30, 24 * 60  # with one phone: some register their neighbours
    PAPER_BY = "paper_by", 300, 24 * 60  # files looked at, be they papers: a core's second each
    ENROL_FROM = "enrol_from", 20, 10
    SMS_ANSWER = "sms_answer", 5, 60  # a phone that asks after its own requests
    SMS_UNKNOWN = "sms_unknown", 1, 60  # any other
    SMS_UNKNOWN_ALL = "sms_unknown_all", 20, 60  # all others together: a flood costs nothing

    def __init__(self, kind: str, most: int, minutes: int) -> None:
        """Name the kind, as the keys of its counts have it; say how many, in how long."""
        self.kind = kind
        self.most = most
        self.minutes = minutes


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a limit: of whom, or whence."""

    limit: Limit
    subject: str


def take(work: Work, counts: Sequence[Count]) -> None:
    """Count a try. To be stored before what it tries is looked at.

    Raises:
        TooManyTries: nothing is counted.
    """
    for count in sorted(counts, key=lambda count: count.limit.kind):  # one order of locks
        window_ms = count.limit.minutes * _MINUTE_MS
        tries, began_at = _add(work, _key(work, count), work.now_ms - window_ms)
        if tries > count.limit.most:
            left = began_at + window_ms - work.now_ms
            minutes = max(1, -(-left // _MINUTE_MS))
            raise TooManyTries(f"{count.limit.kind}: {tries} tries", minutes=minutes)


def give_back(work: Work, counts: Sequence[Count]) -> None:
    """Take back the try that came right."""
    table = work.tables.throttle
    keys = [_key(work, count) for count in counts]
    work.connection.execute(
        sa.update(table)
        .where(table.c.key.in_(keys), table.c.tries > 0)
        .values(tries=table.c.tries - 1)
    )


def whence(host: str) -> str:
    """Return what an address is counted by: of IPv6 by its network, as each has many."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _NETWORK_BITS), strict=False))


def known_token(records: Records, subject: str) -> str:
    """Return a token for the browser of one who came in: it has tries of its own from now on."""
    own = secrets.token_bytes(_ID_BYTES)
    return base64.urlsafe_b64encode(own + _mac(records, subject, own)).decode().rstrip("=")


def known_id(records: Records, subject: str, token: str) -> str:
    """Return the id of a known browser; empty where its token is not of this person."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
    except (binascii.Error, ValueError):
        return ""
    # `own` is random and says nothing of the person. Only together with `subject` does the code
    # fit, so a token of one account is none for another.
    own, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
    return own.hex() if hmac.compare_digest(mac, _mac(records, subject, own)) else ""


def forget_old(work: Work) -> int:
    """Delete counts that are over; each night. Returns how many."""
    table = work.tables.throttle
    # A count does not say of which limit it is: none is over before the longest of them.
    longest_ms = max(limit.minutes for limit in Limit) * _MINUTE_MS
    gone = work.connection.execute(
        sa.delete(table).where(table.c.began_at < work.now_ms - longest_ms)
    )
    return int(gone.rowcount)


def _add(work: Work, key: bytes, oldest: int) -> tuple[int, int]:
    """Count one more in a statement of its own, so that no two processes count the same."""
    table = work.tables.throttle
    dialect: Any = postgresql if work.is_postgres else sqlite
    is_over = table.c.began_at <= oldest
    query = (
        dialect.insert(table)
        .values(key=key, began_at=work.now_ms, tries=1)
        .on_conflict_do_update(
            index_elements=[table.c.key],
            set_={
                "tries": sa.case((is_over, 1), else_=table.c.tries + 1),
                "began_at": sa.case((is_over, work.now_ms), else_=table.c.began_at),
            },
        )
        .returning(table.c.tries, table.c.began_at)
    )
    row = work.connection.execute(query).one()
    return row.tries, row.began_at


def _key(records: Records, count: Count) -> bytes:
    named = f"{count.limit.kind}|{count.subject}".encode()
    return hmac.digest(throttle_key(records), named, sha256)


def _mac(records: Records, subject: str, own: bytes) -> bytes:
    content = b"known|" + own + subject.encode()
    return hmac.digest(throttle_key(records), content, sha256)[:_MAC_BYTES]
