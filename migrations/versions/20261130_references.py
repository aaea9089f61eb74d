"""references.

Indexes beside those that are there, of what pages and steps look up: the release before goes on
as it did.

Revision: references, after editions
"""

from alembic import op

revision = 'references'
down_revision = 'editions'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('connectivity_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_connectivity_check_point_id'), ['point_id'], unique=False)

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_document_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_point_id'), ['point_id'], unique=False)

    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_maturity_assessment_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_appeal_of'), ['appeal_of'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_application_id'), ['application_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_point_id'), ['point_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_training_session_point_id'), ['point_id'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_point_id_started_at'), ['point_id', 'started_at'], unique=False)

    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voice_note_visit_id'), ['visit_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_voice_note_visit_id'))

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_point_id_started_at'))

    with op.batch_alter_table('training_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_training_session_point_id'))

    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_visit_id'))
        batch_op.drop_index(batch_op.f('ix_task_point_id'))
        batch_op.drop_index(batch_op.f('ix_task_application_id'))
        batch_op.drop_index(batch_op.f('ix_task_appeal_of'))

    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_maturity_assessment_visit_id'))

    with op.batch_alter_table('incident', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_point_id'))

    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_visit_id'))
        batch_op.drop_index(batch_op.f('ix_document_application_id'))

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_visit_id'))

    with op.batch_alter_table('connectivity_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_connectivity_check_point_id'))
