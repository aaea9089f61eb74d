"""offers.

Tables beside those that are there: the release before does not know them. No data moves.

Revision: offers, after papers
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'offers'
down_revision = 'papers'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('offer',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('enterprise_id', tables.RowId(), nullable=False),
    sa.Column('product', sa.Text(), nullable=True),
    sa.Column('about', sa.Text(), nullable=True),
    sa.Column('price_mad', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('quantity', sa.BigInteger(), nullable=True),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('photo_id', tables.RowId(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('ends_on', sa.Integer(), nullable=True),
    sa.Column('taken_down_at', sa.BigInteger(), nullable=True),
    sa.Column('taken_down_why', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer'))
    )
    with op.batch_alter_table('offer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offer_commune_code_id'), ['commune_code', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_offer_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_offer_scope_id'), ['scope_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_offer_state_id'), ['state', 'id'], unique=False)

    op.create_table('purchase',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('offer_id', tables.RowId(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('buyer', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('product', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('price_mad', sa.BigInteger(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase'))
    )
    with op.batch_alter_table('purchase', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchase_offer_id'), ['offer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_phone_created_at'), ['phone', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_state_changed_at'), ['state', 'changed_at'], unique=False)

    op.create_table('purchase_step',
    sa.Column('purchase_id', tables.RowId(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('purchase_id', 'number', name=op.f('pk_purchase_step'))
    )


def downgrade() -> None:
    op.drop_table('purchase_step')
    with op.batch_alter_table('purchase', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchase_state_changed_at'))
        batch_op.drop_index(batch_op.f('ix_purchase_phone_created_at'))
        batch_op.drop_index(batch_op.f('ix_purchase_offer_id'))

    op.drop_table('purchase')
    with op.batch_alter_table('offer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_offer_state_id'))
        batch_op.drop_index(batch_op.f('ix_offer_scope_id'))
        batch_op.drop_index(batch_op.f('ix_offer_enterprise_id'))
        batch_op.drop_index(batch_op.f('ix_offer_commune_code_id'))

    op.drop_table('offer')
