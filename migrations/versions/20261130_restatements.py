"""restatements.

Tables beside those that are there: the release before does not know them. No data moves: the
calendar that runs is kept by the first job that finds none.

Revision: restatements, after message_line
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'restatements'
down_revision = 'message_line'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('calendar_edition',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('loaded_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_edition'))
    )
    with op.batch_alter_table('calendar_edition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_edition_loaded_at'), ['loaded_at'], unique=False)
    op.create_table('restatement',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=False),
    sa.Column('calendar_id', tables.RowId(), nullable=False),
    sa.Column('was_on', sa.Integer(), nullable=False),
    sa.Column('now_on', sa.Integer(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restatement'))
    )
    with op.batch_alter_table('restatement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_restatement_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_restatement_at'), ['at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('restatement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_restatement_at'))
        batch_op.drop_index(batch_op.f('ix_restatement_application_id'))

    op.drop_table('restatement')
    with op.batch_alter_table('calendar_edition', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calendar_edition_loaded_at'))

    op.drop_table('calendar_edition')
