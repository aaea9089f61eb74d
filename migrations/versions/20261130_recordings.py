"""recordings.

A table beside those that are there: the release before does not know it. No data moves.

Revision: recordings, after restatements
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'recordings'
down_revision = 'restatements'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('service_recording',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('taken_at', sa.BigInteger(), nullable=True),
    sa.Column('seconds', sa.BigInteger(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=True),
    sa.Column('sha256', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('era', sa.BigInteger(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('writers', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_recording'))
    )
    with op.batch_alter_table('service_recording', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_service_recording_scope_id'), ['scope_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('service_recording', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_service_recording_scope_id'))

    op.drop_table('service_recording')
