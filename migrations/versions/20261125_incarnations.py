"""incarnations.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Drops the numbering's columns of `device` and what `device_vector` held: no release has used them.

Revision: incarnations, after vectors
"""

import sqlalchemy as sa
from alembic import op

revision = 'incarnations'
down_revision = 'vectors'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('incarnation',
    sa.Column('device_id', sa.Integer(), nullable=False),
    sa.Column('inc', sa.Integer(), nullable=False),
    sa.Column('last_seq', sa.BigInteger(), nullable=False),
    sa.Column('chain', sa.LargeBinary(length=8), nullable=False),
    sa.Column('last_effective_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('device_id', 'inc', name=op.f('pk_incarnation'))
    )
    op.execute(
        'INSERT INTO incarnation (device_id, inc, last_seq, chain, last_effective_at)'
        ' SELECT id, inc, last_seq, chain, last_effective_at FROM device'
    )
    with op.batch_alter_table('device') as batch:
        batch.alter_column('inc', new_column_name='newest_inc')
        batch.drop_column('last_seq')
        batch.drop_column('chain')
        batch.drop_column('stable_seq')
        batch.drop_column('last_effective_at')
    with op.batch_alter_table('acknowledgement') as batch:
        batch.drop_constraint('uq_acknowledgement_change_id', type_='unique')
        batch.create_index('ix_acknowledgement_change_id', ['change_id'])
    op.drop_table('device_vector')
    op.create_table('device_vector',
    sa.Column('device_id', sa.Integer(), nullable=False),
    sa.Column('inc', sa.Integer(), nullable=False),
    sa.Column('state', sa.LargeBinary(length=8), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('device_id', 'inc', 'state', name=op.f('pk_device_vector'))
    )


def downgrade() -> None:
    raise NotImplementedError('a device numbered anew cannot be put back into one line')
