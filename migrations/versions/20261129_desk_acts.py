"""desk acts.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: desk_acts, after jobs_and_audit
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'desk_acts'
down_revision = 'jobs_and_audit'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('act',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('done_by', tables.RowId(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.Column('undone_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_act'))
    )
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_act_done_by_done_at'), ['done_by', 'done_at'], unique=False)

    op.create_table('act_record',
    sa.Column('act_id', tables.RowId(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('was', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('act_id', 'record_id', name=op.f('pk_act_record'))
    )
    op.create_table('declared_interest',
    sa.Column('agent_id', tables.RowId(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('declared_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('agent_id', 'record_id', name=op.f('pk_declared_interest'))
    )
    op.create_table('visit_flag',
    sa.Column('visit_id', tables.RowId(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('figure', sa.BigInteger(), nullable=True),
    sa.Column('other_id', tables.RowId(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('visit_id', 'code', name=op.f('pk_visit_flag'))
    )
    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_photo_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_photo_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_review_state_started_at'), ['review_state', 'started_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_review_state_started_at'))

    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_photo_visit_id'))
        batch_op.drop_index(batch_op.f('ix_photo_sha256'))

    op.drop_table('visit_flag')
    op.drop_table('declared_interest')
    op.drop_table('act_record')
    with op.batch_alter_table('act', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_act_done_by_done_at'))

    op.drop_table('act')
