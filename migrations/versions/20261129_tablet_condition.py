"""tablet condition.

Columns beside those that are there, empty until a tablet says how it is: the release before does not
know them. No data moves.

Revision: tablet_condition, after duplicates
"""

import sqlalchemy as sa
from alembic import op

revision = 'tablet_condition'
down_revision = 'duplicates'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.add_column(sa.Column('condition_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('battery_percent', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('is_charging', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('free_mb', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('app_mb', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('photos_waiting', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('photos_mb', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('oldest_unsent_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('device', schema=None) as batch_op:
        batch_op.drop_column('oldest_unsent_at')
        batch_op.drop_column('photos_mb')
        batch_op.drop_column('photos_waiting')
        batch_op.drop_column('app_mb')
        batch_op.drop_column('free_mb')
        batch_op.drop_column('is_charging')
        batch_op.drop_column('battery_percent')
        batch_op.drop_column('condition_at')
