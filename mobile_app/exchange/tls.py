"""TLS with a clock that may be years wrong.

A tablet whose battery was empty believes it is 2015: no certificate is valid then. The server's
time, signed with the key pinned at enrolment over a number that we chose, sets it right: it is
asked for over a connection that checks the issuer and the name, but no date, and carries nothing of
ours. Every connection after that checks the dates of the whole chain against the corrected time
in the handshake, before a byte of data is sent. An old certificate that was stolen can thus neither
set the clock nor receive anything.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mobile_app.device import authorities
from sync import flat, versions
from sync.acknowledgements import time_content
from sync.errors import RemoteSyncError

_NO_CHECK_TIME = 0x20_0000  # X509_V_FLAG_NO_CHECK_TIME; Python has no name for it
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_DER = 2
TIME_BYTES = 8
BUILT_MS = flat.moment_ms(max(version.on for version in (*versions.PROTOCOL, *versions.SCHEMA)))
"""No true clock shows a moment before this program was made."""


class TimeUnsigned(RemoteSyncError):
    """The server's time is not signed by the server we were enrolled at."""

    code = "time_unsigned"


def context(ca_pem: str = "") -> ssl.SSLContext:
    """Return the ordinary context: issuer, name and dates are checked.

    Args:
        ca_pem: the only issuer that is trusted; empty: those of the system.

    Raises:
        AuthorityWrong: `ca_pem` is no certificate.
    """
    return authorities.context(ca_pem or authorities.trusted())


def context_without_dates(ca_pem: str = "") -> ssl.SSLContext:
    """Return a context that checks issuer and name alone: for reading the signed time."""
    made = context(ca_pem)
    made.verify_flags = ssl.VerifyFlags(made.verify_flags | _NO_CHECK_TIME)
    return made


def context_at(now_ms: Callable[[], int], ca_pem: str = "") -> ssl.SSLContext:
    """Return a context that checks dates against `now_ms` instead of the tablet's clock."""

    class Dated(ssl.SSLSocket):
        """Checks the dates at the end of the handshake, before anything is sent."""

        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT002 - as the base
            """Shake hands. Raises ssl.SSLCertVerificationError."""
            super().do_handshake(block)
            require_valid(chain_of(self), now_ms())

    made = context_without_dates(ca_pem)
    made.sslsocket_class = Dated
    return made


def chain_of(connection: Any) -> list[x509.Certificate]:
    """Return the certificates that were verified, the server's own first."""
    # Public only from Python 3.13 on. Without it the server's own certificate must do.
    read = getattr(getattr(connection, "_sslobj", None), "get_verified_chain", None)
    raw = [certificate.public_bytes(_DER) for certificate in read()] if read else []
    raw = raw or [connection.getpeercert(binary_form=True)]
    return [x509.load_der_x509_certificate(certificate) for certificate in raw]


def require_valid(chain: list[x509.Certificate], now_ms: int) -> None:
    """Check the dates of certificates. Raises ssl.SSLCertVerificationError."""
    for certificate in chain:
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not begins.timestamp() * 1_000 <= now_ms <= ends.timestamp() * 1_000:
            raise ssl.SSLCertVerificationError(
                f"certificate {certificate.serial_number:x}:"
                f" not valid at {flat.moment_text(now_ms)}"
            )


def unproved(fault: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Return what was wrong with the server's certificate, if a connection failed for that."""
    while fault is not None:
        if isinstance(fault, ssl.SSLCertVerificationError):
            return fault
        fault = fault.__cause__ or fault.__context__
    return None


def is_of_dates(fault: BaseException | None) -> bool:
    """Whether a connection failed for the dates of a certificate."""
    return getattr(unproved(fault), "verify_code", 0) in (_NOT_YET_VALID, _EXPIRED)


def read_time(answer: bytes, nonce: bytes, server_key: bytes) -> int:
    """Return the server's time, Unix milliseconds. Raises TimeUnsigned."""
    signed, signature = answer[:TIME_BYTES], answer[TIME_BYTES:]
    server_ms = int.from_bytes(signed, "big")
    try:
        key = Ed25519PublicKey.from_public_bytes(server_key)
        key.verify(signature, time_content(nonce, server_ms))
    except (InvalidSignature, ValueError) as fault:
        raise TimeUnsigned("time: signature does not hold") from fault
    return server_ms
