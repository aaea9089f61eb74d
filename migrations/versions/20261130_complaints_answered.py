"""complaints answered.

Columns beside those that are there: the release before does not know them. No data moves.

Revision: complaints, after places
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'complaints'
down_revision = 'places'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answer', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('appeal_of', tables.RowId(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_column('appeal_of')
        batch_op.drop_column('answer')
