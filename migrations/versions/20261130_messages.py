"""Short messages wait in a table of their own, with what the centre said of each part.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: messages, after holdings
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'messages'
down_revision = 'holdings'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message',
    sa.Column('id', tables.RowId(), nullable=False),
    sa.Column('once', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('application_id', tables.RowId(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('segments', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('lease', sa.LargeBinary(length=16), nullable=True),
    sa.Column('lease_until', sa.BigInteger(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('flights', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('once', name=op.f('uq_message_once'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_application_id_created_at'), ['application_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_phone_created_at'), ['phone', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_state_due_at'), ['state', 'due_at'], unique=False)

    op.create_table('message_part',
    sa.Column('message_id', tables.RowId(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('centre_id', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('message_id', 'number', name=op.f('pk_message_part'))
    )
    with op.batch_alter_table('message_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_part_centre_id'), ['centre_id'], unique=False)

    op.create_table('message_day',
    sa.Column('day', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('segments', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'kind', name=op.f('pk_message_day'))
    )
    op.create_table('message_stop',
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('phone', name=op.f('pk_message_stop'))
    )


def downgrade() -> None:
    op.drop_table('message_stop')
    op.drop_table('message_day')
    op.drop_table('message_part')
    op.drop_table('message')
