"""Passwords: hashed with Argon2id, outside every transaction, since that is slow on purpose."""

from __future__ import annotations

import secrets
from functools import cache
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from sync import typed
from sync.errors import Refusal

CHARS_LEAST = 8
CHARS_MAX = 200
"""What is longer is no password, and hashing it would be work for whoever sends it."""
PasswordHash = NewType("PasswordHash", str)
_HASHER = PasswordHasher()


class PasswordShort(Refusal):
    """A password has at least eight characters."""

    code = "password_short"


class PasswordLong(Refusal):
    """A password has at most two hundred characters."""

    code = "password_long"


def hash_password(password: str) -> PasswordHash:
    """Return what is kept of a password as typed. Raises PasswordShort, PasswordLong."""
    password = typed.secret(password)
    if len(password) < CHARS_LEAST:
        raise PasswordShort("password too short", least=CHARS_LEAST)
    if len(password) > CHARS_MAX:
        raise PasswordLong("password too long", most=CHARS_MAX)
    return PasswordHash(_HASHER.hash(password))


def fits(hashed: str | None, password: str) -> bool:
    """Whether a typed password is the one that was hashed; None takes as long, and never fits."""
    if len(password) > CHARS_MAX:
        return False
    tried = typed.secrets(password)
    return any(_is_of(hashed or _nobodys(), secret) for secret in tried) and hashed is not None


def _is_of(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(8))
