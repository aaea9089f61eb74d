"""Run migrations: on a connection given by the server, one transaction each, one runner at a time."""

from __future__ import annotations

import warnings

import sqlalchemy as sa
from alembic import context

from server.db.engine import Engines
from server.db.indexed import is_everywhere
from server.db.tables import metadata
from server.settings import Settings

LOCK = 7_201_133
"""Any number: all runners ask PostgreSQL for the same one."""


def run(connection: sa.Connection) -> None:
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        connection.execute(sa.text("set lock_timeout = '10s'"))
        connection.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
        # Both outlast it; within a transaction begun here all revisions would be one.
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=not is_postgres,
        transaction_per_migration=True,
        compare_type=True,
        include_object=None if is_postgres else is_everywhere,
        # The types of ids differ by database on purpose; SQLite reports what it was given.
        user_module_prefix="tables.",
    )
    with warnings.catch_warnings(), context.begin_transaction():
        # Those that PostgreSQL alone has (`Tables`): SQLite is never to be compared with them.
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression")
        context.run_migrations()
    if is_postgres:
        connection.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": LOCK})


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    import os

    engines = Engines(Settings.from_env(os.environ).database_url)
    with engines.writing.connect() as connection:
        run(connection)
        connection.commit()
    engines.close()
