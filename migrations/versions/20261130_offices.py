"""Accounts answer requests for an organisation; what is passed on to it is written down.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: offices, after task_points
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'offices'
down_revision = 'task_points'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('passing',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=False),
    sa.Column('office', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('consent_id', tables.RowId(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passing'))
    )
    with op.batch_alter_table('passing', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passing_application_id'), ['application_id'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('organisation', sa.Text(), nullable=True))

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_office_state_due_on'), ['office', 'state', 'due_on'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_office_state_due_on'))

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('organisation')

    with op.batch_alter_table('passing', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_passing_application_id'))

    op.drop_table('passing')
