"""operation.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: operation, after resolutions
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'operation'
down_revision = 'resolutions'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attendance',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('session_id', tables.RowId(), nullable=False),
    sa.Column('person_id', tables.RowId(), nullable=False),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('attended_percent', sa.BigInteger(), nullable=True),
    sa.Column('proof', sa.Text(), nullable=True),
    sa.Column('score_before_percent', sa.BigInteger(), nullable=True),
    sa.Column('score_after_percent', sa.BigInteger(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance'))
    )
    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attendance_scope_id'), ['scope_id'], unique=False)

    op.create_table('connectivity_check',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('point_id', tables.RowId(), nullable=True),
    sa.Column('checked_at', sa.BigInteger(), nullable=True),
    sa.Column('operator', sa.Text(), nullable=True),
    sa.Column('technology', sa.Text(), nullable=True),
    sa.Column('signal_dbm', sa.BigInteger(), nullable=True),
    sa.Column('latency_ms', sa.BigInteger(), nullable=True),
    sa.Column('down_kbps', sa.BigInteger(), nullable=True),
    sa.Column('up_kbps', sa.BigInteger(), nullable=True),
    sa.Column('method', sa.Text(), nullable=True),
    sa.Column('has_power', sa.Boolean(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_connectivity_check'))
    )
    with op.batch_alter_table('connectivity_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_connectivity_check_scope_id'), ['scope_id'], unique=False)

    op.create_table('incident',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('point_id', tables.RowId(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('opened_at', sa.BigInteger(), nullable=True),
    sa.Column('resolved_at', sa.BigInteger(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('people_affected', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident'))
    )
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_scope_id'), ['scope_id'], unique=False)

    op.create_table('maturity_assessment',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('person_id', tables.RowId(), nullable=True),
    sa.Column('enterprise_id', tables.RowId(), nullable=True),
    sa.Column('visit_id', tables.RowId(), nullable=True),
    sa.Column('form', sa.Text(), nullable=True),
    sa.Column('form_version', sa.Text(), nullable=True),
    sa.Column('answers', sa.Text(), nullable=True),
    sa.Column('access_percent', sa.BigInteger(), nullable=True),
    sa.Column('skills_percent', sa.BigInteger(), nullable=True),
    sa.Column('admin_percent', sa.BigInteger(), nullable=True),
    sa.Column('production_percent', sa.BigInteger(), nullable=True),
    sa.Column('market_percent', sa.BigInteger(), nullable=True),
    sa.Column('total_percent', sa.BigInteger(), nullable=True),
    sa.Column('level', sa.Text(), nullable=True),
    sa.Column('actions', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_maturity_assessment'))
    )
    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_maturity_assessment_scope_id'), ['scope_id'], unique=False)

    op.create_table('training_session',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('point_id', tables.RowId(), nullable=True),
    sa.Column('place', sa.Text(), nullable=True),
    sa.Column('topic', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('level', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('trainer_id', tables.RowId(), nullable=True),
    sa.Column('starts_at', sa.BigInteger(), nullable=True),
    sa.Column('ends_at', sa.BigInteger(), nullable=True),
    sa.Column('places', sa.BigInteger(), nullable=True),
    sa.Column('is_women_only', sa.Boolean(), nullable=True),
    sa.Column('material_version', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_training_session'))
    )
    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_session_scope_id'), ['scope_id'], unique=False)

    op.create_table('voice_note',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('visit_id', tables.RowId(), nullable=True),
    sa.Column('purpose', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('taken_at', sa.BigInteger(), nullable=True),
    sa.Column('seconds', sa.BigInteger(), nullable=True),
    sa.Column('caption', sa.Text(), nullable=True),
    sa.Column('size_bytes', sa.BigInteger(), nullable=True),
    sa.Column('sha256', sa.Text(), nullable=True),
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
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_note'))
    )
    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voice_note_scope_id'), ['scope_id'], unique=False)

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.add_column(sa.Column('covers', sa.Text(), nullable=True))

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('amend_reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('urgent_needs', sa.Text(), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_column('urgent_needs')
        batch_op.drop_column('amend_reason')

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_column('covers')

    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_voice_note_scope_id'))

    op.drop_table('voice_note')
    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_session_scope_id'))

    op.drop_table('training_session')
    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_maturity_assessment_scope_id'))

    op.drop_table('maturity_assessment')
    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_scope_id'))

    op.drop_table('incident')
    with op.batch_alter_table('connectivity_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_connectivity_check_scope_id'))

    op.drop_table('connectivity_check')
    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_scope_id'))

    op.drop_table('attendance')
