"""waiting.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: waiting, after tablet_condition
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'waiting'
down_revision = 'tablet_condition'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('held_question',
    sa.Column('task_id', tables.RowId(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('asked_by', tables.RowId(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('task_id', name=op.f('pk_held_question'))
    )
    with op.batch_alter_table('held_question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_question_record_id'), ['record_id'], unique=False)

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_commune_code_due_on'), ['commune_code', 'due_on'], unique=False)

    with op.batch_alter_table('enrol_code', schema=None) as batch_op:
        batch_op.add_column(sa.Column('salt', sa.LargeBinary(length=8), nullable=True))

    with op.batch_alter_table('held', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_state_commune_code'), ['state', 'commune_code'], unique=False)

    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_commune_code_state'), ['commune_code', 'state'], unique=False)

    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_commune_code_due_on'), ['commune_code', 'due_on'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_planned_on_commune_code'), ['planned_on', 'commune_code'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('held_question', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_held_question_record_id'))

    op.drop_table('held_question')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_planned_on_commune_code'))

    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_commune_code_due_on'))

    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_review_commune_code_state'))

    with op.batch_alter_table('held', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_held_state_commune_code'))

    with op.batch_alter_table('enrol_code', schema=None) as batch_op:
        batch_op.drop_column('salt')

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_commune_code_due_on'))
