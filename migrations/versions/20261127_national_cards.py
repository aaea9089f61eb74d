"""national cards.

A column beside those that are there, and a table of its own: the release before does not know
them. No data moves.

Revision: national_cards, after orders
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'national_cards'
down_revision = 'orders'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('authorisation',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('given_on', sa.Integer(), nullable=True),
    sa.Column('ends_on', sa.Integer(), nullable=True),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('era', sa.BigInteger(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('effective_at', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.BigInteger(), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=True),
    sa.Column('writers', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_authorisation'))
    )
    with op.batch_alter_table('authorisation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_authorisation_scope_id'), ['scope_id'], unique=False)

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('national_card', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('national_card')

    with op.batch_alter_table('authorisation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_authorisation_scope_id'))

    op.drop_table('authorisation')
