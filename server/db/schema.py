"""Bring a database to the present schema, and give it its identity: epoch and signing key."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.db import terms
from server.db.engine import Engines
from server.db.records import Records, installed
from server.db.tables import Tables
from server.db.work import Work, era_of
from sync import bundle

_INI = Path(__file__).parents[2] / "migrations" / "alembic.ini"
EPOCH_BYTES = 8
KEY_BYTES = 32


def migrate(engines: Engines, tables: Tables, *, epoch: bytes) -> list[str]:
    """Run the revisions that are missing, then see to the search terms; any number of times.

    Args:
        epoch: 8 random bytes, used when the database has none yet.

    Returns:
        The names of the revisions that ran.
    """
    config = Config(str(_INI))
    script = ScriptDirectory.from_config(config)
    with engines.writing.connect() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    ran = [revision.revision for revision in script.iterate_revisions("head", before)]
    engines.write(lambda connection: establish(connection, tables, epoch=epoch))
    terms.make_anew(engines, tables)
    return list(reversed(ran))


def is_current(engines: Engines, tables: Tables) -> bool:
    """Whether the database is at the newest revision, and its search terms of the present rules."""
    head = ScriptDirectory.from_config(Config(str(_INI))).get_current_head()
    with engines.reading.connect() as connection:
        is_newest = MigrationContext.configure(connection).get_current_revision() == head
        return is_newest and terms.are_current(connection, tables)


def establish(connection: sa.Connection, tables: Tables, *, epoch: bytes) -> None:
    """Give a new database its epoch and its key for signing acknowledgements."""
    table = tables.installation
    known = {row.name for row in connection.execute(sa.select(table.c.name))}
    new = {"epoch": epoch, "signing_key": Ed25519PrivateKey.generate().private_bytes_raw()}
    rows = [{"name": name, "value": value} for name, value in new.items() if name not in known]
    if rows:
        connection.execute(sa.insert(table), rows)


def signing_key(records: Records) -> Ed25519PrivateKey:
    """Return the key that the server signs with."""
    key = records.connection.scalar(installed(records.tables.installation, "signing_key"))
    assert key is not None, "the database is not migrated"
    return Ed25519PrivateKey.from_private_bytes(key)


def bundle_key(records: Records, agent_id: bytes) -> bytes:
    """Return the key, 32 bytes, that seals the bundles of an agent (`sync.bundle`)."""
    own = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=bundle.binding(agent_id))
    return own.derive(signing_key(records).private_bytes_raw())


def rescue_key(records: Records, device_id: int) -> bytes:
    """Return the key, 32 bytes, of the codes that open a tablet (`codes.rescue_code`)."""
    own = HKDF(
        hashes.SHA256(), KEY_BYTES, salt=None, info=b"rescue1" + device_id.to_bytes(8, "big")
    )
    return own.derive(signing_key(records).private_bytes_raw())


def enrol_key(records: Records) -> bytes:
    """Return the key, 32 bytes, of the codes that link a new tablet (`accounts.enrolment`)."""
    own = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"enrol1")
    return own.derive(signing_key(records).private_bytes_raw())


def proof_key(records: Records) -> bytes:
    """Return the key, 32 bytes, of the codes on receipts and letters (`sync.proof`)."""
    own = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"proof1")
    return own.derive(signing_key(records).private_bytes_raw())


def throttle_key(records: Records) -> bytes:
    """Return the key, 32 bytes, of counts of tries and of known browsers (`accounts.throttle`)."""
    own = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"throttle1")
    return own.derive(signing_key(records).private_bytes_raw())


def change_epoch(
    work: Work, epoch: bytes, *, only_from: bytes = b"", since_ms: int | None = None
) -> bytes:
    """Say that the database's line of history is another one: it was restored.

    Row numbers and cursors given before mean nothing any more; tablets reconcile by digests.

    Args:
        only_from: leave it alone if somebody else has changed it from this one already.
        since_ms: when the database was set back, if it was written to since then. What was
            written under the old epoch is stamped with the new one: a tablet may hold the same rev
            of the same era with a value that was lost.

    Returns:
        The epoch from now on.
    """
    table = work.tables.installation
    known = work.connection.scalar(
        sa.select(table.c.value).where(table.c.name == "epoch").with_for_update()
    )
    if known is not None and only_from not in (b"", known):
        return bytes(known)
    work.connection.execute(sa.update(table).where(table.c.name == "epoch").values(value=epoch))
    # A tablet that states only the hash of its cursors means cursors of the old line: not known
    # here any more, it is asked to state them (`Outcome.UNKNOWN_STATE`).
    work.connection.execute(sa.delete(work.tables.device_vector))
    if since_ms is not None:
        # A record was at rev 4 in the backup, a tablet got its rev 5, and since the restore it has
        # another rev 5. Under another era the two are told apart, and the tablet takes ours.
        work.era = era_of(epoch)
        feed = work.tables.feed
        for number, entity in enumerate(work.tables.entities):
            query = sa.select(feed.c.record_id).where(
                feed.c.entity == number, feed.c.at >= since_ms
            )
            work.stamp(entity.name, set(work.connection.scalars(query)))
    return epoch
