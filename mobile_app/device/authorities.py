"""Whom this device trusts to vouch for a server: the authorities of TLS (decision 0013).

Python finds none on Android: OpenSSL knows no folder there. What Android trusts is read from Java.
"""

from __future__ import annotations

import logging
import ssl
from functools import cache

from mobile_app.device import java
from sync.errors import Refusal

_LOG = logging.getLogger("nuqta")
_STORE, _SYSTEM = "AndroidCAStore", "system:"
_KEPT_CURRENT_FROM = 26
"""Android 8; the authorities of earlier ones are frozen, and lack that of Let's Encrypt."""


class AuthorityWrong(Refusal):
    """What should vouch for a server is no certificate."""

    code = "authority_wrong"


def context(cadata: str | bytes | None) -> ssl.SSLContext:
    """Return a context that checks issuer, name and dates. Raises AuthorityWrong.

    Args:
        cadata: who is trusted, and nobody else, PEM or DER; None: what Python itself finds.
    """
    try:
        return ssl.create_default_context(cadata=cadata)
    except (ssl.SSLError, ValueError, TypeError) as fault:  # the last: letters that are not ASCII
        raise AuthorityWrong(f"authority: {fault}") from fault


@cache
def trusted() -> str | bytes | None:
    """Return `cadata` of a context; None: what Python itself finds, on a desk.

    On Android the system's own, not those that a person installed: whoever talks an agent into that
    could read along. Where the system's cannot be had, those that came with this program.
    """
    if not java.is_android():
        return None
    found = b""
    if java.version() >= _KEPT_CURRENT_FROM:
        try:
            found = _of_android()
            # Tried once: one certificate that OpenSSL cannot read spoils all of them.
            context(found)
        except (java.fault(), AuthorityWrong) as fault:
            _LOG.warning("authorities: the system's cannot be read: %r", fault)
            found = b""
    return found or _own()


def _of_android() -> bytes:
    """Return the certificates, DER, one after the other."""
    store = java.of("java.security.KeyStore").getInstance(_STORE)
    store.load(None)
    aliases, found = store.aliases(), b""
    while aliases.hasMoreElements():
        alias = str(aliases.nextElement())
        if alias.startswith(_SYSTEM) and (certificate := store.getCertificate(alias)) is not None:
            found += bytes(certificate.getEncoded())
    return found


def _own() -> str:
    import certifi  # noqa: PLC0415 - a quarter of a megabyte, which Android alone may need

    return certifi.contents()
