"""terms by region.

A column with a default, filled lot by lot, then the key made anew with it: beside the old one, which
stays until the new one is there. The release before goes on writing, in no region, where this one
looks too; its searches are slower from the new key on, until it is replaced.

Revision: terms_by_region, after offices
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from server.db.tables import TABLES

revision = "terms_by_region"
down_revision = "offices"
branch_labels = None
depends_on = None

_KEY, _NEW = "pk_search_term", "pk_search_term_new"
_AT_ONCE = 1_000
_FOUND = ("person", "enterprise", "contact_point", "visit")
"""What is found by terms and lies in a commune."""
_FILL_ALL = """
    update search_term set region = coalesce(
        (select substr(commune_code, 1, 2) from {0} where id = record_id), '')
    where entity = :entity
"""
# Records are locked meanwhile: who changes one waits, and writes its terms after us.
_FILL_SOME = """
    with lot as materialized (
        select id, substr(commune_code, 1, 2) as region from {0}
        where id > :last order by id limit :most for update
    ), filled as (
        update search_term set region = lot.region from lot
        where entity = :entity and record_id = lot.id and search_term.region = ''
        and lot.region is not null
    )
    select id from lot order by id desc limit 1
"""


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    if not _is_postgres():
        column = sa.Column("region", sa.Text(), nullable=False, server_default="")
        with op.batch_alter_table("search_term", recreate="always") as batch_op:
            batch_op.add_column(column)
            batch_op.drop_constraint(_KEY, type_="primary")
            batch_op.create_primary_key(_KEY, ["entity", "region", "term", "record_id"])
        for entity, table in _tables():
            op.get_bind().execute(sa.text(_FILL_ALL.format(table)), {"entity": entity})
        return
    # An attempt that was ended has left what it did: each step is taken anew from there.
    op.execute(
        'alter table search_term add column if not exists region text collate "C" '
        "not null default ''"
    )
    with op.get_context().autocommit_block():
        for entity, table in _tables():
            last = UUID(int=0)
            while last is not None:
                given = {"entity": entity, "last": last, "most": _AT_ONCE}
                last = op.get_bind().scalar(sa.text(_FILL_SOME.format(table)), given)
        op.execute("vacuum (analyze) search_term")
        op.execute(f"drop index concurrently if exists {_NEW}")
        op.execute(
            f"create unique index concurrently {_NEW} "
            "on search_term (entity, region, term, record_id)"
        )
    op.drop_constraint(_KEY, "search_term")
    op.execute(f"alter table search_term add constraint {_KEY} primary key using index {_NEW}")


def _tables() -> list[tuple[int, str]]:
    return [(TABLES.number_by_entity[name], name) for name in _FOUND]


def downgrade() -> None:
    if not _is_postgres():
        with op.batch_alter_table("search_term", recreate="always") as batch_op:
            batch_op.drop_constraint(_KEY, type_="primary")
            batch_op.create_primary_key(_KEY, ["entity", "term", "record_id"])
            batch_op.drop_column("region")
        return
    op.drop_constraint(_KEY, "search_term")
    op.create_primary_key(_KEY, "search_term", ["entity", "term", "record_id"])
    op.drop_column("search_term", "region")
