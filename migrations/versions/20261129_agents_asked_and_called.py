"""agents asked and called.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: agents_asked_and_called, after lists_by_region
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'agents_asked_and_called'
down_revision = 'lists_by_region'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phone', sa.Text(), nullable=True))

    with op.batch_alter_table('held_question', schema=None) as batch_op:
        batch_op.add_column(sa.Column('other_id', tables.RowId(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('held_question', schema=None) as batch_op:
        batch_op.drop_column('other_id')

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('phone')
