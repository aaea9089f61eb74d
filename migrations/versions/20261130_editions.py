"""editions.

Tables beside those that are there: the release before does not know them. No data moves: the first
edition of a service is its file.

Revision: editions, after answer_files
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'editions'
down_revision = 'answer_files'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('edition_proposal',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('proposed_by', tables.RowId(), nullable=True),
    sa.Column('proposed_at', sa.BigInteger(), nullable=False),
    sa.Column('decided_by', tables.RowId(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edition_proposal'))
    )
    with op.batch_alter_table('edition_proposal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_edition_proposal_service_proposed_at'), ['service', 'proposed_at'], unique=False)
    op.create_table('service_edition',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('era', sa.BigInteger(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('writers', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_edition'))
    )
    with op.batch_alter_table('service_edition', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_service_edition_scope_id'), ['scope_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('service_edition', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_service_edition_scope_id'))

    op.drop_table('service_edition')
    with op.batch_alter_table('edition_proposal', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_edition_proposal_service_proposed_at'))

    op.drop_table('edition_proposal')
