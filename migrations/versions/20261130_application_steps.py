"""application steps.

A table and columns beside those that are there: the release before does not know them. No data moves.

Revision: application_steps, after agents_asked_and_called
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'application_steps'
down_revision = 'agents_asked_and_called'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('application_step',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=True),
    sa.Column('actor', sa.Text(), nullable=True),
    sa.Column('office', sa.Text(), nullable=True),
    sa.Column('edition', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('pieces', sa.Text(), nullable=True),
    sa.Column('receipt_number', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('appealed', sa.Boolean(), nullable=True),
    sa.Column('method', sa.Text(), nullable=True),
    sa.Column('witness_name', sa.Text(), nullable=True),
    sa.Column('document_sha256', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=True),
    sa.Column('created_by', tables.RowId(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('era', sa.BigInteger(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('writers', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application_step'))
    )
    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_step_application_id_at'), ['application_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_application_step_scope_id'), ['scope_id'], unique=False)

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('office', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('holder_id', tables.RowId(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_column('holder_id')
        batch_op.drop_column('reason')
        batch_op.drop_column('office')

    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_step_scope_id'))
        batch_op.drop_index(batch_op.f('ix_application_step_application_id_at'))

    op.drop_table('application_step')
