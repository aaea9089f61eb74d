"""returns and merges.

Columns beside those that are there: the release before does not know them. No data moves.

Revision: returns_and_merges, after rights
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'returns_and_merges'
down_revision = 'rights'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.add_column(sa.Column('survivor_id', tables.RowId(), nullable=True))

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('survivor_id', tables.RowId(), nullable=True))

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('returned_field', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('returned_note', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('returned_due_on', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('returned_by', tables.RowId(), nullable=True))
        batch_op.add_column(sa.Column('returned_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_column('returned_at')
        batch_op.drop_column('returned_by')
        batch_op.drop_column('returned_due_on')
        batch_op.drop_column('returned_note')
        batch_op.drop_column('returned_field')

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('survivor_id')

    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.drop_column('survivor_id')
