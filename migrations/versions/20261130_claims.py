"""claims.

A table and an index beside those that are there: the release before does not know them. No data
moves.

Revision: claims, after terms_by_region
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'claims'
down_revision = 'terms_by_region'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('claim',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('enterprise_id', tables.RowId(), nullable=False),
    sa.Column('mark', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('joined_at', sa.BigInteger(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim'))
    )
    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claim_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_claim_mark'), ['mark'], unique=False)
        batch_op.create_index(batch_op.f('ix_claim_scope_id'), ['scope_id'], unique=False)

    # A draft is looked up by the phone number, on each page.
    with op.batch_alter_table('portal_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_portal_session_phone'), ['phone'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('portal_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_portal_session_phone'))

    with op.batch_alter_table('claim', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_claim_scope_id'))
        batch_op.drop_index(batch_op.f('ix_claim_mark'))
        batch_op.drop_index(batch_op.f('ix_claim_enterprise_id'))

    op.drop_table('claim')
