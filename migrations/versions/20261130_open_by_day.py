"""open by day.

Indexes beside those that are there, for PostgreSQL alone, of what waits until a day: the release
before goes on as it did.

Revision: open_by_day, after complaint_ends
"""

import sqlalchemy as sa
from alembic import op

revision = 'open_by_day'
down_revision = 'complaint_ends'
branch_labels = None
depends_on = None

RUNS = "deleted_at IS NULL AND state IN ('submitted', 'acknowledged', 'in_review', 'info_requested')"
OPEN = "deleted_at IS NULL AND state IN ('open', 'started')"


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        columns = ['commune_code', 'due_on']
        op.create_index('ix_application_open', 'application', columns, postgresql_where=sa.text(RUNS))
        op.create_index(
            'ix_task_open', 'task', columns, postgresql_where=sa.text(OPEN), postgresql_include=['kind']
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_index('ix_task_open', 'task')
        op.drop_index('ix_application_open', 'application')
