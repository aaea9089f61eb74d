"""complaint ends.

Columns and an index beside those that are there, and one that may be empty now: the release before
reads a restatement by its request alone. No data moves.

Revision: complaint_ends, after levels
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'complaint_ends'
down_revision = 'levels'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('task_id', tables.RowId(), nullable=True))
        batch_op.create_index(batch_op.f('ix_message_task_id'), ['task_id'], unique=False)

    with op.batch_alter_table('restatement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('task_id', tables.RowId(), nullable=True))
        batch_op.alter_column('application_id', existing_type=tables.RowId(), nullable=True)
        batch_op.create_index(batch_op.f('ix_restatement_task_id'), ['task_id'], unique=False)

    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_kind_id'), ['kind', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_kind_id'))

    op.execute("DELETE FROM restatement WHERE application_id IS NULL")
    with op.batch_alter_table('restatement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_restatement_task_id'))
        batch_op.alter_column('application_id', existing_type=tables.RowId(), nullable=False)
        batch_op.drop_column('task_id')

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_message_task_id'))
        batch_op.drop_column('task_id')
