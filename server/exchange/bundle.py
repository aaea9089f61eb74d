"""Make a bundle (`sync.bundle`): the first exchange of an agent's next tablet, in a file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.accounts import devices
from server.db.records import Records
from server.db.schema import bundle_key, signing_key
from server.exchange.commands import Exchanges
from sync import bundle, limits, versions, wire
from sync.changes import CHAIN_START, Change, Moment
from sync.digest import EMPTY_STATE
from sync.exchange import Exchange, Position

_NONCE_BYTES = 12
_NO_MOMENT = Moment(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _NewDevice:
    """A device that nobody has yet: nothing was sent by it."""

    agent_id: bytes
    id: int = 0
    inc: int = 0
    last_seq: int = 0


class _NoOutbox:
    """The changes of a device that has made none."""

    def after(self, _seq: int, _most: int) -> Sequence[Change]:
        return ()

    def chain_at(self, _seq: int) -> bytes:
        return CHAIN_START

    def count_after(self, _seq: int) -> int:
        return 0

    def buckets(self, _scope_id: int) -> Sequence[int]:
        return ()


def make(exchanges: Exchanges, agent_id: bytes) -> bytes:
    """Return the file for an agent, as of one moment: all that the present grants let see.

    Raises:
        AccountDisabled: the agent is given nothing any more.
    """
    database = exchanges.database

    def build(records: Records) -> bytes:
        devices.require_enabled(records, agent_id)
        pages = _pages(exchanges, records, agent_id)
        signer, nonce = signing_key(records), secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(bundle_key(records, agent_id))
        made = bundle.Bundle(
            server_key=signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
            agent_id=agent_id,
            epoch=database.epoch,
            schema=versions.SCHEMA_NOW,
            made_ms=database.clock(),
            nonce=nonce,
            sealed=cipher.encrypt(nonce, bundle.pack_pages(pages), bundle.binding(agent_id)),
        )
        return bundle.encode(made, signer.sign)

    return database.read(build)


def _pages(exchanges: Exchanges, records: Records, agent_id: bytes) -> list[bytes]:
    pages = []
    # The tablet's own machine asks, as it would over a line: so a bundle is the pages of an
    # exchange, and is taken in by the same code.
    position = Position(b"", 0, [], EMPTY_STATE, 0)
    machine = Exchange(position, _NoOutbox(), bytes_max=limits.BODY_BYTES_MAX)
    while not machine.is_done:
        page = exchanges.first_page(records, _NewDevice(agent_id), machine.request(_NO_MOMENT))
        pages.append(page)
        machine.receive(wire.decode_reply(records.tables.entities, page, is_whole=False))
    return pages
