"""vectors.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: vectors, after uploads
"""

import sqlalchemy as sa
from alembic import op

revision = 'vectors'
down_revision = 'uploads'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('device_vector',
    sa.Column('device_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.LargeBinary(length=8), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('device_id', 'state', name=op.f('pk_device_vector'))
    )
    op.create_table('snapshot',
    sa.Column('scope_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('home_id', sa.Integer(), nullable=False),
    sa.Column('home_seq', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('scope_id', name=op.f('pk_snapshot'))
    )


def downgrade() -> None:
    op.drop_table('snapshot')
    op.drop_table('device_vector')
