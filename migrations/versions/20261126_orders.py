"""orders.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: orders, after spoken_beside
"""

import sqlalchemy as sa
from alembic import op

revision = 'orders'
down_revision = 'spoken_beside'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('device') as batch:
        batch.add_column(sa.Column('ordered_at', sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column('told_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('device') as batch:
        batch.drop_column('told_at')
        batch.drop_column('ordered_at')
