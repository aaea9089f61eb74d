"""spoken beside.

Two columns beside those that are there: the release before does not know them. No data moves.

Revision: spoken_beside, after operation
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'spoken_beside'
down_revision = 'operation'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.add_column(sa.Column('entity', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('record_id', tables.RowId(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.drop_column('record_id')
        batch_op.drop_column('entity')
