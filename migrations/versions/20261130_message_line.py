"""message_line.

A table beside those that are there: the release before does not know it. No data moves.

Revision: message_line, after points_by_place
"""

import sqlalchemy as sa
from alembic import op

revision = 'message_line'
down_revision = 'points_by_place'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message_line',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('down_since', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_line'))
    )


def downgrade() -> None:
    op.drop_table('message_line')
