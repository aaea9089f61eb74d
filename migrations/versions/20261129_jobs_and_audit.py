"""jobs and audit.

Tables beside those that are there: the release before does not know them. Nothing moves. The
triggers keep the chains from being changed by a mistake of ours; who means to can drop them, and
is found by the digests.

Revision: jobs_and_audit, after returns_and_merges
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'jobs_and_audit'
down_revision = 'returns_and_merges'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_event',
    sa.Column('writer', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('values_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('chain', sa.LargeBinary(length=32), nullable=False),
    sa.PrimaryKeyConstraint('writer', 'seq', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_event_at_writer_seq'), ['at', 'writer', 'seq'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_event_action_at'), ['action', 'at'], unique=False)

    op.create_table('audit_value',
    sa.Column('writer', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('salt', sa.LargeBinary(length=16), nullable=True),
    sa.Column('actor_id', tables.RowId(), nullable=True),
    sa.Column('record_id', tables.RowId(), nullable=True),
    sa.Column('subject_id', tables.RowId(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('writer', 'seq', name=op.f('pk_audit_value'))
    )
    with op.batch_alter_table('audit_value', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_value_actor_id_at'), ['actor_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_value_record_id_at'), ['record_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_value_subject_id_at'), ['subject_id', 'at'], unique=False)

    op.create_table('audit_waiting',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('actor_id', tables.RowId(), nullable=True),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=True),
    sa.Column('subject_id', tables.RowId(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_waiting'))
    )
    op.create_table('job',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('once', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('done', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=True),
    sa.Column('said', sa.LargeBinary(), nullable=False),
    sa.Column('ordered_by', tables.RowId(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('stop_at', sa.BigInteger(), nullable=True),
    sa.Column('stopped_by', tables.RowId(), nullable=True),
    sa.Column('lease', sa.LargeBinary(length=16), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
    sa.UniqueConstraint('name', 'once', name=op.f('uq_job_name_once'))
    )
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_job_created_at_id'), ['created_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_ordered_by_created_at'), ['ordered_by', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_job_state_due_at'), ['state', 'due_at'], unique=False)

    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            'CREATE FUNCTION audit_event_kept() RETURNS trigger LANGUAGE plpgsql AS'
            " $$ BEGIN RAISE EXCEPTION 'audit_event is only added to'; END $$"
        )
        op.execute(
            'CREATE TRIGGER audit_event_kept BEFORE UPDATE OR DELETE ON audit_event'
            ' FOR EACH ROW EXECUTE FUNCTION audit_event_kept()'
        )
    else:
        for act in ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER audit_event_kept_{act.lower()} BEFORE {act} ON audit_event'
                " BEGIN SELECT RAISE(ABORT, 'audit_event is only added to'); END"
            )


def downgrade() -> None:
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_job_state_due_at'))
        batch_op.drop_index(batch_op.f('ix_job_ordered_by_created_at'))
        batch_op.drop_index(batch_op.f('ix_job_created_at_id'))

    op.drop_table('job')
    op.drop_table('audit_waiting')
    with op.batch_alter_table('audit_value', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_value_subject_id_at'))
        batch_op.drop_index(batch_op.f('ix_audit_value_record_id_at'))
        batch_op.drop_index(batch_op.f('ix_audit_value_actor_id_at'))

    op.drop_table('audit_value')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_action_at'))
        batch_op.drop_index(batch_op.f('ix_audit_event_at_writer_seq'))

    op.drop_table('audit_event')
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION audit_event_kept()')
