"""proxies.

Two tables beside those that are there: the release before does not know them. No data moves.

Revision: proxies, after complaints
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'proxies'
down_revision = 'complaints'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('proxy',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('subject_id', tables.RowId(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('given_by', tables.RowId(), nullable=True),
    sa.Column('valid_from', sa.Integer(), nullable=False),
    sa.Column('valid_to', sa.Integer(), nullable=True),
    sa.Column('given_at', sa.BigInteger(), nullable=False),
    sa.Column('revoked_at', sa.BigInteger(), nullable=True),
    sa.Column('text_version', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proxy'))
    )
    with op.batch_alter_table('proxy', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proxy_phone'), ['phone'], unique=False)
        batch_op.create_index(batch_op.f('ix_proxy_subject_id'), ['subject_id'], unique=False)

    op.create_table('proxy_act',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('proxy_id', tables.RowId(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proxy_act'))
    )
    with op.batch_alter_table('proxy_act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proxy_act_proxy_id'), ['proxy_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proxy_act_record_id'), ['record_id'], unique=False)


def downgrade() -> None:
    op.drop_table('proxy_act')
    op.drop_table('proxy')
