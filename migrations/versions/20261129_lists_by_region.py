"""lists by region.

Indexes alone: a list of a region's rows goes through them in their order. The release before does
not ask by them and loses nothing.

Revision: lists_by_region, after waiting
"""

import sqlalchemy as sa
from alembic import op

revision = 'lists_by_region'
down_revision = 'waiting'
branch_labels = None
depends_on = None

_REGION = 'substr(commune_code, 1, 2)'
_INDEXES = (
    ('visit', ('started_at', 'id')),
    ('visit', ('outcome', 'started_at', 'id')),
    ('visit', ('review_state', 'started_at', 'id')),
    ('application', ('id',)),
    ('application', ('state', 'id')),
    ('review', ('state', 'id')),
)


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == 'postgresql'


def upgrade() -> None:
    # Not on SQLite, which knows no more of them when a later revision makes a table anew.
    for table, columns in _INDEXES if _is_postgres() else ():
        name = f"ix_{table}_region_{'_'.join(columns)}"
        op.create_index(name, table, [sa.text(_REGION), *columns])
    op.create_index(
        'ix_territory_grant_commune_code_agent_id',
        'territory_grant',
        ['commune_code', 'agent_id'],
    )


def downgrade() -> None:
    op.drop_index('ix_territory_grant_commune_code_agent_id', table_name='territory_grant')
    for table, columns in reversed(_INDEXES) if _is_postgres() else ():
        op.drop_index(f"ix_{table}_region_{'_'.join(columns)}", table_name=table)
