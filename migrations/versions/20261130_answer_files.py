"""answer files.

Tables and columns beside those that are there: the release before does not know them.

Revision: answer_files, after answers_told
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'answer_files'
down_revision = 'answers_told'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('answer_file',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('brought_by', tables.RowId(), nullable=False),
    sa.Column('brought_at', sa.BigInteger(), nullable=False),
    sa.Column('job_id', tables.RowId(), nullable=True),
    sa.Column('unanswered', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_file'))
    )
    with op.batch_alter_table('answer_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_file_brought_by_brought_at'), ['brought_by', 'brought_at'], unique=False)

    op.create_table('answer_row',
    sa.Column('file_id', tables.RowId(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('cells', sa.LargeBinary(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=True),
    sa.Column('seen_rev', sa.Integer(), nullable=True),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('said', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('file_id', 'number', name=op.f('pk_answer_row'))
    )
    with op.batch_alter_table('answer_row', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_row_file_id_stage_number'), ['file_id', 'stage', 'number'], unique=False)

    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.add_column(sa.Column('decided_on', sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('application_step', schema=None) as batch_op:
        batch_op.drop_column('decided_on')
    op.drop_table('answer_row')
    op.drop_table('answer_file')
