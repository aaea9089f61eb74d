"""Papers that come by the portal, page by page; bytes that came by no tablet.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: papers, after messages
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'papers'
down_revision = 'messages'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('page_upload',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('length_bytes', sa.BigInteger(), nullable=False),
    sa.Column('offset_bytes', sa.BigInteger(), nullable=False),
    sa.Column('document_id', tables.RowId(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('begun_at', sa.BigInteger(), nullable=False),
    sa.Column('touched_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_upload'))
    )
    with op.batch_alter_table('page_upload', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_page_upload_phone'), ['phone'], unique=False)
        batch_op.create_index(batch_op.f('ix_page_upload_touched_at'), ['touched_at'], unique=False)

    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.alter_column('device_id', existing_type=sa.INTEGER(), nullable=True)


def downgrade() -> None:
    op.execute('DELETE FROM upload WHERE device_id IS NULL')
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.alter_column('device_id', existing_type=sa.INTEGER(), nullable=False)
    op.drop_table('page_upload')
