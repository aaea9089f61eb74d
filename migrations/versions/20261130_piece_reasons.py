"""piece_reasons.

A field beside those that are there: the release before does not know it.

Revision: piece_reasons, after recordings
"""

import sqlalchemy as sa
from alembic import op

revision = 'piece_reasons'
down_revision = 'recordings'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.add_column(sa.Column('piece_reasons', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.drop_column('piece_reasons')
