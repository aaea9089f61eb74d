"""resolutions.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: resolutions, after incarnations
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'resolutions'
down_revision = 'incarnations'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('resolution',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('agent_id', tables.RowId(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_by', tables.RowId(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('era', sa.BigInteger(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('writers', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resolution'))
    )
    with op.batch_alter_table('resolution', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resolution_scope_id'), ['scope_id'], unique=False)

    with op.batch_alter_table('held', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('first_seq', sa.BigInteger(), server_default='0', nullable=False)
        )
        batch_op.add_column(sa.Column('reason', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('decided_by', tables.RowId(), nullable=True))
        batch_op.add_column(sa.Column('decided_at', sa.BigInteger(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('held', schema=None) as batch_op:
        batch_op.drop_column('decided_at')
        batch_op.drop_column('decided_by')
        batch_op.drop_column('reason')
        batch_op.drop_column('first_seq')

    with op.batch_alter_table('resolution', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_resolution_scope_id'))

    op.drop_table('resolution')
