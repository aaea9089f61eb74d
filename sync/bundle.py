"""A bundle: what a new tablet of one agent would be sent, in a file that a depot hands out.

It holds the replies of a first exchange as they would come over the line, so a tablet takes it by
the path of every exchange. They are sealed by a key that the server gives an agent's tablets when
they are enrolled: a card that is lost tells nobody anything. The whole is signed by the server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Annotated

import msgspec

from sync.errors import Refusal

_MARK = b"nuqta bundle 1"
_ENCODER = msgspec.msgpack.Encoder()
_Bytes8 = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
_Bytes12 = Annotated[bytes, msgspec.Meta(min_length=12, max_length=12)]
_Bytes16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
_Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_FILE = msgspec.msgpack.Decoder(tuple[bytes, bytes, bytes])
_PARTS = msgspec.msgpack.Decoder(tuple[_Bytes32, _Bytes16, _Bytes8, int, int, _Bytes12, bytes])
_PAGES = msgspec.msgpack.Decoder(list[bytes])


class BundleDamaged(Refusal):
    """No bundle, or not all of one."""

    code = "bundle_damaged"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Whose it is, and what is sealed in it.

    Args:
        server_key: Ed25519, of the server that signs it.
        epoch: of the server's line of history.
        made_ms: by the server's clock.
        nonce: of AES-GCM, 12 bytes.
        sealed: the pages (`pack_pages`), with `whose` as what is authenticated beside them.
    """

    server_key: bytes
    agent_id: bytes
    epoch: bytes
    schema: int
    made_ms: int
    nonce: bytes
    sealed: bytes


def binding(agent_id: bytes) -> bytes:
    """Return what binds a bundle's key and its seal to one agent."""
    return b"bundle1" + agent_id


def encode(bundle: Bundle, sign: Callable[[bytes], bytes]) -> bytes:
    """Return the content of the file; `sign` gives the server's signature of what it is given."""
    content = _MARK + _ENCODER.encode(astuple(bundle))
    return _ENCODER.encode((_MARK, content, sign(content)))


def is_bundle(file: bytes) -> bool:
    """Whether a file says that it is a bundle."""
    return _MARK in file[: 2 * len(_MARK)]


def decode(file: bytes) -> tuple[Bundle, bytes, bytes]:
    """Return a bundle, what is signed of it, and the signature, which the caller verifies.

    Raises:
        BundleDamaged: it cannot be read.
    """
    try:
        mark, content, signature = _FILE.decode(file)
        if mark != _MARK or not content.startswith(_MARK):
            raise BundleDamaged("bundle: of another form")
        return Bundle(*_PARTS.decode(content[len(_MARK) :])), content, signature
    except msgspec.DecodeError as fault:
        raise BundleDamaged(f"bundle: {fault}") from fault


def pack_pages(pages: Sequence[bytes]) -> bytes:
    """Return replies as what is sealed; oldest first."""
    return _ENCODER.encode(list(pages))


def unpack_pages(content: bytes) -> list[bytes]:
    """Return the replies. Raises BundleDamaged."""
    try:
        return _PAGES.decode(content)
    except msgspec.DecodeError as fault:
        raise BundleDamaged(f"bundle: {fault}") from fault
