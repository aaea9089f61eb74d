"""answers told.

A column beside those that are there: the release before does not know it. No data moves.

Revision: answers_told, after proxies
"""

import sqlalchemy as sa
from alembic import op

revision = 'answers_told'
down_revision = 'proxies'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_column('told')
