"""levels.

An index beside those that are there: the release before does not need it.

Revision: levels, after piece_reasons
"""

from alembic import op

revision = 'levels'
down_revision = 'piece_reasons'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_application_office_decided_at_id'), ['office', 'decided_at', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_office_decided_at_id'))
