"""holdings.

A table and columns beside those that are there: the release before does not know them. No data moves.

Revision: holdings, after claims
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'holdings'
down_revision = 'claims'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('holding',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('person_id', tables.RowId(), nullable=True),
    sa.Column('enterprise_id', tables.RowId(), nullable=True),
    sa.Column('douar', sa.Text(), nullable=True),
    sa.Column('rna', sa.Text(), nullable=True),
    sa.Column('area_ha', sa.BigInteger(), nullable=True),
    sa.Column('irrigated_ha', sa.BigInteger(), nullable=True),
    sa.Column('tenure', sa.Text(), nullable=True),
    sa.Column('season', sa.BigInteger(), nullable=True),
    sa.Column('crops', sa.Text(), nullable=True),
    sa.Column('cattle', sa.BigInteger(), nullable=True),
    sa.Column('sheep', sa.BigInteger(), nullable=True),
    sa.Column('goats', sa.BigInteger(), nullable=True),
    sa.Column('hives', sa.BigInteger(), nullable=True),
    sa.Column('notes', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holding'))
    )
    with op.batch_alter_table('holding', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_holding_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_holding_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_holding_scope_id'), ['scope_id'], unique=False)

    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cooperative_court', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('cnss', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('rib', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('sanitary_authorisation', sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.drop_column('sanitary_authorisation')
        batch_op.drop_column('rib')
        batch_op.drop_column('cnss')
        batch_op.drop_column('cooperative_court')

    with op.batch_alter_table('holding', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holding_scope_id'))
        batch_op.drop_index(batch_op.f('ix_holding_person_id'))
        batch_op.drop_index(batch_op.f('ix_holding_enterprise_id'))

    op.drop_table('holding')
