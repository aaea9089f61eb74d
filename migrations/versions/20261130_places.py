"""places.

Columns and indexes beside those that are there: the release before does not know them. No data
moves.

Revision: places, after offers
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'places'
down_revision = 'offers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('result', sa.Text(), nullable=True))

    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.add_column(sa.Column('application_id', tables.RowId(), nullable=True))
        batch_op.create_index(batch_op.f('ix_attendance_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_attendance_session_id'), ['session_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_session_id'))
        batch_op.drop_index(batch_op.f('ix_attendance_application_id'))
        batch_op.drop_column('application_id')

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_column('result')
